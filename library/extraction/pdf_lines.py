"""Letters of one line of a page, put into the order in which they are read.

On paper there is only left and right. Text from right to left comes out of a PDF in the order of the
paper, in the order of reading, or in a mixture, as its writer happened to do; the places of the letters
are the one thing that is certain. So letters are put from left to right, marks to the letters that they
stand on, spaces where there is room, and then what runs from right to left is turned round, with
numbers and words of other scripts inside it left as they are (the Unicode bidirectional algorithm, run
backwards).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

RIGHT_TO_LEFT: Final = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U0001e900-\U0001e95f]"

# Room between letters that is a space, in font sizes.
_GAP: Final = 0.19
# Letters belong to one line when their base lines are no further apart, in font sizes.
_SAME_LINE: Final = 0.7
# The same for fragments, whose letters differ less, and how far apart those of one line may stand.
_SAME_ROW: Final = 0.3
_ADJACENT: Final = 1.0
_LAM: Final = "\u0644"
_ALEFS: Final = "\u0627\u0622\u0623\u0625\u0671"
_PAIRS: Final = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


@dataclass(slots=True)
class Piece:
    """A letter, or what a mark says that stands for several; positions in points.

    ``says_itself``: the text was given in the order of reading. ``made_up``: a space that is not in the
    file.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    angle: float = 0.0
    origin: float = 0.0
    says_itself: bool = False
    made_up: bool = False

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def whole_lines(fragments: Sequence[list[Piece]]) -> list[list[Piece]]:
    """Fragments that stand side by side put together to lines, in the order in which the first came.

    PDFium takes a word to the left of the one before it for the beginning of a line, so a line from
    right to left falls apart. Only lines with such text, or with marks, are put together.
    """
    placed = [
        _Fragment(number, real, fragment)
        for number, fragment in enumerate(fragments)
        if (real := [piece for piece in fragment if not piece.made_up])
    ]
    placed.sort(key=lambda one: one.baseline)
    rows: list[list[_Fragment]] = []
    for one in placed:
        if rows and one.baseline - rows[-1][0].baseline <= _SAME_ROW * one.size:
            rows[-1].append(one)
        else:
            rows.append([one])
    made: list[_Fragment] = []
    for row in rows:
        row.sort(key=lambda one: one.left)
        line = row[0]
        for one in row[1:]:
            if (line.turns or one.turns) and one.left - line.right <= _ADJACENT * one.size:
                line.join(one)
            else:
                made.append(line)
                line = one
        made.append(line)
    return [one.pieces for one in sorted(made, key=lambda one: one.number)]


class _Fragment:
    """Pieces that PDFium gave in a row, and where they are."""

    def __init__(self, number: int, real: Sequence[Piece], pieces: list[Piece]) -> None:
        self.number = number
        self.pieces = pieces
        self.left = min(piece.left for piece in real)
        self.right = max(piece.right for piece in real)
        self.size = max(piece.size for piece in real) or 1.0
        self.baseline = real[0].baseline
        self.turns = any(p.says_itself or any(map(_turns, p.text)) for p in real)

    def join(self, other: _Fragment) -> None:
        self.number = min(self.number, other.number)
        self.pieces = [*self.pieces, *other.pieces]
        self.right = max(self.right, other.right)
        self.turns = True


def line(pieces: Sequence[Piece]) -> str:
    """The text of one line; as it came where it needs nothing or is not written straight."""
    if not pieces:
        return ""
    as_it_came = "".join(piece.text for piece in pieces)
    if not any(p.says_itself for p in pieces) and not any(map(_turns, as_it_came)):
        return as_it_came
    real = [p for p in pieces if not p.made_up]
    if not real or not _straight(real):
        return as_it_came
    return _logical(_spaced(_stacked(sorted(_ligatures(real), key=lambda p: p.middle))))


def _straight(pieces: Sequence[Piece]) -> bool:
    size = max(p.size for p in pieces) or 1.0
    lines = [p.baseline for p in pieces]
    return max(lines) - min(lines) <= _SAME_LINE * size and all(abs(p.angle) < 0.02 for p in pieces)


