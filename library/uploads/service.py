"""Writes about uploads: begun, arrived, described, tried again, taken away; and bytes that are held.

One function each, which every entrance shares: the page, tus, parts at the object store.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from library.accounts import log
from library.accounts.permissions import Action, Actor
from library.catalogue.models import Making, MakingState, MediaFile, Work
from library.db import utc_now
from library.directory.models import Institution
from library.errors import Conflict, Invalid, NotFound, TooLarge, TooMany
from library.i18n.tags import normalise
from library.media.disposition import safe_name
from library.media.port import is_address
from library.uploads.models import (
    Leftover,
    MediaHold,
    Upload,
    UploadState,
    UploadText,
    Way,
)
from library.uploads.reasons import Reason, sentence

EXPIRES: Final = dt.timedelta(days=7)
"""How long an upload that has not arrived is kept after its last byte."""

LONGEST_TEXT: Final = 2_000
"""Characters of a title, an author, a licence or an alternative text."""

MOST_OPEN: Final = 500
"""Uploads of one person that have not arrived yet."""

_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,59}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken: bytes of one file, bytes of one institution in all (None for no limit).

    ``own`` holds what some institutions may have instead, by key (0 for no limit).
    """

    largest: int
    quota: int | None
    own: Mapping[str, int] = field(default_factory=dict)

    def quota_of(self, institution: str) -> int | None:
        return self.own.get(institution, self.quota) or None

    def with_room(self, institution: str, size: int) -> Limits:
        """These limits with ``size`` bytes more for one institution."""
        quota = self.quota_of(institution)
        return self if quota is None else replace(self, own={**self.own, institution: quota + size})


def begin(
    session: Session,
    *,
    institution: str,
    name: str,
    size: int,
    claimed_type: str = "",
    claimed_sha256: str | None = None,
    way: Way = Way.SERVER,
    piece: bool = False,
    limits: Limits,
    by: Actor,
) -> Upload:
    """A file is announced. Nothing of it is here yet, and everything that can be said now is said.

    Raises ``Forbidden``, ``NotFound`` for an institution, ``Invalid`` (``field``), ``TooLarge``
    (``reason``: too large, or no room in the quota).
    """
    by.require(Action.UPLOAD, institutions=[institution])
    # Held to the end of the transaction: two that begin at once must not share the last room.
    known = session.scalar(
        select(Institution.id).where(Institution.key == institution).with_for_update()
    )
    if known is None:
        raise NotFound(f"There is no institution {institution!r}.", field="institution")
    _require_size(session, institution, size, limits)
    open_ = session.scalar(
        select(func.count()).where(Upload.person_id == by.id, Upload.state == UploadState.RECEIVING)
    )
    if (open_ or 0) >= MOST_OPEN:
        raise TooMany(f"{MOST_OPEN} files of yours are on their way; let them arrive first.")
    if claimed_sha256 is not None and not is_address(claimed_sha256):
        raise Invalid("The checksum is not a SHA-256 in lower-case digits.", field="sha256")
    now = utc_now()
    upload = Upload(
        institution=institution,
        person_id=by.id,
        name=safe_name(name),
        size=size,
        claimed_type=claimed_type if _TYPE.fullmatch(claimed_type) else "",
        claimed_sha256=claimed_sha256,
        way=way,
        piece=piece,
        made_at=now,
        touched_at=now,
        expires=now + EXPIRES,
    )
    session.add(upload)
    session.flush()
    return upload


def begin_known(
    session: Session,
    *,
    institution: str,
    name: str,
    sha256: str,
    size: int,
    limits: Limits,
    by: Actor,
) -> Upload:
    """A file whose bytes are here already and may be seen by ``by``: it arrives without being sent."""
    upload = begin(
        session,
        institution=institution,
        name=name,
        size=size,
        claimed_sha256=sha256,
        way=Way.KNOWN,
        limits=limits,
        by=by,
    )
    arrive(upload, size)
    return upload


