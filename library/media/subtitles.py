"""Subtitles: WebVTT checked line by line, SubRip made into WebVTT, cues read out.

WebVTT after https://www.w3.org/TR/webvtt1/ (syntax for authors, section 4); SubRip as players read it,
since nobody ever specified it.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Final

from library.errors import Invalid, Malformed
from library.sentences import Sentence

_TIME: Final = re.compile(r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
_LOOSE_TIME: Final = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?", re.ASCII)
_TIMING: Final = re.compile(r"[ \t]*(\S+)([ \t]*)-->([ \t]*)(\S+)[ \t]*(.*)")
_INDEX: Final = re.compile(r"\s*\d+\s*", re.ASCII)
_TAG: Final = re.compile(r"<[^>]*>?")
_NAMED_TAG: Final = re.compile(r"<(/?)([A-Za-z]*)((?:\.[^\s.>]+)*)(?:[ \t]+[^>]*)?>")
_MARKUP: Final = re.compile(r"</?[A-Za-z][^>]*>|</>|<[\d:.]+>")
_BARE_AMPERSAND: Final = re.compile(
    r"&(?!(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);)", re.ASCII
)
_CUE_TAGS: Final = frozenset({"c", "i", "b", "u", "ruby", "rt", "v", "lang"})
_KEPT_TAGS: Final = re.compile(r"<(/?)([biu])\s*>", re.I)
_POSITIONING: Final = re.compile(r"\{\\[^}]*\}|</?font[^>]*>", re.I)

_PERCENTAGE: Final = r"(?:100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%"
_SETTINGS: Final = {
    "vertical": re.compile(r"rl|lr"),
    "line": re.compile(rf"(?:-?\d+|{_PERCENTAGE})(?:,(?:start|center|end))?", re.ASCII),
    "position": re.compile(rf"{_PERCENTAGE}(?:,(?:line-left|center|line-right))?", re.ASCII),
    "size": re.compile(_PERCENTAGE, re.ASCII),
    "align": re.compile(r"start|center|end|left|right"),
    "region": re.compile(r"\S+"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in which line, counted from 1."""

    line: int
    message: Sentence


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from when to when, in seconds; ``text`` is plain, its lines parted by newlines."""

    start_seconds: float
    end_seconds: float
    text: str


def validate_vtt(text: str) -> list[Fault]:
    """Every breach of the WebVTT syntax, in the order of the lines; empty when there is none."""
    faults: list[Fault] = []
    rows = _rows(text)
    if not _is_header(rows[0]):
        return [Fault(1, Sentence("The first line must be WEBVTT."))]
    if "\0" in text:
        message = Sentence("Null characters are not allowed.")
        faults.append(Fault(_line_of(rows, "\0"), message))
    if "-->" in rows[0]:
        message = Sentence("The first line must not contain an arrow (-->).")
        faults.append(Fault(1, message))
    blocks = _blocks(rows)
    if blocks and blocks[0][0] == 1:
        first = blocks.pop(0)
        if len(first[1]) > 1:
            message = Sentence("An empty line must follow the line WEBVTT.")
            faults.append(Fault(2, message))
            # What was glued to the header is still read, so that its own faults are found.
            blocks.insert(0, (2, first[1][1:]))
    reader = _CueReader(faults)
    for line, block in blocks:
        reader.read(line, block)
    return sorted(faults, key=lambda fault: fault.line)


def srt_to_vtt(text: str) -> str:
    """SubRip as WebVTT: cues in order of time, bold, italics and underline kept, all else plain text.

    Forgives what players forgive: missing numbers, a full stop for the comma, blank lines inside a cue.
    Raises ``Malformed`` where there is no cue at all, ``Invalid`` for a cue that ends before it begins,
    both with the line.
    """
    cues = sorted(_srt_cues(text), key=lambda cue: (cue.start_seconds, cue.end_seconds))
    parts = ["WEBVTT"]
    parts.extend(
        f"{_stamp(cue.start_seconds)} --> {_stamp(cue.end_seconds)}\n{_escaped(cue.text)}"
        for cue in cues
        if cue.text
    )
    return "\n\n".join(parts) + "\n"


def lines(text: str) -> list[Cue]:
    """The cues of a WebVTT or SubRip file as plain text, for transcripts and for search.

    Reads what a player would show and skips what it would skip. Raises ``Malformed`` for neither kind.
    """
    rows = _rows(text)
    if not _is_header(rows[0]):
        return [
            Cue(cue.start_seconds, cue.end_seconds, _plain(cue.text))
            for cue in _srt_cues(text)
            if _plain(cue.text)
        ]
    cues = []
    for _, block in _blocks(rows):
        at = next((place for place, row in enumerate(block[:2]) if "-->" in row), None)
        timing = None if at is None else _TIMING.fullmatch(block[at])
        if at is None or timing is None:
            continue
        start, end = _seconds(_TIME, timing[1]), _seconds(_TIME, timing[4])
        shown = _plain("\n".join(block[at + 1 :]))
        if start is not None and end is not None and shown:
            cues.append(Cue(start, end, shown))
    return cues


class _CueReader:
    """Goes through the blocks of one file and remembers what later blocks are judged by."""

    def __init__(self, faults: list[Fault]) -> None:
        self._faults = faults
        self._latest_start = 0.0
        self._identifiers: set[str] = set()
        self._cues = 0

    def read(self, line: int, block: list[str]) -> None:
        opening = block[0]
        arrow = next((at for at, row in enumerate(block[:2]) if "-->" in row), None)
        if arrow is None:
            self._aside(line, opening, block)
            return
        if arrow == 1:
            if opening in self._identifiers:
                self._fault(
                    line, Sentence("The identifier %(name)s was used before.", name=repr(opening))
                )
            self._identifiers.add(opening)
        self._cues += 1
        self._timing(line + arrow, block[arrow])
        for offset, row in enumerate(block[arrow + 1 :], arrow + 1):
            if "-->" in row:
                self._fault(
                    line + offset,
                    Sentence("An arrow (-->) in a cue's text; is an empty line missing?"),
                )
        self._tags(line + arrow + 1, block[arrow + 1 :])

    def _aside(self, line: int, opening: str, block: list[str]) -> None:
        """A block that is no cue: a note, a style sheet, a region, or a mistake."""
        word = opening.split(maxsplit=1)[0] if opening.split() else ""
        if word == "NOTE":
            known = True
        else:
            known = opening.rstrip() in ("STYLE", "REGION")
            if known and self._cues:
                self._fault(
                    line,
                    Sentence("%(part)s must stand before the first cue.", part=opening.strip()),
                )
        for offset, row in enumerate(block):
            if "-->" in row:
                known = True
                self._fault(line + offset, Sentence("An arrow (-->) outside a cue's timing line."))
        if not known:
            self._fault(
                line, Sentence("A cue without times: expected 00:00:00.000 --> 00:00:00.000.")
            )

    def _timing(self, line: int, row: str) -> None:
        timing = _TIMING.fullmatch(row)
        if timing is None:
            self._fault(
                line, Sentence("A timing line needs a time on each side of the arrow (-->).")
            )
            return
        if not timing[2] or not timing[3]:
            self._fault(line, Sentence("A space is needed on each side of the arrow (-->)."))
        start, end = self._time(line, timing[1]), self._time(line, timing[4])
        if start is not None:
            if start < self._latest_start:
                self._fault(line, Sentence("This cue begins before an earlier one does."))
            self._latest_start = max(start, self._latest_start)
            if end is not None and end <= start:
                self._fault(line, Sentence("This cue does not end after it begins."))
        self._settings(line, timing[5].split())

    def _time(self, line: int, stamp: str) -> float | None:
        seconds = _seconds(_TIME, stamp)
        if seconds is None:
            comma = _seconds(_TIME, stamp.replace(",", ".")) is not None
            advice: str = "00:00:00.000"
            if comma:
                advice = Sentence("a full stop, not a comma, before the milliseconds")
            message = Sentence(
                "The time %(time)s is not written as WebVTT wants it (%(advice)s).",
                time=repr(stamp),
                advice=advice,
            )
            self._fault(line, message)
        return seconds

    def _settings(self, line: int, settings: list[str]) -> None:
        seen = set()
        for setting in settings:
            name, _, setting_text = setting.partition(":")
            pattern = _SETTINGS.get(name)
            if pattern is None or not pattern.fullmatch(setting_text):
                message = Sentence(
                    "The cue setting %(setting)s is not one that WebVTT knows.",
                    setting=repr(setting),
                )
                self._fault(line, message)
            elif name in seen:
                self._fault(
                    line, Sentence("The cue setting %(setting)s is given twice.", setting=name)
                )
            seen.add(name)

    def _tags(self, line: int, rows: list[str]) -> None:
        open_tags: list[str] = []
        for offset, row in enumerate(rows):
            if _BARE_AMPERSAND.search(row):
                self._fault(line + offset, Sentence("An ampersand must be written &amp;."))
            for tag in _TAG.findall(row):
                named = _NAMED_TAG.fullmatch(tag)
                if _seconds(_TIME, tag[1:-1]) is not None:
                    continue
                if named is None or named[2] not in _CUE_TAGS:
                    self._fault(
                        line + offset,
                        Sentence("The tag %(tag)s is not one that WebVTT knows.", tag=tag),
                    )
                elif not named[1]:
                    open_tags.append(named[2])
                elif named[2] not in open_tags:
                    self._fault(
                        line + offset,
                        Sentence("The tag %(tag)s closes what was never opened.", tag=tag),
                    )
                else:
                    while open_tags.pop() != named[2]:
                        pass
        # A voice may stay open when it speaks the whole cue.
        if [tag for tag in open_tags if tag != "v"]:
            self._fault(
                line, Sentence("The tag %(tag)s is never closed.", tag=f"<{open_tags[-1]}>")
            )

    def _fault(self, line: int, message: Sentence) -> None:
        self._faults.append(Fault(line, message))


def _srt_cues(text: str) -> list[Cue]:
    """The cues in the order of the file, their text still with its tags."""
    rows = _rows(text)
    timings: list[tuple[int, float, float]] = []
    for at, row in enumerate(rows):
        timing = _TIMING.fullmatch(row)
        if timing is None:
            continue
        start, end = _seconds(_LOOSE_TIME, timing[1]), _seconds(_LOOSE_TIME, timing[4])
        if start is None or end is None:
            continue
        if end < start:
            raise Invalid(
                Sentence("Line %(line)s: the cue ends before it begins.", line=at + 1), line=at + 1
            )
        timings.append((at, start, end))
    if not timings:
        raise Malformed(Sentence("Line 1: no subtitle with its times was found."), line=1)
    cues = []
    for place, (at, start, end) in enumerate(timings):
        last = place + 1 == len(timings)
        until = len(rows) if last else timings[place + 1][0]
        shown = rows[at + 1 : until]
        # The number above the next cue's times is not a part of this cue's text.
        if not last and shown and _INDEX.fullmatch(shown[-1]):
            shown.pop()
        text_rows = [row.strip() for row in shown if row.strip()]
        cues.append(Cue(start, end, "\n".join(text_rows)))
    return cues


def _rows(text: str) -> list[str]:
    return re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))


def _is_header(row: str) -> bool:
    return row == "WEBVTT" or row.startswith(("WEBVTT ", "WEBVTT\t"))


def _line_of(rows: list[str], part: str) -> int:
    return next(line for line, row in enumerate(rows, 1) if part in row)


def _blocks(rows: list[str]) -> list[tuple[int, list[str]]]:
    """Runs of lines that are not empty, each with the number of its first line."""
    blocks: list[tuple[int, list[str]]] = []
    previous_empty = True
    for line, row in enumerate(rows, 1):
        if row and previous_empty:
            blocks.append((line, []))
        if row:
            blocks[-1][1].append(row)
        previous_empty = not row
    return blocks


def _seconds(pattern: re.Pattern[str], stamp: str) -> float | None:
    match = pattern.fullmatch(stamp)
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + int((fraction or "0").ljust(3, "0")) / 1000


def _stamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def _plain(text: str) -> str:
    bare = html.unescape(_MARKUP.sub("", _POSITIONING.sub("", text)))
    return "\n".join(row for row in map(str.strip, bare.split("\n")) if row)


def _escaped(text: str) -> str:
    """Cue text of SubRip as cue text of WebVTT: three tags survive, other signs stand for themselves."""
    bare = _POSITIONING.sub("", text)
    parts = []
    end = 0
    for tag in _KEPT_TAGS.finditer(bare):
        parts += [_quoted(bare[end : tag.start()]), f"<{tag[1]}{tag[2].lower()}>"]
        end = tag.end()
    return "".join([*parts, _quoted(bare[end:])])


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
