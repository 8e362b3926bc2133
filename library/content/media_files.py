"""Media in a content folder: whose language a file is, what its bytes are, and into the store."""

from __future__ import annotations

import hashlib
import io
import re
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from library.catalogue.drafts import MediaDraft
from library.catalogue.models import MediaRole
from library.content.faults import Faults
from library.content.text_file import META_LIMIT, unreadable
from library.errors import Invalid, LibraryError
from library.i18n.tags import normalise
from library.media.pictures import measure
from library.media.port import MediaStore
from library.media.subtitles import srt_to_vtt, validate_vtt
from library.media.types import HEAD_BYTES, short_label, sniff
from library.sentences import Sentence
from library.uploads.drawings import require_harmless

_LANGUAGE = re.compile(r"(.+)\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)(\.[^./]+)")
_CHUNK = 1 << 20
_SUBTITLES = frozenset({"text/vtt", "application/x-subrip"})


@dataclass(frozen=True, slots=True)
class MediaSource:
    """A file that becomes media of a work; ``at`` is its path inside the work."""

    path: Path
    at: str
    shown: str
    lang: str | None = None
    title: str | None = None
    licence: str | None = None


def languages_of(paths: Collection[str], *, spoken: Collection[str]) -> dict[str, str]:
    """The language of each file whose name carries one: ``photo.fr.png`` is French.

    A word between dots is a language only where there is something that it could be a version of
    (``photo.png``, or ``film.mp4`` for ``film.th.vtt``) or where the work is in that language, for
    ``jquery.min.js`` is not in Minangkabau.
    """
    stems = {path.rpartition(".")[0] for path in paths}
    found: dict[str, str] = {}
    for path in paths:
        match = _LANGUAGE.fullmatch(path)
        if match is None:
            continue
        try:
            tag = normalise(match[2])
        except Invalid:
            continue
        if tag in spoken or match[1] in stems:
            found[path] = tag
    return found


def sources_of(
    others: Mapping[str, Path],
    *,
    base: str,
    spoken: Collection[str],
    facts: Mapping[str, Mapping[str, str]],
) -> list[MediaSource]:
    """Media sources for the files of a work in order of their paths; ``base`` is its shown path."""
    languages = languages_of(others.keys(), spoken=spoken)
    return [
        MediaSource(
            path=path,
            at=at,
            shown=f"{base}/{at}",
            lang=languages.get(at),
            title=facts.get(at, {}).get("title"),
            licence=facts.get(at, {}).get("licence"),
        )
        for at, path in sorted(others.items())
    ]


def media_draft(
    source: MediaSource, *, store: MediaStore | None, faults: Faults
) -> MediaDraft | None:
    """Look into a file and put its bytes into the store; without a store only look.

    None after a fault: it cannot be read, is empty, is a broken picture or broken subtitles. Bytes that
    are not what the name says are stored as what they are, with a warning. SubRip becomes WebVTT, since
    browsers play nothing else.
    """
    try:
        if not stat.S_ISREG(source.path.stat().st_mode):
            faults.add(source.shown, 0, Sentence("This is not a file that can be read."))
            return None
        with source.path.open("rb") as stream:
            return _draft_from(stream, source, store=store, faults=faults)
    except LibraryError:
        raise
    except OSError as failure:
        faults.add(source.shown, 0, unreadable(failure))
        return None


def _draft_from(
    stream: BinaryIO, source: MediaSource, *, store: MediaStore | None, faults: Faults
) -> MediaDraft | None:
    head = stream.read(HEAD_BYTES)
    if not head:
        faults.add(source.shown, 0, Sentence("The file is empty."))
        return None
    found = sniff(head, source.path.name)
    at, media_type, content = source.at, found.media_type, stream
    if found.claims in _SUBTITLES or media_type in _SUBTITLES:
        stream.seek(0)
        cues = _subtitles(stream, source, media_type, faults)
        if cues is None:
            return None
        if media_type != "text/vtt":
            content, media_type = io.BytesIO(cues.encode()), "text/vtt"
            at = f"{at.rpartition('.')[0]}.vtt"
    elif not found.honest and found.claims is not None:
        faults.warn(
            source.shown,
            0,
            Sentence(
                "The name says %(claimed)s, but the file is %(found)s; it is offered as what it is.",
                claimed=short_label(found.claims),
                found=found.label,
            ),
        )
    size: tuple[int, int] | None = None
    if media_type.startswith("image/"):
        try:
            if media_type == "image/svg+xml":
                stream.seek(0)
                require_harmless(stream)
            size = measure(stream)
        except Invalid as refusal:
            faults.add(source.shown, 0, refusal.sentence)
            return None
    content.seek(0)
    if store is not None:
        stored = store.put(content)
        digest, length = stored.sha256, stored.size
    else:
        digest, length = _digest(content)
    is_subtitles = media_type == "text/vtt" and source.lang is not None
    return MediaDraft(
        path=at,
        name=at.rpartition("/")[2],
        sha256=digest,
        size=length,
        media_type=media_type,
        lang=source.lang,
        role=MediaRole.SUBTITLES if is_subtitles else MediaRole.ORIGINAL,
        width=size[0] if size else None,
        height=size[1] if size else None,
        title=source.title,
        licence=source.licence,
    )


def _subtitles(
    stream: BinaryIO, source: MediaSource, media_type: str, faults: Faults
) -> str | None:
    raw = stream.read(META_LIMIT + 1)
    if len(raw) > META_LIMIT:
        faults.add(source.shown, 0, Sentence("Subtitles of more than 1 MB are a mistake."))
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = raw.count(b"\n", 0, failure.start) + 1
        message, hint = Sentence("The subtitles are not UTF-8."), Sentence("Save them as UTF-8.")
        faults.add(source.shown, line, message, hint=hint)
        return None
    if media_type == "application/x-subrip":
        try:
            return srt_to_vtt(text)
        except LibraryError as refusal:
            at = refusal.details.get("line", 0)
            faults.add(source.shown, at if isinstance(at, int) else 0, refusal.sentence)
            return None
    before = len(faults)
    for fault in validate_vtt(text):
        faults.add(source.shown, fault.line, fault.message)
    return text if len(faults) == before else None


def _digest(stream: BinaryIO) -> tuple[str, int]:
    digest = hashlib.sha256()
    length = 0
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        length += len(chunk)
    return digest.hexdigest(), length
