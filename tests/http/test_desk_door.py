"""The door to the desk: every address is behind it or before it, and nothing is loaded unasked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from flask import Flask

from library.app import create_app, create_site
from library.http.desk_door import BEHIND
from library.http.services import Services

_ROOT = Path(__file__).resolve().parents[2]


def _paths(app: Flask) -> set[str]:
    return {re.sub(r"<[^>]+>", "x", str(rule)) for rule in app.url_map.iter_rules()}


def test_the_door_stands_where_the_desk_begins(services: Services) -> None:
    whole = _paths(create_app(services=services))
    readers = _paths(create_app(services=services, with_desk=False))
    assert readers < whole
    assert {path for path in whole if BEHIND.match(path)} == whole - readers


def test_one_address_serves_readers_and_editors(services: Services) -> None:
    client = create_site(services=services).test_client()
    assert client.get("/en/").status_code == 200
    assert client.get("/en/desk/sign-in").status_code == 200
    answer = client.get("/en/desk")
    assert answer.status_code in (302, 303, 401)
    assert client.get("/en/desk/nothing-here").status_code in (302, 303, 401, 404)
    assert client.get("/uploads").status_code == 401
    assert client.get("/en/no-such-page").status_code == 404
    # A word that only begins like it is a reader's.
    assert client.get("/en/desktop").status_code == 404


def test_readers_alone_load_nothing_of_the_desk(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from library.app import create_site\n"
        "client = create_site().test_client()\n"
        "client.get('/en/')\n"
        "assert not [m for m in sys.modules if m.startswith('library.web.desk')]\n"
        "client.get('/en/desk/sign-in')\n"
        "assert 'library.web.desk' in sys.modules\n"
    )
    environ = {"LIBRARY_DATA": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", program], env=environ, cwd=_ROOT, check=True)
