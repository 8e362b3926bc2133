"""What the styles and the lists of a Word document mean, in whatever language Word speaks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from library.content.documents.elements import Mark

BODY_LEVEL: Final = 9
_HEADING: Final = re.compile(
    r"(?:heading|标题|標題|überschrift|titre|заголовок)\s*(\d)", re.IGNORECASE
)
_CODE: Final = re.compile(
    r"\b(?:source ?code|code|html preformatted|preformatted|listing|macro text)\b|代码|代碼", re.I
)
_MONO: Final = re.compile(
    r"courier|consolas|monaco|menlo|lucida console|\bmono\b|source code|fira code|typewriter|terminal",
    re.I,
)
_DEEPEST: Final = 20
_OFF: Final = frozenset({"0", "false", "off", "none"})


@dataclass(slots=True)
class ParagraphStyle:
    """What a style says of a paragraph. ``role`` is ``title``, ``subtitle``, ``caption``, ``quote``,
    ``code``, ``contents``, ``continued`` (of a list) or empty; ``level`` of a heading counts from 1."""

    role: str = ""
    level: int = 0
    number: tuple[str, int] | None = None
    mono: bool = False


@dataclass(slots=True)
class _Style:
    name: str
    based_on: str
    kind: str
    outline: int | None
    number: tuple[str, int | None] | None
    run: Element | None


@dataclass(slots=True)
class Level:
    """One level of a list."""

    ordered: bool = False
    shown: bool = True
    start: int = 1
    indent: int = 0


@dataclass(slots=True)
class Numbering:
    """The lists of a document: levels by the id that paragraphs give."""

    lists: dict[str, dict[int, Level]] = field(default_factory=dict)

    def level(self, number: str, depth: int) -> Level:
        levels = self.lists.get(number)
        if levels is None:
            return Level()
        return levels.get(depth) or Level()


class Styles:
    """The styles of a document; an empty part has none."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, _Style] = {}
        self._paragraphs: dict[str, ParagraphStyle] = {}
        self._marks: dict[str, frozenset[Mark]] = {}
        self.default = ""
        self.language: dict[str, str] = {}
        if root is None:
            return
        for element in root:
            if element.tag == "w:style":
                self._take(element)
            elif element.tag == "w:docDefaults":
                for lang in element.iter("w:lang"):
                    self.language = dict(lang.attrib)

    def _take(self, element: Element) -> None:
        said = child(element, "w:pPr")
        name = value(child(element, "w:name"))
        key = element.get("styleId", "")
        self._styles[key] = _Style(
            name,
            value(child(element, "w:basedOn")),
            element.get("type", "paragraph"),
            number_of(child(said, "w:outlineLvl")),
            list_of(said),
            child(element, "w:rPr"),
        )
        if element.get("type") == "paragraph" and element.get("default", "0") not in _OFF:
            self.default = key

    def paragraph(self, key: str) -> ParagraphStyle:
        """What a paragraph style means, through all styles that it is based on."""
        key = key or self.default
        if key not in self._paragraphs:
            self._paragraphs[key] = self._resolved(key)
        return self._paragraphs[key]

    def marks(self, key: str) -> frozenset[Mark]:
        """What a character style makes of words."""
        if key not in self._marks:
            found: set[Mark] = set()
            for style in reversed(self._chain(key)):
                if _CODE.search(style.name):
                    found.add(Mark.CODE)
                found = changed(found, style.run)
            self._marks[key] = frozenset(found)
        return self._marks[key]

    def _chain(self, key: str) -> list[_Style]:
        found: list[_Style] = []
        while key in self._styles and len(found) < _DEEPEST:
            found.append(self._styles[key])
            key = self._styles[key].based_on
        return found

    def _resolved(self, key: str) -> ParagraphStyle:
        made = ParagraphStyle()
        chain = self._chain(key)
        for style in chain:
            made.role = made.role or _role(style.name)
            if made.level == 0 and not made.role:
                heading = _HEADING.fullmatch(style.name.strip())
                if heading is not None and int(heading[1]) > 0:
                    made.level = int(heading[1])
                elif style.outline is not None:
                    made.level = style.outline + 1 if style.outline < BODY_LEVEL else -1
            if made.number is None and style.number is not None:
                made.number = (style.number[0], style.number[1] or 0)
        made.level = max(0, made.level)
        made.mono = any(is_mono(style.run) for style in chain[:2]) and made.level == 0
        if made.mono and not made.role:
            made.role = "code"
        return made


