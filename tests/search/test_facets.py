"""Counts and filters against counting by hand."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.search import pieces
from library.search.port import FACETS, Passage, Query
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage

values = st.sampled_from(["a", "b", "c"])
several = st.lists(values, max_size=3).map(tuple)


@st.composite
def shelves(draw: st.DrawFn) -> list[list[Passage]]:
    """Works in several commits, some of them again and again, as a whole or but for a part as they were;
    some have the same values in all passages, some do not."""
    commits: list[list[Passage]] = []
    for _ in range(draw(st.integers(1, 4))):
        passages: list[Passage] = []
        for work in draw(st.sets(st.integers(0, 5), min_size=1)):
            alike = draw(st.booleans())
            kind = draw(values)
            subjects, countries = draw(st.sampled_from([("a",), ("b",)])), draw(several)
            if alike:
                countries = ("c",)
            passages += [
                passage(
                    f"w{work}",
                    draw(st.sampled_from(["found", "other"])),
                    section=str(section),
                    lang=draw(st.sampled_from(["en", "fr"])),
                    kind=kind if alike else draw(values),
                    subjects=subjects if alike else draw(several),
                    level="1" if alike else draw(st.sampled_from(["", "1", "2"])),
                    countries=countries,
                    sizes=("1", "5") if alike else draw(several),
                )
                for section in range(draw(st.integers(0, 3)))
            ]
        commits.append(passages)
    return commits


def labels(one: Passage, facet: str) -> tuple[str, ...]:
    return {
        "languages": (one.lang,),
        "kinds": (one.kind,),
        "subjects": one.subjects,
        "levels": (one.level,) if one.level else (),
        "institutions": one.institutions,
        "countries": one.countries,
        "sizes": one.sizes,
    }[facet]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    commits=shelves(),
    full=st.integers(1, 12),
    filters=st.fixed_dictionaries(
        {},
        optional={
            "languages": st.just(("fr",)),
            "kinds": several,
            "subjects": several,
            "levels": st.just(("2",)),
            "countries": several,
        },
    ),
)
def test_counts_are_those_of_counting_by_hand(
    tmp_path_factory: pytest.TempPathFactory,
    commits: list[list[Passage]],
    full: int,
    filters: dict[str, tuple[str, ...]],
) -> None:
    engine = WhooshEngine(Path(tmp_path_factory.mktemp("index")))
    held: dict[str, list[Passage]] = {}
    with patch.object(pieces, "FULL", full):
        engine.rebuild([])
        for commit in commits:
            engine.apply(works={p.work for p in commit}, passages=commit)
            held |= {p.work: [one for one in commit if one.work == p.work] for p in commit}
            # A reader opens every commit, and takes over what is still true of the one before.
            engine.search(Query("found"))
    matching = [p for some in held.values() for p in some if p.body == "found"]

    def fits(one: Passage, *, but: str = "") -> bool:
        return all(
            not wanted or name == but or set(labels(one, name)) & set(wanted)
            for name, wanted in filters.items()
        )

    results = engine.search(Query("found", **filters))
    assert results.total == len({p.work for p in matching if fits(p)})
    assert {hit.work for hit in results.hits} == {p.work for p in matching if fits(p)}
    for facet in FACETS:
        having: dict[str, set[str]] = {}
        for one in matching:
            if fits(one, but=facet):
                for label in labels(one, facet):
                    having.setdefault(label, set()).add(one.work)
        assert results.facets[facet] == {label: len(works) for label, works in having.items()}
    engine.close()
