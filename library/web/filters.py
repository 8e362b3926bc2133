"""Filters as readers ask for them in a query: ``?type=college&country=TZ&country=KE``."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request

# Values of one facet that a query may name; more is nobody's wish.
MOST_CHOSEN = 20
# The longest key that the tables hold.
LONGEST = 200


def chosen(facets: Iterable[str]) -> dict[str, list[str]]:
    """The values of each facet in this request, each once; facets that are not asked for are left out.

    What no value can be (too long, or with a NUL in it) is ignored; an unknown value stays, and fits
    nothing.
    """
    found: dict[str, list[str]] = {}
    for facet in facets:
        values = dict.fromkeys(request.args.getlist(facet))
        told = [v for v in values if v and len(v) <= LONGEST and "\0" not in v][:MOST_CHOSEN]
        if told:
            found[facet] = told
    return found