@dataclass(frozen=True, slots=True)
class Kept:
    """A small file that came with something else, was looked at and is in the store."""

    name: str
    sha256: str
    size: int
    media_type: str
    width: int | None = None
    height: int | None = None


def keep(
    session: Session, *, institution: str, files: Sequence[Kept], limits: Limits, by: Actor
) -> list[Upload]:
    """Files that did not come by themselves count like any other: pasted pictures, those of a document.

    What the institution has already is not counted twice. Raises ``Forbidden``, ``NotFound`` for an
    institution, ``TooLarge`` where they do not fit into its quota together.
    """
    by.require(Action.UPLOAD, institutions=[institution])
    known = session.scalar(
        select(Institution.id).where(Institution.key == institution).with_for_update()
    )
    if known is None:
        raise NotFound(f"There is no institution {institution!r}.", field="institution")
    wanted = {one.sha256: one for one in files}
    there: dict[str, Upload] = {}
    for upload in session.scalars(
        select(Upload)
        .where(Upload.sha256.in_(wanted), Upload.institution == institution)
        .where(Upload.state == UploadState.READY)
        .order_by(Upload.id.desc())
    ):
        there[upload.sha256 or ""] = upload
    new = [one for one in wanted.values() if one.sha256 not in there]
    if new:
        size = sum(one.size for one in new)
        _require_size(
            session, institution, size, replace(limits, largest=max(size, limits.largest))
        )
    now = utc_now()
    for one in new:
        upload = Upload(
            institution=institution,
            person_id=by.id,
            name=safe_name(one.name),
            size=one.size,
            arrived=one.size,
            state=UploadState.READY,
            sha256=one.sha256,
            sent_sha256=one.sha256,
            media_type=one.media_type,
            width=one.width,
            height=one.height,
            way=Way.SERVER,
            made_at=now,
            expires=now + EXPIRES,
        )
        session.add(upload)
        forget_leftover(session, one.sha256)
        there[one.sha256] = upload
    for upload in there.values():
        upload.touched_at = now
    session.flush()
    return [there[one.sha256] for one in files]


def require_claim(upload: Upload, sha256: str) -> None:
    """Raises ``Invalid`` for what is no checksum, ``Conflict`` where another one was announced."""
    if not is_address(sha256):
        raise Invalid("The checksum is not a SHA-256 in lower-case digits.", field="sha256")
    if upload.claimed_sha256 not in (None, sha256):
        raise Conflict("Another checksum was announced for this file.", reason="checksum")


def claim(upload: Upload, sha256: str) -> None:
    """The sender says the checksum of the whole file, at the latest with its last byte.

    Raises as `require_claim` does.
    """
    if upload.state == UploadState.RECEIVING:
        require_claim(upload, sha256)
        upload.claimed_sha256 = sha256


def progress(upload: Upload, offset: int) -> None:
    """Note how far a file has come; all of it means that the worker looks at it."""
    if upload.state != UploadState.RECEIVING:
        return
    now = utc_now()
    upload.arrived = offset
    upload.touched_at = now
    upload.expires = now + EXPIRES
    if offset >= upload.size and not upload.piece:
        arrive(upload, offset)


def arrive(upload: Upload, size: int) -> None:
    """All bytes are here: from now on the worker looks at what they are."""
    if upload.state != UploadState.RECEIVING:
        return
    upload.arrived = size
    upload.state = UploadState.CHECKING
    upload.touched_at = utc_now()
    upload.next_try = None
    upload.attempts = 0


