"""The source texts that translations were made from, where they are still kept."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.models import Block, BlockText
from library.editorial import revisions
from library.editorial.models import Manuscript
from library.markdown import source_hash

# Reading a revision takes as long as the work is large: the latest ones hold nearly everything.
_REVISIONS: Final = 4


def texts_made_from(
    session: Session, manuscript: Manuscript, wanted: Mapping[uuids.UUID, str]
) -> dict[uuids.UUID, str]:
    """For blocks with the hash of a source text: that text, as published now or in a late revision.

    What is kept nowhere is left out.
    """
    if not wanted:
        return {}
    rows = session.execute(
        select(Block.uuid, BlockText.hash, BlockText.source)
        .join(BlockText, BlockText.block_id == Block.id)
        .where(Block.uuid.in_(list(wanted)), BlockText.lang == manuscript.source_language)
    )
    found = {uuid: source for uuid, digest, source in rows if wanted[uuid] == digest}
    for kept in revisions.revisions(session, manuscript.work_uuid)[:_REVISIONS]:
        if len(found) == len(wanted):
            break
        draft = revisions.draft_in(kept)
        for section, _, _ in draft.root.walk():
            for block in section.texts.get(manuscript.source_language, ()):
                uuid_ = block.uuid
                if uuid_ is None or uuid_ in found or uuid_ not in wanted:
                    continue
                if source_hash(block.parsed.source) == wanted[uuid_]:
                    found[uuid_] = block.parsed.source
    return found
