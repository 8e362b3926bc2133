"""What the parser of TOML has against a file, as sentences that can be translated.

The parser of the standard library gives nothing but English words. Those that people meet are known
here; whatever else it says, or says in a later version, is quoted as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from library.content.faults import shown
from library.sentences import Sentence

_PLAIN: Final = {
    str(one): one
    for one in (
        Sentence("Cannot overwrite a value"),
        Sentence("Expected '=' after a key in a key/value pair"),
        Sentence("Expected ']' at the end of a table declaration"),
        Sentence("Expected newline or end of document after a statement"),
        Sentence("Invalid date or datetime"),
        Sentence("Invalid initial character for a key part"),
        Sentence("Invalid statement"),
        Sentence("Invalid value"),
        Sentence("Unclosed array"),
        Sentence("Unclosed inline table"),
        Sentence("Unescaped '\\' in a string"),
        Sentence("Unterminated string"),
    )
}
_NAMING: Final[tuple[tuple[re.Pattern[str], Callable[[str], Sentence]], ...]] = (
    (re.compile(r"Expected (.+)"), lambda sign: Sentence("Expected %(sign)s", sign=sign)),
    (
        re.compile(r"Illegal character (.+)"),
        lambda sign: Sentence("Illegal character %(sign)s", sign=sign),
    ),
    (
        re.compile(r"Found invalid character (.+)"),
        lambda sign: Sentence("Found invalid character %(sign)s", sign=sign),
    ),
    (
        re.compile(r"Cannot declare (.+) twice"),
        lambda name: Sentence("Cannot declare %(name)s twice", name=name),
    ),
    (
        re.compile(r"Duplicate inline table key (.+)"),
        lambda name: Sentence("Duplicate inline table key %(name)s", name=name),
    ),
)


def wrong_toml(why: str) -> str:
    """The parser's reason, without its place: a sentence where it is known, else as it is."""
    if why in _PLAIN:
        return _PLAIN[why]
    for form, say in _NAMING:
        match = form.fullmatch(why)
        if match is not None:
            return say(shown(match[1], most=200))
    return shown(why, most=200)