def _ligatures(pieces: Sequence[Piece]) -> list[Piece]:
    """Letters that one glyph stands for, as one piece in the order of reading."""
    made: list[Piece] = []
    for piece in pieces:
        last = made[-1] if made else None
        if (
            last is not None
            and not piece.says_itself
            and not last.says_itself
            and piece.text.strip()
            and last.text.strip()
            and piece.origin == last.origin
            and piece.baseline == last.baseline
            and not _is_mark(piece.text)
        ):
            # PDFium turns the letters of a glyph round with the rest; lam always comes before alef.
            lam_alef = last.text[-1] == _LAM and piece.text in _ALEFS
            turned = any(map(_turns, piece.text)) and not lam_alef
            last.text = piece.text + last.text if turned else last.text + piece.text
            last.right = max(last.right, piece.right)
            continue
        made.append(piece)
    return made


def _stacked(pieces: Sequence[Piece]) -> list[Piece]:
    """Vowel signs and tones put behind the letter that they stand on or under."""
    bases = [p for p in pieces if p.text.strip() and not _is_mark(p.text)]
    if not bases or len(bases) == len(pieces):
        return list(pieces)
    below: dict[int, list[Piece]] = {}
    for piece in pieces:
        if _is_mark(piece.text):
            nearest = min(range(len(bases)), key=lambda n: _distance(piece, bases[n]))
            below.setdefault(id(bases[nearest]), []).append(piece)
    for base in bases:
        for mark in below.get(id(base), ()):
            base.text += mark.text
    return [p for p in pieces if not _is_mark(p.text)]


def _distance(mark: Piece, base: Piece) -> tuple[float, float]:
    outside = max(base.left - mark.middle, mark.middle - base.right, 0.0)
    return outside, abs(base.middle - mark.middle)


def _spaced(pieces: Sequence[Piece]) -> list[tuple[str, bool]]:
    """Texts from left to right, spaces among them, True for one that is in the order of reading."""
    made: list[tuple[str, bool]] = []
    last: Piece | None = None
    for piece in pieces:
        blank = not piece.text.strip()
        if last is not None and not blank and last.text.strip():
            room = piece.left - last.right
            if room > _GAP * max(piece.size, last.size, 1.0):
                made.append((" ", False))
        if blank and (not made or made[-1][0] == " "):
            last = piece
            continue
        made.append((" " if blank else piece.text, piece.says_itself))
        last = piece
    return made


def _logical(pieces: Sequence[tuple[str, bool]]) -> str:
    """From left to right to first to last."""
    kinds = [_kind(text) for text, _ in pieces]
    letters = [kind for kind in kinds if kind in "RL"]
    if "R" not in letters:
        return "".join(text for text, _ in pieces)
    if letters.count("R") * 2 >= len(letters):
        return _turned(pieces, kinds)
    # A line that is read from left to right, with words in it that are not.
    made: list[str] = []
    at = 0
    while at < len(pieces):
        if kinds[at] != "R":
            made.append(pieces[at][0])
            at += 1
            continue
        end = _reach(kinds, at, "R", through="N0")
        made.append(_turned(pieces[at:end], kinds[at:end]))
        at = end
    return "".join(made)


def _turned(pieces: Sequence[tuple[str, bool]], kinds: Sequence[str]) -> str:
    """Read from right to left, but for numbers and words of other scripts."""
    made: list[str] = []
    at = len(pieces)
    while at > 0:
        if kinds[at - 1] in "L0":
            start = _reach_back(kinds, at - 1)
            made.extend(text for text, _ in pieces[start:at])
            at = start
            continue
        at -= 1
        text, says_itself = pieces[at]
        made.append(text if says_itself or kinds[at] == "R" else text.translate(_PAIRS))
    return "".join(made)


def _reach(kinds: Sequence[str], start: int, kind: str, *, through: str) -> int:
    """Behind the last piece of ``kind`` that is reached from ``start`` through others."""
    end = at = start
    while at < len(kinds) and (kinds[at] == kind or kinds[at] in through):
        at += 1
        if kinds[at - 1] == kind:
            end = at
    return end


def _reach_back(kinds: Sequence[str], last: int) -> int:
    """Where what is read from left to right and ends at ``last`` begins."""
    start = at = last
    while at >= 0 and kinds[at] in "L0N":
        if kinds[at] != "N":
            start = at
        at -= 1
    return start


def _kind(text: str) -> str:
    """``R`` from right to left, ``L`` from left to right, ``0`` a number, ``N`` neither."""
    for char in text:
        if _turns(char):
            return "R"
        bidi = unicodedata.bidirectional(char)
        if bidi == "L":
            return "L"
        if bidi in ("EN", "AN"):
            return "0"
    return "N"


def _turns(char: str) -> bool:
    return unicodedata.bidirectional(char) in ("R", "AL")


def _is_mark(text: str) -> bool:
    return bool(text) and all(unicodedata.category(char)[0] == "M" for char in text)
