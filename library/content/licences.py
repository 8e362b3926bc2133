"""Licences recognised from the text of a licence file."""

from __future__ import annotations

import re

# The address of a licence says it more surely than the words around it do.
_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("CC-BY-SA-4.0", re.compile(r"creativecommons\.org/licenses/by-sa/4\.0")),
    ("CC-BY-4.0", re.compile(r"creativecommons\.org/licenses/by/4\.0")),
    ("CC-BY-SA-4.0", re.compile(r"Attribution[- ]Share-?Alike 4\.0 International", re.I)),
    ("CC-BY-4.0", re.compile(r"Attribution 4\.0 International", re.I)),
    ("Apache-2.0", re.compile(r"Apache License\s+Version 2\.0", re.I)),
    (
        "MIT",
        re.compile(
            r"MIT License|Permission is hereby granted, free of charge, to any person obtaining a copy"
        ),
    ),
)
# These are near enough to be taken for one of the above.
_OTHER = re.compile(
    r"creativecommons\.org/licenses/by-n[cd]|NonCommercial|NoDerivatives|Attribution-Non", re.I
)
FILE_NAMES = frozenset(
    name + ending for name in ("license", "licence", "copying") for ending in ("", ".md", ".txt")
)


def recognise(text: str) -> str | None:
    """The SPDX identifier of a licence text, or None where it is not one of the few known here."""
    if _OTHER.search(text):
        return None
    return next((name for name, sign in _SIGNS if sign.search(text)), None)
