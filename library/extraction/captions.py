"""Subtitles: every line with the second at which it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from library.extraction.charset import decoded
from library.extraction.extract import Extract
from library.media import subtitles


def read(file: BinaryIO, lang: str | None) -> Iterator[Extract]:
    """Lines of WebVTT and SubRip in order of time; those of one second are one extract."""
    shown: dict[float, list[str]] = {}
    for cue in subtitles.lines(decoded(file.read(), lang=lang)):
        texts = shown.setdefault(cue.start_seconds, [])
        text = cue.text.replace("\n", " ")
        if text not in texts:
            texts.append(text)
    for start in sorted(shown):
        yield Extract(f"t={start:.2f}".rstrip("0").rstrip("."), " ".join(shown[start]), lang)
