"""``visible``: how soon a change is found, and what fifty changes a second cost those who search.

A served site with two web processes and its worker, on a copy of the library of 10,000 works. An edit is
stored by the service that every entrance uses. It is a new name of an institution, a new paragraph in one
section of a work, or a new English title of a work, which all English passages of the work have.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from library.app import make_services
from library.db import session_scope
from library.jobs import outbox
from tests.bench import served, workspace
from tests.bench.edits import WorkEditor
from tests.bench.readers import Readers, Waits, readers, slowing
from tests.bench.rows import Row, tell

SINGLE = 15
SOON = 2.0
RATE = 50.0
SECONDS = 25.0
QUIET = 15.0
# What is changed fifty times a second, in words, and what each change has indexed anew.
EDITS = {
    "institutions": ("edits of institutions", "whose one passage is indexed anew"),
    "sections": (
        "edits of a paragraph of a work",
        "of whose 10 to 15 passages one is indexed anew",
    ),
    "titles": (
        "new titles of works",
        "of whose 10 to 15 passages the English ones, about 6, are indexed anew",
    ),
}
# Seconds after which an edit that is still not found will not be waited for.
PATIENCE = 180.0
_LOOK = 0.02


def run() -> Iterator[Row]:
    with (
        workspace.copy_of_big_library() as data,
        served.site(data, workers=2, worker=True) as site,
    ):
        yield _single(site.port, data)
        with readers(site.port, data) as those:
            before = those.read(QUIET)
            for what in EDITS:
                yield from _many(site.port, data, what, those, before)


def _single(port: int, data: Path) -> Row:
    tell(f"{SINGLE} single edits")
    editor = WorkEditor(make_services(workspace.settings(data)), first=0, count=SINGLE)
    # The first one also starts whatever the site starts when there is something to do.
    taken = []
    for _ in range(SINGLE):
        key, word = editor.edit()
        taken.append(_until_found(port, key, word))
    return Row(
        "visible",
        "from the commit of an edit until it is found, slowest",
        max(taken),
        "s",
        f"<= {SOON:.0f} s",
        max(taken) <= SOON,
        note=f"{SINGLE} edits, one after the other; in the middle {statistics.median(taken):.2f} s",
    )


def _until_found(port: int, key: str, word: str) -> float:
    """Seconds until the site finds a work by a word; ``PATIENCE`` where it never does."""
    begun = time.perf_counter()
    while True:
        status, body = served.fetch(port, f"/api/v1/search?q={word}&lang=en&limit=1")
        waited = time.perf_counter() - begun
        if status == 200 and any(hit["key"] == key for hit in json.loads(body)["hits"]):
            return waited
        if waited > PATIENCE:
            return waited
        time.sleep(_LOOK)


def _many(port: int, data: Path, what: str, those: Readers, before: Waits) -> Iterator[Row]:
    """``before`` is what readers waited when it was quiet; what they wait afterwards is added to it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.edits", str(data), what, str(RATE), str(SECONDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=workspace.ROOT,
        env=workspace.environment(data),
    ) as editing:
        if editing.stdout is None or editing.stdout.readline() != "ready\n":
            raise RuntimeError("The editing process does not start.")
        name, passages = EDITS[what]
        tell(f"{RATE:.0f} {name} a second for {SECONDS:.0f} seconds")
        if editing.stdin is not None:
            editing.stdin.write("go\n")
            editing.stdin.flush()
        # Not to its very end: then nobody may be writing any more.
        during = those.read(SECONDS - 2)
        told = json.loads(editing.stdout.readline())
        waiting = _waiting(data)
        late = _until_found(port, told["key"], told["word"])
    rate = told["edits"] / told["seconds"]
    yield Row(
        "visible",
        f"{name} stored a second, for {told['seconds']:.0f} seconds",
        rate,
        "edits/s",
        f">= {0.98 * RATE:.0f}",
        rate >= 0.98 * RATE,
        note=f"each a transaction of its own, {passages}; {waiting} waited for the index at the end",
    )
    yield Row(
        "visible",
        f"from the last of these {name} until it is found",
        late,
        "s",
        f"<= {SOON:.0f} s",
        late <= SOON,
    )
    before.add(those.read(QUIET))
    yield from slowing("visible", f"during {name}", before, during)


def _waiting(data: Path) -> int:
    services = make_services(workspace.settings(data))
    try:
        with session_scope(services.factory) as session:
            return outbox.count(session)
    except SQLAlchemyError as error:
        raise RuntimeError(f"The outbox cannot be counted: {error}") from error
    finally:
        services.engine.dispose()
