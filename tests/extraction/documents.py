"""Files of every format, made from words: the smallest that real programs would still open."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
EPUB = "application/epub+zip"
PDF = "application/pdf"

#: A sentence with a word that nothing else has, in scripts that are hard to read out of files.
SENTENCES = {
    "en": "Measure the insulation resistance before every shift.",
    "zh-Hans": "断开电源之后，用万用表测量绝缘电阻。",
    "ar": "قس مقاومة العزل قبل تشغيل المحرك.",
    "th": "วัดค่าความต้านทานฉนวนก่อนเดินเครื่อง",
}


def archive(files: Mapping[str, str | bytes], *, stored: Sequence[str] = ()) -> bytes:
    """A ZIP archive; ``stored`` are not compressed."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            packing = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            # Of no time: the same archive whenever it is made.
            opened.writestr(zipfile.ZipInfo(name), content, packing)
    return held.getvalue()


def relations(*rows: tuple[str, str, str]) -> str:
    """A part that says what another is related to: (id, kind, target)."""
    said = "".join(
        f'<Relationship Id="{id_}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for id_, kind, target in rows
    )
    return f'<Relationships xmlns="{PACKAGE}">{said}</Relationships>'


def word_part(root: str, inner: str) -> str:
    return (
        f'<w:{root} xmlns:w="{WORD}" xmlns:a="{DRAWING}" xmlns:mc="{COMPATIBILITY}" '
        f'xmlns:wps="urn:wps">{inner}</w:{root}>'
    )


def word_paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def docx(body: str | Sequence[str], *, parts: Mapping[str, str] | None = None) -> bytes:
    """A Word document; ``body`` is its paragraphs, or WordprocessingML. ``parts``: kind -> paragraph."""
    if not isinstance(body, str):
        body = "".join(map(word_paragraph, body))
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "word/document.xml")),
        "word/document.xml": word_part("document", f"<w:body>{body}</w:body>"),
    }
    rows = []
    for number, (kind, text) in enumerate((parts or {}).items(), 1):
        files[f"word/{kind}{number}.xml"] = word_part("hdr", word_paragraph(text))
        rows.append((f"p{number}", kind, f"{kind}{number}.xml"))
    files["word/_rels/document.xml.rels"] = relations(*rows)
    return archive(files)


def slide_part(*paragraphs: str) -> str:
    inner = "".join(f"<a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p>" for text in paragraphs)
    return f'<p:sld xmlns:p="{SLIDES}" xmlns:a="{DRAWING}"><p:txBody>{inner}</p:txBody></p:sld>'


def pptx(slides: Sequence[str], *, notes: Mapping[int, str] | None = None) -> bytes:
    """A presentation whose files are numbered against the order of its slides."""
    count = len(slides)
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "ppt/presentation.xml")),
    }
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="s{n}"/>' for n in range(count))
    files["ppt/presentation.xml"] = (
        f'<p:presentation xmlns:p="{SLIDES}" xmlns:r="{OFFICE}"><p:sldIdLst>{ids}</p:sldIdLst>'
        "</p:presentation>"
    )
    rows = [(f"s{n}", "slide", f"slides/slide{count - n}.xml") for n in range(count)]
    files["ppt/_rels/presentation.xml.rels"] = relations(*rows)
    for n, text in enumerate(slides):
        name = f"slide{count - n}.xml"
        files[f"ppt/slides/{name}"] = slide_part(text)
        if notes and n in notes:
            files[f"ppt/notesSlides/note{n}.xml"] = slide_part(notes[n], str(n + 1))
            files[f"ppt/slides/_rels/{name}.rels"] = relations(
                ("n", "notesSlide", f"../notesSlides/note{n}.xml")
            )
    return archive(files)


def xlsx(rows: Sequence[Sequence[str | int]]) -> bytes:
    """A spreadsheet with one sheet, its texts shared."""
    strings = [cell for row in rows for cell in row if isinstance(cell, str)]
    shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    cells, at = [], 0
    for row in rows:
        told = ""
        for cell in row:
            if isinstance(cell, str):
                told += f'<c t="s"><v>{at}</v></c>'
                at += 1
            else:
                told += f"<c><v>{cell}</v></c>"
        cells.append(f"<row>{told}</row>")
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="Torques" r:id="s1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                ("s1", "worksheet", "worksheets/sheet1.xml"), ("t", "sharedStrings", "shared.xml")
            ),
            "xl/shared.xml": f'<sst xmlns="{main}">{shared}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(cells)}'
            "</sheetData></worksheet>",
        }
    )


