# ruff: noqa: E501 - a case of a table is read best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from library.content.links import check_links
from library.content.markdown_tree import find_courses, read_course
from library.content.work_folder import WorkReading
from tests.content.trees import PIXEL, write_tree

MIT = "MIT License\n"
LONG_HAN = "本课介绍物联网的基本概念和常用传感器。" * 20


def read(root: Path) -> tuple[WorkReading, list[str], list[str]]:
    reading = read_course(root)
    base = f"{root}/"
    return (
        reading,
        [str(fault).replace(base, "") for fault in reading.faults.found],
        [str(fault).replace(base, "") for fault in reading.faults.warnings],
    )


def texts(reading: WorkReading, folder: str, lang: str) -> list[tuple[str, str]]:
    assert reading.draft is not None
    sections = {s.folder: s for s, _, _ in reading.draft.root.walk()}
    return [(b.role, b.parsed.source) for b in sections[folder].texts[lang]]


def test_every_file_becomes_a_section_in_natural_order(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "My course",
        {
            "LICENSE": MIT,
            "en/step_2.md": "## Second\n\nText.\n",
            "en/step_10.md": "## Last\n",
            "en/README.md": "# The course\n\nWhat it is.\n",
            "fr/step_2.md": "## Deuxième\n",
            "fr/extra.md": "# Plus\n",
        },
    )
    reading, faults, warnings = read(root)
    assert not faults
    assert warnings == ["fr/extra.md: The file has no counterpart in en and is left out."]
    assert reading.draft is not None
    assert (reading.kind, reading.key, reading.draft.licence) == ("course", "my-course", "MIT")
    assert [(s.folder, s.key) for s in reading.draft.root.sections] == [
        ("step_2", "step-2"),
        ("step_10", "step-10"),
    ]
    assert texts(reading, "", "en") == [("title", "# The course"), ("summary", "What it is.")]
    assert texts(reading, "step_2", "en") == [("title", "# Second"), ("body", "Text.")]
    assert texts(reading, "step_2", "fr") == [("title", "# Deuxième")]
    assert {tag: e.origin for tag, e in reading.draft.editions.items()} == {
        "en": "imported",
        "fr": "imported",
    }


def test_meta_yml_and_front_matter_give_titles(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "camera",
        {
            "LICENCE.md": "http://creativecommons.org/licenses/by-sa/4.0/",
            "en/meta.yml": '---\ntitle: "The camera"\ndescription: Take\n  pictures\n',
            "en/1.md": "---\ntitle: First step\n---\nText.\n",
            "en/2.md": "---\ntitle: Not this\n---\n\n# But this\n",
            "mr-IN/meta.yaml": "title: कॅमेरा\ndescription: '- छायाचित्रे'\n",
            "mr-IN/1.md": "# एक\n",
        },
    )
    reading, faults, warnings = read(root)
    assert (faults, warnings) == ([], [])
    assert texts(reading, "", "en") == [("title", "# The camera"), ("summary", "Take pictures")]
    assert texts(reading, "", "mr") == [("title", "# कॅमेरा"), ("summary", "\\- छायाचित्रे")]
    assert texts(reading, "1", "en") == [("title", "# First step"), ("body", "Text.")]
    assert texts(reading, "2", "en") == [("title", "# But this")]


def test_lines_of_a_file_with_front_matter_are_those_of_the_file(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "c",
        {
            "LICENSE": MIT,
            "en/README.md": "# C\n",
            "en/1.md": "---\ntitle: A\n---\n\n[x](gone.md)\n",
        },
    )
    reading, _, _ = read(root)
    check_links(reading, exists=lambda *_: False)
    assert [(w.line, w.message) for w in reading.faults.warnings] == [
        (5, "1 link leads to “gone.md”, which is not here.")
    ]


