"""The reference pages, one file for each, made from the tables."""
