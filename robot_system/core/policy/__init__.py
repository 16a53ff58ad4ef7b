"""Policies: from an observation to the next commands."""
