"""Storing works: one function that every entrance shares.

``store_work`` meets a draft with what the library has, keeps the id of everything that is still the
same, writes the difference, counts the editions anew and notes the change for the index, all in the
caller's transaction.
"""

from __future__ import annotations

import logging
import uuid as uuids
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from library.catalogue import former_addresses
from library.catalogue.drafts import WorkChange, WorkDraft
from library.catalogue.editions import recount, store_editions, stored
from library.catalogue.media_files import store_media
from library.catalogue.models import (
    LEVELS,
    WORK_KINDS,
    Block,
    BlockText,
    Section,
    Work,
    WorkCode,
    WorkCountry,
    WorkInstitution,
    WorkPartnership,
)
from library.catalogue.section_tree import store_sections
from library.catalogue.texts import store_texts
from library.db import new_uuid, utc_now
from library.directory.models import Code, CodeScheme, Institution, Partnership
from library.errors import Conflict, Invalid
from library.jobs import outbox
from library.sentences import Sentence

_log = logging.getLogger(__name__)

_FACTS = (
    "source_language",
    "licence",
    "level",
    "hours",
    "minutes",
    "credits",
    "version",
    "sample",
    "status",
    "withdrawn_because",
    "replaced_by",
    "derived_from",
    "contributors",
    "links",
    "parameters",
    "related",
    "published_at",
)
# Left out of a draft, these keep what they were: an empty cell never deletes.
_KEPT_WHEN_EMPTY = frozenset(_FACTS) - {"source_language", "licence", "sample", "status"}


def store_work(
    session: Session, draft: WorkDraft, *, by: str, dry_run: bool = False, whole: bool = False
) -> WorkChange:
    """Store a draft and say what that changed; storing the same draft again changes nothing.

    ``by`` names who did it. What a draft leaves out stays as it was, since an empty cell never deletes;
    with ``whole`` it says everything there is to say, and what it leaves out is taken away. With
    ``dry_run`` everything is tried and taken back. Raises ``Invalid``
    where the draft breaks a rule or names an institution, partnership or code that does not exist, and
    ``Conflict`` where its uuid belongs to another work.
    """
    if not dry_run:
        return _store(session, draft, by=by, whole=whole)
    trial = session.begin_nested()
    try:
        return _store(session, draft, by=by, whole=whole)
    finally:
        trial.rollback()
        session.expire_all()


def _store(session: Session, draft: WorkDraft, *, by: str, whole: bool) -> WorkChange:
    _check(draft)
    change = WorkChange(kind=draft.kind, key=draft.key)
    work = _find(session, draft)
    if work is None:
        work = Work(
            uuid=draft.uuid or new_uuid(),
            kind=draft.kind,
            key=draft.key,
            source_language=draft.source_language,
            licence=draft.licence,
        )
        change.created = True
        former_addresses.refuse_taken(session, kind=draft.kind, key=draft.key, uuid=work.uuid)
        _set_facts(work, draft)
        session.add(work)
        session.flush()
    else:
        if draft.source_language != work.source_language:
            raise Invalid(
                Sentence(
                    "%(name)s was stored with the source language %(lang)s; "
                    "the source language of a work cannot be changed.",
                    name=f"{draft.kind}/{draft.key}",
                    lang=work.source_language,
                )
            )
        change.facts += _set_facts(work, draft, whole=whole)
    change.facts += _store_links(session, work, draft, created=change.created, whole=whole)

    sections = store_sections(session, work, draft.root, change=change, created=change.created)
    store_texts(session, work, sections=sections, editions=draft.editions, change=change)
    store_media(session, work, draft.media, change=change, created=change.created)
    editions = {} if change.created else stored(session, work)
    change.facts += store_editions(session, work, draft, there=editions, created=change.created)

    if change.empty:
        return change
    work.updated_by = by
    if not change.created:
        work.revision += 1
        work.updated_at = utc_now()
        if (
            change.sections_added
            or change.sections_removed
            or change.media_added
            or change.media_removed
        ):
            _forget_html(session, work)
    recount(session, work, editions=editions)
    session.flush()
    outbox.note(session, [outbox.Change("work", work.uuid)])
    _log.info("%s stored %s/%s, revision %s", by, work.kind, work.key, work.revision)
    return change


def _check(draft: WorkDraft) -> None:
    name = f"{draft.kind}/{draft.key}"
    if draft.kind not in WORK_KINDS:
        raise Invalid(
            Sentence("%(name)s: %(kind)s is not a kind of work.", name=name, kind=repr(draft.kind)),
            field="kind",
        )
    if draft.level is not None and draft.level not in LEVELS:
        raise Invalid(
            Sentence(
                "%(name)s: the level %(value)s is not one of %(allowed)s.",
                name=name,
                value=repr(draft.level),
                allowed=tuple(LEVELS),
            ),
            field="level",
        )
    if draft.source_language not in draft.root.texts:
        raise Invalid(
            Sentence(
                "%(name)s has no text in its source language %(lang)s.",
                name=name,
                lang=draft.source_language,
            ),
            field="source_language",
        )


_BY_KEY = select(Work).where(Work.kind == bindparam("kind"), Work.key == bindparam("key"))


