"""Text as XML 1.0 allows it: escaped, and free of the characters that no document may hold."""

from __future__ import annotations

import re

# Everything outside of XML 1.0's production for Char: controls, lone surrogates, two non-characters.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: str) -> str:
    """``value`` as the content of an element or the value of an attribute in double quotes."""
    if _FORBIDDEN.search(value):
        value = _FORBIDDEN.sub("", value)
    return (
        value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
