"""A whole work as bytes, and back: what a revision keeps.

The form is JSON with sorted keys, so that equal works give equal bytes and one digest; compressed, a
lesson in two languages takes a few kilobytes. Fields with their default values are left out, so that a
field added later leaves the digests of old revisions as they were.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import uuid
import zlib
from typing import Any, Final

from library.catalogue.drafts import (
    BlockDraft,
    EditionDraft,
    MediaDraft,
    SectionDraft,
    WorkDraft,
)
from library.errors import Damaged
from library.markdown import BlockKind, ParsedBlock

FORMAT: Final = 1
# A work of this many bytes of text is no work that somebody wrote.
LARGEST: Final = 500_000_000


def pack(draft: WorkDraft) -> tuple[bytes, str]:
    """The compressed form of a draft, and its digest (SHA-256, hex)."""
    plain = json.dumps(
        {"format": FORMAT, "work": _plain(draft)},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    ).encode("utf-8", "surrogatepass")
    return zlib.compress(plain, 6), hashlib.sha256(plain).hexdigest()


def unpack(content: bytes, *, digest: str) -> WorkDraft:
    """The draft that was packed. Raises ``Damaged`` where the bytes are not those that were kept."""
    try:
        opened = zlib.decompressobj()
        plain = opened.decompress(content, LARGEST)
        if opened.unconsumed_tail or hashlib.sha256(plain).hexdigest() != digest:
            raise Damaged("The text of this revision is not what was kept.")
        kept = json.loads(plain.decode("utf-8", "surrogatepass"))
    except (zlib.error, ValueError) as error:
        raise Damaged("The text of this revision cannot be read.") from error
    if kept["format"] != FORMAT:
        raise Damaged(f"The text of this revision is of the unknown format {kept['format']}.")
    return _work(kept["work"])


def _plain(value: Any) -> Any:
    """Data classes as objects without the fields that say nothing, everything else as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, ParsedBlock):
            kept: dict[str, Any] = {"kind": str(value.kind), "source": value.source}
            return kept | ({"level": value.level} if value.level else {})
        found = {}
        for one in dataclasses.fields(value):
            said = getattr(value, one.name)
            if said is None or said in ([], {}) or said == one.default:
                continue
            found[one.name] = _plain(said)
        return found
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value


def _work(kept: dict[str, Any]) -> WorkDraft:
    kept = dict(kept)
    kept["root"] = _section(kept["root"])
    kept["editions"] = {
        lang: EditionDraft(**said) for lang, said in kept.get("editions", {}).items()
    }
    kept["media"] = [MediaDraft(**said) for said in kept.get("media", ())]
    _revive(kept, "uuid", uuid.UUID)
    _revive(kept, "published_at", dt.datetime.fromisoformat)
    return WorkDraft(**kept)


def _section(kept: dict[str, Any]) -> SectionDraft:
    kept = dict(kept)
    kept["texts"] = {
        lang: [_block(said) for said in blocks] for lang, blocks in kept.get("texts", {}).items()
    }
    kept["sections"] = [_section(below) for below in kept.get("sections", ())]
    _revive(kept, "uuid", uuid.UUID)
    return SectionDraft(**kept)


def _block(kept: dict[str, Any]) -> BlockDraft:
    kept = dict(kept)
    parsed = kept["parsed"]
    kept["parsed"] = ParsedBlock(
        BlockKind(parsed["kind"]), parsed["source"], 0, parsed.get("level", 0)
    )
    _revive(kept, "uuid", uuid.UUID)
    _revive(kept, "reviewed_at", dt.datetime.fromisoformat)
    return BlockDraft(**kept)


def _revive(kept: dict[str, Any], name: str, read: Any) -> None:
    if name in kept:
        kept[name] = read(kept[name])
