"""The plain site behind our gunicorn options: ``python -m tests.bench.plain_server PORT DATABASE_URL``."""

from __future__ import annotations

import sys

from library.cli.crew import Site, server_options
from tests.bench.plain_site import make_plain_site

if __name__ == "__main__":
    plain = make_plain_site(sys.argv[2])
    Site(lambda: plain, server_options(host="127.0.0.1", port=int(sys.argv[1]), workers=2)).run()
