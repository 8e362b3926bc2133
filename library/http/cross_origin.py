"""Answers that scripts on other sites may read: what is open to everybody is open to them too."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, request

# How long a browser may remember a preflight's answer, in seconds.
REMEMBERED = 86_400


def open_to_all(app: Flask, *, fits: Callable[[str], bool]) -> None:
    """Let scripts of any origin read the addresses whose path ``fits``.

    Reading only, and without cookies: the answer is what anybody gets. Preflights are answered.
    """

    @app.after_request
    def _open(response: Response) -> Response:
        if not fits(request.path):
            return response
        headers = response.headers
        headers["Access-Control-Allow-Origin"] = "*"
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            headers["Access-Control-Allow-Headers"] = "*"
            headers["Access-Control-Max-Age"] = str(REMEMBERED)
        else:
            headers["Access-Control-Expose-Headers"] = "ETag, Link"
        return response
