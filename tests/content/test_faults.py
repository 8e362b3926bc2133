"""Everything that is wrong with content is said in sentences that translators have before them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import library

PACKAGE = Path(library.__file__).parent
#: What the page of an import shows comes from here.
SOURCES = [
    *sorted((PACKAGE / "content").glob("*.py")),
    PACKAGE / "untrusted" / "archive.py",
    PACKAGE / "i18n" / "tags.py",
    PACKAGE / "media" / "subtitles.py",
    PACKAGE / "media" / "drawings.py",
    PACKAGE / "media" / "pictures.py",
    PACKAGE / "catalogue" / "service.py",
    PACKAGE / "catalogue" / "section_tree.py",
    PACKAGE / "catalogue" / "texts.py",
    PACKAGE / "directory" / "service.py",
    PACKAGE / "terms" / "service.py",
]
SAYING = {"add", "warn", "fault", "_fault", "Fault", "_refusal", "_wrong"}
REFUSALS = {"Invalid", "Malformed", "TooLarge", "Conflict", "Forbidden"}


def _calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = node.func
            if isinstance(name, ast.Attribute):
                yield name.attr, node
            elif isinstance(name, ast.Name):
                yield name.id, node


def _is_prose(node: ast.expr) -> bool:
    """A raw text of several words: names, keys and paths have no blanks."""
    if isinstance(node, ast.JoinedStr):
        return any(_is_prose(part) for part in node.values if isinstance(part, ast.Constant))
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_fault_is_a_raw_text(path: Path) -> None:
    raw = [
        f"{path.name}:{call.lineno}"
        for name, call in _calls(path)
        if name in SAYING
        for given in (*call.args, *(keyword.value for keyword in call.keywords))
        if _is_prose(given)
    ]
    assert raw == []


def test_a_raw_text_would_be_found() -> None:
    tree = ast.parse('faults.add(place, 0, f"The file {name} is missing.")')
    call = tree.body[0].value  # type: ignore[attr-defined]
    assert any(_is_prose(given) for given in call.args)


@pytest.mark.parametrize(
    "path",
    [
        one
        for one in sorted(PACKAGE.rglob("*.py"))
        if "library.sentences import" in one.read_text() and one.name != "errors.py"
    ],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_templates_are_literals_that_extraction_finds(path: Path) -> None:
    for name, call in _calls(path):
        count = {"Sentence": 1, "counted": 2}.get(name, 0)
        for given in call.args[:count]:
            assert isinstance(given, ast.Constant), f"{path.name}:{call.lineno}"
            assert isinstance(given.value, str), f"{path.name}:{call.lineno}"


@pytest.mark.parametrize("path", SOURCES[-10:], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_refusal_of_what_stores_content_is_a_raw_text(path: Path) -> None:
    raw = [
        f"{path.name}:{call.lineno}: {ast.unparse(call.args[0])}"
        for name, call in _calls(path)
        if name in REFUSALS
        and call.args
        and _is_prose(call.args[0])
        # Withdrawing a work is no part of storing one.
        and "No work has the uuid" not in ast.unparse(call.args[0])
    ]
    assert raw == []
