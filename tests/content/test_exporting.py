# ruff: noqa: E501 - a case of a table is read best on one line

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import Block, BlockText, Edition, MediaFile, Section, Work
from library.content.exporting import export
from library.content.folder import Found
from library.content.importing import import_paths
from library.content.work_folder import read_work
from library.db import Base, make_engine, make_session_factory, session_scope
from library.errors import Conflict, Unavailable
from library.media.folder import LocalStore
from tests.content.test_importing import LIBRARY
from tests.content.trees import (
    META,
    PIXEL,
    course,
    digest_of,
    faults_of,
    run_export,
    run_import,
    write_tree,
)

Factory = sessionmaker[Session]
Library = tuple[Factory, LocalStore]


def assert_round_trip(first: Library, second: Library, folder: Path) -> None:
    """The first library exported, read back by itself and by another one, gives the same bytes."""
    once = run_export(*first, folder / "once")
    again = run_import(*first, once)
    assert again.ok, faults_of(again)
    assert [change for change in again.changes if not change.empty] == []
    other = run_import(*second, once)
    assert other.ok, faults_of(other)
    assert digest_of(run_export(*second, folder / "twice")) == digest_of(once)


def test_a_library_exported_and_imported_is_the_same_library(
    factory: Factory, store: LocalStore, second: Library, tmp_path: Path
) -> None:
    assert run_import(factory, store, write_tree(tmp_path / "c", LIBRARY)).ok
    assert_round_trip((factory, store), second, tmp_path)
    once = tmp_path / "once"
    assert (once / "course/wiring/01-safety/photo.png").read_bytes() == PIXEL
    assert (
        once / "institution/mbeya/en.md"
    ).read_text() == "# Mbeya College\n\nA college.\n\nMore of it.\n"
    assert (
        once / "term/encoder/zh-Hans.md"
    ).read_text() == "# 编码器\n\n测量转角。\n\n也测位移。\n"


@pytest.mark.slow
def test_the_starter_library_comes_back_as_it_was(
    factory: Factory, store: LocalStore, second: Library, tmp_path: Path
) -> None:
    report = run_import(factory, store, Path(__file__).parents[2] / "content")
    assert report.ok, faults_of(report)
    assert_round_trip((factory, store), second, tmp_path)


@pytest.mark.slow
def test_a_course_translated_elsewhere_comes_back_as_it_was(
    factory: Factory, store: LocalStore, second: Library, tmp_path: Path, shared: Path
) -> None:
    assert run_import(factory, store, shared / "iot-lessons", format="markdown").ok
    assert run_import(factory, store, shared / "human-translated", format="markdown").ok
    assert_round_trip((factory, store), second, tmp_path)


def test_importing_a_course_again_in_its_first_form_changes_nothing(
    factory: Factory, store: LocalStore, shared: Path
) -> None:
    for _ in range(2):
        report = run_import(factory, store, shared / "human-translated", format="markdown")
    assert (report.unchanged, report.changes) == (1, [])


def test_every_fact_of_a_work_comes_back(
    factory: Factory, store: LocalStore, second: Library, tmp_path: Path
) -> None:
    meta = META + (
        'status = "withdrawn"\nwithdrawn_because = "Replaced."\nreplaced_by = "course/new"\nsample = true\n'
        'level = "higher"\nhours = 72\nminutes = 2.5\ncredits = 3\nversion = "2"\npublished = 2025-03-25\n'
        'countries = ["TZ", "KH"]\ncontributors = [{name = "A", role = "author"}, {name = "B"}]\n'
        'links = [{url = "https://a.org/x?y=1", title = "A"}]\nrelated = ["course/a"]\nderived_from = "textbook/b"\n'
        'parameters = [{name = {"zh-Hans" = "电压", en = "Voltage"}, value = "400", unit = "V"}, {name = {en = "x"}, value = 1.5}]\n'
        '[editions.fr]\norigin = "machine"\noffered = false\nanswered_by = "C"\n'
        '[media."1-a/p.png"]\ntitle = "P"\nlicence = "CC0-1.0"\n'
    )
    course(
        tmp_path / "c",
        {"meta.toml": meta, "fr.md": "# F\n", "1-a/en.md": "# A\n", "1-a/p.png": PIXEL},
    )
    assert run_import(factory, store, tmp_path / "c").ok
    assert_round_trip((factory, store), second, tmp_path)
    text = (tmp_path / "once/course/wiring/meta.toml").read_text()
    before, _, after = text.partition("uuid = ")
    assert before == META
    assert after.partition("\n")[2].partition("\n[sections]\n")[0] == (
        'status = "withdrawn"\nwithdrawn_because = "Replaced."\nreplaced_by = "course/new"\nsample = true\n'
        'level = "higher"\nhours = 72\nminutes = 2.5\ncredits = 3\nversion = "2"\npublished = 2025-03-25\n'
        'countries = ["KH", "TZ"]\n'
        'contributors = [\n    {name = "A", role = "author"},\n    {name = "B"},\n]\n'
        'links = [\n    {url = "https://a.org/x?y=1", title = "A"},\n]\n'
        'related = ["course/a"]\nderived_from = "textbook/b"\n'
        "parameters = [\n"
        '    {name = {en = "Voltage", zh-Hans = "电压"}, value = "400", unit = "V"},\n'
        '    {name = {en = "x"}, value = "1.5"},\n'
        "]\n\n"
        '[editions.fr]\norigin = "machine"\noffered = false\nanswered_by = "C"\n\n'
        '[media."1-a/p.png"]\ntitle = "P"\nlicence = "CC0-1.0"\n'
    )


