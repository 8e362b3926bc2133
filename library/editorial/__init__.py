"""Manuscripts: writing, reviewing, publishing, and what was published before."""
