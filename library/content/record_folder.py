"""Reading the folders of institutions, partnerships and terms into drafts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from library.catalogue.drafts import BlockDraft
from library.content.faults import Faults, shown
from library.content.folder import META, FolderFiles, Found, list_work
from library.content.meta import Entry, Meta, read_meta
from library.content.schema import INSTITUTION, PARTNERSHIP, TERM
from library.content.text_blocks import block_drafts
from library.content.text_file import MARKDOWN_LIMIT, read_text
from library.content.work_folder import no_source_text, write_file
from library.directory.drafts import InstitutionDraft, MemberDraft, NameText, PartnershipDraft
from library.markdown import ParsedBlock, join
from library.sentences import Sentence
from library.terms.drafts import ConceptDraft, LanguageDraft, TermDraft

RecordDraft = InstitutionDraft | PartnershipDraft | ConceptDraft

_SCHEMAS: Mapping[str, Mapping[str, Entry]] = {
    "institution": INSTITUTION,
    "partnership": PARTNERSHIP,
    "term": TERM,
}
_UNREAD_FOLDERS: Mapping[str, Sentence] = {
    "institution": Sentence("A folder inside of institutions is not read."),
    "partnership": Sentence("A folder inside of partnerships is not read."),
    "term": Sentence("A folder inside of terms is not read."),
}
_UNREAD_FILES: Mapping[str, Sentence] = {
    "institution": Sentence("Files beside the texts of institutions are not read."),
    "partnership": Sentence("Files beside the texts of partnerships are not read."),
    "term": Sentence("Files beside the texts of terms are not read."),
}
_CLOSING_SIGNS = re.compile(r"[ \t]+#+[ \t]*$")


@dataclass(slots=True)
class RecordReading:
    """What was read of an institution, partnership or term; no draft where too much is wrong."""

    kind: str
    key: str
    shown: str
    faults: Faults
    draft: RecordDraft | None = None
    meta: Meta | None = None


def read_record(found: Found) -> RecordReading:
    """Read a record's folder; every fault is in the reading's ``faults``."""
    faults = Faults()
    reading = RecordReading(found.kind, found.key, found.shown, faults)
    meta = read_meta(
        found.path / META,
        shown=f"{found.shown}/{META}",
        faults=faults,
        schema=_SCHEMAS[found.kind],
    )
    reading.meta = meta
    files = list_work(found, faults=faults)
    texts = _texts(files, faults)
    for section in files.root.sections:
        faults.warn(section.shown, 0, _UNREAD_FOLDERS[found.kind])
    for at in sorted(files.others):
        faults.warn(f"{found.shown}/{at}", 0, _UNREAD_FILES[found.kind])
    source_language = meta.values.get("source_language") if meta else None
    if meta is None or source_language is None:
        return reading
    if source_language not in files.root.texts:
        faults.add(
            found.shown,
            0,
            no_source_text(source_language),
        )
    elif texts.get(source_language, ()) is None:
        message = Sentence("The text in the source language is empty.")
        faults.add(f"{found.shown}/{source_language}.md", 0, message)
    if found.kind == "term":
        reading.draft = _concept(found.key, source_language, meta.values, texts, meta)
    elif "type" in meta.values:
        make = _institution if found.kind == "institution" else _partnership
        reading.draft = make(found.key, source_language, meta.values, texts)
    return reading


def _texts(files: FolderFiles, faults: Faults) -> dict[str, NameText | None]:
    """Name, summary and body by language; None where the file has no text."""
    texts: dict[str, NameText | None] = {}
    for lang, path in sorted(files.root.texts.items()):
        place = f"{files.root.shown}/{shown(path.name)}"
        text = read_text(path, shown=place, faults=faults, limit=MARKDOWN_LIMIT)
        if text is None:
            continue
        before = len(faults)
        blocks = block_drafts(text, place=place, faults=faults, is_root=True)
        if len(faults) == before:
            texts[lang] = _name_text(blocks) if blocks else None
    return texts


def _name_text(blocks: list[BlockDraft]) -> NameText | None:
    by_role = {block.role: block.parsed.source for block in blocks if block.role != "body"}
    body = [
        ParsedBlock(block.parsed.kind, block.parsed.source, block.parsed.line, block.parsed.level)
        for block in blocks
        if block.role == "body"
    ]
    if "title" not in by_role:
        return None
    return NameText(
        name=title_words(by_role["title"]),
        summary=by_role.get("summary", ""),
        body=join(body).rstrip("\n"),
    )


def title_words(source: str) -> str:
    """A heading without its signs: ``# Name ##`` and an underlined ``Name`` give ``Name``."""
    stripped = source.strip()
    if stripped.startswith("#"):
        return _CLOSING_SIGNS.sub("", stripped.lstrip("#")).strip()
    return " ".join(stripped.rpartition("\n")[0].split())


def _institution(
    key: str, source_language: str, values: Mapping[str, Any], texts: dict[str, NameText | None]
) -> InstitutionDraft:
    facts = ("uuid", "country", "city", "website", "source", "sample")
    return InstitutionDraft(
        key=key,
        type=values["type"],
        source_language=source_language,
        texts=texts,
        **{name: values.get(name) for name in facts},
    )


def _partnership(
    key: str, source_language: str, values: Mapping[str, Any], texts: dict[str, NameText | None]
) -> PartnershipDraft:
    facts = ("uuid", "brand", "country", "city", "founded", "latitude", "longitude")
    more = ("website", "source", "sample", "programmes")
    members: list[dict[str, str]] | None = values.get("members")
    return PartnershipDraft(
        key=key,
        type=values["type"],
        source_language=source_language,
        texts=texts,
        # A member that was refused has no place here; its fault keeps the whole from being stored.
        members=None
        if members is None
        else [MemberDraft(m["institution"], m["role"]) for m in members if len(m) == 2],
        **{name: values.get(name) for name in (*facts, *more)},
    )


def _concept(
    key: str,
    source_language: str,
    values: Mapping[str, Any],
    texts: dict[str, NameText | None],
    meta: Meta,
) -> ConceptDraft:
    draft = ConceptDraft(
        key=key,
        source_language=source_language,
        uuid=values.get("uuid"),
        domain=values.get("domain"),
        source=values.get("source"),
    )
    said: Mapping[str, Mapping[str, Any]] = values.get("terms", {})
    for lang in sorted({*texts, *said}):
        facts = said.get(lang, {})
        text = texts.get(lang)
        language = LanguageDraft()
        if text is not None:
            language.terms.append(TermDraft(text.name, "preferred", facts.get("reading")))
            language.definition = "\n\n".join(part for part in (text.summary, text.body) if part)
        elif "reading" in facts:
            meta.fault(
                ("terms", lang, "reading"),
                Sentence(
                    "There is no preferred term in %(lang)s that this could be the reading of.",
                    lang=lang,
                ),
                write_file(lang),
            )
        for status in ("allowed", "forbidden"):
            for written in facts.get(status, ()):
                word = written if isinstance(written, str) else written["text"]
                reading = None if isinstance(written, str) else written.get("reading")
                if any(word == term.text for term in language.terms):
                    message = Sentence("“%(term)s” is a term here already.", term=shown(word))
                    meta.fault(("terms", lang, status), message)
                    continue
                language.terms.append(TermDraft(word, status, reading))
        draft.languages[lang] = language
    return draft
