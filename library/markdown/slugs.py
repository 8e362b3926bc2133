"""Ids of headings, made the way that authors of Markdown know from GitHub."""

from __future__ import annotations

import unicodedata


def slug(text: str) -> str:
    """The id of a heading's text: lower case, marks of every script kept, punctuation dropped."""
    kept: list[str] = []
    for character in text.strip().lower():
        if character.isalnum() or character in "-_" or unicodedata.category(character)[0] == "M":
            kept.append(character)
        elif character.isspace():
            kept.append("-")
    return "".join(kept)
