# ruff: noqa: E501 - a case of a table is read best on one line

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import Block, BlockText, MediaFile, Section, Work, WorkInstitution
from library.content.importing import import_paths
from library.content.report import Progress
from library.db import make_engine, make_session_factory, session_scope
from library.directory.models import (
    Code,
    Institution,
    Partnership,
    PartnershipMember,
    PartnershipText,
)
from library.jobs.models import OutboxEntry
from library.media.folder import LocalStore
from library.terms.models import Concept, Term
from tests.content.trees import META, PIXEL, VTT, course, faults_of, run_import, write_tree

Factory = sessionmaker[Session]
COLLEGE = {
    "institution/mbeya/meta.toml": 'source_language = "en"\ntype = "college"\ncountry = "TZ"\n',
    "institution/mbeya/en.md": "# Mbeya College\n\nA college.\n\nMore of it.\n",
    "institution/mbeya/zh-CN.md": "# 姆贝亚学院\n",
}
SITE = {
    "partnership/site/meta.toml": 'source_language = "en"\ntype = "site"\nbrand = "luban-workshop"\n'
    'members = [{institution = "mbeya", role = "host"}]\nprogrammes = [{en = "Wiring"}]\n',
    "partnership/site/en.md": "# The site\n",
}
TERM = {
    "term/encoder/meta.toml": 'source_language = "zh-Hans"\ndomain = "isced-f-2013:0714"\n'
    '[terms.zh-Hans]\nreading = "biān mǎ qì"\n[terms.en]\nallowed = ["rotary encoder"]\nforbidden = ["coder"]\n',
    "term/encoder/zh-Hans.md": "# 编码器\n\n测量转角。\n\n也测位移。\n",
    "term/encoder/en.md": "# encoder\n",
}
WORK = {
    "course/wiring/meta.toml": META + 'institutions = ["mbeya"]\npartnerships = ["site"]\n'
    'codes = ["isced-f-2013:0714"]\ncountries = ["TZ"]\nrelated = ["course/other"]\n',
    "course/wiring/en.md": "# Wiring\n\nSummary.\n\n[t](../../term/encoder/) [s](../../partnership/site/) "
    "[i](../../institution/mbeya/)\n",
    "course/wiring/ar.md": "# توصيل\n",
    "course/wiring/01-safety/en.md": "# Safety\n\nText. ![p](photo.png)\n",
    "course/wiring/01-safety/photo.png": PIXEL,
    "course/wiring/01-safety/photo.ar.png": PIXEL,
    "course/wiring/film.en.vtt": VTT,
    "course/wiring/film.mp4": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
}
OTHER = {"course/other/meta.toml": META, "course/other/en.md": "# Other\n\nText.\n"}
LIBRARY: dict[str, str | bytes] = {**COLLEGE, **SITE, **TERM, **WORK, **OTHER}


