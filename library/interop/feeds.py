"""Atom feeds of what is new in a language: of everything, or of one kind of work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from flask import Response, redirect
from flask_babel import gettext, lazy_gettext  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.catalogue import public_paths
from library.catalogue.models import WORK_KINDS, Edition, Work, WorkCode
from library.directory.models import Code, CodeScheme
from library.formats import atom
from library.http import page_cache
from library.http.language import interface_language, page_language
from library.http.services import services, session
from library.interop.blueprint import blueprint

# Names of people in one entry; the page names all.
_MOST_AUTHORS = 5

_TITLES: Mapping[str, object] = {
    "course": lazy_gettext("New and changed courses"),
    "textbook": lazy_gettext("New and changed textbooks"),
    "standard": lazy_gettext("New and changed teaching standards"),
    "lesson": lazy_gettext("New and changed micro-lessons"),
    "resource": lazy_gettext("New and changed resources"),
    "equipment": lazy_gettext("New and changed equipment"),
    "certificate": lazy_gettext("New and changed certificates"),
}


@blueprint.get("/<lang:lang>/feed.atom")
def everything(lang: str) -> Answer:
    """What is new in a language, of every kind."""
    return _feed(lang, None)


def _of_kind(lang: str, kind: str) -> Answer:
    """What is new of one kind in a language."""
    return _feed(lang, kind)


# One rule for each kind: a rule with a gap would lose to the pages below the same list.
for _kind in WORK_KINDS:
    blueprint.add_url_rule(
        f"/<lang:lang>/{public_paths.SEGMENTS[_kind]}/feed.atom",
        "of_kind",
        _of_kind,
        defaults={"kind": _kind},
        methods=["GET"],
    )


def _feed(written: str, kind: str | None) -> Answer:
    lang = page_language()
    if lang != written:
        return redirect(public_paths.feed(lang, kind), 308)
    settings = services().settings
    page_cache.keep()
    of_all = gettext("New and changed")
    feed = atom.Feed(
        title=f"{settings.site_name}: {_TITLES[kind] if kind else of_all}",
        title_lang=interface_language(),
        lang=lang,
        path=public_paths.feed(lang, kind),
        page=f"/{lang}/{public_paths.SEGMENTS[kind]}" if kind else f"/{lang}/",
        site_name=settings.site_name,
        entries=newest(session(), lang=lang, kind=kind),
    )
    return Response(atom.document(feed, base_url=settings.base_url), mimetype=atom.MEDIA_TYPE)


def newest(session: Session, *, lang: str, kind: str | None = None) -> list[atom.Entry]:
    """The works with an edition in ``lang`` that changed last, at most ``atom.LONGEST``."""
    query = (
        select(Work, Edition.title, Edition.summary)
        .join(Edition, Edition.work_id == Work.id)
        .where(Work.status == "published", Edition.lang == lang, Edition.offered.is_(True))
        .order_by(Work.updated_at.desc(), Work.id.desc())
        .limit(atom.LONGEST)
    )
    if kind:
        query = query.where(Work.kind == kind)
    rows = session.execute(query).all()
    codes = _codes(session, [work.id for work, _, _ in rows])
    return [
        atom.Entry(
            uuid=work.uuid,
            title=title or work.key,
            summary=summary,
            lang=lang,
            page=public_paths.page(work.kind, work.key, lang=lang),
            kind=work.kind,
            licence=work.licence,
            published_at=work.published_at,
            updated_at=work.updated_at,
            authors=[c["name"] for c in work.contributors if c.get("name")][:_MOST_AUTHORS],
            categories=codes[work.id],
        )
        for work, title, summary in rows
    ]


def _codes(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """The codes of works as people write them: ``isced-f-2013:0714``."""
    found: dict[int, list[str]] = defaultdict(list)
    for work_id, scheme, code in session.execute(
        select(WorkCode.work_id, CodeScheme.key, Code.code)
        .join(Code, Code.id == WorkCode.code_id)
        .join(CodeScheme, CodeScheme.id == Code.scheme_id)
        .where(WorkCode.work_id.in_(ids))
        .order_by(CodeScheme.key, Code.code)
    ):
        found[work_id].append(f"{scheme}:{code}")
    return found