def test_markers_say_what_is_stale_reviewed_and_made_by_whom(
    factory: Factory, store: LocalStore, second: Library, tmp_path: Path
) -> None:
    root = course(
        tmp_path / "c",
        {
            "en.md": "# Wiring\n\n<!-- block: first -->\nOne.\n\nTwo.\n",
            "fr.md": "# Câblage\n\n"
            '<!-- block: first origin=machine reviewed=2026-11-02 by="A. &quot;B&quot; --&gt;" -->\nUn.\n\nDeux.\n',
        },
    )
    assert run_import(factory, store, root).ok
    write_tree(root, {"en.md": "# Wiring\n\n<!-- block: first -->\nOne and more.\n\nTwo.\n"})
    (root / "fr.md").unlink()
    assert run_import(factory, store, root).ok
    assert_round_trip((factory, store), second, tmp_path)
    with session_scope(factory) as session:
        stale = session.scalars(
            select(BlockText.made_from)
            .join(Block)
            .where(Block.label == "first", BlockText.lang == "fr")
        ).one()
        block = session.scalars(select(Block.uuid).where(Block.label == "first")).one()
    lines = (tmp_path / "once/course/wiring/fr.md").read_text().split("\n")
    assert lines[0].startswith("<!-- block: ")
    assert "from=" not in lines[0]
    assert lines[3] == (
        f"<!-- block: first uuid={block} origin=machine from={stale} reviewed=2026-11-02 "
        'by="A. &quot;B&quot; --&gt;" -->'
    )
    other, _ = second
    with session_scope(other) as session:
        reviewers = session.scalars(
            select(BlockText.reviewed_by).where(BlockText.reviewed_by.is_not(None))
        )
        assert reviewers.all() == ['A. "B" -->']


def test_ids_survive_a_move_to_another_library_and_a_rewording_there(
    factory: Factory, store: LocalStore, second: Library, tmp_path: Path
) -> None:
    course(tmp_path / "c", {"en.md": "# W\n\nS.\n\nBody.\n", "1-a/en.md": "# A\n\nText.\n"})
    run_import(factory, store, tmp_path / "c")
    once = run_export(factory, store, tmp_path / "once")
    run_import(*second, once)

    def ids(made: Factory) -> list[set[Any]]:
        with session_scope(made) as session:
            return [set(session.scalars(select(model.uuid))) for model in (Work, Section, Block)]

    assert ids(factory) == ids(second[0])
    page = once / "course/wiring/1-a/en.md"
    page.write_text(page.read_text().replace("Text.", "Something else altogether, and longer."))
    run_import(*second, once)
    assert ids(factory) == ids(second[0])


def test_a_text_that_nobody_knows_the_source_of_stays_stale(
    factory: Factory, store: LocalStore, second: Library, tmp_path: Path
) -> None:
    course(tmp_path / "c", {"fr.md": "# F\n"})
    run_import(factory, store, tmp_path / "c")
    with session_scope(factory, write=True) as session:
        session.execute(update(BlockText).where(BlockText.lang == "fr").values(made_from=None))
    once = run_export(factory, store, tmp_path / "once")
    assert "from=unknown" in (once / "course/wiring/fr.md").read_text()
    run_import(*second, once)
    with session_scope(second[0]) as session:
        assert session.scalars(select(Edition.stale).where(Edition.lang == "fr")).all() == [1]


