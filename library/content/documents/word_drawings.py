"""What is drawn in a Word document: pictures are taken, text boxes put behind, the rest is noted."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element

from library.content.documents import notes
from library.content.documents.elements import Picture
from library.content.documents.links import outward
from library.content.documents.notes import Notes
from library.content.documents.pictures import Crop, PictureFolder
from library.content.documents.word_package import Related, WordPackage
from library.content.documents.word_runs import Found

_MADE_UP: Final = re.compile(
    r"[\s.]*(?:(?:Description )?automatically generated(?: with \w+ confidence)?|描述已自动生成"
    r"|自动生成的描述)[\s.]*$",
    re.I,
)
# What programs write there themselves: names of files, numbers of pictures.
_NO_WORDS: Final = re.compile(
    r"(?:[A-Za-z]:\\|/|file:).*|.*\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)|(?:picture|image|img|图片|圖片)[\s_-]*\d*"
    r"|[A-Za-z_]*\d[\w-]*",
    re.I | re.S,
)
_NOT_SHOWN: Final = frozenset({"chart", "relIds", "wgp", "wpc", "wsp", "cxnSp"})


class DrawingReader:
    """Takes the pictures of one part of a document."""

    def __init__(self, package: WordPackage, pictures: PictureFolder, remarks: Notes) -> None:
        self._package = package
        self._pictures = pictures
        self._remarks = remarks
        self.related = Related()

    def draw(self, element: Element, found: Found) -> list[Picture]:
        """The pictures in a drawing; text boxes are left with the paragraph."""
        if element.tag == "w:object":
            return self._object(element)
        made: list[Picture] = []
        alt, link = self._said(element)
        boxes, seen = _boxes(element), False
        for one in _outside_boxes(element):
            if one.tag == "pic":
                own = next((p for p in one.iter("cNvPr")), None)
                words = alt or (alternative(own.get("descr", "")) if own is not None else "")
                made += self._picture(one, words, link)
                seen = True
            elif one.tag == "imagedata":
                made += self._by_id(one.get("r:id", ""), alt, link, None)
                seen = True
        found.boxes += boxes
        if not seen and not boxes:
            shown = any(one.tag in _NOT_SHOWN for one in element.iter())
            if shown or element.tag == "w:pict":
                self._remarks.add(notes.DRAWING)
        return made

    def _said(self, element: Element) -> tuple[str, str | None]:
        """Alternative text and link of a whole drawing."""
        for one in element.iter():
            if one.tag == "docPr":
                click = next((e for e in one if e.tag == "hlinkClick"), None)
                address = self.related.addresses.get(
                    click.get("r:id", "") if click is not None else ""
                )
                return alternative(one.get("descr", "")), outward(address) if address else None
            if one.tag in ("shape", "rect") and one.get("alt"):
                return alternative(one.get("alt", "")), None
        return "", None

    def _picture(self, element: Element, alt: str, link: str | None) -> list[Picture]:
        blip = next(iter(element.iter("blip")), None)
        if blip is None:
            return []
        cut = next(iter(element.iter("srcRect")), None)
        key = blip.get("r:embed")
        if key is None:
            address = self.related.addresses.get(blip.get("r:link", ""), "")
            self._remarks.add(notes.PICTURE_REMOTE, address=address)
            return []
        return self._by_id(key, alt, link, _crop(cut))

    def _by_id(self, key: str, alt: str, link: str | None, crop: Crop | None) -> list[Picture]:
        part = self.related.parts.get(key, ("", ""))[1]
        content = self._package.picture(part) if part else None
        if content is None:
            address = self.related.addresses.get(key, "")
            if address:
                self._remarks.add(notes.PICTURE_REMOTE, address=address)
            else:
                self._remarks.add(notes.PICTURE_ABSENT, address=part or key)
            return []
        path = self._pictures.add(content, name=part, crop=crop)
        return [Picture(path, alt, link)] if path is not None else []

    def _object(self, element: Element) -> list[Picture]:
        program = next((o.get("ProgID", "") for o in element.iter("OLEObject")), "")
        if program.startswith(("Equation", "MathType")):
            self._remarks.add(notes.OLD_FORMULA)
            return []
        self._remarks.add(notes.OBJECT)
        made: list[Picture] = []
        for one in element.iter("imagedata"):
            made += self._by_id(one.get("r:id", ""), "", None, None)
        return made


def _outside_boxes(element: Element) -> list[Element]:
    made: list[Element] = []
    for one in element:
        made.append(one)
        if one.tag != "w:txbxContent":
            made += _outside_boxes(one)
    return made


def _boxes(element: Element) -> list[Element]:
    """The outermost text boxes in a drawing."""
    made: list[Element] = []
    for one in element:
        if one.tag == "w:txbxContent":
            made.append(one)
        else:
            made += _boxes(one)
    return made


def alternative(text: str) -> str:
    """Alternative text that somebody wrote; empty for what programs put there."""
    words = " ".join(_MADE_UP.sub("", text).split())
    return "" if _NO_WORDS.fullmatch(words) else words[:1_000]


def _crop(element: Element | None) -> Crop | None:
    if element is None:
        return None
    sides = []
    for name in ("l", "t", "r", "b"):
        try:
            text = element.get(name, "0")
            side = float(text.rstrip("%")) / (100 if text.endswith("%") else 100_000)
        except ValueError:
            side = 0.0
        sides.append(min(max(side, 0.0), 1.0))
    if max(sides) < 0.005 or sides[0] + sides[2] >= 1 or sides[1] + sides[3] >= 1:
        return None
    return sides[0], sides[1], sides[2], sides[3]
