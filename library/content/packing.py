"""Works as a ZIP of content, sent as it is made: nothing of it is ever whole in memory or on the disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.models import Work, WorkInstitution, WorkPartnership
from library.content import record_export, work_export
from library.content.work_export import FolderContent
from library.directory.models import Institution, Partnership, PartnershipMember
from library.errors import LibraryError
from library.media.port import MediaStore

# The same files give the same archive.
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)


class _Pipe(io.RawIOBase):
    """What is written comes out again in pieces."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        piece = bytes(data)
        self._held.append(piece)
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._at

    def taken(self) -> bytes:
        piece = b"".join(self._held)
        self._held.clear()
        return piece


def chosen(
    session: Session, *, by: Actor, kinds: Sequence[str] = (), institution: str = ""
) -> list[int]:
    """Ids of the works of the library that this person may see drafts of, narrowed down."""
    query: Any = select(Work.id).order_by(Work.kind, Work.key)
    if kinds:
        query = query.where(Work.kind.in_(kinds))
    for keys in ([institution] if institution else None, by.places(Action.SEE_DRAFTS)):
        if keys is not None:
            query = query.where(
                exists().where(
                    WorkInstitution.work_id == Work.id,
                    WorkInstitution.institution_id == Institution.id,
                    Institution.key.in_(sorted(keys)),
                )
            )
    return list(session.scalars(query))


def pack(session: Session, store: MediaStore, works: Sequence[int]) -> Iterator[bytes]:
    """The pieces of an archive of works, with the institutions and partnerships that they name.

    A media file whose bytes cannot be had is left out and named in ``missing.txt``.
    """
    pipe = _Pipe()
    missing: list[str] = []
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder, content in _folders(session, works):
            for at, text in content.texts.items():
                archive.writestr(_entry(f"{folder}/{at}"), text.encode())
                yield pipe.taken()
            for at, sha256 in content.media.items():
                yield from _media(archive, pipe, store, f"{folder}/{at}", sha256, missing)
            # One work at a time in memory, however many there are.
            session.expunge_all()
        if missing:
            archive.writestr(_entry("missing.txt"), "\n".join(missing).encode())
    yield pipe.taken()


def _folders(session: Session, works: Sequence[int]) -> Iterator[tuple[str, FolderContent]]:
    partnerships: set[int] = set()
    institutions: set[int] = set()
    for start in range(0, len(works), 500):
        some = works[start : start + 500]
        partnerships.update(
            session.scalars(
                select(WorkPartnership.partnership_id).where(WorkPartnership.work_id.in_(some))
            )
        )
        institutions.update(
            session.scalars(
                select(WorkInstitution.institution_id).where(WorkInstitution.work_id.in_(some))
            )
        )
    institutions.update(
        session.scalars(
            select(PartnershipMember.institution_id).where(
                PartnershipMember.partnership_id.in_(partnerships)
            )
        )
    )
    for institution in session.scalars(
        select(Institution).where(Institution.id.in_(institutions)).order_by(Institution.key)
    ).all():
        yield f"institution/{institution.key}", record_export.institution(session, institution)
    for partnership in session.scalars(
        select(Partnership).where(Partnership.id.in_(partnerships)).order_by(Partnership.key)
    ).all():
        yield f"partnership/{partnership.key}", record_export.partnership(session, partnership)
    for id_ in works:
        work = session.get(Work, id_)
        if work is not None:
            yield f"{work.kind}/{work.key}", work_export.work(session, work)


def _entry(name: str, *, packed: bool = True) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MOMENT)
    # Media are packed already, most of them; what unpacks to very much would be refused on the way in.
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    info.external_attr = 0o644 << 16
    return info


def _media(
    archive: zipfile.ZipFile,
    pipe: _Pipe,
    store: MediaStore,
    name: str,
    sha256: str,
    missing: list[str],
) -> Iterator[bytes]:
    try:
        # Asked for before its name is written: an entry that was begun cannot be taken back.
        reading = store.open(sha256)
    except LibraryError as error:
        missing.append(f"{name}: {error.message}")
        return
    with (
        reading as pieces,
        archive.open(_entry(name, packed=False), "w", force_zip64=True) as entry,
    ):
        for piece in pieces:
            entry.write(piece)
            yield pipe.taken()
    yield pipe.taken()
