"""Beginning a work from a document: Word, EPUB, HTML, PDF or Markdown."""

from __future__ import annotations

import dataclasses
import tempfile
import threading
import uuid as uuids
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Response, g, request
from flask_babel import gettext, ngettext  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.catalogue.drafts import EditionDraft, MediaDraft, WorkDraft
from library.catalogue.models import WORK_KINDS
from library.editorial import comments, manuscripts
from library.editorial.models import Manuscript
from library.errors import Conflict, Invalid, LibraryError, Malformed, TooLarge, Unavailable
from library.http import person
from library.http.forms import Form, one_line
from library.http.incoming import away
from library.http.language import page_language
from library.http.services import services, session, writing
from library.uploads import queries as uploads
from library.uploads import service
from library.uploads.models import Upload, UploadState
from library.uploads.service import Kept, Limits
from library.web.desk import frame
from library.web.desk.frame import blueprint
from library.web.desk.refusals import said
from library.web.desk.work_beginnings import (
    crumbs,
    free_key,
    language_of,
    offered,
    refuse,
)

if TYPE_CHECKING:
    from library.content.documents import DocumentReading, Note

#: Bytes of a file that comes with the form; larger ones are uploaded first.
LARGEST: Final = 25_000_000
_MULTIPART: Final = 100_000
_CHOICES: Final = 50
_LONGEST_COMMENT: Final = 4_500
#: Documents that a process reads at once, and seconds to wait for a turn.
AT_ONCE: Final = 2
_PATIENCE: Final = 60.0
_TURNS: Final = threading.BoundedSemaphore(AT_ONCE)


@blueprint.url_value_preprocessor
def _room_for_a_file(endpoint: str | None, _values: Any) -> None:
    """These forms may be larger than others; told before anything reads them."""
    if endpoint == "desk.work_from_document":
        request.max_content_length = LARGEST + _MULTIPART


@blueprint.get("/works/new/document")
def work_document() -> Response:
    by = _starter()
    form = Form({"upload": request.args.get("upload", ""), "kind": "course"})
    return _page(form, by)


@blueprint.post("/works/new/document")
def work_from_document() -> Answer:
    """Read the file in a process of its own, then begin a work from what was found in it."""
    by = _starter()
    form = Form.read()
    lang = language_of(form, needed=False)
    if form.text("kind") not in WORK_KINDS:
        form.refuse("kind", gettext("Choose what it is."))
    if form.ok:
        try:
            with tempfile.TemporaryDirectory(prefix="document-") as made:
                institution = form.text("institution")
                # Asked before anything is read or stored for a place where nothing may be begun.
                by.require(Action.START_WORK, institutions=[institution] if institution else [])
                path, name, upload = _file(form, Path(made), by)
                _let_go()
                pictures = Path(made) / "pictures"
                pictures.mkdir()
                reading = _read(path, name=name, folder=pictures, lang=lang)
                files = _stored(reading, pictures)
                try:
                    with writing() as transaction:
                        manuscript = _begun(transaction, form, reading, files, upload, by)
                        uuid = manuscript.uuid
                except LibraryError:
                    with writing() as transaction:
                        for one in files:
                            service.leave_over(transaction, one.sha256)
                    raise
            return frame.leave_for(frame.to("manuscript", uuid=uuid), notice="read")
        except (Invalid, Conflict) as error:
            refuse(form, error)
        except (Malformed, TooLarge) as error:
            form.refuse("file", said(error))
    return _page(form, by, status=422)


def _starter() -> Actor:
    by = person.actor()
    if not by.may_somewhere(Action.START_WORK):
        by.require(Action.START_WORK)
    return by


