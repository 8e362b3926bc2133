"""``memory``: what all processes hold after 500 requests at 10,000 works, and while an edit is indexed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

from sqlalchemy import select

from library.app import make_services
from library.catalogue import public_paths
from library.catalogue.models import Work
from library.db import session_scope
from library.jobs import outbox
from tests.bench import served, workspace
from tests.bench.questions import queries
from tests.bench.rows import Row

REQUESTS = 500
# How long is looked at the processes, and how often, in seconds; what waits is looked for every five.
SECONDS = 12.0
_PAUSE = 0.02
AT_MOST = 150.0
_FIELD = re.compile(r"^(Rss|Pss|Private_Clean|Private_Dirty|Shared_Clean|Shared_Dirty):\s+(\d+) kB")
_MAPPING = re.compile(r"^([0-9a-f]+)-[0-9a-f]+ \S+ ([0-9a-f]+) \S+ (\d+)\s*(.*)$")


def addresses(data: Path) -> list[str]:
    """500 addresses of all kinds of pages in several languages, no two alike."""
    services = make_services(workspace.settings(data))
    with session_scope(services.factory) as session:
        works = session.execute(select(Work.kind, Work.key).order_by(Work.id).limit(2000)).all()
    services.engine.dispose()
    languages = ("en", "zh-Hans", "fr", "ar", "sw")
    asked = [f"/{lang}/{path}" for lang in languages for path in ("", "institutions", "terms")]
    words = queries(120)
    for n in range(REQUESTS):
        kind, key = works[(n * 7) % len(works)]
        lang = languages[n % len(languages)]
        segment = public_paths.SEGMENTS[kind]
        asked.append(
            (
                f"/{lang}/{segment}?page={n // 5 % 25 + 1}&sort={'title' if n % 2 else ''}",
                public_paths.page(kind, key, lang=lang),
                f"{public_paths.page(kind, key, f'part-{n % 4 + 1}', lang=lang)}",
                f"{public_paths.page(kind, key, f'part-{n % 4 + 1}', lang='en')}?with=zh-Hans",
                f"/{lang}/search?q={quote_plus(words[n % len(words)])}",
                f"/api/v1/search?q={quote_plus(words[n % len(words)])}&lang={lang}",
                f"/{lang}/works?country={'TZ' if n % 2 else 'CN'}&page={n % 9 + 1}",
            )[n % 7]
        )
    return asked[:REQUESTS]


def run() -> Iterator[Row]:
    data = workspace.big_library()
    asked = addresses(data)
    with _index_as_before(data), served.site(data, workers=2, worker=True) as server:
        for address in asked:
            status, _ = served.fetch(server.port, address, {"Accept-Encoding": "gzip"})
            if status != 200:
                raise RuntimeError(f"{address} answers {status}")
        most = max(_samples(server.pid), key=lambda sample: sample.pss)
        alone = _as_if_alone(served.family(server.pid))
        edited = _edited(data, server.pid)
    plain = _plain(data, asked)
    yield Row(
        "memory",
        f"all {most.processes} processes after {len(asked)} requests",
        most.pss,
        "MB PSS",
        f"<= {AT_MOST:.0f} MB",
        most.pss <= AT_MOST,
        plain,
        "plain site, three processes",
        note=f"the most in {SECONDS:.0f} seconds; RSS added up {most.rss:.0f} MB; {alone:.0f} MB if no other "
        "process of the machine shared its libraries",
    )
    yield Row(
        "memory",
        "the most while a worker indexes one edit",
        edited.pss,
        "MB PSS",
        note=f"of these the worker {edited.pss - edited.web:.0f} MB, until ten seconds after its last work",
    )


def _edited(data: Path, server: int) -> _Sample:
    """Publish a work again, and see the most that is held until the worker has done with it."""
    services = make_services(workspace.settings(data))
    with session_scope(services.factory, write=True) as session:
        work = session.scalars(select(Work.uuid).order_by(Work.id).limit(1)).one()
        outbox.note(session, [outbox.Change("work", work)])
    services.bell.ring()
    most = max(_samples(server), key=lambda sample: sample.pss)
    with session_scope(services.factory) as session:
        waits = outbox.is_waiting(session)
    services.engine.dispose()
    if waits:
        raise RuntimeError(f"The edit was not indexed within {SECONDS:.0f} seconds.")
    return most


@contextlib.contextmanager
def _index_as_before(data: Path) -> Iterator[None]:
    """Put the index back as it was: other measurements want it in one piece. Its files are never changed."""
    index, kept = data / "index", data / "index-kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(index, kept, copy_function=os.link)
    try:
        yield
    finally:
        shutil.rmtree(index)
        kept.rename(index)


def _plain(data: Path, asked: list[str]) -> float:
    """What the plain site holds in MB (PSS) after those of the pages that it has."""
    url = workspace.settings(data).database_url
    with served.module("plain_server", url, page="/en/courses") as server:
        for address in asked:
            if re.match(r"/en/(?!search|works|institutions|terms)[a-z]+", address):
                status, _ = served.fetch(server.port, address)
                if status != 200:
                    raise RuntimeError(f"The plain site's {address} answers {status}")
        return max(sample.pss for sample in _samples(server.pid))


@dataclass(frozen=True, slots=True)
class _Sample:
    """All processes at one moment, in MB."""

    processes: int
    rss: float
    pss: float
    web: float


def _samples(master: int) -> Iterator[_Sample]:
    """What the processes hold, again and again for some seconds: the worker comes and goes."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        every: list[tuple[str, dict[str, float]]] = []
        for pid in served.family(master):
            # It may have ended since.
            with contextlib.suppress(OSError):
                every.append((_role(pid, master), _memory(pid)))
        yield _Sample(
            len(every),
            sum(one["Rss"] for _, one in every),
            sum(one["Pss"] for _, one in every),
            sum(one["Pss"] for role, one in every if role == "web"),
        )
        time.sleep(_PAUSE)


def _role(pid: int, master: int) -> str:
    """``web`` for the server and its web workers, ``work`` for the worker."""
    if pid == master:
        return "web"
    # Web workers hold the listening socket open; the worker has no use for it.
    listening = {
        line.split()[9]
        for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    }
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(handle.readlink())
        except OSError:
            continue
        if target.startswith("socket:[") and target[8:-1] in listening:
            return "web"
    return "work"


def _memory(pid: int) -> dict[str, float]:
    """Rss, Pss and the like in MB."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        field = _FIELD.match(line)
        if field:
            found[field[1]] = int(field[2]) / 1024
    return found


def _as_if_alone(processes: list[int]) -> float:
    """The sum in MB when what is shared counts once, whoever else on the machine shares it too.

    An upper bound: of each mapping the private parts of all processes and the largest shared part.
    """
    private = 0
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for pid in processes:
        key = ("", "")
        here: dict[tuple[str, str], int] = defaultdict(int)
        try:
            lines = Path(f"/proc/{pid}/smaps").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            mapping = _MAPPING.match(line)
            if mapping:
                start, offset, inode, name = mapping.groups()
                key = (name, offset) if inode != "0" else (name, start)
                continue
            field = _FIELD.match(line)
            if field and field[1].startswith("Private"):
                private += int(field[2])
            elif field and field[1].startswith("Shared"):
                here[key] += int(field[2])
        for key, size in here.items():
            shared[key] = max(shared[key], size)
    return (private + sum(shared.values())) / 1024
