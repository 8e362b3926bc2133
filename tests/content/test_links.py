# ruff: noqa: E501 - a case of a table is read best on one line

from __future__ import annotations

import time
from pathlib import Path

import pytest

from library.content.folder import Found
from library.content.links import check_links, written_addresses
from library.content.work_folder import read_work
from library.markdown import split
from tests.content.trees import course


def addresses(text: str) -> list[tuple[str, int, bool]]:
    return [
        (one.address, one.line, one.is_picture)
        for block in split(text)
        for one in written_addresses(block)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](b)", [("b", 1, False)]),
        ('x\n[a](b "t") ![c](<d e.png>)', [("b", 2, False), ("d e.png", 2, True)]),
        ("[![a](b.png)](c/)", [("c/", 1, False), ("b.png", 1, True)]),
        ("[a [b] c](d(e).md)", [("d(e).md", 1, False)]),
        (r"[a](b\_c.md)", [("b_c.md", 1, False)]),
        ("`[a](b)` [c](d) ``[e`](f)``", [("d", 1, False)]),
        ("```\n[a](b)\n```\n\n    [c](d)\n", []),
        ("<!-- [a](b) -->", []),
        ("[a]: b/ 'T'\n[c]: <d>", [("b/", 1, False), ("d", 2, False)]),
        ("[^1]: [a](b)", [("b", 1, False)]),
        ('<img alt="x" src="y.png"> <a href=\'z\'>', [("y.png", 1, True), ("z", 1, False)]),
        ("- [a](b)\n- [c](d)\n", [("b", 1, False), ("d", 2, False)]),
        ("[a]()", [("", 1, False)]),
        ("[a] (b) and [c][d]", []),
    ],
)
def test_addresses_are_found_with_their_lines(
    text: str, expected: list[tuple[str, int, bool]]
) -> None:
    assert addresses(text) == expected


@pytest.mark.parametrize(
    "text",
    ["[" * 60_000, "![" * 60_000, "[](" * 40_000, "`" * 60_000 + "](", "<a " * 40_000 + "](", "[a](" + "(" * 60_000, "` `` ``` ](" * 9_000],
)  # fmt: skip
def test_hostile_text_takes_bounded_time(text: str) -> None:
    began = time.perf_counter()
    list(addresses(text))
    assert time.perf_counter() - began < 5


def warnings(root: Path) -> list[str]:
    reading = read_work(Found("course", "wiring", root, "wiring"))
    assert not reading.faults
    check_links(reading, exists=lambda kind, key, path: (kind, key, path) == ("textbook", "b", ""))
    return [str(warning) for warning in reading.faults.warnings]


def test_a_missing_target_is_said_once_with_its_count_and_first_place(tmp_path: Path) -> None:
    text = "# T\n\n[a](assignment.md) and ![p](p.png)\n\n[b](../assignment.md#x)\n"
    files = {"en.md": "# W\n", "1-a/en.md": text, "2-b/en.md": text, "2-b/ar.md": text}
    assert warnings(course(tmp_path, files)) == [
        "wiring/1-a/en.md:3: 6 links lead to “assignment.md”, which is not here.",
        "wiring/1-a/en.md:3: 3 pictures lead to “p.png”, which is not here.",
    ]


def test_a_folder_that_stayed_behind_is_one_thing_that_is_missing(tmp_path: Path) -> None:
    text = "# W\n\n" + "\n\n".join(f"![x](images/{n}.png)" for n in range(7))
    assert warnings(course(tmp_path, {"en.md": text})) == [
        "wiring/en.md:3: 7 pictures lead to 7 files in “images/” that are not here."
    ]


def test_links_that_lead_somewhere_are_not_mentioned(tmp_path: Path) -> None:
    text = "# W\n\n[a](1-a/) [b](../../textbook/b/) [c](https://x.org) ![d](d.png) [e](#x)\n"
    assert warnings(course(tmp_path, {"en.md": text, "1-a/en.md": "", "d.png": b"x"})) == []


def test_links_to_other_works_are_looked_up(tmp_path: Path) -> None:
    text = "# W\n\n[a](../../textbook/gone/) [b](../../textbook/b/no/)\n\n[empty]()\n"
    assert warnings(course(tmp_path, {"en.md": text})) == [
        "wiring/en.md:3: 1 link leads to “textbook/gone/”, which is not here.",
        "wiring/en.md:3: 1 link leads to “textbook/b/no/”, which is not here.",
        "wiring/en.md:5: 1 link leads nowhere: the address is empty.",
    ]
