"""Works, institutions and partnerships for tests, stored the way importers store them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.catalogue.drafts import BlockDraft, EditionDraft, MediaDraft, SectionDraft, WorkDraft
from library.catalogue.models import Work
from library.catalogue.service import store_work
from library.directory.drafts import InstitutionDraft, MemberDraft, NameText, PartnershipDraft
from library.directory.models import Code, CodeLabel, CodeScheme, Institution, Partnership
from library.directory.service import store_institution, store_partnership
from library.markdown import split
from library.media.port import MediaStore

#: Texts of a section: Markdown by language.
Texts = Mapping[str, str]

TITLES = {
    "en": "Measuring safely",
    "zh-Hans": "安全测量",
    "fr": "Mesurer sans danger",
    "ar": "القياس بأمان",
    "ur": "محفوظ پیمائش",
    "th": "การวัดอย่างปลอดภัย",
}
SUMMARIES = {
    "en": "How to measure voltage and current without danger.",
    "zh-Hans": "如何安全地测量电压和电流。",
    "fr": "Comment mesurer la tension et le courant sans danger.",
    "ar": "كيف تقيس الجهد والتيار بلا خطر.",
    "ur": "وولٹیج اور کرنٹ کو بغیر خطرے کے کیسے ناپیں۔",
    "th": "วิธีวัดแรงดันและกระแสโดยไม่มีอันตราย",
}
PARAGRAPHS = {
    "en": "Switch off before you touch a wire.",
    "zh-Hans": "接触导线之前先断电。",
    "fr": "Coupez le courant avant de toucher un fil.",
    "ar": "افصل التيار قبل لمس السلك.",
    "ur": "تار کو چھونے سے پہلے بجلی بند کریں۔",
    "th": "ปิดไฟก่อนแตะสายไฟ",
}


def root_texts(languages: Sequence[str]) -> dict[str, str]:
    """A title, a summary and one paragraph in each of the languages that these factories know."""
    return {tag: f"# {TITLES[tag]}\n\n{SUMMARIES[tag]}\n\n{PARAGRAPHS[tag]}\n" for tag in languages}


def section_draft(
    key: str,
    texts: Texts,
    *,
    root: bool = False,
    sections: Sequence[SectionDraft] = (),
    folder: str | None = None,
) -> SectionDraft:
    """A section from Markdown: the first heading is the title, in a root the next paragraph the summary."""
    draft = SectionDraft(key=key, folder=key if folder is None else folder, sections=list(sections))
    for lang, text in texts.items():
        blocks: list[BlockDraft] = []
        for n, parsed in enumerate(split(text)):
            role = "body"
            if n == 0 and parsed.kind == "heading":
                role = "title"
            elif n == 1 and root and parsed.kind == "paragraph":
                role = "summary"
            facts = dict(parsed.marker.facts) if parsed.marker else {}
            blocks.append(
                BlockDraft(
                    parsed=parsed,
                    role=role,
                    label=parsed.marker.id if parsed.marker else None,
                    origin=facts.get("origin"),
                    made_from=facts.get("from"),
                )
            )
        draft.texts[lang] = blocks
    return draft


def make_work(
    session: Session,
    *,
    kind: str = "course",
    key: str = "measuring-safely",
    languages: Sequence[str] = ("en", "zh-Hans"),
    texts: Texts | None = None,
    sections: Mapping[str, Texts] | Sequence[SectionDraft] | None = None,
    source: str | None = None,
    editions: Mapping[str, EditionDraft] | None = None,
    media: Sequence[MediaDraft] = (),
    **facts: Any,
) -> Work:
    """Store a work and return its row; commits nothing.

    ``sections`` maps keys to texts, in order, or is a list of drafts for deeper trees; by default there
    is one section ``first-steps``. ``source`` is the first language unless named.
    """
    if sections is None:
        sections = {"first-steps": root_texts(languages)}
    if isinstance(sections, Mapping):
        sections = [section_draft(name, words) for name, words in sections.items()]
    root = section_draft(
        "", texts or root_texts(languages), root=True, sections=sections, folder=""
    )
    store_work(
        session,
        WorkDraft(
            kind=kind,
            key=key,
            source_language=source or languages[0],
            licence=facts.pop("licence", "CC-BY-4.0"),
            root=root,
            editions=dict(editions or {}),
            media=list(media),
            **facts,
        ),
        by="tests",
    )
    session.flush()
    return session.scalars(select(Work).where(Work.kind == kind, Work.key == key)).one()


def make_media(
    store: MediaStore, path: str, content: bytes, media_type: str, **facts: Any
) -> MediaDraft:
    """Put bytes into a store and return the draft of their row."""
    stored = store.put(io.BytesIO(content))
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    return MediaDraft(
        path=path,
        name=path.rpartition("/")[2],
        sha256=stored.sha256,
        size=stored.size,
        media_type=media_type,
        **facts,
    )


def make_institution(
    session: Session,
    *,
    key: str = "mbeya-college",
    type: str = "college",  # noqa: A002  # the word of the field
    names: Mapping[str, str] | None = None,
    country: str | None = "TZ",
    **facts: Any,
) -> Institution:
    names = names or {"en": "Mbeya College", "zh-Hans": "姆贝亚学院"}
    store_institution(
        session,
        InstitutionDraft(
            key=key,
            type=type,
            source_language=next(iter(names)),
            country=country,
            texts={
                lang: NameText(name, facts.get("summary", ""), facts.get("body", ""))
                for lang, name in names.items()
            },
            **{name: value for name, value in facts.items() if name not in ("summary", "body")},
        ),
    )
    session.flush()
    return session.scalars(select(Institution).where(Institution.key == key)).one()


def make_partnership(
    session: Session,
    *,
    key: str = "mbeya-workshop",
    type: str = "site",  # noqa: A002  # the word of the field
    names: Mapping[str, str] | None = None,
    brand: str | None = "luban-workshop",
    country: str | None = "TZ",
    members: Sequence[tuple[str, str]] = (),
    **facts: Any,
) -> Partnership:
    """``members`` are pairs of institution key and role."""
    names = names or {"en": "Mbeya Luban Workshop", "zh-Hans": "姆贝亚鲁班工坊"}
    store_partnership(
        session,
        PartnershipDraft(
            key=key,
            type=type,
            source_language=next(iter(names)),
            brand=brand,
            country=country,
            members=[MemberDraft(institution, role) for institution, role in members],
            texts={
                lang: NameText(name, facts.get("summary", ""), facts.get("body", ""))
                for lang, name in names.items()
            },
            **{name: value for name, value in facts.items() if name not in ("summary", "body")},
        ),
    )
    session.flush()
    return session.scalars(select(Partnership).where(Partnership.key == key)).one()


def make_codes(
    session: Session,
    codes: Mapping[str, Mapping[str, str]] | None = None,
    *,
    scheme: str = "isced-f-2013",
) -> None:
    """A scheme with codes and their labels by language: ``{"0713": {"en": "Electricity and energy"}}``."""
    if codes is None:
        codes = {
            "0713": {
                "en": "Electricity and energy",
                "zh-Hans": "电力与能源",
                "ar": "الكهرباء والطاقة",
            },
            "0714": {"en": "Electronics and automation", "zh-Hans": "电子与自动化"},
        }
    row = CodeScheme(key=scheme, version="2013", titles={"en": "ISCED-F 2013"})
    session.add(row)
    session.flush()
    for written, labels in codes.items():
        code = Code(scheme_id=row.id, code=written)
        session.add(code)
        session.flush()
        session.add_all(
            CodeLabel(code_id=code.id, lang=lang, label=label) for lang, label in labels.items()
        )
    session.flush()