def count(factory: Factory, model: type) -> int:
    with session_scope(factory) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_folder_of_everything_is_stored_in_the_order_of_its_references(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    seen: list[Progress] = []
    report = import_paths(
        factory, store, [write_tree(tmp_path / "c", LIBRARY)], by="t", progress=seen.append
    )
    assert report.ok, faults_of(report)
    assert report.warnings == []
    assert [p.name.partition("/")[0] for p in seen[:-1]] == [
        "institution", "partnership", "term", "course", "course",
    ]  # fmt: skip
    assert (seen[-1].done, seen[-1].total) == (5, 5)
    with session_scope(factory) as session:
        work = session.scalars(select(Work).where(Work.key == "wiring")).one()
        assert session.scalars(select(WorkInstitution.work_id)).all() == [work.id]
        assert session.execute(select(PartnershipMember.role)).scalar_one() == "host"
        assert session.scalars(select(PartnershipText.name)).all() == ["The site"]
        terms = session.execute(select(Term.lang, Term.text, Term.status, Term.reading)).all()
        assert set(map(tuple, terms)) == {
            ("zh-Hans", "编码器", "preferred", "biān mǎ qì"),
            ("en", "encoder", "preferred", None),
            ("en", "rotary encoder", "allowed", None),
            ("en", "coder", "forbidden", None),
        }
        media = {
            m.path: (m.media_type, m.lang, m.role, m.width)
            for m in session.scalars(select(MediaFile).where(MediaFile.work_id == work.id))
        }
        assert media == {
            "01-safety/photo.png": ("image/png", None, "original", 1),
            "01-safety/photo.ar.png": ("image/png", "ar", "original", 1),
            "film.en.vtt": ("text/vtt", "en", "subtitles", None),
            "film.mp4": ("video/mp4", None, "original", None),
        }
    assert len(list(store.digests())) == 3
    assert count(factory, Code) > 50


def test_importing_the_same_again_changes_nothing(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = write_tree(tmp_path / "c", LIBRARY)
    assert run_import(factory, store, root).ok
    before = count(factory, OutboxEntry)
    report = run_import(factory, store, root)
    assert (report.changes, report.unchanged, report.refused) == ([], 5, 0)
    assert count(factory, OutboxEntry) == before


def test_a_dry_run_says_the_same_and_changes_nothing(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = write_tree(tmp_path / "c", LIBRARY)
    dry = run_import(factory, store, root, dry_run=True)
    assert dry.ok, faults_of(dry)
    tables = (Work, Section, Block, Institution, Partnership, Concept, Code, OutboxEntry, MediaFile)
    assert [count(factory, table) for table in tables] == [0] * len(tables)
    assert list(store.digests()) == []
    real = run_import(factory, store, root)
    assert [(c.kind, c.key, c.created, c.facts) for c in dry.changes] == [
        (c.kind, c.key, c.created, c.facts) for c in real.changes
    ]
    lines = list(dry.lines())
    assert "course/wiring: would be new, 2 sections added" in "\n".join(lines)
    assert lines[-1] == "5 folders read: 5 would be stored, 0 unchanged, 0 refused."


def test_a_dry_run_over_a_full_library_says_what_would_change(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = write_tree(tmp_path / "c", LIBRARY)
    run_import(factory, store, root)
    write_tree(root, {"course/wiring/01-safety/en.md": "# Safety\n\nOther text entirely.\n"})
    report = run_import(factory, store, root, dry_run=True)
    assert [c.key for c in report.changes] == ["wiring"]
    with session_scope(factory) as session:
        assert not session.scalars(
            select(BlockText).where(BlockText.source.contains("Other text"))
        ).all()


def test_a_work_with_faults_is_refused_whole_and_the_others_go_on(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = write_tree(
        tmp_path / "c",
        {
            **LIBRARY,
            "course/wiring/meta.toml": META + 'hours = "x"\n\ncolour = 1\n',
            "course/wiring/01-safety/en.md": "Text without a title.\n",
            "course/wiring/01-safety/fr.md": b"# T\n\xff\n",
        },
    )
    report = run_import(factory, store, root)
    assert not report.ok
    base = f"{root}/course/wiring"
    assert faults_of(report) == [
        f"{base}/meta.toml:3: hours: This must be a number, not “x”.",
        f"{base}/meta.toml:5: colour: There is no key “colour” here. Known are codes, contributors, "
        "countries, credits, derived_from, editions, hours, institutions, level, licence, links, "
        "media, minutes, parameters, partnerships, published, related, replaced_by, sample, sections, "
        "source_language, status, uuid, version, withdrawn_because.",
        f"{base}/01-safety/en.md:1: The text has no title. Begin with a line such as “# Title”.",
        f"{base}/01-safety/fr.md:2: The text is not UTF-8 (byte 5 is 0xff). Save it as UTF-8.",
    ]
    assert report.refused == 1
    with session_scope(factory) as session:
        assert session.scalars(select(Work.key)).all() == ["other"]
    assert list(store.digests()) == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"course/w/meta.toml": META + 'institutions = [\n"gone",\n]\n', "course/w/en.md": "# W"},
         "course/w/meta.toml:4: institutions[0]: The library has no “gone”."),
        ({"course/w/meta.toml": META + 'codes = ["isced-f-2013:9714"]\n', "course/w/en.md": "# W"},
         "course/w/meta.toml:3: codes[0]: The library has no “isced-f-2013:9714”."),
        ({"partnership/p/meta.toml": 'source_language = "en"\ntype = "site"\nmembers = [{institution = "x", role = "lead"}]\n', "partnership/p/en.md": "# P"},
         "partnership/p/meta.toml:3: members[0]: The library has no “x”."),
        ({"term/t/meta.toml": 'source_language = "en"\ndomain = "isced-f-2013:9999"\n', "term/t/en.md": "# T"},
         "term/t/meta.toml:2: domain: The library has no “isced-f-2013:9999”."),
        ({"term/t/meta.toml": 'source_language = "en"\n[terms.fr]\nreading = "x"\n', "term/t/en.md": "# T"},
         "term/t/meta.toml:3: terms.fr.reading: There is no preferred term in fr"),
        ({"term/t/meta.toml": 'source_language = "en"\n[terms.en]\nallowed = ["T"]\n', "term/t/en.md": "# T"},
         "term/t/meta.toml:3: terms.en.allowed: “T” is a term here already."),
        ({"institution/i/meta.toml": 'source_language = "en"\ntype = "college"\n', "institution/i/fr.md": "# I"},
         "institution/i: There is no en.md, the text in the source language."),
        ({"institution/i/meta.toml": 'source_language = "en"\ntype = "college"\n', "institution/i/en.md": ""},
         "institution/i/en.md: The text in the source language is empty."),
        ({"course/w/en.md": "# W\n"}, "course/w/meta.toml: The file is missing."),
        ({"course/w/meta.toml": META}, "course/w: The work has no text. Write en.md."),
        ({"course/w/meta.toml": META, "course/w/fr.md": "# W"}, "course/w: There is no en.md, the text in the source language."),
        ({"course/w/meta.toml": META, "course/w/en.md": ""}, "course/w/en.md: The work has no title in its source language."),
        ({"course/w/meta.toml": META, "course/w/en.md": "# W", "course/w/1-a/fr.md": "# A"},
         "course/w/1-a: There is no en.md, the text in the source language. It may be empty."),
        ({"course/w/meta.toml": META + "[editions.fr]\n", "course/w/en.md": "# W"},
         "course/w/meta.toml:3: editions.fr: There is no text in fr. There is text in en."),
        ({"course/w/meta.toml": META + '[media."a.png"]\ntitle = "x"\n', "course/w/en.md": "# W"},
         'course/w/meta.toml:3: media."a.png": There is no such file.'),
        ({"course/w/meta.toml": META, "course/w/en.md": "# W", "course/w/a.png": b""}, "course/w/a.png: The file is empty."),
        ({"course/w/meta.toml": META, "course/w/en.md": "# W", "course/w/a.png": PIXEL[:20]}, "course/w/a.png: "),
        ({"course/w/meta.toml": META, "course/w/en.md": "# W", "course/w/a.en.vtt": "WEBVTT\n\n1 --> 2\nx\n"}, "course/w/a.en.vtt:3: "),
        ({"course/w/meta.toml": META, "course/w/en.md": "# W\n\n<!-- block: a -->\nx\n\n<!-- block: a -->\ny\n"},
         "course/w/en.md:6: The block “a” is here twice"),
        ({"course/w/meta.toml": META, "course/w/en.md": "x" * 2_000_001}, "course/w/en.md: The file is larger than 2 MB."),
        ({"course/w/meta.toml": META, "course/w/en.md": "\ufeff# W\r\n\r\nText\0.\r\n"}, "course/w/en.md:3: The text has an unprintable control character (U+0000)."),
        ({"course/w/meta.toml": "\ufeff" + META.replace("\n", "\r\n") + "a = 1\r\n", "course/w/en.md": "# W"}, "course/w/meta.toml:3: a: There is no key"),
        ({"course/w/meta.toml": META, "course/w/en.md": "# W".encode("utf-16")}, "course/w/en.md:1: The text is not UTF-8 (byte 1 is 0xff). It looks like UTF-16"),
    ],
)  # fmt: skip
def test_every_fault_names_its_file_and_line_and_nothing_is_stored(
    second: tuple[Factory, LocalStore],
    tmp_path: Path,
    files: dict[str, str | bytes],
    expected: str,
) -> None:
    factory, store = second
    root = write_tree(tmp_path / "c", files)
    report = run_import(factory, store, root)
    told = [fault.replace(f"{root}/", "") for fault in faults_of(report)]
    assert any(fault.startswith(expected) for fault in told), told
    for table in (Work, Institution, Partnership, Concept, MediaFile):
        assert count(factory, table) == 0


def test_what_the_catalogue_refuses_is_told_at_its_key(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = course(tmp_path, {})
    assert run_import(factory, store, root).ok
    write_tree(root, {"meta.toml": META + '\nuuid = "8f14e45f-ceea-4e7a-9c1d-3f2b6a5d7e10"\n'})
    report = run_import(factory, store, root)
    assert (
        "meta.toml:4: uuid: course/wiring is in the library with the uuid" in faults_of(report)[0]
    )


def test_the_same_text_with_other_line_ends_and_a_byte_order_mark_is_the_same(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = course(tmp_path, {"en.md": "# Wiring\n\nOne\ntwo.\n\n- a\n- b\n"})
    assert run_import(factory, store, root).ok
    write_tree(
        root,
        {
            "en.md": "\ufeff# Wiring\r\n\r\nOne\r\ntwo.\r\n\r\n- a\r\n- b",
            "meta.toml": "\ufeff" + META.replace("\n", "\r\n"),
        },
    )
    report = run_import(factory, store, root)
    assert (report.ok, report.unchanged) == (True, 1)


def test_subtitles_of_another_kind_become_those_that_browsers_play(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,500\nStep.\n"
    root = course(tmp_path, {"film.mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "film.th.srt": srt})
    assert run_import(factory, store, root).ok
    with session_scope(factory) as session:
        row = session.scalars(select(MediaFile).where(MediaFile.lang == "th")).one()
        assert (row.path, row.media_type, row.role) == ("film.th.vtt", "text/vtt", "subtitles")
    assert run_import(factory, store, root).unchanged == 1


def test_a_lying_name_is_told_and_the_file_taken_for_what_it_is(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = course(tmp_path, {"sheet.pdf": "<!doctype html><script>alert(1)</script>"})
    report = run_import(factory, store, root)
    assert report.ok
    assert "sheet.pdf: The name says PDF, but the file is HTML" in str(report.warnings[0])
    with session_scope(factory) as session:
        assert session.scalars(select(MediaFile.media_type)).all() == ["text/html"]


def test_a_word_between_dots_is_no_language_unless_it_can_be_one(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = course(
        tmp_path,
        {"lib.min.txt": "x", "a.tar.txt": "x", "b.fr.txt": "x", "b.txt": "y", "c.en.txt": "z"},
    )
    assert run_import(factory, store, root).ok
    with session_scope(factory) as session:
        languages = {m.path: m.lang for m in session.scalars(select(MediaFile))}
    assert languages == {
        "lib.min.txt": None, "a.tar.txt": None, "b.fr.txt": "fr", "b.txt": None, "c.en.txt": "en",
    }  # fmt: skip


def test_a_text_in_another_language_than_its_name_is_told(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = course(
        tmp_path, {"th.md": "# Wiring\n\n" + "This is English and not Thai at all. " * 20}
    )
    assert any(
        "The text does not look like th." in str(w)
        for w in run_import(factory, store, root).warnings
    )


def test_references_to_works_that_are_not_here_are_told_but_refuse_nothing(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = course(
        tmp_path,
        {"meta.toml": META + 'related = ["course/a",\n"course/b"]\nderived_from = "textbook/c"\n'},
    )
    report = run_import(factory, store, root)
    assert report.ok
    assert [str(w).replace(f"{root}/", "") for w in report.warnings] == [
        "meta.toml:5: derived_from: The library has no textbook/c.",
        "meta.toml:3: related[0]: The library has no course/a.",
        "meta.toml:4: related[1]: The library has no course/b.",
    ]


@pytest.mark.slow
def test_a_work_of_ten_thousand_sections_is_stored(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {}
    for n in range(10_000):
        files[f"{n // 100:03d}-u{n // 100}/{n:05d}-s{n}/en.md"] = f"# Section {n}\n\nText {n}.\n"
    files |= {f"{n:03d}-u{n}/en.md": f"# Unit {n}\n" for n in range(100)}
    began = time.perf_counter()
    report = run_import(factory, store, course(tmp_path, files))
    assert report.ok, faults_of(report)
    assert report.sections == 10_101
    assert time.perf_counter() - began < 120
    assert count(factory, Section) == 10_101


def test_more_sections_than_any_work_has_are_refused(
    factory: Factory, store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("library.content.folder.MOST_SECTIONS", 2)
    root = course(tmp_path, {f"{n}-s{n}/en.md": "" for n in range(3)})
    assert (
        "The work has 3 sections; 2 are the most." in faults_of(run_import(factory, store, root))[0]
    )


_WRITER = """
    import sys
    from pathlib import Path
    from library.content.importing import import_paths
    from library.db import make_engine, make_session_factory
    from library.media.folder import LocalStore

    database, media, root = sys.argv[1:]
    factory = make_session_factory(make_engine(database))
    import_paths(factory, LocalStore(Path(media)), [Path(root)], by="t",
                 progress=lambda p: print(p.done, flush=True))
"""


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.11, 0.2])
def test_an_import_that_is_killed_leaves_whole_works_only(
    second: tuple[Factory, LocalStore], tmp_path: Path, after: float
) -> None:
    files = {
        f"{n:03d}-s{n}/{lang}.md": f"# {n}\n\nA.\n\nB.\n"
        for n in range(60)
        for lang in ("en", "fr")
    }
    for work in range(6):
        course(tmp_path / "c", files, key=f"w{work}")  # type: ignore[arg-type]
    factory, store = second
    database = f"sqlite:///{tmp_path / 'second.sqlite'}"
    running = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(_WRITER),
            database,
            str(tmp_path / "m"),
            str(tmp_path / "c"),
        ],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert running.stdout is not None
    while (line := running.stdout.readline()) and int(line) < 2:
        pass
    time.sleep(after)  # anywhere inside the third work or behind it
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()
    with session_scope(factory) as session:
        works = session.scalars(select(Work.id)).all()
        assert len(works) >= 2
        for work_id in works:
            texts = select(func.count()).select_from(BlockText).join(Block).join(Section)
            assert session.scalar(texts.where(Section.work_id == work_id)) == 60 * 2 * 3 + 2
        assert len(session.scalars(select(OutboxEntry.id)).all()) == len(works)
    assert run_import(factory, store, tmp_path / "c").ok
    assert count(factory, Work) == 6


@pytest.mark.slow
def test_memory_stays_flat_however_many_works_there_are(tmp_path: Path) -> None:
    code = """
        import resource, sys
        from pathlib import Path
        from library.content.importing import import_paths
        from library.db import Base, make_engine, make_session_factory
        from library.media.folder import LocalStore

        root = Path(sys.argv[1])
        engine = make_engine(f"sqlite:///{root / 'l.sqlite'}")
        Base.metadata.create_all(engine)
        factory = make_session_factory(engine)
        sizes = []
        import_paths(factory, LocalStore(root / "m"), [root / "c"], by="t", progress=lambda p:
            sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
        print(sizes[10], sizes[-1])
    """
    files = {
        f"{n:03d}-s{n}/{lang}.md": f"# {n}\n\n{'words ' * 40}\n"
        for n in range(40)
        for lang in ("en", "fr")
    }
    for work in range(60):
        course(tmp_path / "c", files, key=f"w{work}")  # type: ignore[arg-type]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ},
    )
    early, late = map(int, done.stdout.split())
    assert late - early < 8_000, f"{late - early} kB more after 60 works than after 10"


def test_an_unreachable_database_is_told_and_not_taken_for_a_fault_of_the_work(
    store: LocalStore, tmp_path: Path
) -> None:
    factory = make_session_factory(make_engine(f"sqlite:///{tmp_path / 'no' / 'such.sqlite'}"))
    with pytest.raises(Exception, match="unable to open database file"):
        run_import(factory, store, course(tmp_path, {}))


def test_an_empty_file_takes_its_language_out_and_a_missing_one_leaves_it(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = course(tmp_path, {"fr.md": "# F\n\nUn.\n", "ar.md": "# ع\n"})
    assert run_import(factory, store, root).ok
    (root / "ar.md").unlink()
    write_tree(root, {"fr.md": ""})
    report = run_import(factory, store, root)
    assert report.ok, faults_of(report)
    with session_scope(factory) as session:
        assert set(session.scalars(select(BlockText.lang))) == {"en", "ar"}


def test_what_lies_beside_the_texts_of_a_record_is_told(
    factory: Factory, store: LocalStore, tmp_path: Path
) -> None:
    root = write_tree(
        tmp_path / "c",
        {**COLLEGE, "institution/mbeya/logo.png": PIXEL, "institution/mbeya/1-a/en.md": "# A\n"},
    )
    report = run_import(factory, store, root)
    assert report.ok
    assert [str(w).replace(f"{root}/", "") for w in report.warnings] == [
        "institution/mbeya/1-a: A folder inside of institutions is not read.",
        "institution/mbeya/logo.png: Files beside the texts of institutions are not read.",
    ]
