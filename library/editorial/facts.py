"""The facts of a manuscript: what ``meta.toml`` would say, and its files, checked one by one."""

from __future__ import annotations

import math
import re
import uuid as uuids
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue import former_addresses
from library.catalogue.addresses import section_key
from library.catalogue.drafts import MediaDraft
from library.catalogue.models import LEVELS, Work
from library.directory.models import Code, CodeScheme, Institution, Partnership
from library.editorial import editing, manuscripts
from library.editorial.holding import hold_files
from library.editorial.models import Manuscript, ManuscriptFile
from library.errors import Conflict, Invalid
from library.i18n.tags import normalise

NUMBERS: Final = {"hours": 100_000.0, "minutes": 100_000.0, "credits": 1_000.0}
_SPDX: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9.+-]*(?: (?:AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*"
)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LONGEST: Final = 500
_MOST: Final = 100


def save_facts(
    session: Session,
    manuscript: Manuscript,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    by: Actor,
) -> None:
    """Set the facts that ``values`` names and leave the others; an empty value takes a fact away.

    Raises ``Invalid`` with the ``field`` for what cannot be, ``Conflict`` where the manuscript is not at
    ``version`` any more and one of these facts has changed since.
    """
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=manuscript.source_language)
    facts = dict(manuscript.facts)
    institutions = manuscripts.institutions_of(session, manuscript)
    if version is not None and version != manuscript.version and "was" in values:
        _refuse_overwriting(facts, values["was"])
    for name, value in values.items():
        if name == "was":
            continue
        if name == "institutions":
            wanted = _keys(session, Institution, "institution", value)
            # What nobody answers for any more is for those who may write everywhere.
            by.require(Action.WRITE, institutions=wanted)
            by.require_handing_over(Action.WRITE, before=institutions, after=wanted)
            if wanted != institutions:
                manuscripts.set_institutions(session, manuscript, wanted)
            continue
        checked = _checked(session, name, value)
        if checked in (None, "", []):
            facts.pop(name, None)
        else:
            facts[name] = checked
    manuscript.facts = facts
    editing.changed(session, manuscript, by=by)


def checked(session: Session, name: str, value: Any) -> Any:
    """A fact as `save_facts` would keep it, without keeping it; None where nothing would be left.

    Raises ``Invalid`` for what cannot be. Institutions come back as a list of their keys.
    """
    if name == "institutions":
        return _keys(session, Institution, "institution", value)
    said = _checked(session, name, value)
    return None if said in (None, "", []) else said


def check_key(session: Session, *, kind: str, key: str, work_uuid: uuids.UUID) -> str:
    """A key as a work may be renamed to. Raises ``Invalid`` and ``Conflict``."""
    key = section_key(key.strip())
    if not key or not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", key) or len(key) > 200:
        raise Invalid(
            "An address is made of small letters a to z, digits and hyphens.", field="key"
        )
    taken = session.scalar(
        select(Manuscript.id).where(
            Manuscript.kind == kind, Manuscript.key == key, Manuscript.work_uuid != work_uuid
        )
    )
    if taken is not None:
        raise Conflict(
            f"Another manuscript has the address {key}.", field="key", reason="taken", value=key
        )
    former_addresses.refuse_taken(session, kind=kind, key=key, uuid=work_uuid)
    return key


def rename(session: Session, manuscript: Manuscript, *, key: str, by: Actor) -> None:
    """Give a manuscript another key. Where readers have the work, the old address leads to the new one."""
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=manuscript.source_language)
    key = check_key(session, kind=manuscript.kind, key=key, work_uuid=manuscript.work_uuid)
    if key == manuscript.key:
        return
    manuscript.key = key
    editing.changed(session, manuscript, by=by)


def set_edition(
    session: Session,
    manuscript: Manuscript,
    *,
    lang: str,
    offered: bool | None = None,
    origin: str | None = None,
    answered_by: str | None = None,
    by: Actor,
) -> None:
    """Begin a language, offer it to readers or not, say who answers for it."""
    lang = normalise(lang)
    editing.begin(session, manuscript, Action.TRANSLATE, by=by, lang=lang)
    facts = dict(manuscript.facts)
    editions = dict(facts.get("editions", {}))
    said = dict(editions.get(lang, {"origin": "human", "offered": True, "answered_by": None}))
    if offered is not None:
        said["offered"] = offered
    if origin is not None:
        if origin not in ("human", "machine", "imported"):
            raise Invalid(f"{origin!r} is not an origin.", field="origin")
        said["origin"] = origin
    if answered_by is not None:
        said["answered_by"] = answered_by.strip()[:200] or None
    editions[lang] = said
    facts["editions"] = editions
    manuscript.facts = facts
    editing.changed(session, manuscript, by=by)


