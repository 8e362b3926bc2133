"""Documents for the tests, made from parts of WordprocessingML, OMML and XHTML."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from library.catalogue.drafts import SectionDraft
from library.content.documents import DocumentReading, read_document
from library.markdown import BlockKind, MediaTarget, Target, join, render, split
from tests.extraction.documents import OFFICE, WORD, archive, relations

MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_SPACES = (
    f'xmlns:w="{WORD}" xmlns:m="{MATH}" xmlns:r="{OFFICE}" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
)

#: Styles as a Chinese Word writes them: the ids are numbers, the names of headings are English.
STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>{more}</w:style>'
    for key, name, more in (
        ("a", "Normal", ""),
        ("1", "heading 1", '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>'),
        ("2", "heading 2", '<w:pPr><w:outlineLvl w:val="1"/></w:pPr>'),
        ("own", "Kapitel", '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>'),
        ("t", "Title", ""),
        ("cap", "caption", ""),
        ("q", "Quote", ""),
        ("code", "Source Code", ""),
        ("toc1", "toc 1", ""),
    )
)
NUMBERING = "".join(
    f'<w:abstractNum w:abstractNumId="{key}">'
    + "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/><w:pPr><w:ind w:left="{360 * (level + 1)}"/></w:pPr></w:lvl>'
        for level in range(3)
    )
    + "</w:abstractNum>"
    for key, kind, text in (("0", "bullet", "•"), ("1", "decimal", "%1."))
) + "".join(
    f'<w:num w:numId="{key}"><w:abstractNumId w:val="{kind}"/></w:num>'
    for key, kind in (("1", "0"), ("2", "1"), ("3", "1"))
)


def png(width: int = 60, height: int = 40, colour: str = "red", form: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(held, form)
    return held.getvalue()


def run(text: str, properties: str = "") -> str:
    said = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{said}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(
    inner: str, *, style: str = "", number: tuple[int, int] | None = None, more: str = ""
) -> str:
    said = f'<w:pStyle w:val="{style}"/>' if style else ""
    if number:
        said += f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>'
    said += more
    if not inner.startswith("<"):
        inner = run(inner)
    return f"<w:p><w:pPr>{said}</w:pPr>{inner}</w:p>"


def picture(key: str, *, alt: str = "", crop: str = "", anchored: bool = False) -> str:
    kind = "anchor" if anchored else "inline"
    cut = f"<a:srcRect {crop}/>" if crop else ""
    return (
        f'<w:r><w:drawing><wp:{kind}><wp:docPr id="1" name="Picture 1" descr="{alt}"/><a:graphic>'
        f'<a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="{key}"/>{cut}</pic:blipFill>'
        f"</pic:pic></a:graphicData></a:graphic></wp:{kind}></w:drawing></w:r>"
    )


def table(
    rows: Sequence[Sequence[str]], *, cells: Mapping[tuple[int, int], str] | None = None
) -> str:
    """A table; ``cells`` gives properties of single cells."""
    made = ""
    for n, row in enumerate(rows):
        made += "<w:tr>"
        for m, cell in enumerate(row):
            said = (cells or {}).get((n, m), "")
            inner = cell if cell.startswith("<w:p>") else paragraph(cell)
            made += f"<w:tc><w:tcPr>{said}</w:tcPr>{inner}</w:tc>"
        made += "</w:tr>"
    return f"<w:tbl>{made}</w:tbl>"


def docx(
    body: str,
    *,
    media: Mapping[str, bytes] | None = None,
    links: Mapping[str, str] | None = None,
    footnotes: Mapping[int, str] | None = None,
    core: str = "",
    styles: str = STYLES,
) -> bytes:
    """A Word document. ``media``: relation id -> bytes; ``links``: relation id -> address."""
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(
            ("r1", "officeDocument", "word/document.xml"),
            ("r2", "core-properties", "docProps/core.xml"),
        ),
        "docProps/core.xml": f'<cp xmlns:dc="http://purl.org/dc/elements/1.1/">{core}</cp>',
        "word/document.xml": f"<w:document {_SPACES}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {_SPACES}>{styles}</w:styles>",
        "word/numbering.xml": f"<w:numbering {_SPACES}>{NUMBERING}</w:numbering>",
    }
    rows = [("s", "styles", "styles.xml"), ("n", "numbering", "numbering.xml")]
    for key, content in (media or {}).items():
        files[f"word/media/{key}.png"] = content
        rows.append((key, "image", f"media/{key}.png"))
    if footnotes:
        inner = "".join(
            f'<w:footnote w:id="{key}">{paragraph(text)}</w:footnote>'
            for key, text in footnotes.items()
        )
        files["word/footnotes.xml"] = f"<w:footnotes {_SPACES}>{inner}</w:footnotes>"
        rows.append(("f", "footnotes", "footnotes.xml"))
    said = relations(*rows)
    for key, address in (links or {}).items():
        said = said.replace(
            "</Relationships>",
            f'<Relationship Id="{key}" Type="{OFFICE}/hyperlink" Target="{address}" '
            'TargetMode="External"/></Relationships>',
        )
    files["word/_rels/document.xml.rels"] = said
    return archive(files)


def epub(
    pages: Mapping[str, str],
    *,
    nav: str = "",
    ncx: str = "",
    media: Mapping[str, bytes] | None = None,
    facts: str = "<dc:title>Book</dc:title><dc:language>en</dc:language>",
) -> bytes:
    """A book; ``pages``: name -> what stands in its body."""
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(pages)
    )
    if nav:
        items += (
            '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        )
    if ncx:
        items += '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:c"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": '<package xmlns="urn:o" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"{facts}</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
    }
    for name, inner in pages.items():
        files[f"OEBPS/{name}"] = (
            '<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
            'xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head>'
            f"<body>{inner}</body></html>"
        )
    if nav:
        files["OEBPS/nav.xhtml"] = (
            '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>'
            f'<nav epub:type="toc"><ol>{nav}</ol></nav></body></html>'
        )
    if ncx:
        files["OEBPS/toc.ncx"] = f'<ncx xmlns="urn:n"><navMap>{ncx}</navMap></ncx>'
    for name, content in (media or {}).items():
        files[f"OEBPS/{name}"] = content
    return archive(files, stored=["mimetype"])


class Reader:
    """Reads a document's bytes and looks at what came of it as the library would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pictures = folder / "pictures"
        self.pictures.mkdir()

    def read(self, content: bytes, name: str, *, lang: str | None = None) -> DocumentReading:
        path = self.folder / name
        path.write_bytes(content)
        reading = read_document(
            path, name=name, folder=self.pictures, lang=lang, beside=self.folder
        )
        check(reading)
        return reading


