"""From the text of one file to block drafts: title, summary, body, and what the markers say."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping

from library.catalogue.drafts import BlockDraft
from library.catalogue.models import Origin
from library.content.faults import Faults, shown, suggestion
from library.content.meta import as_uuid
from library.errors import Invalid
from library.markdown import BlockKind, Marker, ParsedBlock, plain_text, split
from library.sentences import NOTHING, Sentence

# Blocks that say nothing to a reader and may stand above a title.
SILENT = frozenset({BlockKind.COMMENT, BlockKind.REFERENCE})
FACTS = ("uuid", "origin", "from", "reviewed", "by")
LONGEST_LABEL = 60
LONGEST_NAME = 200
LONGEST_HASH = 32


def block_drafts(
    text: str,
    *,
    place: str,
    faults: Faults,
    is_root: bool,
    roles: Mapping[str, str] | None = None,
) -> list[BlockDraft]:
    """The blocks of a file, in order; empty for a file without text.

    ``place`` is the file as the person named it. ``roles`` are the roles that named blocks have in the
    source language: a paragraph that is body there is no summary here, whatever stands above it.
    Faults: a marker that is none, a name given twice, text without a title or above it.
    """
    try:
        parsed = split(text)
    except Invalid as refusal:
        line = refusal.details.get("line", 0)
        faults.add(place, line if isinstance(line, int) else 0, refusal.sentence)
        return []
    drafts = [draft_of(block, place=place, faults=faults) for block in parsed]
    _refuse_repeated(drafts, place, faults)
    if any(block.kind not in SILENT for block in parsed):
        _give_roles(drafts, place=place, faults=faults, is_root=is_root, roles=roles or {})
    return drafts


def name_of(draft: BlockDraft) -> str | None:
    """What the files of one section are joined by: the block's uuid, else its label."""
    return str(draft.uuid) if draft.uuid else draft.label


def _give_roles(
    drafts: list[BlockDraft],
    *,
    place: str,
    faults: Faults,
    is_root: bool,
    roles: Mapping[str, str],
) -> None:
    at = next(n for n, draft in enumerate(drafts) if draft.parsed.kind not in SILENT)
    first = drafts[at]
    if first.parsed.kind is not BlockKind.HEADING or first.parsed.level != 1:
        later = next((d for d in drafts if d.parsed.level == 1), None)
        if later is None:
            message = Sentence("The text has no title.")
            hint = Sentence("Begin with a line such as “# Title”.")
        else:
            message = Sentence(
                "Text stands above the title on line %(line)s.", line=later.parsed.line
            )
            hint = Sentence("Move it below.")
        faults.add(place, first.parsed.line, message, hint=hint)
        return
    if not plain_text(first.parsed.source, kind=BlockKind.HEADING).strip():
        faults.add(place, first.parsed.line, Sentence("The title is empty."))
        return
    first.role = "title"
    if not is_root:
        return
    after = next((d for d in drafts[at + 1 :] if d.parsed.kind not in SILENT), None)
    if after is None or after.parsed.kind is not BlockKind.PARAGRAPH:
        return
    name = name_of(after)
    if name is None or roles.get(name, "summary") == "summary":
        after.role = "summary"


def draft_of(block: ParsedBlock, *, place: str, faults: Faults) -> BlockDraft:
    """One block with the facts of its marker."""
    draft = BlockDraft(parsed=block)
    marker = block.marker
    if marker is None:
        return draft
    draft.uuid = as_uuid(marker.id)
    if draft.uuid is None:
        draft.label = marker.id
        if len(marker.id) > LONGEST_LABEL:
            message = Sentence(
                "The block's name is longer than %(number)s characters.", number=LONGEST_LABEL
            )
            faults.add(place, marker.line, message)
    for fact, escaped in marker.facts.items():
        _read_fact(draft, marker, fact, html.unescape(escaped), place, faults)
    if draft.reviewed_by and draft.reviewed_at is None:
        faults.add(
            place,
            marker.line,
            Sentence("The marker says by whom the text was reviewed, but not when."),
            hint=Sentence("Add %(fact)s.", fact="reviewed=2026-11-02"),
        )
    return draft


def _read_fact(
    draft: BlockDraft, marker: Marker, fact: str, value: str, place: str, faults: Faults
) -> None:
    def fault(message: Sentence, hint: Sentence = NOTHING) -> None:
        faults.add(place, marker.line, message, hint=hint)

    if fact == "uuid":
        found = as_uuid(value)
        if found is None or draft.uuid not in (None, found):
            fault(Sentence("“%(value)s” is not the UUID of this block.", value=shown(value)))
        draft.uuid = found
    elif fact == "origin":
        if value in tuple(Origin):
            draft.origin = value
        else:
            fault(
                Sentence(
                    "“%(value)s” is not an origin (%(known)s).",
                    value=shown(value),
                    known=tuple(str(one) for one in Origin),
                ),
                suggestion(value, tuple(Origin)),
            )
    elif fact == "from":
        if 0 < len(value) <= LONGEST_HASH:
            draft.made_from = value
        else:
            fault(Sentence("“%(value)s” is not a hash.", value=shown(value)))
    elif fact == "reviewed":
        draft.reviewed_at = _moment(value)
        if draft.reviewed_at is None:
            fault(
                Sentence("“%(value)s” is not a date.", value=shown(value)),
                Sentence("Write it as 2026-11-02."),
            )
    elif fact == "by":
        if value.strip() and len(value) <= LONGEST_NAME:
            draft.reviewed_by = value
        else:
            fault(
                Sentence("The name of a reviewer has 1 to %(most)s characters.", most=LONGEST_NAME)
            )
    else:
        fault(
            Sentence(
                "A marker has no fact “%(fact)s” (it has %(known)s).",
                fact=shown(fact),
                known=FACTS,
            ),
            suggestion(fact, FACTS),
        )


def _moment(written: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        return None
    if not 1900 <= moment.year < 3000:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC).replace(microsecond=0)


def _refuse_repeated(drafts: list[BlockDraft], place: str, faults: Faults) -> None:
    seen: dict[str, int] = {}
    for draft in drafts:
        name = name_of(draft)
        if name is None or draft.parsed.marker is None:
            continue
        line = draft.parsed.marker.line
        if name in seen:
            faults.add(
                place,
                line,
                Sentence(
                    "The block “%(block)s” is here twice; the first is on line %(line)s.",
                    block=shown(name),
                    line=seen[name],
                ),
            )
        seen.setdefault(name, line)
