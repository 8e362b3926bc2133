"""Institutions, partnerships and codes."""
