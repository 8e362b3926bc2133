"""Text of unknown direction inside plain text, where no markup can hold it apart.

In HTML, ``<bdi>`` and ``dir`` do this. In ``<title>``, feeds, mails and file lists only the isolates of the
Unicode bidirectional algorithm (UAX 9) can.
"""

from __future__ import annotations

import re

FIRST_STRONG_ISOLATE = "\u2068"
POP_DIRECTIONAL_ISOLATE = "\u2069"

_OPENING = frozenset("\u2066\u2067\u2068")
#: A paragraph separator ends every open isolate, so one inside the text would let the rest run free.
_PARAGRAPH_ENDS = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def isolate(text: str) -> str:
    """Wrap ``text`` so that neither it nor what stands around it disturbs the other's direction.

    Isolates inside the text are balanced first and line ends become spaces: a title that carries a stray
    closing mark cannot break out. Empty text stays empty.
    """
    if not text:
        return ""
    depth = 0
    kept: list[str] = []
    for character in _PARAGRAPH_ENDS.sub(" ", text):
        if character in _OPENING:
            depth += 1
        elif character == POP_DIRECTIONAL_ISOLATE:
            if not depth:
                continue
            depth -= 1
        kept.append(character)
    closing = POP_DIRECTIONAL_ISOLATE * (depth + 1)
    return f"{FIRST_STRONG_ISOLATE}{''.join(kept)}{closing}"
