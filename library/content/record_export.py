"""Institutions, partnerships and concepts as the files of their content folders."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.content.folder import META
from library.content.toml_writer import document
from library.content.work_export import FolderContent
from library.directory.models import (
    Institution,
    InstitutionText,
    Partnership,
    PartnershipMember,
    PartnershipText,
)
from library.terms.drafts import LanguageDraft, TermDraft
from library.terms.models import Concept
from library.terms.queries import languages_of

_LINE_ENDS = re.compile(r"[ \t]*[\r\n]+[ \t]*")
# Read as a heading's closing signs, this would be lost.
_CLOSING_SIGNS = re.compile(r"(?<=[ \t])(#+)$")


def institution(session: Session, row: Institution) -> FolderContent:
    """The folder of an institution."""
    content = FolderContent()
    content.texts[META] = document(
        {
            "source_language": row.source_language,
            "uuid": row.uuid,
            "type": row.type,
            "country": row.country,
            "city": row.city,
            "website": row.website,
            "source": row.source,
            "sample": row.sample or None,
        }
    )
    _write_texts(
        content,
        session.scalars(
            select(InstitutionText)
            .where(InstitutionText.institution_id == row.id)
            .order_by(InstitutionText.lang)
        ),
    )
    return content


def partnership(session: Session, row: Partnership) -> FolderContent:
    """The folder of a partnership."""
    members = session.execute(
        select(Institution.key, PartnershipMember.role)
        .join(PartnershipMember, PartnershipMember.institution_id == Institution.id)
        .where(PartnershipMember.partnership_id == row.id)
        .order_by(PartnershipMember.position)
    )
    content = FolderContent()
    content.texts[META] = document(
        {
            "source_language": row.source_language,
            "uuid": row.uuid,
            "type": row.type,
            "brand": row.brand,
            "country": row.country,
            "city": row.city,
            "founded": row.founded,
            "latitude": row.latitude,
            "longitude": row.longitude,
            "website": row.website,
            "source": row.source,
            "sample": row.sample or None,
            "members": [{"institution": key, "role": role} for key, role in members],
            "programmes": [dict(sorted(names.items())) for names in row.programmes],
        }
    )
    _write_texts(
        content,
        session.scalars(
            select(PartnershipText)
            .where(PartnershipText.partnership_id == row.id)
            .order_by(PartnershipText.lang)
        ),
    )
    return content


def concept(session: Session, row: Concept) -> FolderContent:
    """The folder of a concept with its terms."""
    content = FolderContent()
    terms: dict[str, dict[str, Any]] = {}
    for lang, said in sorted(languages_of(session, concept_id=row.id).items()):
        preferred = next((term for term in said.terms if term.status == "preferred"), None)
        facts = _term_facts(said, preferred)
        if facts:
            terms[lang] = facts
        if preferred is not None:
            content.texts[f"{lang}.md"] = _text(preferred.text, said.definition)
    content.texts[META] = document(
        {
            "source_language": row.source_language,
            "uuid": row.uuid,
            "domain": row.domain,
            "source": row.source,
            "terms": terms,
        }
    )
    return content


def _term_facts(said: LanguageDraft, preferred: TermDraft | None) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if preferred is not None and preferred.reading:
        facts["reading"] = preferred.reading
    for status in ("allowed", "forbidden"):
        words = [
            {"text": term.text, "reading": term.reading} if term.reading else term.text
            for term in said.terms
            if term.status == status
        ]
        if words:
            facts[status] = words
    return facts


def _write_texts(content: FolderContent, texts: Any) -> None:
    for text in texts:
        content.texts[f"{text.lang}.md"] = _text(text.name, text.summary, text.body)


def _text(name: str, *parts: str) -> str:
    title = "# " + _CLOSING_SIGNS.sub(r"\\\1", _LINE_ENDS.sub(" ", name).strip(" \t"))
    return "\n\n".join([title, *(part.strip("\n") for part in parts if part.strip())]) + "\n"