def describe(
    session: Session,
    upload: Upload,
    *,
    title: str,
    author: str,
    licence: str,
    alt: Mapping[str, str],
    by: Actor,
) -> None:
    """Say what a file is. A language that ``alt`` does not name is left as it is; "" takes it away."""
    by.require(Action.UPLOAD, institutions=[upload.institution])
    for fact, said in (("title", title), ("author", author), ("licence", licence)):
        if len(said) > LONGEST_TEXT:
            raise Invalid(f"The {fact} is longer than {LONGEST_TEXT} characters.", field=fact)
        setattr(upload, fact, said.strip() or None)
    for tag, words in alt.items():
        lang = normalise(tag)
        if len(words) > LONGEST_TEXT:
            raise Invalid(
                f"This text is longer than {LONGEST_TEXT} characters.", field=f"alt-{lang}"
            )
        row = session.get(UploadText, (upload.id, lang))
        if not words.strip():
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(UploadText(upload_id=upload.id, lang=lang, alt=words.strip()))
        else:
            row.alt = words.strip()
    upload.touched_at = utc_now()


def retry(session: Session, upload: Upload, *, by: Actor) -> None:
    """Try again what failed: looking at the file, or making small versions of it.

    Raises ``Conflict`` where nothing failed.
    """
    by.require(Action.UPLOAD, institutions=[upload.institution])
    now = utc_now()
    if upload.state == UploadState.FAILED:
        upload.state = UploadState.CHECKING
        upload.reason, upload.reason_facts = None, {}
        upload.attempts, upload.next_try, upload.touched_at = 0, None, now
        return
    making = session.get(Making, upload.sha256) if upload.sha256 else None
    if making is None or making.state != MakingState.FAILED:
        raise Conflict("Nothing of this file has failed.")
    making.state, making.note = MakingState.WAITING, None
    making.attempts, making.next_try = 0, None


def remove(session: Session, upload: Upload, *, by: Actor | None) -> None:
    """Take a file away. Raises ``Conflict`` where somebody uses its bytes; ``by`` None is the sweeper.

    Its bytes go later, if then nobody has them (`library.uploads.sweeping`). What has arrived of it in
    the spool folder or the object store is the caller's to remove.
    """
    if by is not None:
        by.require(Action.UPLOAD, institutions=[upload.institution])
        holders = uses(session, [upload.sha256] if upload.sha256 else [])
        if upload.state == UploadState.READY and holders and _is_last(session, upload):
            raise Conflict("This file is used, so it cannot be taken away.", reason="used")
        if upload.state == UploadState.READY:
            log.record(
                session,
                by=by,
                did="took a file away",
                subject=f"upload/{upload.uuid}",
                details={"file": upload.name, "institution": upload.institution},
            )
    if upload.sha256:
        leave_over(session, upload.sha256)
    session.delete(upload)
    session.flush()


@dataclass(frozen=True, slots=True)
class Use:
    """Who needs some bytes: ``holder`` as in `MediaHold`, or ``kind/key`` of a work, and its title."""

    holder: str
    label: str


def uses(session: Session, digests: list[str]) -> dict[str, list[Use]]:
    """Who uses these bytes: works of the library and whoever holds them. Unused ones are left out."""
    found: dict[str, list[Use]] = {}
    if not digests:
        return found
    rows = session.execute(
        select(MediaFile.sha256, Work.kind, Work.key)
        .join(Work, Work.id == MediaFile.work_id)
        .where(MediaFile.sha256.in_(digests))
        .order_by(Work.kind, Work.key)
        .distinct()
    )
    for sha256, kind, key in rows:
        found.setdefault(sha256, []).append(Use(f"{kind}/{key}", key))
    for hold_ in session.scalars(
        select(MediaHold).where(MediaHold.sha256.in_(digests)).order_by(MediaHold.holder)
    ):
        found.setdefault(hold_.sha256, []).append(Use(hold_.holder, hold_.label))
    return found


def hold(
    session: Session, *, holder: str, digests: Mapping[str, str] | set[str], label: str
) -> None:
    """Make ``digests`` all that ``holder`` holds: no sweep touches their bytes, no page removes them.

    Call it with an empty set to let go of everything.
    """
    wanted = set(digests)
    rows = {
        row.sha256: row
        for row in session.scalars(select(MediaHold).where(MediaHold.holder == holder))
    }
    for sha256, row in rows.items():
        if sha256 not in wanted:
            session.delete(row)
            leave_over(session, sha256)
        else:
            row.label = label
    for sha256 in sorted(wanted - rows.keys()):
        session.add(MediaHold(sha256=sha256, holder=holder, label=label))
    session.flush()


