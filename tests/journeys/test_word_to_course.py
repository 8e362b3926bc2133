"""A real Word file becomes a published course in two languages, in browsers, by three people."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.shared import Cm
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from library.accounts import sittings
from library.db import make_engine, make_session_factory, session_scope, utc_now
from tests.factories import make_institution
from tests.judges.site import Site
from tests.people import make_person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_FORMULA = (
    f'<m:oMathPara xmlns:m="{_MATH}"><m:oMath><m:r><m:t>R=</m:t></m:r><m:f>'
    "<m:num><m:r><m:t>U</m:t></m:r></m:num><m:den><m:r><m:t>I</m:t></m:r></m:den></m:f>"
    "</m:oMath></m:oMathPara>"
)
_NO_WORDS = "A picture has no alternative text for readers who cannot see it."
_FRENCH = {
    "# Insulation of motors": "# Isolation des moteurs",
    "How to know": "Comment savoir si l'isolation d'un moteur est bonne.",
    "# Before you measure": "# Avant de mesurer",
    "Switch the motor off": "Coupez le moteur et attendez qu'il soit **froid**.",
}


def _document(path: Path) -> Path:
    """A course as a teacher writes it in Word: headings, a list, a table, a formula, a picture."""
    made = docx.Document()
    made.core_properties.author = "Asha Mushi"
    made.add_heading("Insulation of motors", 0)
    made.add_paragraph("How to know whether the insulation of a motor is good.")
    made.add_heading("Before you measure", 1)
    line = made.add_paragraph("Switch the motor off and wait until it is ")
    line.add_run("cold").bold = True
    line.add_run(".")
    for words in ("Lock the switch.", "Measure that there is no voltage."):
        made.add_paragraph(words, style="List Number")
    made.add_heading("Measuring", 1)
    made.add_paragraph("The resistance follows from voltage and current.")
    made.element.body.insert(-1, parse_xml(f'<w:p xmlns:w="{_WORD}">{_FORMULA}</w:p>'))
    table = made.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Winding", "Megohms"
    row = table.add_row().cells
    row[0].text, row[1].text = "U1 to earth", "120"
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(picture, "PNG")
    picture.seek(0)
    made.add_picture(picture, width=Cm(6))
    made.save(str(path))
    return path


@dataclass(slots=True)
class College:
    site: Site
    browser: Browser
    tokens: dict[str, str]

    def enter(self, role: str, *, width: int = 1280) -> BrowserContext:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, base_url=self.site.url, locale="en"
        )
        context.add_cookies([{"name": "desk", "value": self.tokens[role], "url": self.site.url}])
        return context


@pytest.fixture
def college(site: Site, browser: Browser) -> Iterator[College]:
    factory = make_session_factory(make_engine(f"sqlite:///{site.data / 'library.sqlite'}"))
    tokens: dict[str, str] = {}
    with session_scope(factory, write=True) as session:
        make_institution(session)
        for role in ("author", "reviewer", "publisher"):
            person = make_person(
                session,
                email=f"{role}@example.org",
                name=role.title(),
                roles=[(role, "mbeya-college")],
            )
            _, tokens[role] = sittings.begin(session, person, now=utc_now())
    with site.served("--workers", "1"):
        yield College(site, browser, tokens)


def _translate(page: Page, section: str) -> None:
    """Write the French beside the English, paragraph by paragraph, with the keyboard."""
    page.goto(f"{section}?to=fr")
    expect(page.locator("#editor")).to_have_attribute("data-ready", "yes")
    areas = page.locator("#blks > .blk:not([hidden]) textarea")
    beside = page.locator("#blks > .blk:not([hidden])")
    for at in range(areas.count()):
        said = beside.nth(at).inner_text()
        for english, french in _FRENCH.items():
            if english.lstrip("# ") in said:
                areas.nth(at).focus()
                page.keyboard.type(french)
    expect(page.locator("#standing")).to_have_text("Saved")


def test_a_word_file_becomes_a_course_in_two_languages(college: College, tmp_path: Path) -> None:
    path = _document(tmp_path / "Insulation of motors.docx")
    with college.enter("author") as context:
        page = context.new_page()
        page.goto("/en/desk/works/new/document")
        page.get_by_label("File").set_input_files(path)
        page.get_by_label("Kind").select_option("course")
        page.get_by_label("Language", exact=True).fill("en")
        page.get_by_label("Institution that answers for it").select_option("mbeya-college")
        page.get_by_label("Licence").fill("CC-BY-4.0")
        page.get_by_role("button", name="Read the document").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Insulation of motors")
        work = re.sub(r"[?#].*", "", page.url)
        sections = [
            str(link.get_attribute("href"))
            for link in page.locator("a[href*='/sections/']:not([href*='?'])").all()
        ]
        sections = list(dict.fromkeys(sections))
        assert len(sections) >= 3

        # The picture came without words, so nobody can be given it yet.
        page.goto(work)
        expect(page.locator("main")).to_contain_text(_NO_WORDS)
        page.goto(sections[-1])
        expect(page.locator("#editor")).to_have_attribute("data-ready", "yes")
        areas = page.locator("#blks textarea").all()
        area = next(one for one in areas if one.input_value().startswith("!["))
        area.fill(area.input_value().replace("![]", "![A teal terminal box]", 1))
        expect(page.locator("#standing")).to_have_text("Saved")
        page.goto(work)
        expect(page.locator("main")).not_to_contain_text(_NO_WORDS)

        page.goto(work)
        page.get_by_label("Begin a language").fill("fr")
        page.get_by_role("button", name="Begin", exact=True).click()
        for section in sections[:2]:
            _translate(page, section)
        page.goto(work)
        page.get_by_role("button", name=re.compile(r"^Offer\s*: French")).click()
        page.goto(f"{work}/review")
        page.get_by_role("button", name="Hand in for review").click()
        expect(page.get_by_role("status")).to_contain_text("It is handed in.")

    with college.enter("reviewer", width=390) as context:
        page = context.new_page()
        page.goto(f"{work}/preview")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(f"{work}/review")
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("status")).to_contain_text("It is approved")

    assert college.site.get("/en/courses/insulation-of-motors").status == 404
    with college.enter("publisher") as context:
        page = context.new_page()
        page.goto(f"{work}/review")
        page.get_by_role("button", name="Publish now").click()
        expect(page.get_by_role("status")).to_contain_text("Readers have it now")

    english = college.site.get("/en/courses/insulation-of-motors/measuring").text
    assert "<math" in english
    assert "<mfrac>" in english
    assert "<table" in english
    assert "120" in english
    assert 'alt="A teal terminal box"' in english
    picture = re.search(r'src="(/media/[^"]+)"', english)
    assert picture
    assert college.site.get(picture[1]).status == 200
    steps = college.site.get("/en/courses/insulation-of-motors/before-you-measure").text
    assert "<ol" in steps
    assert "<strong>cold</strong>" in steps
    french_page = college.site.get("/fr/courses/insulation-of-motors/before-you-measure").text
    assert "Avant de mesurer" in french_page
    assert "<strong>froid</strong>" in french_page
