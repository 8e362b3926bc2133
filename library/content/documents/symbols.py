"""Letters of fonts that draw signs in place of letters: Symbol and Wingdings."""

from __future__ import annotations

from typing import Final

_SYMBOL: Final = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "αβχδεφγηιϕκλμνοπθρστυϖωξψζΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ",
        strict=True,
    )
)
_MORE: Final = {
    0xA3: "≤", 0xA5: "∞", 0xAB: "↔", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°",
    0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB5: "∝", 0xB6: "∂", 0xB7: "•", 0xB8: "÷", 0xB9: "≠",
    0xBA: "≡", 0xBB: "≈", 0xBC: "…", 0xC5: "⊕", 0xC6: "∅", 0xC7: "∩", 0xC8: "∪", 0xCE: "∈",
    0xCF: "∉", 0xD0: "∠", 0xD1: "∇", 0xD5: "∏", 0xD6: "√", 0xD7: "⋅", 0xD8: "¬", 0xD9: "∧",
    0xDA: "∨", 0xDB: "⇔", 0xDC: "⇐", 0xDE: "⇒", 0xE5: "∑", 0xF2: "∫",
}  # fmt: skip
_WINGDINGS: Final = {
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x76: "❖", 0xA7: "▪", 0xA8: "□", 0xD8: "➢",
    0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "→", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓",
    0xFD: "☒", 0xFE: "☑", 0x4A: "☺", 0x46: "☞",
}  # fmt: skip


def symbol(font: str, code: str) -> str:
    """The character that a sign of a font is, by its code in hex; ``□`` for one that is not known."""
    try:
        point = int(code, 16)
    except ValueError:
        return ""
    if not 0xF000 <= point <= 0xF0FF:
        # A code of Unicode; halves of pairs are none.
        return chr(point) if 0x20 <= point < 0xD800 else "□"
    point -= 0xF000
    if "wingdings" in font.lower():
        return _WINGDINGS.get(point, "□")
    if "symbol" in font.lower():
        return _MORE.get(point) or _SYMBOL.get(chr(point), chr(point) if point < 0x7F else "□")
    return chr(point) if 0x20 <= point < 0x7F else "□"