def test_a_title_stands_first_wherever_its_heading_was(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "c",
        {
            "LICENSE": MIT,
            "en/README.md": "<!-- made by a tool -->\n\n![badge](b.svg)\n\n# C\n",
            "en/1.md": "> quoted\n\n### Deep\n",
            "en/2-no_title.md": "Only text.\n",
            "en/3.md": "",
        },
    )
    reading, faults, warnings = read(root)
    assert not faults
    assert texts(reading, "", "en")[0] == ("title", "# C")
    assert texts(reading, "1", "en") == [("title", "# Deep"), ("body", "> quoted")]
    assert texts(reading, "2-no_title", "en")[0] == ("title", "# 2 no title")
    assert texts(reading, "3", "en") == []
    assert warnings == ["en/2-no_title.md: The text has no title and is called “2 no title”."]


def test_keys_are_made_different_and_folders_with_them(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "c",
        {
            "LICENSE": MIT,
            "en/README.md": "# C\n",
            "en/1-intro.md": "# A\n",
            "en/2-intro.md": "# B\n",
            "en/unit/1-intro.md": "# C\n",
            "en/unit/README.md": "# U\n",
        },
    )
    reading, faults, _ = read(root)
    assert not faults
    assert reading.draft is not None
    assert [(s.folder, s.key) for s in reading.draft.root.sections] == [
        ("1-intro", "intro"),
        ("2-intro-2", "intro-2"),
        ("unit", "unit"),
        ("unit__1-intro", "unit-intro"),
    ]


def test_a_folder_named_for_a_country_is_the_language_that_its_text_is_in(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "c",
        {
            "LICENSE": MIT,
            "en/README.md": "# C\n",
            "en/1.md": "# A\n",
            "tw/1.md": f"# 物联网\n\n{LONG_HAN}\n",
            "jp/1.md": f"# はじめ\n\n{'これは機械の入門コースです。' * 30}\n",
            "docs1/1.md": "# Not a language\n",
        },
    )
    reading, faults, warnings = read(root)
    assert not faults
    assert reading.draft is not None
    assert set(reading.draft.root.sections[0].texts) == {"en", "zh-Hant", "ja"}
    assert "tw: The text is not in tw; the folder is read as zh-Hant." in warnings
    assert any(w.startswith("jp: The folder is read as ja.") for w in warnings)
    assert any(w.startswith("docs1: The folder is left out.") for w in warnings)


def test_a_folder_named_twi_with_text_in_latin_letters_is_twi(tmp_path: Path) -> None:
    text = "# Adesua\n\n" + "Yɛfrɛ me Kofi na mepɛ sɛ mesua ade. " * 20
    root = write_tree(
        tmp_path / "c", {"LICENSE": MIT, "en/README.md": "# C\n", "tw/README.md": text}
    )
    reading, _, _ = read(root)
    assert reading.draft is not None
    assert set(reading.draft.root.texts) == {"en", "tw"}


def test_facts_may_stand_in_a_meta_toml_beside_the_languages(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "Ünïque",
        {
            "meta.toml": 'kind = "textbook"\nkey = "it"\nsource_language = "fr"\nlicence = "CC-BY-4.0"\n'
            'level = "higher"\n[editions.fr]\norigin = "human"\n',
            "en/1.md": "# A\n",
            "fr/1.md": "# B\n",
        },
    )
    reading, faults, _ = read(root)
    assert not faults
    assert reading.draft is not None
    draft = reading.draft
    assert (draft.kind, draft.key, draft.source_language, draft.level) == (
        "textbook",
        "it",
        "fr",
        "higher",
    )
    assert (draft.editions["fr"].origin, draft.editions["en"].origin) == ("human", "imported")


