"""How works begin: the drafts of a blank one and of a copy, and addresses that are free."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import uuid as uuids
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.drafting import draft_of
from library.catalogue.drafts import BlockDraft, EditionDraft, SectionDraft, WorkDraft
from library.catalogue.models import WORK_KINDS, FormerWorkAddress, Work
from library.db import new_uuid
from library.editorial.models import Manuscript
from library.errors import Invalid
from library.markdown import BlockKind, ParsedBlock

LONGEST_TITLE: Final = 500
LONGEST_KEY: Final = 80
# Licences under which nobody has to say where a copy comes from.
_NO_CREDIT: Final = frozenset({"CC0-1.0", "PDDL-1.0", "Unlicense"})
_TURNED: Final = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i"}


def blank(
    *, kind: str, key: str, title: str, lang: str, institution: str, licence: str = ""
) -> WorkDraft:
    """A work with a title and nothing else. Raises ``Invalid`` (``field``)."""
    title = " ".join(title.split())
    if kind not in WORK_KINDS:
        raise Invalid(f"{kind!r} is not a kind of work.", field="kind")
    if not title:
        raise Invalid("A work needs a title.", field="title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"A title has at most {LONGEST_TITLE} characters.", field="title")
    block = BlockDraft(ParsedBlock(BlockKind.HEADING, f"# {title}", 0, 1), role="title")
    return WorkDraft(
        kind=kind,
        key=key,
        source_language=lang,
        licence=licence,
        root=SectionDraft(key="", folder="", texts={lang: [block]}),
        institutions=[institution] if institution else [],
        editions={lang: EditionDraft()},
    )


def copy_of(
    session: Session, work_uuid: uuids.UUID, *, key: str, title: str, institution: str, by: Actor
) -> WorkDraft:
    """A work of the library once more, under new ids, in all its languages, for another institution.

    It says what it is derived from, unless its licence asks for no credit. Raises ``Invalid`` where the
    licence allows no changed copies and the work belongs to none of the institutions of ``by``.
    """
    draft = draft_of(session, work_uuid)
    own = by.may(Action.WRITE, institutions=draft.institutions)
    if re.search(r"-ND(-|$)", draft.licence) and not own:
        raise Invalid("The licence of this work does not allow changed copies of it.", field="work")
    origin = f"{draft.kind}/{draft.key}"
    ids: dict[uuids.UUID, uuids.UUID] = {}
    made = replace(
        draft,
        key=key,
        uuid=None,
        root=_under_new_ids(draft.root, ids),
        institutions=[institution] if institution else [],
        partnerships=[],
        derived_from=draft.derived_from if draft.licence in _NO_CREDIT else origin,
        status="published",
        withdrawn_because=None,
        replaced_by=None,
        published_at=None,
    )
    title = " ".join(title.split())[:LONGEST_TITLE]
    if title:
        texts = made.root.texts.get(made.source_language, [])
        for n, block in enumerate(texts):
            if block.role == "title":
                parsed = replace(block.parsed, source=f"# {title}")
                texts[n] = replace(block, parsed=parsed)
    return made


def _under_new_ids(section: SectionDraft, ids: dict[uuids.UUID, uuids.UUID]) -> SectionDraft:
    def new(old: uuids.UUID | None) -> uuids.UUID | None:
        return None if old is None else ids.setdefault(old, new_uuid())

    texts: Mapping[str, list[BlockDraft]] = section.texts
    return SectionDraft(
        key=section.key,
        folder=section.folder,
        uuid=new(section.uuid),
        texts={
            lang: [replace(block, uuid=new(block.uuid)) for block in blocks]
            for lang, blocks in texts.items()
        },
        sections=[_under_new_ids(inner, ids) for inner in section.sections],
    )


def key_from(title: str) -> str:
    """The key that a title makes: small Latin letters, digits and hyphens; empty where it has none."""
    lowered = "".join(_TURNED.get(c, c) for c in title.lower())
    plain = unicodedata.normalize("NFKD", lowered)
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    letters = sum(c.isalpha() for c in title)
    kept = sum(c.isalpha() for word in words for c in word)
    # A number or one English word in a Chinese title is not what anybody would call it.
    if kept < 2 or kept * 2 < letters:
        return ""
    key = ""
    for word in words:
        if len(key) + len(word) + 1 > LONGEST_KEY:
            break
        key = f"{key}-{word}" if key else word
    return key or words[0][:LONGEST_KEY]


def free_key(session: Session, *, kind: str, title: str, wanted: str = "", today: dt.date) -> str:
    """A key that no work of this kind has, had or is to have: ``wanted``, else from the title.

    Raises ``Invalid`` (``field="key"``) for a wanted key that is not made of small letters, digits and
    hyphens. Where somebody else has the wanted one, `manuscripts.start` says so.
    """
    wanted = wanted.strip()
    if wanted:
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", wanted) or len(wanted) > 200:
            raise Invalid(
                "An address is made of small letters a to z, digits and hyphens.", field="key"
            )
        return wanted
    base = key_from(title) or f"{kind}-{today:%Y-%m-%d}"
    like = f"{base}%"
    taken = {
        *session.scalars(select(Work.key).where(Work.kind == kind, Work.key.like(like))),
        *session.scalars(
            select(Manuscript.key).where(Manuscript.kind == kind, Manuscript.key.like(like))
        ),
        *session.scalars(
            select(FormerWorkAddress.key).where(
                FormerWorkAddress.kind == kind, FormerWorkAddress.key.like(like)
            )
        ),
    }
    if base not in taken:
        return base
    return next(one for n in range(2, len(taken) + 3) if (one := f"{base}-{n}") not in taken)
