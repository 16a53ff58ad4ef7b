"""Perception: from a scan to obstacles and free distances."""
