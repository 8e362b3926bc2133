"""``import``: sections a second with two languages each, and whether memory stays flat."""

from __future__ import annotations

import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import workspace
from tests.bench.rows import Row, tell
from tests.bench.synthetic import write_courses

COURSE = 50
ROUNDS = 5
MANY = 20_000
AT_LEAST = 300.0
MOST_GROWTH = 20.0
SHAPE = "8 paragraphs of about 60 words, en and zh-Hans, 50 sections a course"


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="mortise-bench-import-") as name:
        folder = Path(name)
        yield from _speed(folder)
        yield from _memory(folder)


def _speed(folder: Path) -> Iterator[Row]:
    source = folder / "thousand"
    write_courses(source, courses=20, sections=COURSE)
    ours: list[float] = []
    plain: list[float] = []
    for turn in range(ROUNDS):
        ours.append(_rate(_import(source, folder / f"data-{turn}", each=1000)))
        plain.append(_plain_import(source, folder / f"plain-{turn}.sqlite"))
        shutil.rmtree(folder / f"data-{turn}")
    rate = statistics.median(ours)
    yield Row(
        "import",
        "1,020 sections in two languages",
        rate,
        "sections/s",
        f">= {AT_LEAST:.0f}",
        rate >= AT_LEAST,
        statistics.median(plain),
        "only read and put into SQLite",
        SHAPE,
    )


def _memory(folder: Path) -> Iterator[Row]:
    source = folder / "many"
    tell(f"writing {MANY:,} sections in two languages")
    write_courses(source, courses=MANY // (COURSE + 1) + 1, sections=COURSE)
    told = _import(source, folder / "data", each=10)
    size = (folder / "data" / "library.sqlite").stat().st_size / 1e6
    # A course has its root too: 51 sections. Taken at about 1,000 and at all of them.
    memory = {done * (COURSE + 1): (rss, anon) for done, rss, anon in told["memory"] if done}
    first = min(memory, key=lambda sections: abs(sections - 1000))
    last = max(memory)
    growth = (memory[last][0] - memory[first][0]) / 1000
    anon = (memory[last][1] - memory[first][1]) / 1000
    yield Row(
        "import",
        f"resident memory from {first:,} to {last:,} sections",
        growth,
        "MB more",
        f"<= {MOST_GROWTH:.0f} MB",
        growth <= MOST_GROWTH,
        note=f"{memory[last][0] / 1000:.0f} MB at the end; {anon:.1f} MB of the growth is not backed "
        f"by the database file of {size:.0f} MB",
    )
    yield Row(
        "import",
        f"all {told['sections']:,} sections in one run",
        _rate(told),
        "sections/s",
        f">= {AT_LEAST:.0f}",
        _rate(told) >= AT_LEAST,
    )


def _import(source: Path, data: Path, *, each: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.import_run", str(source), str(data), str(each)],
        check=True,
        capture_output=True,
        text=True,
        cwd=workspace.ROOT,
        env=workspace.environment(data),
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _rate(told: dict[str, Any]) -> float:
    return float(told["sections"] / told["seconds"])


def _plain_import(source: Path, database: Path) -> float:
    """Sections a second when paragraphs are only cut at blank lines and put into one table."""
    start = time.perf_counter()
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE text (path TEXT, lang TEXT, n INTEGER, source TEXT)")
    sections = 0
    for work in sorted((source / "course").iterdir()):
        rows = []
        for file in sorted(work.rglob("*.md")):
            path = file.parent.relative_to(source).as_posix()
            sections += file.stem == "en"
            for n, paragraph in enumerate(file.read_text(encoding="utf-8").split("\n\n")):
                rows.append((path, file.stem, n, paragraph))
        with connection:
            connection.executemany("INSERT INTO text VALUES (?, ?, ?, ?)", rows)
    connection.close()
    return sections / (time.perf_counter() - start)
