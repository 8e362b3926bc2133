"""The sites and pages that are visited with a browser.

Lists, home and search come from the library of 10,000 works, because its filters are the longest; works
and sections from the starter library, because it has real texts and pictures.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import served, workspace
from tests.bench.served import Server

WORK = "courses/electrical-equipment"
SECTION = f"{WORK}/measuring-safely/ohms-law"


@dataclass(frozen=True, slots=True)
class Visit:
    """A page in one language: its name in the table and its whole address."""

    name: str
    url: str


def starter_library(folder: Path) -> Path:
    """A data folder with the contents of ``content/``."""
    data = folder / "starter"
    command = str(Path(sys.executable).parent / "library")
    for arguments in (["db", "upgrade"], ["import", str(workspace.ROOT / "content")]):
        subprocess.run(
            [command, *arguments], check=True, capture_output=True, env=workspace.environment(data)
        )
    return data


@contextlib.contextmanager
def both_sites(folder: Path) -> Iterator[tuple[Server, Server]]:
    """The big library and the starter library, each with its server."""
    with (
        served.site(workspace.big_library(), workers=1) as big,
        served.site(starter_library(folder), workers=1) as starter,
    ):
        yield big, starter


def reading_visits(big: Server, starter: Server, lang: str) -> list[Visit]:
    """The six pages that the budgets speak of."""
    beside = "zh-Hans" if lang != "zh-Hans" else "en"
    return [
        Visit("home", f"{big.base}/{lang}/"),
        Visit("list", f"{big.base}/{lang}/courses"),
        Visit("work", f"{starter.base}/{lang}/{WORK}"),
        Visit("section", f"{starter.base}/{lang}/{SECTION}"),
        Visit("two languages", f"{starter.base}/{lang}/{SECTION}?with={beside}"),
        Visit("search", f"{big.base}/{lang}/search?q=motor+current"),
    ]