def add_file(
    session: Session,
    manuscript: Manuscript,
    file: MediaDraft,
    *,
    upload_uuid: Any = None,
    by: Actor,
) -> ManuscriptFile:
    """Put a file that is in the store into the manuscript; of the same name and bytes it is the same one.

    Another file of that name gets a number: nothing that a text shows is replaced by accident.
    """
    action = Action.UPLOAD
    editing.begin(session, manuscript, action, by=by)
    path = _safe_path(file.path)
    there = session.get(ManuscriptFile, (manuscript.id, path))
    n = 1
    while there is not None:
        if there.sha256 == file.sha256:
            return there
        n += 1
        stem, dot, ending = path.rpartition(".")
        numbered = f"{stem}-{n}.{ending}" if dot else f"{path}-{n}"
        there = session.get(ManuscriptFile, (manuscript.id, numbered))
        if there is None:
            path = numbered
    row = ManuscriptFile(
        manuscript_id=manuscript.id,
        path=path,
        name=path.rpartition("/")[2],
        upload_uuid=upload_uuid,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
        lang=file.lang,
        role=file.role,
        width=file.width,
        height=file.height,
        title=file.title,
        licence=file.licence,
    )
    session.add(row)
    hold_files(session, manuscript)
    editing.changed(session, manuscript, by=by)
    return row


def remove_file(session: Session, manuscript: Manuscript, path: str, *, by: Actor) -> None:
    """Take a file out of the manuscript. Its bytes stay as long as anything else has them."""
    editing.begin(session, manuscript, Action.UPLOAD, by=by)
    row = session.get(ManuscriptFile, (manuscript.id, path))
    if row is None:
        raise Conflict("This file has been taken out meanwhile.", field="path")
    session.delete(row)
    hold_files(session, manuscript)
    editing.changed(session, manuscript, by=by)


def describe_file(
    session: Session,
    manuscript: Manuscript,
    path: str,
    *,
    title: str | None = None,
    licence: str | None = None,
    lang: str | None = None,
    by: Actor,
) -> None:
    """Say what a file is. None leaves a fact as it is, an empty text takes it away."""
    editing.begin(session, manuscript, Action.UPLOAD, by=by)
    row = session.get(ManuscriptFile, (manuscript.id, path))
    if row is None:
        raise Conflict("This file has been taken out meanwhile.", field="path")
    if title is not None:
        row.title = title.strip()[:_LONGEST] or None
    if licence is not None:
        row.licence = _licence(licence) or None
    if lang is not None:
        row.lang = normalise(lang) if lang else None
    editing.changed(session, manuscript, by=by)


def _safe_path(path: str) -> str:
    parts = [
        "".join(c for c in part if c.isprintable() and c not in '\\:*?"<>|#').strip(" .")
        for part in path.replace("\\", "/").split("/")
    ]
    safe = "/".join(part for part in parts if part)[-400:].lstrip("/")
    if not safe:
        raise Invalid("A file needs a name.", field="path")
    return safe


def _refuse_overwriting(facts: Mapping[str, Any], was: Mapping[str, Any]) -> None:
    moved = [name for name, value in was.items() if (facts.get(name) or None) != (value or None)]
    if moved:
        raise Conflict(
            "Somebody else has changed these facts since you began.",
            fields=moved,
            facts=dict(facts),
        )


