"""Filters that a reader has typed into the words of a search: ``plc kind:course lang:fr``."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from library.search.syntax import read, unfiltered


def redirected(asked: str) -> Answer | None:
    """The way to the same search with its typed filters in the address, where they show as chosen and
    can be taken away; None where none was typed."""
    said = read(asked)
    if not said.kinds and not said.languages:
        return None
    arguments = [
        (name, value) for name, value in request.args.items(multi=True) if name not in ("q", "page")
    ]
    arguments += [("kind", kind) for kind in said.kinds]
    arguments += [("language", language) for language in said.languages]
    words = " ".join(unfiltered(asked).split())
    return redirect(f"{request.path}?{urlencode([('q', words), *dict.fromkeys(arguments)])}")