class _Resolver:
    def __call__(self, address: str, *, alt: str | None, is_image: bool) -> Target:
        media = MediaTarget("image/png", 1, "x.png", 10, 10) if is_image else None
        return Target(address, media=media)

    def describe(self, media: MediaTarget, *, lang: str) -> str:
        return "PNG"


def check(reading: DocumentReading) -> None:
    """What holds for every reading: sources are read as the blocks that they are, and each is set."""
    for section, _, _ in reading.root.walk():
        blocks = [draft.parsed for draft in section.texts[reading.lang]]
        assert split(join(blocks)) == blocks
        assert section.texts[reading.lang][0].role == "title"
        for block in blocks:
            assert html_of(block.source, block.kind) or block.kind is BlockKind.REFERENCE


def html_of(source: str, kind: BlockKind = BlockKind.PARAGRAPH) -> str:
    return render(source, kind=kind, lang="en", resolve=_Resolver())


def sources(section: SectionDraft, lang: str) -> list[str]:
    return [draft.parsed.source for draft in section.texts[lang]]


def sections(reading: DocumentReading) -> dict[str, list[str]]:
    """The sources of all sections by path; the root's is empty."""
    return {path: sources(one, reading.lang) for one, path, _ in reading.root.walk()}


def remarks(reading: DocumentReading) -> str:
    return "\n".join(map(str, reading.notes))
