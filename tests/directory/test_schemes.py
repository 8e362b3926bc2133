"""The code schemes that ship with the library: whole, labelled in every interface language, well formed."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

import library.directory
from library.i18n.interface import INTERFACE_LANGUAGES
from library.i18n.scripts import parts, weights
from library.i18n.tags import normalise, script_of

_FOLDER = Path(library.directory.__file__).parent / "schemes"
_FILES = sorted(_FOLDER.glob("*.toml"))
_CODE_KEYS = {"code", "parent", "uri", "label"}
_SCHEME_KEYS = {"key", "title", "version", "uri"}

schemes = pytest.mark.parametrize("path", _FILES, ids=[path.stem for path in _FILES])


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _codes(key: str) -> list[str]:
    return [entry["code"] for entry in _read(_FOLDER / f"{key}.toml")["code"]]


def _all_labels(path: Path) -> list[tuple[str, dict[str, str]]]:
    data = _read(path)
    return [
        ("title", data["scheme"]["title"]),
        *((entry["code"], entry["label"]) for entry in data["code"]),
    ]


def test_the_five_schemes_are_there() -> None:
    assert [path.stem for path in _FILES] == [
        "cn-majors-2021",
        "isced-2011-level",
        "isced-f-2013",
        "isco-08",
        "nta-tanzania",
    ]


@schemes
def test_a_file_holds_the_scheme_it_is_named_for_and_nothing_unknown(path: Path) -> None:
    data = _read(path)
    assert set(data) == {"scheme", "code"}
    assert data["scheme"]["key"] == path.stem
    assert set(data["scheme"]) <= _SCHEME_KEYS
    assert all(set(entry) <= _CODE_KEYS for entry in data["code"])


@schemes
def test_every_code_is_labelled_in_every_interface_language(path: Path) -> None:
    for code, label in _all_labels(path):
        assert set(label) == set(INTERFACE_LANGUAGES), code
        assert [normalise(tag) for tag in label] == list(label)


@schemes
def test_labels_are_clean_text_in_the_script_of_their_language(path: Path) -> None:
    for code, label in _all_labels(path):
        for tag, text in label.items():
            where = (code, tag, text)
            counts = weights(text)
            own = parts(script_of(tag))
            assert text == unicodedata.normalize("NFC", text).strip(), where
            assert "  " not in text, where
            assert set(counts) & own, where
            assert set(counts) <= own | {"Latn"}, where
            assert text.count("(") == text.count(")"), where
            assert len(text) <= 120, where


@schemes
def test_no_two_codes_of_a_level_share_a_label(path: Path) -> None:
    by_label: dict[tuple[str, str, int], str] = {}
    for code, label in _all_labels(path)[1:]:
        for tag, text in label.items():
            other = by_label.setdefault((tag, text, len(code)), code)
            assert other == code, (other, code, tag, text)


@schemes
def test_codes_are_unique_in_order_and_their_parents_come_before_them(path: Path) -> None:
    entries = _read(path)["code"]
    codes = [entry["code"] for entry in entries]
    assert len(set(codes)) == len(codes)
    levels_only = all("parent" not in entry for entry in entries)
    assert codes == (sorted(codes, key=int) if levels_only else sorted(codes))
    for entry in entries:
        if "parent" in entry:
            assert codes.index(entry["parent"]) < codes.index(entry["code"])
            assert entry["code"].startswith(entry["parent"])


@schemes
def test_addresses_are_absolute_and_unique(path: Path) -> None:
    addresses = [entry["uri"] for entry in _read(path)["code"] if "uri" in entry]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"https?://[\w./-]+", address) for address in addresses)


def test_fields_of_education_are_complete() -> None:
    codes = _codes("isced-f-2013")
    broad = [code for code in codes if len(code) == 2]
    narrow = [code for code in codes if len(code) == 3 and code[2] != "8"]
    detailed = [code for code in codes if len(code) == 4 and code[2] != "8"]
    assert broad == [f"{n:02}" for n in range(11)]
    assert len(narrow) == 29
    assert len(detailed) == 80
    assert {code[:3] for code in detailed} == set(narrow)
    assert {code[:2] for code in narrow} == set(broad)


def test_levels_are_those_that_vocational_education_reaches() -> None:
    assert _codes("isced-2011-level") == ["2", "3", "4", "5", "6", "7", "8"]
    assert _codes("nta-tanzania") == ["4", "5", "6", "7", "8", "9", "10"]


def test_occupations_of_the_trades_are_listed_with_their_major_groups() -> None:
    codes = _codes("isco-08")
    units = [code for code in codes if len(code) == 4]
    assert len(units) >= 60
    assert {"7411", "7421", "7231", "7212", "7127", "8312", "3117", "3331", "3513", "2320"} <= set(
        units
    )
    assert all(code[0] in codes and code[:2] in codes for code in units)


def test_chinese_broad_classes_are_complete() -> None:
    codes = _codes("cn-majors-2021")
    assert [code for code in codes if len(code) == 2 and code < "60"] == [
        str(n) for n in range(41, 60)
    ]
    assert all(len(code) in {2, 6} for code in codes)
    assert {"460301", "660301"} <= set(codes)
