"""Making one paragraph of two."""

from __future__ import annotations

import uuid as uuids
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.db import utc_now
from library.editorial import editing
from library.editorial.models import Manuscript, ManuscriptBlock, ManuscriptText
from library.editorial.writing import LONGEST, block_of
from library.errors import Conflict, Invalid, TooLarge
from library.i18n.tags import script_of
from library.markdown import source_hash, split

# Scripts that write their words without blanks between them.
_UNSPACED: Final = frozenset({"Hans", "Hant", "Jpan", "Thai", "Khmr", "Laoo", "Mymr"})


def join_blocks(
    session: Session,
    manuscript: Manuscript,
    first: uuids.UUID,
    second: uuids.UUID,
    *,
    versions: tuple[int, int],
    by: Actor,
) -> ManuscriptText:
    """Put the second paragraph to the end of the first, in every language; returns the source text.

    ``versions`` are those of the two source texts as whoever asks has seen them. A translation counts as
    made from the whole only where it was made from both parts as they stand. What is two paragraphs
    by its form (a list after a heading, say) cannot be one. Raises ``Conflict`` and ``Invalid``.
    """
    lang = manuscript.source_language
    editing.begin(session, manuscript, Action.WRITE, by=by, lang=lang)
    head, tail = block_of(session, manuscript, first), block_of(session, manuscript, second)
    if head.id == tail.id or head.section_id != tail.section_id:
        raise Conflict("These paragraphs do not stand one after the other any more.")
    if head.role != "body" or tail.role != "body":
        raise Invalid("The title and the summary stay what they are.", field="block")
    heads, tails = _by_lang(session, head), _by_lang(session, tail)
    for texts, version in ((heads, versions[0]), (tails, versions[1])):
        now = texts.get(lang)
        if now is not None and now.version != version:
            raise Conflict(
                "Somebody else has changed this paragraph since you began.",
                version=now.version,
                source=now.source,
                edited_by=now.edited_by,
            )
    whole = joined(_source(heads, lang), _source(tails, lang), lang)
    if len(split(whole)) > 1:
        raise Invalid(
            "These two cannot be one paragraph: they are of different kinds.", field="block"
        )
    hashes = (_hash(heads, lang), _hash(tails, lang))
    for tag in sorted(heads.keys() | tails.keys()):
        one, other = heads.get(tag), tails.get(tag)
        if other is None and tag != lang:
            # The first part is translated and the second is not: it shows as having fallen behind.
            continue
        fresh = (one.made_from if one else None, other.made_from if other else None) == hashes
        source = joined(_source(heads, tag), _source(tails, tag), tag)
        if len(source) > LONGEST:
            raise TooLarge(f"A paragraph has at most {LONGEST} characters.", field="block")
        if one is None:
            one = ManuscriptText(block_id=head.id, lang=tag, version=0, origin="human")
            session.add(one)
        one.source, one.hash = source, source_hash(source)
        if other is not None and "machine" in (one.origin, other.origin):
            one.origin = "machine"
        one.reviewed_by = one.reviewed_at = None
        one.version += 1
        one.edited_by, one.edited_at = by.id, utc_now()
        if tag != lang:
            one.made_from = source_hash(whole) if fresh else one.made_from
    session.flush()
    session.execute(delete(ManuscriptText).where(ManuscriptText.block_id == tail.id))
    session.delete(tail)
    editing.changed(session, manuscript, by=by)
    return session.get_one(ManuscriptText, (head.id, lang))


def joined(first: str, second: str, lang: str) -> str:
    """Two runs of text as one: with a blank between them where the language writes blanks."""
    one, other = first.rstrip(), second.lstrip()
    if not one or not other:
        return one or other
    lists = one.lstrip()[:2] in ("- ", "* ", "1.") and other[:2] in ("- ", "* ", "1.")
    if lists or one.lstrip().startswith(("|", ">")):
        return f"{one}\n{other}"
    return f"{one}{'' if script_of(lang) in _UNSPACED else ' '}{other}"


def _by_lang(session: Session, block: ManuscriptBlock) -> dict[str, ManuscriptText]:
    rows = session.scalars(select(ManuscriptText).where(ManuscriptText.block_id == block.id))
    return {row.lang: row for row in rows}


def _source(texts: dict[str, ManuscriptText], lang: str) -> str:
    return texts[lang].source if lang in texts else ""


def _hash(texts: dict[str, ManuscriptText], lang: str) -> str | None:
    return texts[lang].hash if lang in texts else None