def _find(session: Session, draft: WorkDraft) -> Work | None:
    work = session.scalar(_BY_KEY, {"kind": draft.kind, "key": draft.key})
    if draft.uuid is None or (work is not None and work.uuid == draft.uuid):
        return work
    named = session.scalar(select(Work).where(Work.uuid == draft.uuid))
    if named is not None and named is not work:
        raise Conflict(
            Sentence(
                "%(name)s carries the uuid %(uuid)s, which belongs to %(other)s.",
                name=f"{draft.kind}/{draft.key}",
                uuid=str(draft.uuid),
                other=f"{named.kind}/{named.key}",
            ),
            field="uuid",
        )
    if work is not None and work.uuid != draft.uuid:
        raise Conflict(
            Sentence(
                "%(name)s is in the library with the uuid %(uuid)s, not %(other)s.",
                name=f"{draft.kind}/{draft.key}",
                uuid=str(work.uuid),
                other=str(draft.uuid),
            ),
            field="uuid",
        )
    return work


def _set_facts(work: Work, draft: WorkDraft, *, whole: bool = False) -> list[str]:
    changed: list[str] = []
    for name in _FACTS:
        new = getattr(draft, name)
        empty = new is None or new == []
        if empty and name in _KEPT_WHEN_EMPTY and (not whole or name == "published_at"):
            continue
        if getattr(work, name) != new:
            setattr(work, name, new)
            changed.append(name)
    return changed


_LINKED: dict[str, Any] = {
    "institutions": select(Institution.key)
    .join(WorkInstitution, WorkInstitution.institution_id == Institution.id)
    .where(WorkInstitution.work_id == bindparam("work"))
    .order_by(WorkInstitution.position),
    "partnerships": select(Partnership.key)
    .join(WorkPartnership, WorkPartnership.partnership_id == Partnership.id)
    .where(WorkPartnership.work_id == bindparam("work")),
    "codes": select(CodeScheme.key + ":" + Code.code)
    .join(Code, Code.scheme_id == CodeScheme.id)
    .join(WorkCode, WorkCode.code_id == Code.id)
    .where(WorkCode.work_id == bindparam("work")),
    "countries": select(WorkCountry.country).where(WorkCountry.work_id == bindparam("work")),
}


def _store_links(
    session: Session, work: Work, draft: WorkDraft, *, created: bool, whole: bool
) -> list[str]:
    """The rows that tie a work to institutions, partnerships, codes and countries."""
    changed: list[str] = []
    for name, linked in _LINKED.items():
        wanted = list(dict.fromkeys(getattr(draft, name)))
        if not wanted and not whole:
            continue
        there = [] if created else list(session.scalars(linked, {"work": work.id}))
        # Institutions stand in an order.
        if there == wanted or (name != "institutions" and set(there) == set(wanted)):
            continue
        model, rows = _links(session, name, wanted, draft)
        if there:
            session.execute(delete(model).where(model.work_id == work.id))
        if rows:
            session.execute(insert(model), [{"work_id": work.id, **row} for row in rows])
        changed.append(name)
    return changed


def _links(
    session: Session, name: str, wanted: list[str], draft: WorkDraft
) -> tuple[Any, list[dict[str, Any]]]:
    """The table of a sort of ties, and its rows but for the work."""
    if name == "institutions":
        ids = _ids_of(session, Institution, "institution", wanted, draft)
        return WorkInstitution, [{"institution_id": i, "position": n} for n, i in enumerate(ids)]
    if name == "partnerships":
        ids = _ids_of(session, Partnership, "partnership", wanted, draft)
        return WorkPartnership, [{"partnership_id": i} for i in ids]
    if name == "codes":
        return WorkCode, [{"code_id": _code_id(session, code, draft)} for code in wanted]
    return WorkCountry, [{"country": country} for country in wanted]


def _ids_of(
    session: Session, model: Any, noun: str, keys: list[str], draft: WorkDraft
) -> list[int]:
    rows = session.execute(select(model.key, model.id).where(model.key.in_(keys)))
    found: dict[str, int] = {row.key: row.id for row in rows}
    for key in keys:
        if key not in found:
            name = f"{draft.kind}/{draft.key}"
            if model is Institution:
                message = Sentence(
                    "%(name)s names the institution %(key)s, which the library does not have.",
                    name=name,
                    key=repr(key),
                )
            else:
                message = Sentence(
                    "%(name)s names the partnership %(key)s, which the library does not have.",
                    name=name,
                    key=repr(key),
                )
            raise Invalid(message, field=f"{noun}s")
    return [found[key] for key in keys]


def _code_id(session: Session, written: str, draft: WorkDraft) -> int:
    scheme, _, code = written.partition(":")
    found = session.scalar(
        select(Code.id).join(CodeScheme).where(CodeScheme.key == scheme, Code.code == code)
    )
    if found is None:
        raise Invalid(
            Sentence(
                "%(name)s names the code %(code)s, which is not in a known scheme.",
                name=f"{draft.kind}/{draft.key}",
                code=repr(written),
            ),
            field="codes",
        )
    return found


def _forget_html(session: Session, work: Work) -> None:
    """Links and pictures may lead elsewhere now: have every text of the work rendered again."""
    session.execute(
        update(BlockText)
        .where(BlockText.block_id.in_(_block_ids(work.id)))
        .values(html=None, html_version=None)
    )


def _block_ids(work_id: int) -> Any:
    return select(Block.id).join(Section).where(Section.work_id == work_id)


def withdraw(session: Session, work_uuid: uuids.UUID, *, because: str, by: str) -> None:
    """Take a work away from readers; its addresses answer with a tombstone that says why."""
    work = session.scalar(select(Work).where(Work.uuid == work_uuid))
    if work is None:
        raise Invalid(f"No work has the uuid {work_uuid}.")
    work.status, work.withdrawn_because, work.updated_at = "withdrawn", because, utc_now()
    work.updated_by = by
    outbox.note(session, [outbox.Change("work", work.uuid)])
    _log.info("%s withdrew %s/%s: %s", by, work.kind, work.key, because)
