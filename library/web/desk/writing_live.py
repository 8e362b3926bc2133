"""What the editor's script asks for while somebody writes: saving, a preview, how things stand, terms."""

from __future__ import annotations

import uuid as uuids
from typing import Any, Final

from flask import Response, jsonify, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.editorial import joining, manuscripts, writing
from library.editorial.models import Manuscript, ManuscriptBlock, ManuscriptText
from library.editorial.section_rendering import folder_of
from library.errors import Conflict, Invalid, Malformed, NotFound, TooLarge
from library.http import forms, person
from library.http import services as http_services
from library.http.services import session
from library.i18n.tags import normalise
from library.terms.models import Concept, Term
from library.web.desk.frame import blueprint
from library.web.desk.manuscript import may_write, standing
from library.web.desk.refusals import said
from library.web.desk.section_texts import SectionTexts
from library.web.desk.writing import editor_of

_LONGEST: Final = writing.LONGEST
_MOST_TERMS: Final = 12


def _language(found: Manuscript) -> str:
    try:
        return normalise(request.args.get("to", "") or found.source_language)
    except Invalid:
        raise NotFound("This is not the tag of a language.") from None


def _texts(database: Session, found: Manuscript, section: uuids.UUID) -> SectionTexts:
    lang = _language(found)
    beside = "" if lang == found.source_language else found.source_language
    return SectionTexts(database, found, section, lang=lang, beside=beside)


def _said() -> dict[str, Any]:
    """The JSON object of the request. Raises ``Malformed``."""
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        raise Malformed("The request holds no JSON object.")
    return told


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        raise Malformed(f"“{name}” is no text.")
    return value


def _whole(told: dict[str, Any], name: str) -> int:
    value = told.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Malformed(f"“{name}” is no number.")
    return value


def _uuid(told: dict[str, Any], name: str) -> uuids.UUID:
    try:
        return uuids.UUID(_text(told, name))
    except ValueError:
        raise Malformed(f"“{name}” is no UUID.") from None


@blueprint.get("/works/<uuid:uuid>/sections/<uuid:section>/state")
def section_state(uuid: uuids.UUID, section: uuids.UUID) -> Response:
    """All paragraphs as they stand now, whether they may be written, and a new token for forms."""
    found, by, keys = standing(uuid)
    texts = _texts(session(), found, section)
    return jsonify(
        csrf=forms.csrf_token(),
        version=found.version,
        state=found.state,
        person=str(by.uuid),
        writes=may_write(found, by, keys, texts.lang),
        blocks=[one.as_data() for one in texts.paragraphs()],
    )


@blueprint.post("/works/<uuid:uuid>/sections/<uuid:section>/changes")
def section_changes(uuid: uuids.UUID, section: uuids.UUID) -> Response:
    """One change. Answers with the paragraphs that it touched, and their order where that changed.

    Every change may be sent again: what was done already is not done twice. A conflict (409) tells
    ``version``, ``source`` and ``editor`` of what somebody else has written.
    """
    by = person.actor()
    told = _said()
    try:
        with http_services.writing() as transaction:
            found = manuscripts.manuscript_of(transaction, uuid, by=by)
            touched, moved = _change(transaction, found, section, told, by)
            texts = _texts(transaction, found, section)
            answer = {
                "version": found.version,
                "state": found.state,
                "blocks": [one.as_data() for one in texts.paragraphs(only=touched)],
                "order": texts.order() if moved else None,
            }
    except Conflict as error:
        details = {k: v for k, v in error.details.items() if k not in ("edited_by", "editor")}
        raise Conflict(said(error), editor=editor_of(error), **details) from None
    except (Invalid, TooLarge) as error:
        raise type(error)(said(error), **error.details) from None
    return jsonify(answer)


