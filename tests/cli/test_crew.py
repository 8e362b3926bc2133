"""What a web worker holds: the modules that only other processes need are not among it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = "from library.app import main; main()"
# As a crew does before it forks.
_CREW = """
import sys
import library.cli.crew
from library.app import create_app, make_services
from library.cli.warming import warm
from library.config import load

services = make_services(load())
warm(create_app(services=services), services=services)
assert "library.search.second_look" in sys.modules, "nothing was searched for"
print(*sys.modules, sep="\\n")
"""
# Each of them takes 0.3 to 10 MB of every web worker.
_ELSEWHERE = (
    "PIL",
    "alembic",
    "argon2",
    "boto3",
    "botocore",
    "flask.testing",
    "icu4py",
    "latex2mathml",
    "multiprocessing",
    "numpy.ma",
    "numpy.random",
    "numpy.testing",
    "psycopg",
    "pypdfium2",
    "redis",
    "sqlalchemy.dialects.postgresql",
    "unittest",
    "urllib.request",
    "werkzeug.debug",
    "whoosh.highlight",
    "whoosh.qparser",
    "whoosh.query",
    "yaml",
    "library.content.documents",
    "library.content.importing",
    "library.extraction.pdf",
    "library.media.pictures",
)


@pytest.mark.slow
def test_web_workers_do_not_load_what_only_others_need(tmp_path: Path) -> None:
    content = tmp_path / "content"
    work = content / "course" / "motors"
    (work / "01-start").mkdir(parents=True)
    (work / "meta.toml").write_text('source_language = "en"\nlicence = "CC-BY-4.0"\n')
    (work / "en.md").write_text("# Motors\n\nA safe motor.\n")
    (work / "01-start" / "en.md").write_text("# Start\n\nStart the safe motor, then stop it.\n")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("LIBRARY_")}
    environ["LIBRARY_DATA"] = str(tmp_path / "data")
    (tmp_path / "data").mkdir()
    for command in (["db", "upgrade"], ["import", str(content)]):
        subprocess.run(
            [sys.executable, "-c", _PROGRAM, *command], env=environ, cwd=_ROOT, check=True
        )
    done = subprocess.run(
        [sys.executable, "-c", _CREW],
        env=environ,
        cwd=_ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = set(done.stdout.split())
    assert not loaded & set(_ELSEWHERE)