def release(session: Session, *, holder: str) -> None:
    """Let go of everything that ``holder`` holds."""
    hold(session, holder=holder, digests=set(), label="")


def used_bytes(session: Session, institution: str) -> int:
    """Bytes that count towards an institution's quota: each file once, and what is announced."""
    ready = (
        select(Upload.sha256, func.max(Upload.size).label("size"))
        .where(Upload.institution == institution, Upload.state == UploadState.READY)
        .group_by(Upload.sha256)
        .subquery()
    )
    here = session.scalar(select(func.sum(ready.c.size))) or 0
    coming = session.scalar(
        select(func.sum(Upload.size)).where(
            Upload.institution == institution,
            or_(Upload.state == UploadState.RECEIVING, Upload.state == UploadState.CHECKING),
        )
    )
    return int(here) + int(coming or 0)


def leave_over(session: Session, sha256: str) -> None:
    """Nobody may have these bytes any more: whether that is so is asked in a day."""
    row = session.get(Leftover, sha256)
    if row is None:
        session.add(Leftover(sha256=sha256))
    else:
        row.since = utc_now()


def forget_leftover(session: Session, sha256: str) -> None:
    """The bytes are gone, or somebody has them again."""
    session.execute(delete(Leftover).where(Leftover.sha256 == sha256))


def by_uuid(session: Session, key: uuid.UUID, *, by: Actor, write: bool = False) -> Upload:
    """An upload that ``by`` may see. Raises ``NotFound`` as well where it is not theirs to see."""
    statement = select(Upload).where(Upload.uuid == key)
    upload = session.scalar(statement.with_for_update() if write else statement)
    if upload is None or not (
        by.may(Action.UPLOAD, institutions=[upload.institution])
        or by.may(Action.SEE_DRAFTS, institutions=[upload.institution])
    ):
        raise NotFound("There is no such upload.")
    if write:
        by.require(Action.UPLOAD, institutions=[upload.institution])
    return upload


def require_upload(upload: Upload, *, by: Actor) -> None:
    """Raises ``Forbidden`` where ``by`` may see an upload and may not change it."""
    by.require(Action.UPLOAD, institutions=[upload.institution])


def conflict(offset: int) -> Conflict:
    """The client goes on from where the file is not."""
    return Conflict(f"This file has {offset} bytes here; go on from there.", offset=offset)


def _require_size(session: Session, institution: str, size: int, limits: Limits) -> None:
    if size == 0:
        raise Invalid(sentence(Reason.EMPTY, {}), field="size", reason=Reason.EMPTY.value)
    if size < 0:
        raise Invalid("The size of a file is a number of bytes.", field="size")
    facts: dict[str, int] = {"size": size, "limit": limits.largest}
    if size > limits.largest:
        raise TooLarge(
            sentence(Reason.TOO_LARGE, facts),
            field="size",
            reason=Reason.TOO_LARGE.value,
            size=size,
            limit=limits.largest,
        )
    quota = limits.quota_of(institution)
    if quota is None:
        return
    left = max(0, quota - used_bytes(session, institution))
    if size > left:
        raise TooLarge(
            sentence(Reason.QUOTA, {"left": left, "size": size}),
            field="size",
            reason=Reason.QUOTA.value,
            left=left,
            size=size,
        )


def _is_last(session: Session, upload: Upload) -> bool:
    """Whether no other upload has the same bytes: then who uses them would lose sight of them."""
    other = session.scalar(
        select(Upload.id)
        .where(Upload.sha256 == upload.sha256, Upload.id != upload.id)
        .where(Upload.state == UploadState.READY, Upload.institution == upload.institution)
        .limit(1)
    )
    return other is None
