"""Edits in the synthetic library: a title or name gets a word that no other text has.

``python -m tests.bench.edits DATA WHAT RATE SECONDS`` makes so many edits a second of WHAT (``works`` or
``institutions``) once a line comes in, each in a transaction of its own, and then prints JSON: how many, in
how many seconds, and the last one's key and word.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session

from library.app import make_services
from library.catalogue.drafts import SectionDraft, WorkDraft
from library.catalogue.service import store_work
from library.db import session_scope
from library.directory.drafts import InstitutionDraft, NameText
from library.directory.service import store_institution
from library.http.services import Services
from library.markdown import split
from tests.bench import synthetic, workspace

# Works that are edited again and again, too many for one batch of the indexer.
_WORKS = 400
_LETTERS = "bcdfghjklmnpqrstvwxz"


class Editor(Protocol):
    """Changes one thing after another, and begins again with the first."""

    def edit(self) -> tuple[str, str]:
        """One edit, stored and announced as every entrance does it: the thing's key and the new word."""


class WorkEditor:
    """Changes titles of works. ``first`` and ``count`` say which: no two editors should share any."""

    def __init__(self, services: Services, *, first: int, count: int) -> None:
        self._services = services
        self._chance = random.Random(f"works {first}")
        with session_scope(services.factory, write=True) as session:
            around = _surroundings(session)
        # What comes in is read before it is stored; to make works up is no part of an edit.
        drafts = [synthetic.work(n, around) for n in range(first, first + count)]
        self._drafts: Iterator[WorkDraft] = cycle(drafts)

    def edit(self) -> tuple[str, str]:
        draft = next(self._drafts)
        word = _word(self._chance)
        with session_scope(self._services.factory, write=True) as session:
            store_work(session, replace(draft, root=self._changed(draft.root, word)), by="bench")
        self._services.bell.ring()
        return draft.key, word

    def _changed(self, root: SectionDraft, word: str) -> SectionDraft:
        """The work with a new word in its English title, which its English passages have."""
        title, *others = root.texts["en"]
        (parsed,) = split(f"# {word.capitalize()} {title.parsed.source.lstrip('# ')}")
        return replace(root, texts={**root.texts, "en": [replace(title, parsed=parsed), *others]})


class SectionEditor(WorkEditor):
    """Changes a paragraph of one section of a work in one language, the commonest edit."""

    def _changed(self, root: SectionDraft, word: str) -> SectionDraft:
        at = self._chance.randrange(len(root.sections))
        section = root.sections[at]
        *others, last = section.texts["en"]
        (parsed,) = split(f"{word.capitalize()} {last.parsed.source}")
        texts = {**section.texts, "en": [*others, replace(last, parsed=parsed)]}
        sections = [*root.sections]
        sections[at] = replace(section, texts=texts)
        return replace(root, sections=sections)


class InstitutionEditor:
    """Changes names of institutions, which are one short passage a language."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._chance = random.Random("institutions")
        self._numbers = cycle(range(synthetic.INSTITUTIONS))

    def edit(self) -> tuple[str, str]:
        number = next(self._numbers)
        word = _word(self._chance)
        draft = InstitutionDraft(
            key=f"college-{number}",
            type="college",
            source_language="en",
            country=synthetic.COUNTRIES[number % len(synthetic.COUNTRIES)],
            texts={"en": NameText(f"College of {word.capitalize()}", "It teaches a trade.")},
        )
        with session_scope(self._services.factory, write=True) as session:
            store_institution(session, draft)
        self._services.bell.ring()
        return draft.key, word


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_LETTERS, k=10))


def _surroundings(session: Session) -> synthetic.Surroundings:
    """What works refer to: stored already, so this changes nothing."""
    around = synthetic.surroundings(session)
    session.rollback()
    return around


def main() -> None:
    data, what, rate, seconds = Path(sys.argv[1]), sys.argv[2], *map(float, sys.argv[3:5])
    services = make_services(workspace.settings(data))
    editor: Editor
    if what == "titles":
        editor = WorkEditor(services, first=1000, count=_WORKS)
    elif what == "sections":
        editor = SectionEditor(services, first=2000, count=_WORKS)
    else:
        editor = InstitutionEditor(services)
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    edits = 0
    key = word = ""
    while (now := time.perf_counter() - begun) < seconds:
        if (early := edits / rate - now) > 0:
            time.sleep(early)
        key, word = editor.edit()
        edits += 1
    taken = time.perf_counter() - begun
    print(json.dumps({"edits": edits, "seconds": taken, "key": key, "word": word}), flush=True)


if __name__ == "__main__":
    main()
