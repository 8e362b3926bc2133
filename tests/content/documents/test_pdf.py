"""PDF files: by hand where Chromium is not needed, and as Chromium prints them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from library.errors import Invalid, Malformed
from tests.content.documents.files import Reader, remarks, sections
from tests.judges.browser import chromium

_RED = (200, 30, 30)


def pdf(pages: list[list[tuple[float, float, int, str]]], *, picture: bool = False) -> bytes:
    """A PDF of lines: left, base line, size and text; sizes above 100 mean bold of that minus 100."""
    objects: list[bytes] = [b"", b""]

    def add(content: bytes) -> int:
        objects.append(content)
        return len(objects)

    plain = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    bold = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>")
    image = 0
    if picture:
        held = io.BytesIO()
        Image.new("RGB", (80, 60), _RED).save(held, "JPEG")
        content = held.getvalue()
        image = add(
            b"<< /Type /XObject /Subtype /Image /Width 80 /Height 60 /ColorSpace /DeviceRGB "
            b"/BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n"
            % len(content)
            + content
            + b"\nendstream"
        )
    kids = []
    for lines in pages:
        said = b"BT\n"
        for left, base, size, text in lines:
            font = b"/B" if size > 100 else b"/F"
            size = size - 100 if size > 100 else size
            escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode()
            said += b"%s %d Tf 1 0 0 1 %.1f %.1f Tm (%s) Tj\n" % (font, size, left, base, escaped)
        said += b"ET\n"
        if picture:
            said += b"q 160 0 0 120 60 300 cm /I Do Q\n"
        stream = add(b"<< /Length %d >>\nstream\n" % len(said) + said + b"endstream")
        images = b"/XObject << /I %d 0 R >>" % image if image else b""
        kids.append(
            add(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 560] /Contents %d 0 R /Resources << /Font "
                b"<< /F %d 0 R /B %d 0 R >> %s >> >>" % (stream, plain, bold, images)
            )
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>"
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), listed)
    out = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        start,
    )


def lines(*texts: str, top: float = 480) -> list[tuple[float, float, int, str]]:
    return [(50, top - 14 * n, 10, text) for n, text in enumerate(texts)]


FULL = "The contactor closes when its coil is energised by the control circuit"


def test_lines_are_paragraphs_again_and_large_ones_headings(reader: Reader) -> None:
    content = pdf(
        [
            [
                (50, 520, 20, "Motor control"),
                (50, 496, 14, "First steps"),
                *lines(FULL, "and opens when the circuit is inter-", "rupted by the stop button."),
                *lines("A second paragraph stands apart from it.", top=420),
                (50, 395, 14, "Next steps"),
                *lines("1. Switch off", "2. Lock", "3. Measure", top=375),
            ]
        ]
    )
    found = reader.read(content, "x.pdf")
    assert found.title == "Motor control"
    assert found.lang == "en-GB"
    assert sections(found)["first-steps"][1:] == [
        f"{FULL} and opens when the circuit is interrupted by the stop button.",
        "A second paragraph stands apart from it.",
    ]
    assert sections(found)["next-steps"][1:] == ["1. Switch off\n2. Lock\n3. Measure"]
    assert "guessed" in remarks(found)


def test_running_heads_and_page_numbers_are_left_out(reader: Reader) -> None:
    pages = [
        [
            (50, 540, 8, f"Handbook 2026, page {n}"),
            *lines(f"{word} it is."),
            (200, 20, 8, f"- {n} -"),
        ]
        for n, word in enumerate(("One", "Two", "Three", "Four", "Five"), 1)
    ]
    text = "\n".join(sections(reader.read(pdf(pages), "x.pdf"))[""])
    assert "Handbook" not in text
    assert "- 3 -" not in text
    assert "Four it is." in text


def test_pictures_of_pages_are_kept_where_they_stand(reader: Reader) -> None:
    content = pdf([[*lines("Above the picture."), *lines("Below it.", top=250)]], picture=True)
    found = reader.read(content, "x.pdf")
    assert sections(found)[""][1:] == [
        "Above the picture.",
        "![](images/page-1-1.jpg)",
        "Below it.",
    ]
    with Image.open(reader.pictures / "page-1-1.jpg") as kept:
        assert kept.size == (80, 60)


def test_what_is_no_pdf_or_has_no_text_is_refused(reader: Reader) -> None:
    with pytest.raises(Malformed):
        reader.read(b"%PDF-1.7\nnothing more", "x.pdf")
    with pytest.raises(Invalid, match="no text"):
        reader.read(pdf([[]]), "y.pdf")


@pytest.mark.browser
def test_a_book_printed_by_chromium_with_its_outline(reader: Reader) -> None:
    html = (
        '<html lang="fr"><style>@page{size:A5;margin:2cm}body{font:11pt serif}</style>'
        "<h1>Manuel</h1><h2>1 Introduction</h2>"
        + "".join(
            "<p>Le contacteur est un appareil qui établit ou interrompt un circuit de puissance lorsque "
            f"sa bobine est alimentée. Numéro {n}.</p>"
            for n in range(9)
        )
        + "<h2>2 中文</h2><p>断开电源之后，用万用表测量绝缘电阻，确认设备没有带电，然后再开始检修工作。</p>"
        '<h2 dir="rtl">العربية</h2><p dir="rtl">قس مقاومة العزل قبل تشغيل المحرك.</p></html>'
    )
    with chromium() as browser:
        printed = browser.new_page()
        printed.set_content(html)
        content = printed.pdf(prefer_css_page_size=True, outline=True, tagged=True)
    found = reader.read(content, "x.pdf")
    made = sections(found)
    assert found.title == "Manuel"
    assert list(made) == ["", "introduction", "中文", "العربية"]
    assert len(made["introduction"]) == 10
    assert made["introduction"][1].endswith("sa bobine est alimentée. Numéro 0.")
    assert made["中文"][1:] == [
        "断开电源之后，用万用表测量绝缘电阻，确认设备没有带电，然后再开始检修工作。"
    ]
    assert made["العربية"][1:] == ["قس مقاومة العزل قبل تشغيل المحرك."]


def test_rows_whose_cells_stand_apart_are_a_table(reader: Reader) -> None:
    content = pdf(
        [
            [
                *lines(f"{FULL}."),
                *(
                    cell
                    for n, row in enumerate((("Screw", "Torque in Nm"), ("M4", "2.5"), ("M5", "5")))
                    for cell in ((50, 440 - 20 * n, 10, row[0]), (200, 440 - 20 * n, 10, row[1]))
                ),
                *lines("1 Introduction . . . . . . . . 3", "2 Tools . . . . . . . . . 17", top=300),
                *lines("3 Index . . . . . . . . . . 20", top=272),
            ]
        ]
    )
    assert sections(reader.read(content, "x.pdf"))[""][1:] == [
        f"{FULL}.",
        "| Screw | Torque in Nm |\n| --- | --- |\n| M4 | 2.5 |\n| M5 | 5 |",
    ]
