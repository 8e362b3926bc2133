"""The barest WSGI application behind our gunicorn options: ``python -m tests.bench.bare_server PORT FILE``.

FILE is JSON: the headers and the body (as Latin-1) that every request gets.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from library.cli.crew import Site, server_options

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def make_application(file: Path) -> WSGIApplication:
    told = json.loads(file.read_text(encoding="utf-8"))
    headers = [(name, value) for name, value in told["headers"]]
    body = told["body"].encode("latin-1")

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return [body]

    return application


if __name__ == "__main__":
    bare = make_application(Path(sys.argv[2]))
    Site(lambda: bare, server_options(host="127.0.0.1", port=int(sys.argv[1]), workers=1)).run()