def opendocument(inner: str, *, kind: str = "text") -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    return archive(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f'<o:document-content xmlns:o="{office}:office:1.0" '
            f'xmlns:text="{office}:text:1.0" xmlns:draw="{office}:drawing:1.0">'
            f"<o:body><o:{kind}>{inner}</o:{kind}></o:body></o:document-content>",
        },
        stored=["mimetype"],
    )


def epub(chapters: Sequence[str], *, more: Mapping[str, str] | None = None) -> bytes:
    """A book whose files are named against the order of its spine; chapters are HTML bodies."""
    count = len(chapters)
    names = [f"text/part {count - n}.xhtml" for n in range(count)]
    items = "".join(
        f'<item id="c{n}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(count))
    files: dict[str, str | bytes] = {
        "mimetype": EPUB,
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}'
        f"</manifest><spine>{spine}</spine></package>",
        **(more or {}),
    }
    for name, body in zip(names, chapters, strict=True):
        files[f"OEBPS/{name}"] = (
            '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" '
            '"http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
            f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>'
            f"<body>{body}</body></html>"
        )
    return archive(files, stored=["mimetype"])


def pdf(pages: Sequence[str], *, encrypted: bool = False) -> bytes:
    """A PDF with one line of Latin text on each page."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for text in pages:
        shown = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        stream = f"BT /F1 12 Tf 40 700 Td ({shown}) Tj ET"
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {len(objects) + 2} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
    objects[1] = f"<</Type/Pages/Count {len(pages)}/Kids[{' '.join(kids)}]>>"
    return _pdf_file(objects, encrypted=encrypted)


def pdf_of_glyphs(glyphs: Sequence[tuple[int, str]]) -> bytes:
    """A PDF page with one line, glyph by glyph from left to right: (place, what it stands for).

    Every glyph is a box of 5 points: what it means is said by the font, not by its shape.
    """
    codes = range(1, len(glyphs) + 1)
    meanings = "".join(
        f"<{n:02x}> <{text.encode('utf-16-be').hex()}>\n"
        for n, (_, text) in zip(codes, glyphs, strict=True)
    )
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(glyphs)} beginbfchar\n{meanings}endbfchar endcmap end end"
    )
    moves = "".join(
        f"1 0 0 1 {place} 700 Tm <{n:02x}> Tj " for n, (place, _) in zip(codes, glyphs, strict=True)
    )
    stream = f"BT /F1 10 Tf {moves}ET"
    box = "500 0 0 0 500 700 d1 0 0 500 700 re f"
    names = " ".join(f"/g{n}" for n in codes)
    shapes = " ".join(f"/g{n} 6 0 R" for n in codes)
    widths = " ".join("500" for _ in codes)
    return _pdf_file(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Count 1/Kids[3 0 R]>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
            "/Resources<</Font<</F1 5 0 R>>>>>>",
            f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
            "<</Type/Font/Subtype/Type3/FontBBox[0 0 500 700]/FontMatrix[.001 0 0 .001 0 0]"
            f"/FirstChar 1/LastChar {len(glyphs)}/Widths[{widths}]/CharProcs<<{shapes}>>"
            f"/Encoding<</Differences[1 {names}]>>/Resources<<>>/ToUnicode 7 0 R>>",
            f"<</Length {len(box)}>>stream\n{box}\nendstream",
            f"<</Length {len(cmap)}>>stream\n{cmap}\nendstream",
        ]
    )


def _pdf_file(objects: Sequence[str], *, encrypted: bool = False) -> bytes:
    made = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = len(made)
    made += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    # No password makes these: whoever opens the file is asked for one.
    lock = (
        f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'11' * 32}>/U<{'22' * 32}>>>/ID[<01><01>]"
        if encrypted
        else ""
    )
    made += (
        f"trailer<</Size {len(places) + 1}/Root 1 0 R{lock}>>\nstartxref\n{table}\n%%EOF".encode()
    )
    return bytes(made)
