"""The inline content of a Word paragraph: runs, links, fields, formulas, pictures, marks of notes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from library.content.documents import notes
from library.content.documents.elements import (
    Break,
    Formula,
    Inline,
    Mark,
    NoteMark,
    Picture,
    Words,
)
from library.content.documents.links import outward
from library.content.documents.notes import Notes
from library.content.documents.omml import omml_latex
from library.content.documents.symbols import symbol
from library.content.documents.word_styles import Styles, changed, child, is_on, value

_FIELD_LINK: Final = re.compile(r'\s*HYPERLINK\s+(?:"([^"]*)"|(\S+))?', re.I)
_FIELD_ANCHOR: Final = re.compile(r'\\l\s+"([^"]*)"', re.I)
_FIELD_REF: Final = re.compile(r"\s*(?:REF|PAGEREF)\s+(\S+)", re.I)
_DROPPED: Final = frozenset({"w:del", "w:moveFrom"})
_KEPT: Final = frozenset({"w:ins", "w:moveTo"})
_TEXTS: Final = {
    "w:tab": " ",
    "w:ptab": " ",
    "w:noBreakHyphen": "\u2011",
    "w:softHyphen": "",
    "w:cr": "\n",
}


@dataclass(slots=True)
class Field:
    """A field that has begun: what it asks for, and whether its result has begun."""

    asks: str = ""
    is_result: bool = False
    link: str | None = None
    is_contents: bool = False


@dataclass(slots=True)
class Found:
    """What a paragraph holds. ``behind`` are drawings that hang on it."""

    content: list[Inline] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)


class RunReader:
    """Reads paragraphs of one document, in order: fields may reach over several of them.

    ``draw`` takes a drawing to the pictures and text boxes in it; ``note`` gives the name of a footnote.
    """

    def __init__(
        self,
        styles: Styles,
        remarks: Notes,
        *,
        draw: Callable[[Element, Found], list[Picture]],
        note: Callable[[str, str], str],
    ) -> None:
        self._styles = styles
        self._remarks = remarks
        self._draw = draw
        self._note = note
        self.addresses: dict[str, str] = {}
        self.fields: list[Field] = []
        self.page = 1
        self.paged = False
        self.languages: dict[str, int] = {}

    @property
    def in_contents(self) -> bool:
        """Whether a table of contents has begun and not ended."""
        return any(one.is_contents and one.is_result for one in self.fields)

    def read(self, paragraph: Element) -> Found:
        """All that a paragraph holds."""
        found = Found()
        self._walk(paragraph, found, None)
        return found

    def _walk(self, element: Element, found: Found, link: str | None) -> None:
        for one in element:
            name = one.tag
            if name == "w:r":
                self._run(one, found, link)
            elif name in ("w:pPr", "w:sdtPr", "w:rPr", "w:rubyPr"):
                continue
            elif name in _DROPPED:
                self._remarks.add(notes.DELETIONS)
            elif name == "w:hyperlink":
                self._walk(one, found, self._target(one) or link)
            elif name == "w:fldSimple":
                self._walk(one, found, self._asked(one.get("instr", "")) or link)
            elif name == "w:bookmarkStart":
                if one.get("name") and one.get("name") != "_GoBack":
                    found.anchors.append(one.get("name", ""))
            elif name in ("m:oMath", "m:oMathPara"):
                self._formula(one, found)
            elif name == "w:commentRangeStart":
                self._remarks.add(notes.COMMENT)
            else:
                if name in _KEPT:
                    self._remarks.add(notes.INSERTIONS)
                self._walk(one, found, link)

    def _target(self, element: Element) -> str | None:
        anchor = element.get("anchor")
        address = self.addresses.get(element.get("r:id", ""), "")
        if address:
            target = outward(address)
            if target is None:
                self._remarks.add(notes.LOST_FILE, address=address)
            return target
        return f"#{anchor}" if anchor else None

    def _asked(self, asks: str) -> str | None:
        """The link that a field makes of its result."""
        if (asked := _FIELD_LINK.match(asks)) is not None:
            anchor = _FIELD_ANCHOR.search(asks)
            address = asked[1] or asked[2] or ""
            if address and not address.startswith("\\"):
                return outward(address)
            return f"#{anchor[1]}" if anchor else None
        if (reference := _FIELD_REF.match(asks)) is not None:
            return f"#{reference[1]}" if "\\h" in asks else None
        return None

    def _formula(self, element: Element, found: Found) -> None:
        latex = omml_latex(element)
        if latex:
            found.content.append(Formula(latex))
        elif "".join(element.itertext()).strip():
            self._remarks.add(notes.FORMULA)

    def _run(self, run: Element, found: Found, link: str | None) -> None:
        said = child(run, "w:rPr")
        if said is not None and _is_hidden(said):
            return
        marks: set[Mark] = set(self._styles.marks(value(child(said, "w:rStyle"))))
        marks = changed(marks, said)
        shown = frozenset(marks)
        for one in run:
            name = one.tag
            if name in ("w:fldChar", "w:instrText"):
                self._field(one)
                continue
            if self.fields and not self.fields[-1].is_result:
                continue
            here = link or next((f.link for f in reversed(self.fields) if f.link), None)
            if name == "w:t":
                text = one.text or ""
                self._count(said, text)
                found.content.append(Words(text, shown, here))
            elif name == "w:br":
                self._break(one, found)
            elif name in _TEXTS:
                text = _TEXTS[name]
                found.content.append(Break() if text == "\n" else Words(text, shown, here))
            elif name == "w:sym":
                sign = symbol(one.get("font", ""), one.get("char", ""))
                found.content.append(Words(sign, shown, here))
            elif name in ("w:footnoteReference", "w:endnoteReference"):
                kind = name[2:-9]
                found.content.append(NoteMark(self._note(kind, one.get("id", ""))))
            elif name in ("w:drawing", "w:pict", "w:object"):
                pictures = self._draw(one, found)
                found.content += [Picture(p.path, p.alt, p.link or here) for p in pictures]
            elif name == "w:ruby":
                self._ruby(one, found, here)
            elif name == "w:lastRenderedPageBreak":
                self.page += 1
                self.paged = True
            elif name in ("AlternateContent", "Choice"):
                self._walk_inside(one, found, here)

    def _walk_inside(self, element: Element, found: Found, link: str | None) -> None:
        for one in element:
            if one.tag in ("w:drawing", "w:pict", "w:object"):
                found.content += [
                    Picture(p.path, p.alt, p.link or link) for p in self._draw(one, found)
                ]
            else:
                self._walk_inside(one, found, link)

    def _break(self, element: Element, found: Found) -> None:
        if element.get("type") in ("page", "column"):
            if element.get("type") == "page" and not self.paged:
                self.page += 1
            return
        found.content.append(Break())

    def _ruby(self, element: Element, found: Found, link: str | None) -> None:
        below, above = child(element, "w:rubyBase"), child(element, "w:rt")
        if below is not None:
            self._walk(below, found, link)
        words = "".join(t.text or "" for t in above.iter("w:t")) if above is not None else ""
        if words.strip():
            found.content.append(Words(f"（{words.strip()}）", link=link))

    def _field(self, element: Element) -> None:
        if element.tag == "w:instrText":
            if self.fields and not self.fields[-1].is_result:
                self.fields[-1].asks += element.text or ""
            return
        kind = element.get("fldCharType")
        if kind == "begin" and len(self.fields) < 50:
            self.fields.append(Field())
        elif kind == "separate" and self.fields:
            last = self.fields[-1]
            last.is_result = True
            last.link = self._asked(last.asks)
            last.is_contents = bool(re.match(r"\s*(?:TOC|INDEX|BIBLIOGRAPHY)\b", last.asks)) and (
                "BIBLIOGRAPHY" not in last.asks
            )
        elif kind == "end" and self.fields:
            self.fields.pop()

    def _count(self, said: Element | None, text: str) -> None:
        """How many characters are in which language, as far as they say."""
        lang = child(said, "w:lang")
        if lang is None:
            return
        size = len(text)
        for key in ("val", "eastAsia", "bidi"):
            tag = lang.get(key)
            if tag:
                self.languages[tag] = self.languages.get(tag, 0) + size


def _is_hidden(said: Element) -> bool:
    hidden = child(said, "w:vanish")
    return hidden is not None and is_on(hidden.get("val"))
