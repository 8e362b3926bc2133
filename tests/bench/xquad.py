"""XQuAD's development half: the same paragraphs and questions in twelve languages, put so by people.

It is not part of the library: it is looked for in the folder that ``MORTISE_SHARED`` names, by default
``shared`` beside the checkout.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from library.search.port import Passage
from tests.bench.workspace import ROOT

ABSENT = "the questions of XQuAD (data/xquad-dev in the folder that MORTISE_SHARED names)"
# Where the collection's name of a language is not the library's.
_TAGS = {"zh": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Collection:
    """One language: ``paragraphs`` maps ids to texts, ``questions`` are pairs of question and id."""

    lang: str
    paragraphs: dict[str, str]
    questions: tuple[tuple[str, str], ...]

    def passages(self) -> list[Passage]:
        """Each paragraph as the one passage of a work of its own, without a title."""
        return [
            Passage(
                id=name,
                work=name,
                section=name,
                block=name,
                kind="course",
                lang=self.lang,
                title="",
                work_title="",
                body=text,
            )
            for name, text in self.paragraphs.items()
        ]


def collections() -> list[Collection]:
    """All languages, by their tags; none where the collection is not here."""
    shared = Path(os.environ.get("MORTISE_SHARED") or ROOT.parent / "shared")
    files = sorted((shared / "data" / "xquad-dev").glob("xquad.*.json"))
    return [_read(file) for file in files]


def _read(file: Path) -> Collection:
    name = file.stem.partition(".")[2]
    paragraphs: dict[str, str] = {}
    questions: list[tuple[str, str]] = []
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            # Letters only: a number in an id could answer a question.
            place = f"{name}-{_letters(len(paragraphs))}"
            paragraphs[place] = paragraph["context"]
            questions += [(asked["question"], place) for asked in paragraph["qas"]]
    return Collection(_TAGS.get(name, name), paragraphs, tuple(questions))


def _letters(number: int) -> str:
    high, low = divmod(number, 26)
    return "q" + chr(ord("a") + high) + chr(ord("a") + low)
