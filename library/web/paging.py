"""Paging: which part of a long list is shown, and which pages there are links to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext  # type: ignore[import-untyped]

from library.web import context

# Pages shown on each side of the current one, beside the first and the last.
_AROUND = 2


@dataclass(slots=True)
class Step:
    label: str
    href: str
    current: bool


@dataclass(slots=True)
class Paging:
    """``steps`` are pages in order; None stands for pages left out between two."""

    number: int
    pages: int
    offset: int
    previous: str | None
    following: str | None
    steps: list[Step | None]


def page_number(written: str | None) -> int:
    """The page asked for, from 1; anything else than a number means the first."""
    if written and written.isascii() and written.isdigit() and len(written) <= 7:
        return max(1, int(written))
    return 1


def paging(number: int, *, total: int, size: int, href: Callable[[int], str]) -> Paging:
    """The pager for page ``number`` of ``total`` rows, ``size`` a page; ``href`` makes addresses.

    A number beyond the last page stays as asked: the page is empty and says so.
    """
    pages = max(1, -(-total // size))
    shown = sorted(
        {1, pages} | set(range(max(1, number - _AROUND), min(pages, number + _AROUND) + 1))
    )
    steps: list[Step | None] = []
    before = 0
    for n in shown:
        if before and n > before + 1:
            steps.append(None)
        steps.append(Step(str(n), href(n), n == number))
        before = n
    return Paging(
        number=number,
        pages=pages,
        offset=(number - 1) * size,
        previous=href(min(number - 1, pages)) if number > 1 else None,
        following=href(number + 1) if number < pages else None,
        steps=steps,
    )


def counted_part(counted: str, *, first: int, last: int, total: int, ui: str) -> str:
    """“120 works, 21 to 40 shown”, or only what was ``counted`` where a page shows all ``total`` of it."""
    if first == 1 and last == total:
        return counted
    return str(
        gettext(
            "%(works)s, %(first)s to %(last)s shown",
            works=counted,
            first=context.number(first, ui),
            last=context.number(last, ui),
        )
    )
