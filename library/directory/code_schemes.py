"""Code schemes read from the TOML files that ship with the library.

A file holds ``[scheme]`` (key, title per language, version, uri) and one ``[[code]]`` for each code
(code, parent, uri, label per language).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from library.directory.drafts import DirectoryChange
from library.directory.models import Code, CodeLabel, CodeScheme
from library.directory.queries import code_ids, scheme_digests
from library.errors import Damaged, NotFound
from library.jobs import outbox

SCHEMES = Path(__file__).parent / "schemes"
_LABELS_AT_ONCE = 5_000


def load_schemes(session: Session, *, folder: Path = SCHEMES) -> list[DirectoryChange]:
    """Bring the schemes of a folder into the library; files that did not change are not read again.

    A code that has left its file stays, since works may carry it; so do labels and titles that people of
    this library have written. Raises ``Damaged`` with the file's
    name where a file cannot be read as a scheme.
    """
    known = scheme_digests(session)
    changes: list[DirectoryChange] = []
    for file in sorted(folder.glob("*.toml")):
        raw = file.read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        if digest in known.values():
            continue
        scheme, codes = _read(raw, file=file)
        changes.append(_store(session, scheme, codes, digest=digest, known=scheme["key"] in known))
    if changes:
        outbox.touch(session)
    return changes


@dataclass(slots=True)
class CodeDraft:
    """A code as somebody hands it in. None leaves a fact as it is, an empty text takes it away.

    ``labels`` by language; a language that is not there is left alone.
    """

    code: str
    parent: str | None = None
    uri: str | None = None
    labels: dict[str, str] = field(default_factory=dict)


def store_scheme(
    session: Session,
    *,
    key: str,
    version: str | None = None,
    uri: str | None = None,
    titles: Mapping[str, str],
) -> None:
    """Add a scheme, or change its facts; an empty title takes its language away."""
    row = session.scalar(select(CodeScheme).where(CodeScheme.key == key))
    if row is None:
        row = CodeScheme(key=key, titles={}, edited=[])
        session.add(row)
    if version is not None:
        row.version = version
    if uri is not None:
        row.uri = uri or None
    named = {**row.titles, **titles}
    row.titles = {lang: title for lang, title in named.items() if title}
    row.edited = sorted({*row.edited, *titles} & row.titles.keys())
    session.flush()
    outbox.touch(session)


def store_codes(session: Session, *, scheme: str, codes: Sequence[CodeDraft]) -> list[int]:
    """Add codes to a scheme and change those that it has; returns their ids.

    Raises ``NotFound`` for a scheme that the library does not have, or a parent that the scheme has not.
    """
    scheme_id = session.scalar(select(CodeScheme.id).where(CodeScheme.key == scheme))
    if scheme_id is None:
        raise NotFound(f"The library has no scheme {scheme}.")
    ids = code_ids(session, scheme=scheme)
    new = [{"scheme_id": scheme_id, "code": one.code} for one in codes if one.code not in ids]
    if new:
        session.execute(insert(Code), new)
        ids = code_ids(session, scheme=scheme)
    for one in codes:
        facts: dict[str, Any] = {}
        if one.uri is not None:
            facts["uri"] = one.uri or None
        if one.parent is not None:
            if one.parent and one.parent not in ids:
                raise NotFound(f"The scheme {scheme} has no code {one.parent}.")
            facts["parent_id"] = ids[one.parent] if one.parent else None
        if facts:
            session.execute(update(Code).where(Code.id == ids[one.code]).values(**facts))
    by_lang: dict[str, list[int]] = {}
    for one in codes:
        for lang in one.labels:
            by_lang.setdefault(lang, []).append(ids[one.code])
    for lang, changed in by_lang.items():
        for start in range(0, len(changed), _LABELS_AT_ONCE):
            session.execute(
                delete(CodeLabel).where(
                    CodeLabel.lang == lang,
                    CodeLabel.code_id.in_(changed[start : start + _LABELS_AT_ONCE]),
                )
            )
    labels = [
        {"code_id": ids[one.code], "lang": lang, "label": label, "edited": True}
        for one in codes
        for lang, label in one.labels.items()
        if label
    ]
    for start in range(0, len(labels), _LABELS_AT_ONCE):
        session.execute(insert(CodeLabel), labels[start : start + _LABELS_AT_ONCE])
    session.expire_all()
    outbox.touch(session)
    return [ids[one.code] for one in codes]


def remove_codes(session: Session, *, scheme: str, codes: Sequence[str]) -> list[str]:
    """Take codes out of a scheme that nothing carries, which the caller has seen to.

    Those that stay because another code stands below them are returned.
    """
    ids = code_ids(session, scheme=scheme)
    wanted = {ids[code] for code in codes if code in ids}
    while wanted:
        above = set(
            session.scalars(
                select(Code.parent_id).where(Code.parent_id.in_(wanted), Code.id.not_in(wanted))
            )
        )
        if not above:
            break
        wanted -= {id_ for id_ in above if id_ is not None}
    if wanted:
        session.execute(update(Code).where(Code.id.in_(wanted)).values(parent_id=None))
        session.execute(delete(CodeLabel).where(CodeLabel.code_id.in_(wanted)))
        session.execute(delete(Code).where(Code.id.in_(wanted)))
        session.expire_all()
        outbox.touch(session)
    return [code for code in codes if code in ids and ids[code] not in wanted]


def _read(raw: bytes, *, file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    try:
        data = tomllib.loads(raw.decode())
        scheme, codes = data["scheme"], data.get("code", [])
        scheme["key"], scheme["title"]
        named = [(code["code"], code["label"]) for code in codes]
    except (ValueError, KeyError, TypeError) as fault:
        raise Damaged(f"The code scheme {file.name} cannot be read: {fault}.") from fault
    there = {code for code, _ in named}
    if len(there) != len(named):
        raise Damaged(f"The code scheme {file.name} has a code twice.")
    for code in codes:
        if code.get("parent") is not None and code["parent"] not in there:
            raise Damaged(
                f"The code scheme {file.name} puts {code['code']} under {code['parent']}, "
                "which it does not have."
            )
    return scheme, codes


def _store(
    session: Session,
    scheme: dict[str, Any],
    codes: list[dict[str, Any]],
    *,
    digest: str,
    known: bool,
) -> DirectoryChange:
    change = DirectoryChange(kind="scheme", key=scheme["key"], created=not known)
    row = session.scalar(select(CodeScheme).where(CodeScheme.key == scheme["key"]))
    if row is None:
        row = CodeScheme(key=scheme["key"], titles={}, edited=[])
        session.add(row)
    row.version, row.uri = str(scheme.get("version", "")), scheme.get("uri")
    own = {lang: title for lang, title in row.titles.items() if lang in row.edited}
    row.titles, row.digest = {**scheme["title"], **own}, digest
    session.flush()

    ids = code_ids(session, scheme=row.key)
    new = [
        {"scheme_id": row.id, "code": code["code"], "uri": code.get("uri")}
        for code in codes
        if code["code"] not in ids
    ]
    if new:
        session.execute(insert(Code), new)
        ids = code_ids(session, scheme=row.key)
    placed = [
        {
            "id": ids[code["code"]],
            "uri": code.get("uri"),
            "parent_id": ids[code["parent"]] if code.get("parent") is not None else None,
        }
        for code in codes
    ]
    if placed:
        session.execute(update(Code), placed)
    _store_labels(session, codes, ids)
    if known:
        change.facts.append("codes")
    return change


def _store_labels(session: Session, codes: list[dict[str, Any]], ids: dict[str, int]) -> None:
    ours = select(Code.id).where(Code.id.in_([ids[code["code"]] for code in codes]))
    session.execute(
        delete(CodeLabel).where(CodeLabel.code_id.in_(ours), CodeLabel.edited.is_(False))
    )
    edited = {
        (code_id, lang)
        for code_id, lang in session.execute(
            select(CodeLabel.code_id, CodeLabel.lang).where(CodeLabel.code_id.in_(ours))
        )
    }
    labels = [
        {"code_id": ids[code["code"]], "lang": lang, "label": label}
        for code in codes
        for lang, label in code["label"].items()
        if (ids[code["code"]], lang) not in edited
    ]
    for start in range(0, len(labels), _LABELS_AT_ONCE):
        session.execute(insert(CodeLabel), labels[start : start + _LABELS_AT_ONCE])
