"""``/id/{uuid}``: the addresses that never die.

People are led to the page in their own language, machines that ask for linked data get it.
"""

from __future__ import annotations

import json
import uuid as uuids
from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.catalogue import public_paths
from library.catalogue.models import BlockText
from library.catalogue.records import SectionRecord, work_record
from library.directory.models import (
    Institution,
    InstitutionText,
    PartnershipMember,
    PartnershipText,
)
from library.errors import Invalid
from library.formats import jsonld, jsonld_record
from library.http import page_cache
from library.http.services import services, session
from library.i18n.chains import choose, negotiate
from library.i18n.tags import normalise
from library.interop.blueprint import blueprint
from library.interop.lookup import Named, find
from library.markdown import BlockKind, plain_text
from library.terms.queries import languages_of

_HTML = "text/html"
_FORMATS = ("html", "jsonld")


@blueprint.get("/id/<uuid:uuid>")
def lasting(uuid: uuids.UUID) -> Answer:
    """Lead to the page in the reader's language, or describe the thing as linked data.

    ``?lang=`` names the language, ``?format=jsonld`` or ``html`` the form; without them the request's
    own wishes count. Raises ``NotFound``, ``Gone``, and ``Invalid`` for a parameter that is none.
    """
    forced = _forced_language()
    wanted = _format()
    named = find(session(), uuid)
    base_url = services().settings.base_url
    here = f"{base_url}{public_paths.lasting(uuid)}"
    if wanted == "jsonld":
        node = _described(session(), named, base_url=base_url, lang=forced)
        body = json.dumps(node, ensure_ascii=False, indent=1)
        answer: Answer = Response(body, mimetype=jsonld.MEDIA_TYPE)
        page_cache.keep()
    else:
        asked = request.headers.get("Accept-Language", "")
        answer = redirect(named.page(forced or negotiate(asked, named.languages)), 302)
        answer.headers["Cache-Control"] = "public, no-cache"
    answer.vary.update(("Accept-Language", "Accept"))
    answer.headers["Link"] = (
        f'<{here}>; rel="cite-as", '
        f'<{here}?format=jsonld>; rel="describedby"; type="{jsonld.MEDIA_TYPE}"'
    )
    return answer


def _forced_language() -> str | None:
    written = request.args.get("lang")
    if written is None:
        return None
    try:
        return normalise(written)
    except Invalid as error:
        raise Invalid(error.message, parameter="lang") from None


def _format() -> str:
    written = request.args.get("format")
    if written is not None:
        if written not in _FORMATS:
            raise Invalid(
                f"The parameter format can be {' or '.join(_FORMATS)}.", parameter="format"
            )
        return written
    accept = request.accept_mimetypes
    if accept.best_match([_HTML, jsonld.MEDIA_TYPE], default=_HTML) == jsonld.MEDIA_TYPE:
        return "jsonld"
    return "html"


def _described(session: Session, named: Named, *, base_url: str, lang: str | None) -> jsonld.Node:
    shown = choose(lang, named.languages) or named.languages[0] if lang else named.languages[0]
    if named.work is not None:
        return _of_work(session, named, base_url=base_url, lang=shown)
    if named.institution is not None:
        texts = session.execute(
            select(InstitutionText.lang, InstitutionText.name, InstitutionText.summary)
            .where(InstitutionText.institution_id == named.institution.id)
            .order_by(InstitutionText.lang)
        ).all()
        return jsonld.institution(
            named.institution,
            base_url=base_url,
            lang=shown,
            names={row.lang: row.name for row in texts},
            summaries={row.lang: row.summary for row in texts},
        )
    if named.partnership is not None:
        texts = session.execute(
            select(PartnershipText.lang, PartnershipText.name, PartnershipText.summary)
            .where(PartnershipText.partnership_id == named.partnership.id)
            .order_by(PartnershipText.lang)
        ).all()
        return jsonld.partnership(
            named.partnership,
            base_url=base_url,
            lang=shown,
            names={row.lang: row.name for row in texts},
            summaries={row.lang: row.summary for row in texts},
            members=_members(session, named.partnership.id, lang=shown),
        )
    assert named.concept is not None  # noqa: S101 - one of them is set
    said = languages_of(session, concept_id=named.concept.id)
    return jsonld.term(named.concept, base_url=base_url, lang=shown, said=said)


def _of_work(session: Session, named: Named, *, base_url: str, lang: str) -> jsonld.Node:
    assert named.work is not None  # noqa: S101 - the caller has looked
    record = work_record(session, named.work)
    part = _part(record.sections or [], named.section.uuid) if named.section else None
    if named.block is not None:
        texts = {
            row.lang: plain_text(row.source, kind=BlockKind(named.block.kind))
            for row in session.execute(
                select(BlockText.lang, BlockText.source)
                .where(BlockText.block_id == named.block.id)
                .order_by(BlockText.lang)
            )
            if row.lang in record.editions
        }
        return jsonld_record.block(
            named.block.uuid,
            texts=texts,
            part=part,
            record=record,
            base_url=base_url,
            page=named.page(lang),
        )
    if part is not None:
        return jsonld_record.section(part, record=record, base_url=base_url, lang=lang)
    return jsonld_record.work(record, base_url=base_url, lang=lang)


def _part(parts: list[SectionRecord], uuid: uuids.UUID) -> SectionRecord | None:
    """The section in the tree; None for the root, which stands for the work itself."""
    for part in parts:
        found = part if part.uuid == uuid else _part(part.sections, uuid)
        if found is not None:
            return found
    return None


def _members(session: Session, partnership_id: int, *, lang: str) -> list[jsonld.Party]:
    names: dict[Any, dict[str, str]] = {}
    for row, tag, name in session.execute(
        select(Institution, InstitutionText.lang, InstitutionText.name)
        .join(PartnershipMember, PartnershipMember.institution_id == Institution.id)
        .join(InstitutionText, InstitutionText.institution_id == Institution.id)
        .where(PartnershipMember.partnership_id == partnership_id)
        .order_by(PartnershipMember.position)
    ):
        names.setdefault(row, {})[tag] = name
    return [_party(row, by_lang, lang) for row, by_lang in names.items()]


def _party(row: Institution, names: Mapping[str, str], lang: str) -> jsonld.Party:
    tag = choose(lang, names, source=row.source_language) or row.source_language
    return jsonld.Party(row.uuid, row.type, names.get(tag, row.key), tag)
