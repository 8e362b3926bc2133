"""Sentences are English text, and remember how they were made."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from library.errors import Invalid
from library.sentences import Sentence, counted, kept, revived

SENTENCES = [
    Sentence("There is no such file."),
    Sentence("There is no key “%(key)s” here.", key="colour"),
    Sentence("Known are %(keys)s.", keys=("a", Sentence("labels"), "%(b)s")),
    Sentence("It is %(why)s", why=Sentence("longer than %(number)s signs", number=3)),
    Sentence("This must be %(wanted)s.", wanted=Sentence("a table")),
    counted("%(num)s link to %(to)s", "%(num)s links to %(to)s", 1, to="%s"),
    counted("%(num)s link to %(to)s", "%(num)s links to %(to)s", 5, to="{x}"),
]


def test_a_sentence_is_its_english() -> None:
    assert [str(one) for one in SENTENCES[1:4]] == [
        "There is no key “colour” here.",
        "Known are a, labels, %(b)s.",
        "It is longer than 3 signs",
    ]
    assert [str(one) for one in SENTENCES[5:]] == ["1 link to %s", "5 links to {x}"]


def test_nothing_is_a_placeholder_without_values() -> None:
    assert Sentence("100 %(of)s it") == "100 %(of)s it"


@pytest.mark.parametrize("sentence", SENTENCES, ids=str)
def test_a_sentence_comes_back_whole_from_json_and_from_another_process(sentence: Sentence) -> None:
    through_json = revived(json.loads(json.dumps(kept(sentence))))
    for again in (through_json, pickle.loads(pickle.dumps(sentence)), copy.deepcopy(sentence)):
        assert again == sentence
        assert (again.template, again.many, again.number) == (
            sentence.template,
            sentence.many,
            sentence.number,
        )
        assert again.values == sentence.values
        assert [type(one) for one in again.values.values()] == [
            type(one) for one in sentence.values.values()
        ]


@pytest.mark.parametrize(
    "data",
    ["A line of %(an)s older report.", {"say": "%(x)s", "with": {"y": 1}}, {"with": {}}, None, 7],
    ids=repr,
)
def test_what_another_version_has_kept_is_still_text(data: object) -> None:
    assert isinstance(revived(data), Sentence)


def test_an_error_carries_its_sentence() -> None:
    assert Invalid("Plain %(text)s.").sentence.values == {}
    assert Invalid(SENTENCES[1]).sentence is SENTENCES[1]