def test_folders_are_numbered_anew_where_their_names_would_not_sort(
    factory: Factory, store: LocalStore, second: Library, tmp_path: Path
) -> None:
    course(tmp_path / "c", {"1-a/en.md": "# A\n", "2-b/en.md": "# B\n", "2-b/x/en.md": "# X\n"})
    run_import(factory, store, tmp_path / "c")
    with session_scope(factory, write=True) as session:
        for path, position in (("a", 3), ("b", 1), ("b/x", 2)):
            session.execute(update(Section).where(Section.path == path).values(position=position))
    once = run_export(factory, store, tmp_path / "once") / "course" / "wiring"
    assert sorted(p.name for p in once.iterdir() if p.is_dir()) == ["01-b", "02-a"]
    assert run_import(*second, tmp_path / "once").ok
    with session_scope(second[0]) as session:
        paths = session.scalars(select(Section.path).order_by(Section.position)).all()
    assert paths == ["", "b", "b/x", "a"]


def test_only_the_kinds_that_are_asked_for_are_written(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    run_import(factory, store, write_tree(tmp_path / "c", LIBRARY))
    with session_scope(factory) as session:
        report = export(session, store, tmp_path / "once", kinds=["term"])
    assert report.written == {"term": 1}
    assert list(report.lines()) == ["1 folder written: 1 term."]
    assert [p.name for p in (tmp_path / "once").iterdir()] == ["term"]


def test_an_export_replaces_works_whole_and_leaves_others_alone(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    run_import(factory, store, course(tmp_path / "c", {"1-a/en.md": "# A\n"}))
    once = run_export(factory, store, tmp_path / "once")
    write_tree(
        once, {"course/wiring/9-old/en.md": "# Old\n", "course/mine/meta.toml": META, ".git/x": ""}
    )
    run_export(factory, store, once)
    assert not (once / "course/wiring/9-old").exists()
    assert (once / "course/mine/meta.toml").exists()
    assert (once / ".git/x").exists()
    assert [p.name for p in (once / "course").iterdir() if p.name.startswith(".")] == []


def test_a_folder_that_is_not_ours_is_not_touched_unless_forced(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    run_import(factory, store, course(tmp_path / "c", {}))
    home = write_tree(tmp_path / "home", {"letters/a.txt": "x"})
    with session_scope(factory) as session:
        with pytest.raises(Conflict, match="holds “letters”, so it is not a content folder"):
            export(session, store, home)
        assert digest_of(home).keys() == {"letters/a.txt"}
        assert export(session, store, home, force=True).ok
        with pytest.raises(Conflict, match="is a file"):
            export(session, store, home / "letters" / "a.txt")
    other = write_tree(tmp_path / "other", {"course/wiring/thesis.txt": "x"})
    with session_scope(factory) as session, pytest.raises(Conflict, match=r"has no meta\.toml"):
        export(session, store, other)
    assert digest_of(other).keys() == {"course/wiring/thesis.txt"}


def test_what_a_killed_export_left_is_put_right_by_the_next(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    run_import(factory, store, course(tmp_path / "c", {}))
    once = run_export(factory, store, tmp_path / "once")
    before = digest_of(once)
    # Killed between the two renames: the old folder is aside, the new one not yet in its place.
    (once / "course/wiring").rename(once / "course/.wiring.old-1")
    write_tree(once, {"course/.wiring.new-1/en.md": "half"})
    assert run_export(factory, store, once) == once
    assert digest_of(once) == before


def test_media_whose_bytes_are_lost_are_told_and_the_rest_is_written(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    run_import(factory, store, course(tmp_path / "c", {"a.png": PIXEL, "b.txt": "x"}))
    sha256 = store.put(io.BytesIO(PIXEL)).sha256
    store.delete(sha256)
    with session_scope(factory) as session:
        report = export(session, store, tmp_path / "once")
    assert not report.ok
    assert "course/wiring/a.png: There is no media file" in str(report.faults[0])
    assert (tmp_path / "once/course/wiring/b.txt").read_text() == "x"
    assert not (tmp_path / "once/course/wiring/a.png").exists()


def test_a_path_that_leads_out_is_told_and_not_followed(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    run_import(factory, store, course(tmp_path / "c", {"a.txt": "x", "b.txt": "y"}))
    with session_scope(factory, write=True) as session:
        session.execute(
            update(MediaFile).where(MediaFile.path == "a.txt").values(path="../../../escaped.txt")
        )
    with session_scope(factory) as session:
        report = export(session, store, tmp_path / "once" / "more")
    assert "“../../../escaped.txt” leads out of the folder" in str(report.faults[0])
    assert list(tmp_path.rglob("escaped.txt")) == []


def test_a_disk_that_refuses_is_one_clear_sentence(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    run_import(factory, store, course(tmp_path / "c", {}))
    with session_scope(factory) as session, pytest.raises(Unavailable, match="cannot be written"):
        export(session, store, Path("/proc/self/library"))


# --- works made up by the machine -------------------------------------------------------------------

_word = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
_line = st.one_of(
    _word,
    st.sampled_from(
        [
            "- a",
            "1. b",
            "> q",
            "    code",
            "| a | b |\n|---|---|\n| c | d |",
            "```\nx\n```",
            "~~~\nopen",
            "$$\nx\n$$",
            "![a](b.png)",
            "[^1]: note",
            "[a]: b",
            "!!! note\n    x",
            '??? "T"\n    x',
            "<details>\nx\n</details>",
            "<!-- c -->",
            "***",
            "Term\n: is",
            "## H",
            "# H",
            "Setext\n---",
            "\\# x",
            "*e*",
            "<div>",
            "<!--",
            "$$",
            "<script>",
            "  - deep",
            ": x",
            "Table: c",
        ]
    ),
)
_body = st.lists(st.lists(_line, min_size=1, max_size=2).map("\n".join), max_size=5).map(
    "\n\n".join
)
_texts = st.dictionaries(st.sampled_from(["fr", "ar", "zh-Hans"]), _body, max_size=2)


@st.composite
def _works(draw: st.DrawFn) -> dict[str, str]:
    files = {"meta.toml": META}
    for folder in [
        "",
        *draw(
            st.lists(
                st.sampled_from(["1-a", "2-b", "2-b/10-c", "2-b/9-d"]), unique=True, max_size=3
            )
        ),
    ]:
        at = f"{folder}/" if folder else ""
        parts = folder.split("/")
        if len(parts) > 1 and f"{parts[0]}/en.md" not in files:
            files[f"{parts[0]}/en.md"] = ""
        for lang, body in {"en": draw(_body), **draw(_texts)}.items():
            files[f"{at}{lang}.md"] = f"# Title\n\n{body}\n"
    return files


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, Library]]:
    """Two libraries that are emptied and used again: making tables for each example takes too long."""
    folder = tmp_path_factory.mktemp("pair")
    engines = [make_engine(f"sqlite:///{folder / name}.sqlite") for name in ("a", "b")]
    for engine in engines:
        Base.metadata.create_all(engine)
    one, two = (
        (make_session_factory(engine), LocalStore(folder / f"media-{n}"))
        for n, engine in enumerate(engines)
    )
    yield one, two
    for engine in engines:
        engine.dispose()


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=_works())
def test_any_work_comes_back_as_it_was(
    pair: tuple[Library, Library], files: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = write_tree(folder / "c" / "course" / "wiring", files)
        if read_work(Found("course", "wiring", root, "w")).faults:
            return
        for factory, _ in pair:
            with session_scope(factory, write=True) as session:
                session.execute(delete(Work))
        assert run_import(*pair[0], root).ok
        assert_round_trip(pair[0], pair[1], folder)


def test_dates_of_review_keep_their_time(
    factory: Factory, store: LocalStore, second: Library, tmp_path: Path
) -> None:
    course(tmp_path / "c", {"fr.md": "# F\n"})
    run_import(factory, store, tmp_path / "c")
    moment = dt.datetime(2026, 11, 2, 8, 30, tzinfo=dt.UTC)
    with session_scope(factory, write=True) as session:
        session.execute(
            update(BlockText)
            .where(BlockText.lang == "fr")
            .values(reviewed_at=moment, reviewed_by="A")
        )
    once = run_export(factory, store, tmp_path / "once")
    assert import_paths(*second, [once], by="t").ok
    with session_scope(second[0]) as session:
        assert (
            session.scalars(select(BlockText.reviewed_at).where(BlockText.lang == "fr")).one()
            == moment
        )
