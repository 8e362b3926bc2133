"""Finding the links to elsewhere in published works, work by work as they change."""

from __future__ import annotations

import hashlib
import re
import uuid as uuids
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, exists, insert, or_, select
from sqlalchemy.orm import Session

from library.catalogue.editions import SILENT_KINDS
from library.catalogue.models import (
    Block,
    BlockText,
    ExternalLink,
    LinkPlace,
    LinkScan,
    Section,
    Work,
)
from library.markdown import BlockKind, Target, render

_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*<?(https?://[^\s>]+)", re.MULTILINE)
_SOME = 200

#: Where a link stands: block and language, neither for a fact of the work.
Place = tuple[uuids.UUID | None, str | None]


def changed_works(session: Session, *, limit: int = 20) -> list[int]:
    """Ids of works that were not looked through as they are now. Withdrawn ones have no links."""
    return list(
        session.scalars(
            select(Work.id)
            .outerjoin(LinkScan, LinkScan.work_id == Work.id)
            .where(
                or_(
                    (Work.status == "published")
                    & (LinkScan.revision.is_(None) | (LinkScan.revision != Work.revision)),
                    (Work.status != "published") & LinkScan.revision.is_not(None),
                )
            )
            .order_by(Work.id)
            .limit(limit)
        )
    )


def scan(session: Session, work_id: int, *, own: str) -> int:
    """Write down the links of a work; returns how many. Addresses below ``own`` are no links to elsewhere."""
    work = session.get(Work, work_id)
    session.execute(delete(LinkPlace).where(LinkPlace.work_id == work_id))
    session.execute(delete(LinkScan).where(LinkScan.work_id == work_id))
    if work is None:
        return 0
    found: dict[str, set[Place]] = {}
    if work.status == "published":
        for url, place in _links(session, work):
            if not url.startswith(f"{own}/") and url != own:
                found.setdefault(url, set()).add(place)
        session.add(LinkScan(work_id=work_id, revision=work.revision))
    ids = _ids(session, list(found))
    rows = [
        {"link_id": ids[url], "work_id": work_id, "block_uuid": block, "lang": lang}
        for url, places in found.items()
        for block, lang in sorted(places, key=str)
    ]
    if rows:
        session.execute(insert(LinkPlace), rows)
    session.execute(
        delete(ExternalLink).where(~exists().where(LinkPlace.link_id == ExternalLink.id))
    )
    session.flush()
    return len(found)


def _ids(session: Session, urls: list[str]) -> dict[str, int]:
    digests = {hashlib.sha256(url.encode("utf-8", "replace")).hexdigest(): url for url in urls}
    ids: dict[str, int] = {}
    wanted = list(digests)
    for start in range(0, len(wanted), _SOME):
        for id_, digest in session.execute(
            select(ExternalLink.id, ExternalLink.digest).where(
                ExternalLink.digest.in_(wanted[start : start + _SOME])
            )
        ):
            ids[digests[digest]] = id_
    for digest, url in digests.items():
        if url not in ids:
            link = ExternalLink(digest=digest, url=url, host=host_of(url))
            session.add(link)
            session.flush()
            ids[url] = link.id
    return ids


def host_of(url: str) -> str:
    """The host of an address, in small letters; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "")[:255]
    except ValueError:
        return ""


def _links(session: Session, work: Work) -> Iterator[tuple[str, Place]]:
    for fact in work.links:
        url = str(fact.get("url", ""))
        if url.startswith(("http://", "https://")):
            yield url, (None, None)
    rows: Any = session.execute(
        select(Block.uuid, Block.kind, BlockText.lang, BlockText.source)
        .join(BlockText, BlockText.block_id == Block.id)
        .join(Section, Section.id == Block.section_id)
        .where(
            Section.work_id == work.id,
            Section.removed_at.is_(None),
            Block.removed_at.is_(None),
            BlockText.source.contains("://"),
        )
    )
    for uuid, kind, lang, source in rows:
        if kind in SILENT_KINDS:
            addresses = _DEFINITION.findall(source)
        else:
            addresses = asked_for(source, kind=kind, lang=lang)
        for address in addresses:
            yield address, (uuid, lang)


def asked_for(source: str, *, kind: str, lang: str) -> list[str]:
    """The addresses elsewhere that a text leads to: those for which the renderer asks, no others."""
    heard: list[str] = []

    class Listening:
        def __call__(self, address: str, *, alt: str | None, is_image: bool) -> Target:
            del alt, is_image
            if address.lower().startswith(("http://", "https://")):
                heard.append(address.partition("#")[0])
            return Target(href=address, external=True)

        def describe(self, media: Any, *, lang: str) -> str:
            del media, lang
            return ""

    render(source, kind=BlockKind(kind), lang=lang, resolve=Listening())
    return heard
