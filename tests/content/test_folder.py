# ruff: noqa: E501 - a case of a table is read best on one line

from __future__ import annotations

import os
from pathlib import Path

import pytest

from library.content.faults import Faults
from library.content.folder import Found, find, list_work, natural_order
from tests.content.trees import META, write_tree


def listed(root: Path) -> tuple[list[str], list[str], list[str]]:
    """Section folders in order, paths of other files, faults."""
    faults = Faults()
    files = list_work(Found("course", "x", root, "x"), faults=faults)
    return (
        [folder.folder for folder in files.root.walk()],
        sorted(files.others),
        [str(fault) for fault in faults],
    )


def test_names_sort_as_people_count() -> None:
    names = ["step_10", "step_2", "step_1", "a", "10", "9-b", "9"]
    assert sorted(names, key=natural_order) == [
        "9",
        "9-b",
        "10",
        "a",
        "step_1",
        "step_2",
        "step_10",
    ]


def test_a_record_may_be_called_what_a_kind_is_called(tmp_path: Path) -> None:
    write_tree(tmp_path, {"term/certificate/meta.toml": META, "term/relay/meta.toml": META})
    expected = [("term", "certificate"), ("term", "relay")]
    for path in (tmp_path, tmp_path / "term"):
        found, faults = find(path)
        assert ([(f.kind, f.key) for f in found], faults) == (expected, [])
    found, faults = find(tmp_path / "term" / "certificate")
    assert ([(f.kind, f.key) for f in found], faults) == (expected[:1], [])


def test_a_root_a_kind_and_a_single_folder_are_all_understood(tmp_path: Path) -> None:
    write_tree(tmp_path, {"course/a/meta.toml": META, "term/b/meta.toml": "", "README.md": "x"})
    found, faults = find(tmp_path)
    assert ([(f.kind, f.key) for f in found], faults) == ([("term", "b"), ("course", "a")], [])
    assert [f.key for f in find(tmp_path / "course")[0]] == ["a"]
    assert [(f.kind, f.key) for f in find(tmp_path / "course" / "a")[0]] == [("course", "a")]


@pytest.mark.parametrize(
    ("files", "at", "expected"),
    [
        ({}, "gone", "gone: There is no such folder."),
        ({"file": "x"}, "file", "file: This is not a folder."),
        ({"other/x": ""}, ".", "other: “other” is not a kind. Kinds are course,"),
        ({"courses/a/meta.toml": META}, ".", "courses: “courses” is not a kind. Did you mean “course”?"),
        ({"readme.txt": ""}, ".", "There is no content in this folder."),
        ({"course/Bad Name/meta.toml": META}, ".", "Bad Name: “Bad Name” cannot be a key"),
        ({"course/a--b/meta.toml": META}, ".", "a--b: “a--b” cannot be a key"),
        ({"things/a/meta.toml": META}, "things/a", "lies in “things”, which is not a kind."),
    ],
)  # fmt: skip
def test_what_is_no_content_is_refused_with_a_reason(
    tmp_path: Path, files: dict[str, str], at: str, expected: str
) -> None:
    write_tree(tmp_path, files)
    found, faults = find(tmp_path / at)
    assert not found
    assert any(expected in str(fault) for fault in faults), faults


def test_folders_with_text_are_sections_in_natural_order_and_others_hold_media(
    tmp_path: Path,
) -> None:
    write_tree(
        tmp_path,
        {
            "en.md": "",
            "meta.toml": "",
            "10-end/en.md": "",
            "2-middle/1-deep/en.md": "",
            "2-middle/photo.png": "x",
            "images/图.png": "x",
            ".git/en.md": "",
            ".DS_Store": "x",
            "Thumbs.db": "x",
            "notes.txt~": "x",
            "2-middle/meta.toml": "x",
        },
    )
    assert listed(tmp_path) == (
        ["", "2-middle", "2-middle/1-deep", "10-end"],
        ["2-middle/meta.toml", "2-middle/photo.png", "images/图.png"],
        [],
    )


