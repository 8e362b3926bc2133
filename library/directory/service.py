"""Storing institutions and partnerships: what changed is written and noted for the index.

Nothing here commits. Storing the same draft twice changes nothing the second time.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from library.db import new_uuid, utc_now
from library.directory.drafts import (
    DirectoryChange,
    InstitutionDraft,
    MemberDraft,
    NameText,
    PartnershipDraft,
)
from library.directory.models import (
    BRANDS,
    INSTITUTION_TYPES,
    MEMBER_ROLES,
    PARTNERSHIP_TYPES,
    Institution,
    InstitutionText,
    Partnership,
    PartnershipMember,
    PartnershipText,
)
from library.directory.queries import institution_ids
from library.errors import Conflict, Invalid
from library.jobs import outbox
from library.sentences import Sentence

_INSTITUTION_FACTS = ("type", "country", "city", "website", "source", "sample")
_PARTNERSHIP_FACTS = (
    *_INSTITUTION_FACTS,
    "brand",
    "founded",
    "latitude",
    "longitude",
    "programmes",
)
_FOUNDED = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


def store_institution(session: Session, draft: InstitutionDraft) -> DirectoryChange:
    """Store an institution and say what that changed.

    Raises ``Invalid`` for an unknown type, another source language than the stored one, or a missing
    name in the source language; ``Conflict`` where the uuid belongs to another institution.
    """
    _require(draft.type, INSTITUTION_TYPES, draft.key, "institution", "type")
    change = DirectoryChange(kind="institution", key=draft.key)
    row = _find(session, Institution, draft, "institution")
    if row is None:
        row = _new(session, Institution, draft, change, facts=_INSTITUTION_FACTS)
    else:
        _set_facts(row, draft, change, facts=_INSTITUTION_FACTS)
    _store_texts(session, InstitutionText, "institution_id", row, draft, change)
    return _noted(session, row, change)


def store_partnership(session: Session, draft: PartnershipDraft) -> DirectoryChange:
    """Store a partnership with its members and say what that changed.

    Raises as `store_institution` does, and ``Invalid`` for an unknown brand, role or member, a place
    with one coordinate only or off the globe, and a founding date that is none.
    """
    _check_partnership(draft)
    change = DirectoryChange(kind="partnership", key=draft.key)
    row = _find(session, Partnership, draft, "partnership")
    if row is None:
        row = _new(session, Partnership, draft, change, facts=_PARTNERSHIP_FACTS)
    else:
        _set_facts(row, draft, change, facts=_PARTNERSHIP_FACTS)
    _store_texts(session, PartnershipText, "partnership_id", row, draft, change)
    if draft.members is not None:
        _store_members(session, row, draft.members, change)
    return _noted(session, row, change)


def _check_partnership(draft: PartnershipDraft) -> None:
    name = f"partnership/{draft.key}"
    _require(draft.type, PARTNERSHIP_TYPES, draft.key, "partnership", "type")
    if draft.brand is not None:
        _require(draft.brand, BRANDS, draft.key, "partnership", "brand")
    for member in draft.members or ():
        _require(member.role, MEMBER_ROLES, draft.key, "partnership", "role")
    if draft.founded is not None and not _FOUNDED.fullmatch(draft.founded):
        raise Invalid(
            Sentence(
                "%(name)s: %(value)s is not a year, a month or a day (2023, 2023-12, 2023-12-08).",
                name=name,
                value=repr(draft.founded),
            ),
            field="founded",
        )
    if (draft.latitude is None) != (draft.longitude is None):
        raise Invalid(
            Sentence("%(name)s needs latitude and longitude, or neither.", name=name),
            field="latitude",
        )
    if draft.latitude is not None and not -90 <= draft.latitude <= 90:
        raise Invalid(
            Sentence("%(name)s: a latitude is between -90 and 90 degrees.", name=name),
            field="latitude",
        )
    if draft.longitude is not None and not -180 <= draft.longitude <= 180:
        raise Invalid(
            Sentence("%(name)s: a longitude is between -180 and 180 degrees.", name=name),
            field="longitude",
        )


def _require(value: str, allowed: tuple[str, ...], key: str, kind: str, field: str) -> None:
    if value not in allowed:
        raise Invalid(
            Sentence(
                "%(name)s: the %(field)s %(value)s is not one of %(allowed)s.",
                name=f"{kind}/{key}",
                field=field,
                value=repr(value),
                allowed=allowed,
            ),
            field=field,
        )


def _find(
    session: Session, model: Any, draft: InstitutionDraft | PartnershipDraft, kind: str
) -> Any:
    row = session.scalar(select(model).where(model.key == draft.key))
    if row is not None and row.source_language != draft.source_language:
        raise Invalid(
            Sentence(
                "%(name)s was stored with the source language %(lang)s; "
                "the source language cannot be changed.",
                name=f"{kind}/{draft.key}",
                lang=row.source_language,
            ),
            field="source_language",
        )
    if row is None and draft.texts.get(draft.source_language) is None:
        raise Invalid(
            Sentence(
                "%(name)s has no name in its source language %(lang)s.",
                name=f"{kind}/{draft.key}",
                lang=draft.source_language,
            ),
            field="source_language",
        )
    if draft.source_language in draft.texts and draft.texts[draft.source_language] is None:
        raise Invalid(
            Sentence(
                "%(name)s: the name in the source language %(lang)s cannot be taken out.",
                name=f"{kind}/{draft.key}",
                lang=draft.source_language,
            ),
            field="source_language",
        )
    if draft.uuid is not None:
        named = session.scalar(select(model).where(model.uuid == draft.uuid))
        if named is not None and named is not row:
            raise Conflict(
                Sentence(
                    "%(name)s carries the uuid %(uuid)s, which belongs to %(other)s.",
                    name=f"{kind}/{draft.key}",
                    uuid=str(draft.uuid),
                    other=f"{kind}/{named.key}",
                ),
                field="uuid",
            )
        if row is not None and row.uuid != draft.uuid:
            raise Conflict(
                Sentence(
                    "%(name)s is in the library with the uuid %(uuid)s, not %(other)s.",
                    name=f"{kind}/{draft.key}",
                    uuid=str(row.uuid),
                    other=str(draft.uuid),
                ),
                field="uuid",
            )
    return row


def _new(
    session: Session,
    model: Any,
    draft: InstitutionDraft | PartnershipDraft,
    change: DirectoryChange,
    *,
    facts: tuple[str, ...],
) -> Any:
    row = model(uuid=draft.uuid or new_uuid(), key=draft.key, source_language=draft.source_language)
    for name in facts:
        value = getattr(draft, name)
        if value is not None:
            setattr(row, name, value)
    session.add(row)
    session.flush()
    change.created = True
    return row


def _set_facts(
    row: Any,
    draft: InstitutionDraft | PartnershipDraft,
    change: DirectoryChange,
    *,
    facts: tuple[str, ...],
) -> None:
    for name in facts:
        value = getattr(draft, name)
        if value is not None and getattr(row, name) != value:
            setattr(row, name, value)
            change.facts.append(name)


def _store_texts(
    session: Session,
    model: Any,
    column: str,
    row: Any,
    draft: InstitutionDraft | PartnershipDraft,
    change: DirectoryChange,
) -> None:
    there: dict[str, Any] = {}
    if not change.created:
        there = {
            text.lang: text
            for text in session.scalars(select(model).where(getattr(model, column) == row.id))
        }
    new: list[dict[str, Any]] = []
    for lang, wanted in draft.texts.items():
        text = there.get(lang)
        if wanted is None:
            if text is not None:
                session.delete(text)
                change.facts.append(Sentence("text %(lang)s", lang=lang))
            continue
        if text is None:
            new.append(
                {
                    column: row.id,
                    "lang": lang,
                    "name": wanted.name,
                    "summary": wanted.summary,
                    "body": wanted.body,
                }
            )
            if not change.created:
                change.facts.append(Sentence("text %(lang)s", lang=lang))
        elif NameText(text.name, text.summary, text.body) != wanted:
            text.name, text.summary, text.body = wanted.name, wanted.summary, wanted.body
            change.facts.append(Sentence("text %(lang)s", lang=lang))
    if new:
        session.execute(insert(model), new)


def _store_members(
    session: Session, row: Partnership, members: list[MemberDraft], change: DirectoryChange
) -> None:
    keys = [member.institution for member in members]
    ids = institution_ids(session, keys)
    for key in keys:
        if key not in ids:
            raise Invalid(
                Sentence(
                    "%(name)s names the institution %(key)s, which the library does not have.",
                    name=f"partnership/{row.key}",
                    key=repr(key),
                ),
                field="members",
            )
        if keys.count(key) > 1:
            raise Invalid(
                Sentence(
                    "%(name)s names the institution %(key)s twice.",
                    name=f"partnership/{row.key}",
                    key=repr(key),
                ),
                field="members",
            )
    wanted = [(ids[member.institution], member.role) for member in members]
    if not change.created:
        there = session.execute(
            select(PartnershipMember.institution_id, PartnershipMember.role)
            .where(PartnershipMember.partnership_id == row.id)
            .order_by(PartnershipMember.position)
        )
        if [tuple(member) for member in there] == wanted:
            return
        session.execute(delete(PartnershipMember).where(PartnershipMember.partnership_id == row.id))
        change.facts.append("members")
    if wanted:
        session.execute(
            insert(PartnershipMember),
            [
                {
                    "partnership_id": row.id,
                    "institution_id": institution_id,
                    "role": role,
                    "position": position,
                }
                for position, (institution_id, role) in enumerate(wanted)
            ],
        )


def _noted(session: Session, row: Any, change: DirectoryChange) -> DirectoryChange:
    if change.empty:
        return change
    row.updated_at = utc_now()
    session.flush()
    outbox.note(session, [outbox.Change(change.kind, row.uuid)])
    return change
