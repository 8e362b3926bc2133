# ruff: noqa: E501 - a case of a table is read best on one line

"""Every naughty string in every place that takes text: kept as typed, or refused with a reason."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import BlockText, MediaFile
from library.content.faults import Faults
from library.content.meta import parse_meta
from library.content.schema import INSTITUTION, PARTNERSHIP, TERM, WORK
from library.content.toml_writer import inline
from library.db import Base, make_engine, make_session_factory, session_scope
from library.directory.models import Institution, InstitutionText
from library.media.folder import LocalStore
from tests.content.trees import META, digest_of, faults_of, run_export, run_import, write_tree


@pytest.fixture
def strings(shared: Path) -> list[str]:
    return [s for s in json.loads((shared / "hostile" / "blns.json").read_text()) if s]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[tuple[sessionmaker[Session], LocalStore]]:
    engine = make_engine(f"sqlite:///{tmp_path / 'l.sqlite'}")
    Base.metadata.create_all(engine)
    yield make_session_factory(engine), LocalStore(tmp_path / "m")
    engine.dispose()


_PLACES = {
    "work": (
        WORK,
        META,
        ["source_language", "licence", "uuid", "status", "withdrawn_because", "replaced_by", "level", "version", "derived_from", "hours", "published", "sample"],
        ["institutions", "partnerships", "codes", "countries", "related"],
        [
            'contributors = [{{name = {0}, role = {0}}}]',
            'links = [{{url = {0}, title = {0}}}]',
            'parameters = [{{name = {{en = {0}}}, value = {0}, unit = {0}}}]',
            '[editions.fr]\nanswered_by = {0}\norigin = {0}',
            "[editions.{0}]",
            '[media.{0}]\ntitle = {0}',
            "[sections]\n{0} = {0}",
            "{0} = 1",
        ],
    ),
    "institution": (INSTITUTION, 'source_language = "en"\ntype = "college"\n', ["type", "country", "city", "website", "source"], [], []),
    "partnership": (
        PARTNERSHIP,
        'source_language = "en"\ntype = "site"\n',
        ["type", "brand", "country", "city", "founded", "website", "source"],
        [],
        ["members = [{{institution = {0}, role = {0}}}]", "programmes = [{{en = {0}}}]", "programmes = [{{{0} = {0}}}]"],
    ),
    "term": (
        TERM,
        'source_language = "en"\n',
        ["domain", "source"],
        [],
        ["[terms.fr]\nreading = {0}\nallowed = [{0}]\nforbidden = [{{text = {0}, reading = {0}}}]", "[terms.{0}]"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", _PLACES)
def test_every_field_keeps_a_string_or_refuses_it_with_its_line(
    kind: str, strings: list[str]
) -> None:
    schema, before, plain, lists, shapes = _PLACES[kind]
    patterns = [f"{name} = {{0}}" for name in plain] + [f"{name} = [{{0}}]" for name in lists]
    for written in strings:
        for pattern in [*patterns, *shapes]:
            key = pattern.partition(" ")[0]
            start = "\n".join(
                line for line in before.splitlines() if not line.startswith(f"{key} ")
            )
            text = f"{start}\n{pattern.format(inline(written))}\n"
            try:
                tomllib.loads(text)
            except tomllib.TOMLDecodeError:
                continue
            faults = Faults()
            meta = parse_meta(text, shown="m", faults=faults, schema=schema)
            assert meta is not None
            for fault in faults:
                assert fault.line >= 1
                assert "\n" not in str(fault)
            if not faults and key in ("version", "city", "source", "withdrawn_because"):
                assert meta.values[key] == written


@pytest.mark.slow
def test_every_string_as_text_is_stored_as_typed_and_comes_back(
    library: tuple[sessionmaker[Session], LocalStore], strings: list[str], tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {"meta.toml": META, "en.md": "# Strings\n"}
    for n, written in enumerate(strings):
        # As a title, in a paragraph, a heading, a list, a picture's words and its address.
        files[f"{n:04d}-s{n}/en.md"] = (
            f"# Title {written}\n\nText {written}\n\n## Part {written}\n\n- {written}\n\n![{written}]({written})\n"
        )
    root = write_tree(tmp_path / "c" / "course" / "strings", files)
    first = run_import(*library, root)
    for fault in first.faults:
        assert fault.line >= 1
        assert "unprintable control character" in fault.message
        Path(fault.path).unlink()
    assert len(first.faults) < 12, faults_of(first)
    kept = [w for n, w in enumerate(strings) if (root / f"{n:04d}-s{n}/en.md").exists()]
    report = run_import(*library, root)
    assert report.ok, faults_of(report)
    with session_scope(library[0]) as session:
        stored = set(session.scalars(select(BlockText.source)))
    for written in kept:
        if "\n" not in written and "\r" not in written:
            assert f"# Title {written}" in stored
    once = run_export(*library, tmp_path / "once")
    again = run_import(*library, once)
    assert again.ok, faults_of(again)
    assert again.changes == []
    assert digest_of(run_export(*library, tmp_path / "twice")) == digest_of(once)


def test_every_string_as_a_name_of_an_institution_comes_back(
    library: tuple[sessionmaker[Session], LocalStore], strings: list[str], tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {}
    for n, written in enumerate(strings):
        at = f"institution/i{n}"
        files[f"{at}/meta.toml"] = (
            f'source_language = "en"\ntype = "college"\nsource = {inline(written)}\n'
        )
        files[f"{at}/en.md"] = f"# {written}\n\n{written}\n\n{written}\n"
    run_import(*library, write_tree(tmp_path / "c", files))
    with session_scope(library[0]) as session:
        assert len(session.scalars(select(Institution.id)).all()) > len(strings) * 0.8
        names = set(session.scalars(select(InstitutionText.name)))
    assert sum("<script" in name.lower() for name in names) > 20
    once = run_export(*library, tmp_path / "once")
    again = run_import(*library, once)
    assert again.ok, faults_of(again)
    assert again.changes == []


@pytest.mark.slow
def test_every_string_as_a_name_of_a_file_is_kept_or_refused(
    library: tuple[sessionmaker[Session], LocalStore], strings: list[str], tmp_path: Path
) -> None:
    root = write_tree(tmp_path / "c/course/w", {"meta.toml": META, "en.md": "# W\n"})
    for written in strings:
        try:
            (root / f"{written}.txt").write_text("x")
        except (OSError, ValueError):
            continue
    refused = len(run_import(*library, root).faults)
    assert refused
    for file in root.glob("*.txt"):
        if not file.name.isprintable() or "\\" in file.name:
            file.unlink()
    report = run_import(*library, root)
    assert report.ok, faults_of(report)
    with session_scope(library[0]) as session:
        assert len(session.scalars(select(MediaFile.id)).all()) > 100
    once = run_export(*library, tmp_path / "once")
    assert run_import(*library, once).unchanged == 1
