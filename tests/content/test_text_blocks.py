# ruff: noqa: E501 - a case of a table is read best on one line

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from library.catalogue.drafts import BlockDraft
from library.content.faults import Faults
from library.content.text_blocks import block_drafts

ID = "8f14e45f-ceea-4e7a-9c1d-3f2b6a5d7e10"


def read(
    text: str, *, is_root: bool = True, roles: dict[str, str] | None = None
) -> tuple[list[BlockDraft], list[str]]:
    faults = Faults()
    drafts = block_drafts(text, place="en.md", faults=faults, is_root=is_root, roles=roles)
    return drafts, [str(fault) for fault in faults]


def test_a_root_has_title_summary_and_body() -> None:
    drafts, faults = read("# Title\n\nSummary.\n\nBody.\n")
    assert not faults
    assert [(d.role, d.parsed.source) for d in drafts] == [
        ("title", "# Title"),
        ("summary", "Summary."),
        ("body", "Body."),
    ]


def test_a_section_has_no_summary() -> None:
    drafts, _ = read("# Title\n\nBody.\n", is_root=False)
    assert [d.role for d in drafts] == ["title", "body"]


def test_a_list_under_the_title_is_no_summary() -> None:
    drafts, _ = read("# Title\n\n- a\n\nBody.\n")
    assert [d.role for d in drafts] == ["title", "body", "body"]


def test_a_comment_and_link_definitions_may_stand_above_the_title() -> None:
    drafts, faults = read("<!-- note -->\n\n[a]: b/\n\nTitle\n=====\n\nSummary.\n")
    assert not faults
    assert [d.role for d in drafts] == ["body", "body", "title", "summary"]


def test_an_empty_file_says_nothing_and_is_no_fault() -> None:
    assert read("") == ([], [])
    assert read("\n \n") == ([], [])


def test_a_named_block_that_is_body_in_the_source_is_no_summary_in_a_translation() -> None:
    text = "# Titre\n\n<!-- block: torque -->\nCorps.\n"
    drafts, _ = read(text, roles={"torque": "body"})
    assert drafts[1].role == "body"
    drafts, _ = read(text, roles={"torque": "summary"})
    assert drafts[1].role == "summary"


def test_a_marker_gives_its_facts() -> None:
    drafts, faults = read(
        f"<!-- block: title uuid={ID} origin=machine from=00ff reviewed=2026-11-02 "
        'by="A. &quot;Al&quot; Mushi" -->\n# Title\n'
    )
    assert not faults
    one = drafts[0]
    assert (one.label, one.uuid, one.origin, one.made_from) == (
        "title",
        uuid.UUID(ID),
        "machine",
        "00ff",
    )
    assert one.reviewed_by == 'A. "Al" Mushi'
    assert one.reviewed_at == dt.datetime(2026, 11, 2, tzinfo=dt.UTC)


def test_a_uuid_as_the_name_is_the_blocks_uuid() -> None:
    drafts, _ = read(f"<!-- block: {ID.upper()} -->\n# Title\n")
    assert (drafts[0].uuid, drafts[0].label) == (uuid.UUID(ID), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Text.\n", "en.md:1: The text has no title. Begin with a line such as “# Title”."),
        ("\n\n## Small\n", "en.md:3: The text has no title."),
        ("Text.\n\n# Title\n", "en.md:1: Text stands above the title on line 3. Move it below."),
        ("# \n\nText.\n", "en.md:1: The title is empty."),
        ("# ![](x.png)\n", "en.md:1: The title is empty."),
        ("# T\n\n<!-- block: a -->\n", "en.md:3: The marker of block 'a' on line 3 has no block"),
        ("# T\n\n<!-- block: a b -->\nx\n", "en.md:3: The block marker on line 3 must go on"),
        ("# T\n\n<!-- block: a -->\nx\n\n<!-- block: a -->\ny\n", "en.md:6: The block “a” is here twice; the first is on line 3."),
        ("<!-- block: a colour=red -->\n# T\n", "en.md:1: A marker has no fact “colour”"),
        ("<!-- block: a origin=robot -->\n# T\n", "en.md:1: “robot” is not an origin"),
        ("<!-- block: a reviewed=yesterday -->\n# T\n", "en.md:1: “yesterday” is not a date."),
        ("<!-- block: a reviewed=0001-01-01 -->\n# T\n", "en.md:1: “0001-01-01” is not a date."),
        ('<!-- block: a by="B" -->\n# T\n', "en.md:1: The marker says by whom"),
        (f"<!-- block: a from={'0' * 33} -->\n# T\n", "en.md:1: “000000"),
        (f"<!-- block: {'a' * 61} -->\n# T\n", "en.md:1: The block's name is longer than 60"),
        (f"<!-- block: {ID} uuid={ID[:-1]}1 -->\n# T\n", "en.md:1: “8f14e45f"),
        ("<!-- block: a uuid=7 -->\n# T\n", "en.md:1: “7” is not the UUID of this block."),
    ],
)  # fmt: skip
def test_a_wrong_text_is_told_with_its_line(text: str, expected: str) -> None:
    _, faults = read(text)
    assert any(fault.startswith(expected) for fault in faults), faults
