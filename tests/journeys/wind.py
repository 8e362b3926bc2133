"""A library of small courses about wind, and what is asked of the site that serves it."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.judges.site import Site

WORKS = 24
_META = 'source_language = "en"\nlicence = "CC-BY-4.0"\n'
_SUBTITLES = "WEBVTT\n\n00:00.000 --> 00:02.000\nThe vane turns.\n"


def wind_content(folder: Path, *, works: int = WORKS) -> Path:
    """Courses of three sections each, with words of their own and a file."""
    for number in range(works):
        work = folder / "course" / f"wind-{number}"
        for section in ("01-vane", "02-cup", "03-mast"):
            (work / section).mkdir(parents=True)
            text = f"# {section[3:]}\n\n" + f"Word{number} turns the {section[3:]}.\n\n" * 20
            (work / section / "en.md").write_text(text)
        (work / "meta.toml").write_text(_META)
        (work / "en.md").write_text(f"# Wind {number}\n\nMeasuring wind.\n\n[film](film.en.vtt)\n")
        (work / "film.en.vtt").write_text(_SUBTITLES.replace("vane", f"vane {number}"))
    return folder


def ailing(site: Site) -> dict[str, str]:
    """What /readyz says of the parts that are not well."""
    answer = json.loads(site.get("/readyz").body)
    return {part["part"]: part["message"] for part in answer["parts"] if not part["ok"]}


def until(true: Callable[[], bool], *, seconds: float = 40.0) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "It did not become true in time."
        time.sleep(0.05)


def publish_again(data: Path) -> None:
    """Have something wait for a worker, as an edit does."""
    with closing(sqlite3.connect(data / "library.sqlite", timeout=30)) as connection:
        work = connection.execute("SELECT uuid FROM work LIMIT 1").fetchone()[0]
        connection.execute(
            "INSERT INTO outbox (subject, uuid, noted_at) VALUES ('work', ?, '2026-01-01')", (work,)
        )
        connection.commit()
    (data / "bell").touch()


def is_waiting(data: Path) -> bool:
    with closing(sqlite3.connect(data / "library.sqlite", timeout=30)) as connection:
        return bool(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])


def hits_of(site: Site, word: str) -> int:
    answer = site.get(f"/api/v1/search?q={word}&lang=en")
    return int(json.loads(answer.body)["total"]) if answer.status == 200 else -1
