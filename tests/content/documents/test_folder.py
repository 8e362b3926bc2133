"""Documents as content folders: ``library convert``, and what ``library import`` makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from library.cli.documents import convert
from library.content.documents.folder import key_from
from library.content.importing import import_paths
from library.errors import Conflict, Invalid
from library.media.folder import LocalStore
from tests.content.documents.files import docx, epub, paragraph, picture, png, table
from tests.content.documents.test_epub import NAV, PAGES

BODY = (
    paragraph("Motor control", style="t")
    + paragraph("What it is about.")
    + paragraph("Safety", style="1")
    + paragraph(picture("p", alt="A lock"))
    + table([["a", "b"], ["c", "d"]])
    + paragraph("工具", style="1")
    + paragraph("Text.")
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(convert, [str(one) for one in arguments])


@pytest.fixture
def word(tmp_path: Path) -> Path:
    path = tmp_path / "Course 1.docx"
    path.write_bytes(docx(BODY, media={"p": png()}))
    return path


def test_a_document_becomes_a_folder_that_import_takes_without_a_word(
    word: Path, tmp_path: Path, second: tuple[sessionmaker[Session], LocalStore]
) -> None:
    book = tmp_path / "book.epub"
    book.write_bytes(epub(PAGES, nav=NAV, media={"img/a.png": png()}))
    target = tmp_path / "out"
    done = run(word, target, "--licence", "CC-BY-4.0")
    assert done.exit_code == 0, done.output
    assert "“Motor control” (en) is in" in done.output
    assert "2 sections, 1 pictures" in done.output
    assert run(book, target, "--licence", "CC-BY-4.0", "--kind", "textbook").exit_code == 0
    folder = target / "course" / "motor-control"
    assert sorted(
        one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()
    ) == [
        "01-safety/en.md",
        "02-工具/en.md",
        "en.md",
        "images/p.png",
        "meta.toml",
    ]
    factory, store = second
    report = import_paths(factory, store, [target], by="test")
    assert report.ok
    assert not report.faults
    assert not [line for line in report.lines() if line.startswith("warning:")]
    again = import_paths(factory, store, [target], by="test")
    assert not again.changes


def test_without_a_licence_the_folder_asks_for_one(word: Path, tmp_path: Path) -> None:
    done = run(word, tmp_path / "out", "--key", "motors", "--lang", "fr-FR")
    assert done.exit_code == 0
    meta = (tmp_path / "out" / "course" / "motors" / "meta.toml").read_text()
    assert meta.startswith('source_language = "fr"\n# The document does not say')
    assert "names no licence" in done.output


def test_nothing_is_overwritten_and_a_dry_run_writes_nothing(word: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert run(word, target, "--dry-run").exit_code == 0
    assert not target.exists()
    assert run(word, target).exit_code == 0
    before = sorted(target.rglob("*"))
    assert isinstance(run(word, target).exception, Conflict)
    assert sorted(target.rglob("*")) == before


def test_a_key_that_is_none_and_a_file_that_is_none_are_refused(word: Path, tmp_path: Path) -> None:
    assert isinstance(run(word, tmp_path, "--key", "No Key").exception, Invalid)
    broken = tmp_path / "x.docx"
    broken.write_bytes(b"nothing\0")
    assert isinstance(run(broken, tmp_path / "out").exception, Invalid)
    assert not (tmp_path / "out").exists()


def test_keys_are_made_of_the_first_name_with_letters() -> None:
    assert key_from("Sécurité électrique!", "x") == "securite-electrique"
    assert key_from("电机控制", "Motor_Control v2") == "motor-control-v2"
    assert key_from("电机", "2026") == "document"
