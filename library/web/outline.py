"""The contents of a work as links: all of it where it is short, the way to here where it is long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from markupsafe import Markup

from library.catalogue.reading import SectionNode
from library.web import context
from library.web.reader import Opened

# Beyond this many sections, contents show the units and what lies on the way to the reader.
WHOLE = 60


@dataclass(slots=True)
class Line:
    """A section in the contents. ``lacking``: it has no text in the language that is shown."""

    href: str
    title: str
    mark: Markup
    current: bool
    open: bool
    lacking: bool
    lines: list[Line] = field(default_factory=list)


def outline(
    nodes: Sequence[SectionNode], *, opened: Opened, current: SectionNode | None = None
) -> list[Line]:
    """The contents of a work below its root; ``nodes`` come from ``reading.contents``."""
    if len(nodes) < 2:
        return []
    whole = len(nodes) <= WHOLE
    here = current.path if current else ""
    start = f"{opened.links.prefix}{opened.path}/"
    suffix = opened.links.suffix_inside

    def line(node: SectionNode) -> Line:
        leads = here == node.path or here.startswith(f"{node.path}/")
        return Line(
            href=f"{start}{quote(node.path)}{suffix}",
            title=node.title,
            mark=context.marks(node.lang, opened.ui),
            current=here == node.path,
            open=leads,
            lacking=opened.shown not in node.languages,
            lines=[line(child) for child in node.children] if whole or leads else [],
        )

    return [line(child) for child in nodes[0].children]


def children(node: SectionNode, *, opened: Opened) -> list[Line]:
    """The sections right inside a section, as lines without their own."""
    start = f"{opened.links.prefix}{opened.path}/"
    suffix = opened.links.suffix_inside
    return [
        Line(
            href=f"{start}{quote(child.path)}{suffix}",
            title=child.title,
            mark=context.marks(child.lang, opened.ui),
            current=False,
            open=False,
            lacking=opened.shown not in child.languages,
        )
        for child in node.children
    ]
