# ruff: noqa: E501 - a case of a table is read best on one line

from __future__ import annotations

import pytest

from library.catalogue.addresses import (
    External,
    LinkIndex,
    MediaTarget,
    Missing,
    SectionTarget,
    Target,
    language_variant,
    resolve,
    section_key,
    section_path,
)

FOLDERS = ("", "01-safety", "01-safety/02-meters", "02-motors")
MEDIA = {"wiring.svg": 1, "01-safety/photo.png": 1, "02-motors/bench.fr.jpg": 1, "film.mp4": 1}


def find(address: str, *, folder: str = "01-safety") -> Target:
    return resolve(
        address,
        folder=folder,
        sections={name: section_path(name) for name in FOLDERS},
        media=MEDIA,
        this=("course", "wiring"),
        languages=("en", "zh-Hans"),
    )


def section(path: str, fragment: str = "", *, kind: str = "course", key: str = "wiring") -> Target:
    return SectionTarget(kind, key, path, fragment)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("02-insulation", "insulation"),
        ("1-getting-started__1-introduction-to-iot", "getting-started-introduction-to-iot"),
        ("step_2", "step-2"),
        ("01", "01"),
        ("1.2 Intro", "intro"),
        ("3D-printing", "3d-printing"),
        ("01-安全", "安全"),
        ("02-ความปลอดภัย", "ความปลอดภัย"),
        ("Über uns", "über-uns"),
        ("---", ""),
    ],
)
def test_the_number_in_front_of_a_folder_is_no_part_of_its_key(name: str, key: str) -> None:
    assert section_key(name) == key


@pytest.mark.parametrize(
    "name", ["02-insulation", "01", "3D-printing", "第1章", "a__2-b", "10-20-x"]
)
def test_a_key_numbered_anew_stays_the_same_key(name: str) -> None:
    key = section_key(name)
    assert section_key(f"07-{key}") == key


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("../02-motors/", section("motors")),
        ("../02-motors", section("motors")),
        ("../02-motors/en.md#stator", section("motors", "stator")),
        ("../02-motors/README.md", section("motors")),
        ("./02-meters/zh-CN.md", section("safety/meters")),
        ("en.md#top", section("safety", "top")),
        ("#top", section("safety", "top")),
        ("..", section("")),
        ("../", section("")),
        ("../en.md", section("")),
        ("../07-motors/", section("motors")),
        ("../../../textbook/basics/", section("", kind="textbook", key="basics")),
        ("../../../textbook/basics/01-bits/02-text/en.md#a", section("bits/text", "a", kind="textbook", key="basics")),
        ("../../../institution/crrc/", section("", kind="institution", key="crrc")),
        ("/textbook/basics/", section("", kind="textbook", key="basics")),
        ("../../../course/wiring/02-motors/", section("motors")),
        ("photo.png", MediaTarget("01-safety/photo.png")),
        ("./photo.png?raw=true#page=2", MediaTarget("01-safety/photo.png", "page=2")),
        ("../wiring.svg", MediaTarget("wiring.svg")),
        ("wiring.svg", MediaTarget("wiring.svg")),
        ("../02-motors/bench.jpg", MediaTarget("02-motors/bench.jpg")),
        ("..\\02-motors\\", section("motors")),
        ("%2e%2e/02-motors/", section("motors")),
    ],
)  # fmt: skip
def test_what_git_shows_is_found(address: str, target: Target) -> None:
    assert find(address) == target


@pytest.mark.parametrize(
    "address",
    ["https://example.org/a", "HTTP://example.org", "//example.org/a", "mailto:a@b.c", "tel:+255"],
)
def test_other_places_are_external(address: str) -> None:
    assert find(address) == External(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "?a=1",
        "../03-gone/",
        "../../../textbook/",
        "../../../../../etc/passwd",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "pi.md",
        "assignment.md",
        "../../../textbook/basics/wiring.svg",
        "%00",
        "%ff%fe",
    ],
)
def test_what_leads_nowhere_is_missing(address: str) -> None:
    assert find(address) == Missing(address)


def flattened() -> LinkIndex:
    names = ("2-farm__1-predict-plant-growth", "2-farm__3-watering", "6-consumer__1-speech")
    return LinkIndex(
        "course",
        "iot",
        {"": "", **{name: section_key(name) for name in names}},
        {"images/board.png": 1},
        ("en", "ar"),
    )


@pytest.mark.parametrize(
    "address",
    [
        "../../../2-farm/lessons/1-predict-plant-growth/README.md#task",
        "../../../../../2-farm/lessons/1-predict-plant-growth#task",
        "../../2-farm/lessons/1-predict-plant-growth/ar.md#task",
        "/2-farm/lessons/1-predict-plant-growth/#task",
    ],
)
def test_sections_whose_folders_were_flattened_are_found_by_their_parts(address: str) -> None:
    found = flattened().resolve(address, folder="6-consumer__1-speech")
    assert found == SectionTarget("course", "iot", "farm-predict-plant-growth", "task")


@pytest.mark.parametrize(
    "address",
    [
        "../../../2-farm/lessons/1-predict-plant-growth/assignment.md",
        "../../../2-farm/lessons/1-predict-plant-growth/code/functions",
        "../../../2-farm/lessons/2-soil/README.md",
        "../../../1-predict-plant-growth/2-farm/README.md",
    ],
)
def test_what_only_looks_like_a_flattened_section_is_missing(address: str) -> None:
    found = flattened().resolve(address, folder="6-consumer__1-speech")
    assert found == Missing(address)


def test_two_sections_that_fit_equally_well_are_no_answer() -> None:
    index = LinkIndex("course", "iot", {"a__x__z": "a", "a__y__z": "b"}, {})
    assert isinstance(index.resolve("../a/x/y/z/README.md", folder="a__x__z"), Missing)


def test_files_that_became_sections_find_their_neighbours_and_pictures() -> None:
    index = LinkIndex(
        "course",
        "camera",
        {"": "", "step_2": "step-2", "step_10": "step-10", "unit__one": "unit-one"},
        {"images/a.png": 1, "shared/b.png": 1},
        ("en",),
    )
    assert index.resolve("step_10.md#x", folder="step_2") == SectionTarget(
        "course", "camera", "step-10", "x"
    )
    assert index.resolve("images/a.png", folder="step_2") == MediaTarget("images/a.png")
    assert index.resolve("../shared/b.png", folder="step_2") == MediaTarget("shared/b.png")
    assert index.resolve("../../shared/b.png", folder="unit__one") == MediaTarget("shared/b.png")
    assert index.resolve("../unit/one.md", folder="step_2") == SectionTarget(
        "course", "camera", "unit-one"
    )


def test_a_reader_gets_the_file_in_the_own_language() -> None:
    media = {"a.png": 1, "a.fr.png": 1, "b.ar.png": 1}
    assert language_variant("a.png", lang="fr", media=media) == "a.fr.png"
    assert language_variant("a.png", lang="th", media=media) == "a.png"
    assert language_variant("b.png", lang="th", media=media) == "b.ar.png"
    assert language_variant("c.png", lang="th", media=media) is None