def _role(name: str) -> str:
    bare = name.strip().lower()
    if bare in ("title", "标题", "標題"):
        return "title"
    if bare == "subtitle":
        return "subtitle"
    if bare in ("caption", "题注", "題注", "table", "illustration", "figure"):
        return "caption"
    if bare.startswith(("toc ", "toc heading", "contents ", "table of figures", "index ")):
        return "contents"
    if "quot" in bare or bare in ("引用", "block text"):
        return "quote"
    if bare.startswith(("list continue", "list contents")):
        return "continued"
    return "code" if _CODE.search(bare) else ""


def numbering(root: Element | None) -> Numbering:
    """The lists that ``numbering.xml`` describes."""
    made = Numbering()
    if root is None:
        return made
    kinds: dict[str, dict[int, Level]] = {}
    for element in root:
        if element.tag == "w:abstractNum":
            kinds[element.get("abstractNumId", "")] = {
                number_of_text(one.get("ilvl")): _level(one)
                for one in element
                if one.tag == "w:lvl"
            }
    for element in root:
        if element.tag != "w:num":
            continue
        levels = dict(kinds.get(value(child(element, "w:abstractNumId")), {}))
        for override in element:
            if override.tag != "w:lvlOverride":
                continue
            depth = number_of_text(override.get("ilvl"))
            own = child(override, "w:lvl")
            if own is not None:
                levels[depth] = _level(own)
            start = number_of(child(override, "w:startOverride"))
            if start is not None:
                old = levels.get(depth, Level(ordered=True))
                levels[depth] = Level(old.ordered, old.shown, start, old.indent)
        made.lists[element.get("numId", "")] = levels
    return made


def _level(element: Element) -> Level:
    kind = value(child(element, "w:numFmt")) or "decimal"
    start = number_of(child(element, "w:start"))
    said = child(child(element, "w:pPr"), "w:ind")
    indent = number_of_text((said.get("left") or said.get("start")) if said is not None else "0")
    text = value(child(element, "w:lvlText"))
    ordered = kind not in ("bullet", "none", "ideographDigital") and "%" in text
    return Level(ordered, kind != "none", 1 if start is None else start, indent)


def list_of(properties: Element | None) -> tuple[str, int | None] | None:
    """The list and level in a paragraph's properties; the id ``0`` takes it out of its style's list."""
    said = child(properties, "w:numPr")
    if said is None:
        return None
    number = child(said, "w:numId")
    if number is None:
        return None
    return value(number), number_of(child(said, "w:ilvl"))


def changed(marks: set[Mark], run: Element | None) -> set[Mark]:
    """Marks after what the properties of a run say about them."""
    if run is None:
        return marks
    made = set(marks)
    for one in run:
        mark = _TOGGLES.get(one.tag)
        if mark is not None:
            (made.add if is_on(one.get("val")) else made.discard)(mark)
        elif one.tag == "w:vertAlign":
            made -= {Mark.SUBSCRIPT, Mark.SUPERSCRIPT}
            if one.get("val") in ("subscript", "superscript"):
                made.add(Mark(one.get("val", "")[:3]))
        elif one.tag == "w:rFonts" and is_mono(run):
            made.add(Mark.CODE)
    return made


_TOGGLES: Final = {
    "w:b": Mark.STRONG,
    "w:i": Mark.EMPHASIS,
    "w:strike": Mark.DELETED,
    "w:dstrike": Mark.DELETED,
}


def is_mono(run: Element | None) -> bool:
    fonts = child(run, "w:rFonts")
    if fonts is None:
        return False
    return bool(_MONO.search(fonts.get("ascii") or fonts.get("hAnsi") or ""))


def is_on(said: str | None) -> bool:
    """Whether a switch is on; one without a value is."""
    return (said or "true").lower() not in _OFF


def child(element: Element | None, name: str) -> Element | None:
    """The first element of a name in another."""
    if element is None:
        return None
    return next((one for one in element if one.tag == name), None)


def value(element: Element | None) -> str:
    return element.get("val", "") if element is not None else ""


def number_of(element: Element | None) -> int | None:
    if element is None:
        return None
    try:
        return max(-1, min(int(element.get("val", "")), 1_000_000))
    except ValueError:
        return None


def number_of_text(text: str | None) -> int:
    try:
        return max(0, min(int(float(text or "0")), 1_000_000))
    except ValueError:
        return 0