def test_media_come_from_language_folders_and_from_beside_them(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "c",
        {
            "LICENSE": MIT,
            "en/README.md": "# C\n\n![a](images/a.png) ![b](../shared/b.png) ![e](../../e.png)\n",
            "en/images/a.png": PIXEL,
            "fr/images/a.png": PIXEL + b"fr",
            "ar/images/a.png": PIXEL,
            "fr/README.md": "# F\n",
            "ar/README.md": "# A\n",
            "shared/b.png": PIXEL,
            "shared/unused.png": PIXEL,
        },
    )
    write_tree(tmp_path, {"e.png": PIXEL})
    reading, faults, _ = read(root)
    assert not faults
    assert [(m.at, m.lang) for m in reading.media] == [
        ("images/a.fr.png", "fr"),
        ("images/a.png", None),
        ("shared/b.png", None),
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ": There is no licence. Write a meta.toml beside the languages"),
        ({"LICENSE": "All rights reserved."}, "LICENSE: The licence is none that is known here."),
        ({"LICENSE": MIT, "zh-CN/1.md": "# x", "zh-Hans/1.md": "# y"}, "zh-Hans: zh-CN is here already"),
        ({"LICENSE": MIT, "en/meta.yml": "a: [\n"}, "en/meta.yml:2: This is not YAML:"),
        ({"LICENSE": MIT, "en/meta.yml": "a: !!python/object:os.system x\n"}, "en/meta.yml:1: This is not YAML:"),
        ({"LICENSE": MIT, "en/2.md": "---\na: b: c\n---\n# T\n"}, "en/2.md:2: This is not YAML:"),
        ({"LICENSE": MIT, "en/2.md": b"# T\n\xff\n"}, "en/2.md:2: The text is not UTF-8 (byte 5 is 0xff)."),
        ({"LICENSE": MIT, "en/2.md": "# T\n\n\0\n"}, "en/2.md:3: The text has an unprintable control character"),
        ({"LICENSE": MIT, "en/2.md": "# T\n<!-- block: -->\n"}, "en/2.md:2: "),
        ({"LICENSE": MIT, "meta.toml": "colour = 1\n"}, "meta.toml:1: colour: There is no key “colour” here."),
        ({"LICENSE": MIT, "meta.toml": 'source_language = "fr"\n'}, ": There is no folder for the source language fr."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(
    tmp_path: Path, files: dict[str, str | bytes], expected: str
) -> None:
    root = write_tree(tmp_path / "c", {"en/README.md": "# C\n", "en/1.md": "# A\n", **files})
    faults = read(root)[1]
    assert any(expected in fault for fault in faults), faults


def test_a_folder_whose_name_gives_no_key_asks_for_one(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "课程", {"LICENSE": MIT, "en/1.md": "# A\n"})
    assert "No key can be made of the folder's name “课程”." in read(root)[1][0]


def test_courses_are_found_one_folder_down(tmp_path: Path) -> None:
    write_tree(tmp_path, {"b/en/1.md": "# B\n", "a/fr/1.md": "# A\n", "c/readme.txt": ""})
    assert [p.name for p in find_courses(tmp_path)[0]] == ["a", "b"]
    assert "no folder here that is named for a language" in str(find_courses(tmp_path / "c")[1][0])
    assert "no such folder" in str(find_courses(tmp_path / "d")[1][0])


def test_a_course_of_machine_made_translations_is_read_whole(shared: Path) -> None:
    reading, faults, _ = read(shared / "iot-lessons")
    assert not faults
    assert reading.draft is not None
    assert len(reading.draft.root.sections) == 12
    assert {len(section.texts) for section in reading.draft.root.sections} == {17}
    assert "zh-Hant" in reading.draft.root.sections[0].texts
    check_links(reading, exists=lambda *_: False)
    told = [warning.message for warning in reading.faults.warnings]
    assert "203 links lead to “assignment.md”, which is not here." in told
    # Links between lessons lead to lessons: none of those that are here is told as missing.
    here = {section.folder.rpartition("__")[2] for section in reading.draft.root.sections}
    lessons = [
        line
        for line in told
        if any(line.endswith(f"/{name}”, which is not here.") for name in here)
    ]
    assert lessons == []


def test_a_project_translated_by_people_is_read_whole(shared: Path) -> None:
    courses, _ = find_courses(shared / "human-translated")
    reading, faults, _ = read(courses[0])
    assert not faults
    assert reading.draft is not None
    assert reading.draft.licence == "CC-BY-SA-4.0"
    assert set(reading.draft.root.texts) == {
        "en", "ar", "es-419", "fr", "hi", "ja", "mr", "nl", "pt",
    }  # fmt: skip
    assert [s.key for s in reading.draft.root.sections] == [f"step-{n}" for n in range(1, 10)]
    everything = "\n".join(
        block.parsed.source
        for section in reading.draft.root.sections
        for blocks in section.texts.values()
        for block in blocks
    )
    assert "--- task" not in everything
    assert "--- /" not in everything
    assert '??? "I\'m not using a Raspberry Pi 5"' in everything