def _checked(session: Session, name: str, value: Any) -> Any:
    if name in NUMBERS:
        return _number(name, value)
    if name == "level":
        if value and value not in LEVELS:
            raise Invalid(
                f"{value!r} is not a level.", field="level", reason="unknown-level", value=value
            )
        return value or None
    if name == "licence":
        return _licence(value)
    if name == "sample":
        return bool(value)
    if name == "version":
        return _line(value, name, longest=40)
    if name == "codes":
        return _codes(session, value)
    if name == "partnerships":
        return _keys(session, Partnership, "partnership", value)
    if name == "countries":
        wanted = list(dict.fromkeys(str(one).strip().upper() for one in value))
        for one in wanted:
            if not _COUNTRY.fullmatch(one):
                raise Invalid(
                    f"{one!r} is not a country code of two letters.",
                    field=name,
                    reason="unknown-country",
                    value=one,
                )
        return wanted
    if name in ("related", "derived_from"):
        return _works(session, name, value)
    if name == "contributors":
        return _records(value, name, ("name", "role"), needed="name")
    if name == "links":
        return _links(value)
    if name == "parameters":
        return list(value)
    raise Invalid(f"A work has no fact {name!r} that can be edited.", field=name)


def _number(name: str, value: Any) -> float | None:
    if value in (None, ""):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise Invalid(
            f"{value!r} is not a number.", field=name, reason="no-number", value=str(value)
        ) from None
    if not math.isfinite(number) or not 0 <= number <= NUMBERS[name]:
        raise Invalid(
            f"This is a number from 0 to {NUMBERS[name]:.0f}.",
            field=name,
            reason="number-bounds",
            value=f"{NUMBERS[name]:.0f}",
        )
    return number


def _licence(value: Any) -> str:
    plain = _line(value, "licence", longest=200)
    if plain and not _SPDX.fullmatch(plain):
        raise Invalid(
            f"{plain!r} is not an SPDX identifier; write CC-BY-4.0, say.",
            field="licence",
            reason="no-licence",
            value=plain,
        )
    return plain


def _line(value: Any, name: str, *, longest: int = _LONGEST) -> str:
    plain = " ".join(str(value or "").split())
    if len(plain) > longest:
        raise Invalid(
            f"This has at most {longest} characters.", field=name, reason="too-long", value=longest
        )
    return plain


def _keys(session: Session, model: Any, noun: str, value: Any) -> list[str]:
    wanted = list(dict.fromkeys(str(one).strip() for one in value if str(one).strip()))[:_MOST]
    known = set(session.scalars(select(model.key).where(model.key.in_(wanted))))
    for key in wanted:
        if key not in known:
            raise Invalid(
                f"The library has no {noun} {key!r}.",
                field=f"{noun}s",
                reason="unknown-key",
                value=key,
            )
    return wanted


def _codes(session: Session, value: Any) -> list[str]:
    wanted = list(dict.fromkeys(str(one).strip() for one in value if str(one).strip()))[:_MOST]
    for one in wanted:
        scheme, _, code = one.partition(":")
        found = session.scalar(
            select(Code.id).join(CodeScheme).where(CodeScheme.key == scheme, Code.code == code)
        )
        if found is None:
            raise Invalid(
                f"{one!r} is not a code of a scheme that is known here.",
                field="codes",
                reason="unknown-code",
                value=one,
            )
    return sorted(wanted)


def _works(session: Session, name: str, value: Any) -> Any:
    several = value if isinstance(value, list | tuple) else [value]
    wanted = list(dict.fromkeys(str(one).strip() for one in several if str(one or "").strip()))
    for one in wanted:
        kind, _, key = one.partition("/")
        if session.scalar(select(Work.id).where(Work.kind == kind, Work.key == key)) is None:
            raise Invalid(
                f"The library has no work {one!r}.", field=name, reason="unknown-work", value=one
            )
    return wanted if name == "related" else next(iter(wanted), None)


def _records(
    value: Any, field: str, names: tuple[str, ...], *, needed: str
) -> list[dict[str, str]]:
    found = []
    for one in list(value)[:_MOST]:
        record = {
            name: said for name in names if (said := _line(one.get(name), field, longest=300))
        }
        if record and needed not in record:
            raise Invalid("Each line needs a name.", field=field)
        if record:
            found.append(record)
    return found


def _links(value: Any) -> list[dict[str, str]]:
    found = _records(value, "links", ("url", "title"), needed="url")
    for one in found:
        parts = urlsplit(one["url"])
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Invalid(
                f"{one['url']!r} is not a web address.",
                field="links",
                reason="no-address",
                value=one["url"],
            )
    return found
