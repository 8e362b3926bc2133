"""LaTeX formulas as MathML."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

# Beyond these the converter's recursion and time grow out of proportion to any real formula.
MAX_LENGTH = 2000
MAX_NESTING = 40
# Short formulas return again and again in a text; long ones would only fill the memory.
REMEMBERED = 120

# The converter sets a single upright letter, which units mostly are, in italics.
_UPRIGHT_LETTER = re.compile(r"\\mathrm\s*\{\s*([^\W\d_])\s*\}")
# The converter takes the comma of "0{,}10" for a sign between two numbers, with a gap after it.
_COMMA = re.compile(r"(?<=\d)</mn><mrow><mo>&#x0002C;</mo></mrow><mn>(?=\d)")
_NOISE = re.compile(r' (?:xmlns="[^"]*"|display="inline")')


def formula(latex: str, *, display: bool) -> str:
    """MathML of a formula, or its source as code where it is not a formula that we can set.

    Never raises. The result still has to pass the sanitiser.
    """
    source = latex.strip()
    return _remembered(source, display) if len(source) <= REMEMBERED else _set(source, display)


def _set(source: str, display: bool) -> str:
    # Here and not above: pages show what is rendered already, and most processes never set a formula.
    from latex2mathml.converter import convert

    if source and len(source) <= MAX_LENGTH and _nesting(source) <= MAX_NESTING:
        try:
            mathml = convert(
                _UPRIGHT_LETTER.sub(r"\\text{\1}", source), display="block" if display else "inline"
            )
        except Exception:  # noqa: S110 - the converter raises whatever went wrong inside it
            pass
        else:
            return _COMMA.sub(",", _NOISE.sub("", mathml)).replace("<math", '<math dir="ltr"', 1)
    return f'<code class="formula-source" dir="ltr">{escape(source, quote=False)}</code>'


_remembered = lru_cache(maxsize=1024)(_set)


def _nesting(latex: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"[{}]|\\left\b|\\right\b|\\begin\b|\\end\b|[\^_]", latex):
        if mark in ("{", "\\left", "\\begin"):
            depth += 1
            deepest = max(deepest, depth)
        elif mark in ("}", "\\right", "\\end"):
            depth -= 1
    return deepest
