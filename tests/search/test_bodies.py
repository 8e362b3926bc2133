"""Texts that need not be analysed again: what is kept of them is what they were analysed to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from library.search import schema
from library.search.port import Passage
from library.search.schema import Bodies, document

TEXTS = {
    "en": "The contactor switches the motor; M8×1.25 at 380 V. The motor stops.",
    "zh-Hans": "接触器接通电动机的电源。PLC编程",
    "th": "คอนแทคเตอร์ทำหน้าที่",
    "vi": "Máy nén khí \0 và 😀",
    "km": "",
}


def _passage(lang: str) -> Passage:
    return Passage(
        id=lang,
        work="w",
        section="s",
        block="b",
        kind="course",
        lang=lang,
        title="Title",
        work_title="Work",
        body=TEXTS[lang],
        keywords="key words",
    )


@pytest.mark.parametrize("lang", TEXTS)
def test_what_is_kept_is_what_would_be_made(lang: str) -> None:
    bodies = Bodies(1 << 20)
    passage = _passage(lang)
    for _ in range(3):
        assert document(passage, bodies=bodies) == document(passage)


def test_a_body_is_analysed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = Bodies(1 << 20)
    first = document(_passage("en"), bodies=bodies)
    monkeypatch.setattr(schema, "_body", None)
    again = document(replace(_passage("en"), work_title="Another"), bodies=bodies)
    assert again["body"] == first["body"]
    assert again["work_title"] != first["work_title"]


@pytest.mark.parametrize("change", [{"lang": "fr"}, {"title": "Titles"}, {"body": "Motors."}])
def test_another_text_is_analysed(change: dict[str, str]) -> None:
    bodies = Bodies(1 << 20)
    document(_passage("en"), bodies=bodies)
    other = replace(_passage("en"), **change)
    assert document(other, bodies=bodies) == document(other)


def test_places_beyond_the_last_are_the_last() -> None:
    made = document(replace(_passage("en"), body="one two " * 35_000 + "end"))["body"]
    assert dict(zip(made.terms, made.counts, strict=True))[b"end"] == 1
    assert made.places[-1] == 0xFFFF