def _change(
    transaction: Session,
    found: Manuscript,
    section: uuids.UUID,
    told: dict[str, Any],
    by: Actor,
) -> tuple[set[uuids.UUID], bool]:
    """Make a change; returns the paragraphs that it touched, and whether their order is another."""
    match _text(told, "do"):
        case "text":
            written = writing.save_text(
                transaction,
                found,
                block := _uuid(told, "block"),
                lang=_language(found),
                source=_text(told, "source"),
                version=_whole(told, "version"),
                by=by,
                confirm=told.get("confirm") is True,
            )
            return {block, *_uuids(transaction, written)}, len(written) > 1
        case "add":
            after = _uuid(told, "after") if told.get("after") else None
            written = writing.add_text(
                transaction,
                found,
                section,
                after=after,
                source=_text(told, "source"),
                by=by,
                uuid=_uuid(told, "block"),
            )
            return set(_uuids(transaction, written)), True
        case "remove":
            return _remove(transaction, found, _uuid(told, "block"), by), True
        case "move":
            block = _uuid(told, "block")
            after = _uuid(told, "after") if told.get("after") else None
            writing.move_block(transaction, found, block, section=section, after=after, by=by)
            return {block}, True
        case "join":
            return _join(transaction, found, told, by), True
    raise Malformed("There is no such change.")


def _remove(
    transaction: Session, found: Manuscript, block: uuids.UUID, by: Actor
) -> set[uuids.UUID]:
    try:
        writing.block_of(transaction, found, block)
    except Conflict:
        return set()  # it is gone, as was wished
    writing.remove_block(transaction, found, block, by=by)
    return set()


def _join(
    transaction: Session, found: Manuscript, told: dict[str, Any], by: Actor
) -> set[uuids.UUID]:
    first, second = _uuid(told, "block"), _uuid(told, "second")
    versions = (_whole(told, "version"), _whole(told, "secondVersion"))
    try:
        writing.block_of(transaction, found, second)
    except Conflict:
        now = transaction.get(
            ManuscriptText,
            (writing.block_of(transaction, found, first).id, found.source_language),
        )
        if now is not None and now.version == versions[0] + 1:
            return {first}  # sent again: it was done
        raise
    joining.join_blocks(transaction, found, first, second, versions=versions, by=by)
    return {first}


def _uuids(transaction: Session, written: list[ManuscriptText]) -> list[uuids.UUID]:
    ids = [text.block_id for text in written]
    return list(
        transaction.scalars(select(ManuscriptBlock.uuid).where(ManuscriptBlock.id.in_(ids)))
    )


@blueprint.post("/works/<uuid:uuid>/sections/<uuid:section>/preview")
def section_preview(uuid: uuids.UUID, section: uuids.UUID) -> Response:
    """A text as readers will see it; nothing is kept."""
    found, _, _ = standing(uuid)
    told = _said()
    source = _text(told, "source")
    if len(source) > _LONGEST:
        raise TooLarge(f"A paragraph has at most {_LONGEST} characters.", field="source")
    texts = _texts(session(), found, section)
    role = "title" if told.get("role") == "title" else "body"
    return jsonify(html=str(texts.html(source, lang=texts.lang, role=role)))


@blueprint.get("/works/<uuid:uuid>/sections/<uuid:section>/terms")
def section_terms(uuid: uuids.UUID, section: uuids.UUID) -> Response:
    """Terms of the bank that hold what is asked for, with the address that a text here links to."""
    found, _, _ = standing(uuid)
    database = session()
    lang = _language(found)
    sought = request.args.get("q", "").strip()[:100]
    folder = folder_of(database, found, section)
    depth = len(folder.split("/")) if folder else 0
    terms = []
    if sought:
        rows = database.execute(
            select(Concept.key, Concept.domain, Term.text, Term.lang)
            .join(Term, Term.concept_id == Concept.id)
            .where(
                Term.text.icontains(sought, autoescape=True),
                Term.lang.in_([lang, found.source_language]),
            )
            .order_by(Term.lang != lang, Term.text)
            .limit(_MOST_TERMS)
        )
        terms = [
            {
                "text": row.text,
                "lang": row.lang,
                "domain": row.domain or "",
                "address": f"{'../' * (depth + 2)}term/{row.key}/",
            }
            for row in rows
        ]
    return jsonify(terms=terms)
