from __future__ import annotations

import io
from pathlib import Path

import pytest

from library.errors import Invalid
from library.extraction import pdf
from library.extraction.extract import Cut, bounded
from tests.extraction.documents import pdf as make_pdf
from tests.extraction.documents import pdf_of_glyphs
from tests.judges.browser import chromium

#: A page for each script that a printed page does not hold letter by letter.
PRINTED = {
    "ar": "قِس مقاومة العزل قبل تشغيل المحرك ٣ مرات ثم اكتب القيمة في الجدول. لا تلمس السلك.",
    "ur": "تار کو چھونے سے پہلے بجلی بند کریں۔",
    "he": "מדוד את התנגדות הבידוד לפני ההפעלה",
    "zh-Hans": "断开电源之后，用万用表测量绝缘电阻，并把数值记录在表格里。",
    "ja": "絶縁抵抗を測定してください。",
    "th": "วัดค่าความต้านทานฉนวนก่อนเดินเครื่องมอเตอร์ทุกครั้ง น้ำมันที่ดี",
    "km": "វាស់ភាពធន់នៃអ៊ីសូឡង់មុនពេលដំណើរការម៉ូទ័រ",
    "lo": "ວັດແທກຄວາມຕ້ານທານ",
    "my": "မော်တာမလည်ပတ်မီ",
    "hi": "मोटर चलाने से पहले इन्सुलेशन प्रतिरोध मापें। शक्ति",
    "vi": "Đo điện trở cách điện trước khi chạy động cơ.",
    "ru": "Измеряйте сопротивление изоляции перед пуском.",
    "fr": "Mesurez la résistance d’isolement du câble n° 3 (effet efficace).",
}


def read(content: bytes) -> dict[str, str]:
    return {one.place: one.text for one in bounded(pdf.read(io.BytesIO(content), None))}


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is read of pages that Chromium has printed, by language."""
    page = "".join(
        f'<p lang="{lang}" dir="auto" style="font-size:18px;break-after:page">{text}</p>'
        for lang, text in PRINTED.items()
    )
    target = tmp_path_factory.mktemp("printed") / "page.pdf"
    with chromium() as browser:
        opened = browser.new_page()
        opened.set_content(f"<!doctype html><meta charset=utf-8>{page}")
        opened.pdf(path=str(target))
    found = read(target.read_bytes())
    return {
        lang: found.get(f"page={number}", "").replace("\n", " ")
        for number, lang in enumerate(PRINTED, 1)
    }


@pytest.mark.browser
@pytest.mark.parametrize("lang", PRINTED)
def test_a_printed_page_is_read_as_it_was_written(printed: dict[str, str], lang: str) -> None:
    assert printed[lang] == PRINTED[lang]


def test_a_sheet_in_four_languages_is_read_in_all_of_them() -> None:
    path = Path("content/resource/pdf-safety-signs-four-languages/safety-signs.pdf")
    text = read(path.read_bytes())["page=1"]
    for words in (
        "灭火器",
        "Fire\nextinguisher",
        "Lunettes de\nprotection",
        "مخرج الطوارئ",
        "خوذة السلامة",
    ):
        assert words in text


def test_pages_are_counted_from_one_and_empty_ones_are_passed_over() -> None:
    assert read(make_pdf(["First page", "", "Third (last) page"])) == {
        "page=1": "First page",
        "page=3": "Third (last) page",
    }


def test_presentation_forms_in_the_order_of_the_paper_become_words() -> None:
    # "قبل 12 العزل" as an old program writes it: shaped, from left to right.
    word = [(40, "\ufedd"), (45, "\ufeb0"), (50, "\ufecc"), (55, "\ufedf"), (60, "\u0627")]
    digits = [(70, "1"), (75, "2")]
    first = [(90, "\ufede"), (95, "\ufe92"), (100, "\ufed7")]
    assert read(pdf_of_glyphs(word + digits + first)) == {"page=1": "قبل 12 العزل"}


def test_one_glyph_for_lam_and_alef_is_two_letters_in_their_order() -> None:
    # سلام with the ligature, drawn from left to right: meem, lam-alef, seen.
    for ligature in ("\u0644\u0627", "\ufefc"):
        found = read(pdf_of_glyphs([(40, "م"), (45, ligature), (50, "س")]))
        assert found == {"page=1": "سلام"}


def test_a_word_broken_at_the_end_of_a_chinese_line_is_one_word() -> None:
    line = "断开电源之后用万用表测量绝缘电"
    glyphs = [(40 + 10 * n, char) for n, char in enumerate(line)]
    assert pdf._BROKEN.sub(r"\1", f"{line}\n阻并记录。\n第二行") == f"{line}阻并记录。\n第二行"
    assert read(pdf_of_glyphs(glyphs))["page=1"].replace(" ", "") == line


def test_a_file_that_wants_a_password_is_refused() -> None:
    with pytest.raises(Invalid, match="password"):
        read(make_pdf(["secret"], encrypted=True))


def test_of_ten_thousand_pages_the_first_are_read_and_the_rest_is_said() -> None:
    found = []
    with pytest.raises(Cut, match="first 5000 of 10000 pages"):
        found.extend(bounded(pdf.read(io.BytesIO(make_pdf(["page"] * 10_000)), None)))