def test_names_in_decomposed_form_are_read_in_the_composed_one(tmp_path: Path) -> None:
    write_tree(tmp_path, {"en.md": "", "01-re\u0301seau/en.md": "", "pho\u0302to.png": "x"})
    assert listed(tmp_path)[:2] == (["", "01-r\u00e9seau"], ["ph\u00f4to.png"])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"zh-CN.md": "", "zh-Hans.md": ""}, "x/zh-Hans.md: zh-CN.md is here already, and both are in zh-Hans."),
        ({"README.md": ""}, "x/README.md: The name of a Markdown file is its language."),
        ({"chinese.md": ""}, "x/chinese.md: The name of a Markdown file is its language. “chinese” is not a language tag that can be used"),
        ({"jp.md": ""}, "Did you mean “ja”?"),
        ({"1-a/en.md": "", "2-a/en.md": ""}, "x/2-a: The section has the key “a”, and so has 1-a."),
        ({"1-a/en.md": "", "1-A/en.md": ""}, "The section has the key “a”"),
        ({"---/en.md": ""}, "x/---: The name of a section needs a letter or a digit."),
        ({"a\u202eb.png": "x"}, "The name has characters that cannot be shown"),
        ({"a\nb.png": "x"}, "The name has characters that cannot be shown"),
        ({"a\\b.png": "x"}, "The name has characters that cannot be shown"),
        ({"/".join("abcdefghijklmnop") + "/en.md": ""}, "Folders lie more than 12 deep."),
        ({"1-" + "x" * 221 + "/en.md": ""}, "The name of the section is too long."),
    ],
)  # fmt: skip
def test_names_that_cannot_stay_are_told(
    tmp_path: Path, files: dict[str, str], expected: str
) -> None:
    write_tree(tmp_path, files)
    faults = listed(tmp_path)[2]
    assert any(expected in fault for fault in faults), faults


def test_a_name_that_is_no_unicode_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(b"x")
    assert "cannot be shown" in listed(tmp_path)[2][0]


def test_names_with_joiners_are_kept(tmp_path: Path) -> None:
    write_tree(tmp_path, {"می\u200cخواهم.png": "x"})
    assert listed(tmp_path)[1:] == (["می\u200cخواهم.png"], [])


def test_links_that_lead_out_are_refused_and_links_inside_are_files(tmp_path: Path) -> None:
    outside = write_tree(tmp_path / "outside", {"secret.txt": "s", "folder/en.md": "x"})
    work = write_tree(tmp_path / "work", {"en.md": "", "a.png": "x", "sub/en.md": ""})
    (work / "b.png").symlink_to("a.png")
    (work / "secret.png").symlink_to(outside / "secret.txt")
    (work / "fr.md").symlink_to("/etc/passwd")
    (work / "more").symlink_to(outside / "folder")
    (work / "loop").symlink_to(work)
    (work / "again").symlink_to(work / "sub")
    (work / "nothing.png").symlink_to(work / "gone.png")
    folders, others, faults = listed(work)
    assert folders == ["", "sub"]
    assert others == ["a.png", "b.png"]
    assert sorted(faults) == [
        "x/again: This is a link to a folder; copy the folder instead.",
        "x/fr.md: This is a link that leads out of the work's folder.",
        "x/loop: This is a link to a folder; copy the folder instead.",
        "x/more: This is a link that leads out of the work's folder.",
        "x/nothing.png: This is a link to a file that is not there.",
        "x/secret.png: This is a link that leads out of the work's folder.",
    ]


def test_a_work_that_is_a_link_to_somewhere_else_is_refused(tmp_path: Path) -> None:
    outside = write_tree(tmp_path / "outside", {"meta.toml": META})
    (tmp_path / "content" / "course").mkdir(parents=True)
    (tmp_path / "content" / "course" / "x").symlink_to(outside)
    found, faults = find(tmp_path / "content")
    assert not found
    assert "leads out" in str(faults[0])
