"""What has happened to the files: missing, cut short, scribbled over, of another version."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from library.errors import Unavailable
from library.search.port import Query
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage


def generation(folder: Path) -> Path:
    return folder / (folder / "current").read_text(encoding="ascii").strip()


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_to_nothing(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for file in generation(folder).glob(pattern):
            os.truncate(file, 0)

    return damage


def cut_in_half(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for file in generation(folder).glob(pattern):
            cut(file)

    return damage


def scribbled(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for file in generation(folder).glob(pattern):
            file.write_bytes(bytes(reversed(file.read_bytes())))

    return damage


def remove(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for file in generation(folder).glob(pattern):
            file.unlink()

    return damage


def other_version(folder: Path) -> None:
    about = generation(folder) / "generation.json"
    content = json.loads(about.read_text(encoding="utf-8"))
    about.write_text(json.dumps({**content, "analysis": "0/ancient"}), encoding="utf-8")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "the folder is gone": shutil.rmtree,
    "the generation is gone": lambda folder: shutil.rmtree(generation(folder)),
    "no current": lambda folder: (folder / "current").unlink(),
    "current is empty": lambda folder: os.truncate(folder / "current", 0),
    "current names nothing": lambda folder: (folder / "current").write_bytes(b"../..\xff\n"),
    "description scribbled over": scribbled("generation.json"),
    "description gone": remove("generation.json"),
    "another version": other_version,
    "no table of contents": remove("*.toc"),
    "table of contents cut": cut_in_half("*.toc"),
    "table of contents empty": cut_to_nothing("*.toc"),
    "table of contents scribbled over": scribbled("*.toc"),
    "postings cut": cut_in_half("*.pst"),
    "postings gone": remove("*.pst"),
    "directory cut": cut_in_half("*.dir"),
    "terms empty": cut_to_nothing("*.trm"),
    "a column cut": cut_in_half("*labels.col"),
    "rows gone": remove("*row.col"),
    "sizes gone": remove("*.sizes"),
    "sizes scribbled over": scribbled("*.sizes"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild([passage(f"w{n}", f"text number{n}") for n in range(50)])
    engine.apply(works=["v"], passages=[passage("v", "text")])
    engine.close()
    return tmp_path / "index"


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_said_and_healed(folder: Path, damage: str) -> None:
    DAMAGES[damage](folder)
    engine = WhooshEngine(folder)
    problem = engine.check().problem
    assert problem is not None
    assert problem.endswith((".", ".)"))
    with pytest.raises(Unavailable):
        engine.search(Query("text"))
    with pytest.raises(Unavailable):
        engine.apply(works=["x"], passages=[passage("x", "text")])
    assert engine.rebuild([passage("w", "text")]) == 1
    assert engine.check().problem is None
    assert engine.search(Query("text")).total == 1
    assert sorted(os.listdir(folder)) == sorted(["current", "lock", generation(folder).name])


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_under_a_running_reader_does_no_more_than_end_searching(
    folder: Path, damage: str
) -> None:
    engine = WhooshEngine(folder)
    assert engine.search(Query("text")).total == 51
    DAMAGES[damage](folder)
    assert engine.check().problem is not None
    for text in ("text", "number7", "ไฟ"):
        with suppress(Unavailable):
            assert engine.search(Query(text)).total in {0, 1, 51}
    engine.rebuild([passage("w", "text")])
    assert engine.search(Query("text")).total == 1


def test_a_damaged_index_is_not_read_again_for_every_search(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DAMAGES["postings cut"](folder)
    engine = WhooshEngine(folder)
    opened = 0
    real = engine._open

    def count() -> object:
        nonlocal opened
        opened += 1
        return real()

    monkeypatch.setattr(engine, "_open", count)
    for _ in range(10):
        with pytest.raises(Unavailable, match="rebuilt"):
            engine.search(Query("text"))
    assert opened == 1


def test_what_killed_rebuilds_left_is_swept(folder: Path) -> None:
    orphan = folder / "000009-killed"
    (orphan / "MAIN.tmp").mkdir(parents=True)
    (folder / "current.1234").write_text("half", encoding="ascii")
    engine = WhooshEngine(folder)
    assert engine.search(Query("text")).total == 51
    engine.rebuild([])
    assert sorted(os.listdir(folder)) == sorted(["current", "lock", generation(folder).name])


def test_what_a_killed_commit_left_is_swept(folder: Path) -> None:
    inside = generation(folder)
    (inside / "MAIN.tmp").mkdir()
    (inside / "MAIN.tmp" / "rest.ctmp").write_bytes(b"rest")
    (inside / "MAIN_zzzzzzzzzzzzzzzz.pst").write_bytes(b"rest")
    engine = WhooshEngine(folder)
    engine.apply(works=["x"], passages=[passage("x", "text")])
    assert not (inside / "MAIN.tmp").exists()
    assert not (inside / "MAIN_zzzzzzzzzzzzzzzz.pst").exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file where the folder should be", encoding="ascii")
    engine = WhooshEngine(tmp_path / "index")
    with pytest.raises(Unavailable, match="cannot be written"):
        engine.rebuild([])
    assert engine.check().problem is not None
    assert engine.stamp() == "none"


FULL = """
    import resource, sys
    from pathlib import Path
    from library.errors import Unavailable
    from library.search.port import Query
    from library.search.whoosh_engine import WhooshEngine
    from tests.search.shelf import passage

    folder = Path(sys.argv[1])
    engine = WhooshEngine(folder)
    stamp = engine.stamp()
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    # Kept with the writers that failed, as newer Pythons may keep them.
    errors = []
    big = [passage(f"big{n}", " ".join(f"word{n}x{i}" for i in range(300))) for n in range(40)]
    for write in (
        lambda: engine.apply(works={p.work for p in big}, passages=big),
        lambda: engine.rebuild(big),
    ):
        try:
            write()
        except Unavailable as error:
            errors.append(error)
            print("refused:", error.message)
        assert engine.search(Query("text")).total == 51
        assert engine.stamp() == stamp
        assert engine.check().problem is None, engine.check().problem
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    engine.apply(works={p.work for p in big}, passages=big)
    assert engine.search(Query("word3x7")).total == 1
"""


@pytest.mark.parametrize("room", [0, 50, 4_000, 60_000])
def test_a_full_disk_leaves_the_index_as_it_is(folder: Path, room: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL), str(folder), str(room)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("refused: The search index cannot be written") == 2
    [inside] = [entry for entry in folder.iterdir() if entry.is_dir()]
    named = {file.name.partition(".")[0] for file in inside.glob("MAIN_*") if "." in file.name}
    assert len(named) == 3