def _file(form: Form, folder: Path, by: Actor) -> tuple[Path, str, uuids.UUID | None]:
    """The file of the form, or one that was uploaded before: path, its own name, the upload."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        path = folder / "document"
        sent.save(path)
        return path, sent.filename, None
    chosen = form.text("upload")
    if not chosen:
        raise Invalid(gettext("Choose a file."), field="file")
    try:
        ready = uploads.ready(session(), uuids.UUID(chosen), by=by)
    except ValueError:
        raise Invalid(gettext("Choose a file."), field="upload") from None
    store = services().store
    path = folder / "document"
    with store.open(ready.sha256) as reading, path.open("wb") as file:
        for piece in reading:
            file.write(piece)
    return path, ready.name, ready.uuid


def _let_go() -> None:
    """End the reading transaction: a document may take a minute."""
    opened = g.pop("session", None)
    if opened is not None:
        opened.close()


def _read(path: Path, *, name: str, folder: Path, lang: str) -> DocumentReading:
    from library.content.documents import read_document_safely

    try:
        # A document may take two minutes and much memory: readers' pages do not wait for it, and no more
        # than a few are read at a time.
        with away():
            if not _TURNS.acquire(timeout=_PATIENCE):
                raise Unavailable("Other documents are being read now; try again in a minute.")
            try:
                return read_document_safely(path, name=name, folder=folder, lang=lang or None)
            finally:
                _TURNS.release()
    except (Malformed, TooLarge):
        raise
    except LibraryError as error:
        raise Invalid(said(error), field="file") from None


def _stored(reading: DocumentReading, folder: Path) -> list[MediaDraft]:
    """Put the pictures into the store; equal bytes are one file there."""
    store = services().store
    files = []
    for picture in reading.pictures:
        with _opened(folder, picture.name) as stream:
            stored = store.put(stream)
        files.append(
            MediaDraft(
                path=picture.path,
                name=picture.path,
                sha256=stored.sha256,
                size=stored.size,
                media_type=picture.media_type,
                width=picture.width,
                height=picture.height,
            )
        )
    return files


@contextmanager
def _opened(folder: Path, name: str) -> Iterator[Any]:
    """A file that the reader has written, and nothing that its name could lead to."""
    path = folder / Path(name).name
    if path.is_symlink():
        raise Invalid(gettext("This document cannot be read."), field="file")
    with path.open("rb") as stream:
        yield stream


def _begun(
    transaction: Session,
    form: Form,
    reading: DocumentReading,
    files: list[MediaDraft],
    upload: uuids.UUID | None,
    by: Actor,
) -> Manuscript:
    title = one_line(form.text("title", longest=500))
    institution = form.text("institution")
    lang = reading.lang
    if title:
        for block in reading.root.texts.get(lang, []):
            if block.role == "title":
                block.parsed = dataclasses.replace(block.parsed, source=f"# {title}")
    draft = WorkDraft(
        kind=form.text("kind"),
        key=free_key(transaction, form, title or reading.title),
        source_language=lang,
        licence=form.text("licence", longest=200) or reading.licence,
        root=reading.root,
        institutions=[institution] if institution else [],
        contributors=[{"name": name, "role": "author"} for name in reading.authors],
        editions={lang: EditionDraft()},
        media=files,
    )
    manuscript = manuscripts.start(transaction, draft, by=by)
    if institution and files:
        settings = services().settings
        service.keep(
            transaction,
            institution=institution,
            files=[
                Kept(
                    file.name.rpartition("/")[2],
                    file.sha256,
                    file.size,
                    file.media_type,
                    file.width,
                    file.height,
                )
                for file in files
            ],
            limits=Limits(settings.upload_largest, settings.upload_quota or None),
            by=by,
        )
    for text in _remarks(reading.notes):
        comments.comment(transaction, manuscript, text=text, by=by)
    del upload
    return manuscript


def _remarks(notes: list[Note]) -> list[str]:
    """What was not carried over, as comments on the manuscript: seen by all, settled when it is done."""
    if not notes:
        return []
    lines = [gettext("What is to be looked at after reading the document:")]
    for note in notes:
        values = {name: str(value) for name, value in note.values.items()}
        line = gettext(note.message)
        if values:
            line = line % values
        if note.count > 1:
            line += " " + ngettext("(%(num)s time)", "(%(num)s times)", note.count)
        if note.places:
            line += f" [{', '.join(note.places[:5])}]"
        lines.append(f"– {line}")
    texts, held = [], ""
    for line in lines:
        if len(held) + len(line) > _LONGEST_COMMENT:
            texts.append(held)
            held = ""
        held += f"{line[:1000]}\n"
    return [*texts, held]


def _page(form: Form, by: Actor, *, status: int = 200) -> Response:
    from library.content.documents import READABLE

    places = by.places(Action.SEE_DRAFTS)
    query = (
        select(Upload.uuid, Upload.name, Upload.title, Upload.made_at)
        .where(
            Upload.state == UploadState.READY,
            Upload.piece.is_(False),
            Upload.media_type.in_(sorted(READABLE)),
        )
        .order_by(Upload.id.desc())
        .limit(_CHOICES)
    )
    if places is not None:
        query = query.where(Upload.institution.in_(sorted(places)))
    ready = [(str(row.uuid), row.name) for row in session().execute(query)]
    return frame.show(
        "desk/work_document.html",
        title=gettext("A work from a document"),
        nav="works",
        crumbs=crumbs(gettext("A work from a document")),
        status=status,
        form=form,
        ready=[("", gettext("None: I send the file above")), *ready] if ready else [],
        largest=LARGEST,
        page_lang=page_language(),
        **offered(by),
    )
