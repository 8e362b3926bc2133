from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from library.catalogue.drafts import EditionDraft
from library.catalogue.models import Block
from library.http.services import Services
from tests.factories import make_media, make_work, root_texts, section_draft
from tests.web.page import ParsedPage

WORK = "/en/courses/measuring-safely"


def _lesson(title: str, *paragraphs: str) -> str:
    return f"# {title}\n\n" + "\n\n".join(paragraphs) + "\n"


@pytest.fixture
def course(session: Session) -> Session:
    """Two lessons in English and Chinese; the French stops after the first paragraph of the first."""
    make_work(
        session,
        languages=["en", "zh-Hans", "fr"],
        sections={
            "volts": {
                "en": _lesson("Volts", "First.", "Second with a [link](../amperes/)."),
                "zh-Hans": _lesson("伏特", "第一。", "第二，见[链接](../amperes/)。"),
                "fr": _lesson("Volts en français", "Premier."),
            },
            "amperes": {
                "en": _lesson("Amperes", "Third."),
                "zh-Hans": _lesson("安培", "第三。"),
            },
        },
        editions={"fr": EditionDraft(origin="machine")},
    )
    session.commit()
    return session


def test_a_section_says_where_it_is_and_leads_on(client: FlaskClient, course: Session) -> None:
    page = ParsedPage(client.get(f"{WORK}/volts"))
    assert page.heading == "Volts"
    assert page.title == "Volts · Measuring safely · Mortise"
    assert page.words_of("where")[0].startswith("1 of 2, ")
    assert page.find("//a[@rel='prev']/@href") == [WORK]
    assert page.find("//a[@rel='next']/@href") == [f"{WORK}/amperes"]
    assert page.words("//a[@rel='next']") == ["Next Amperes"]
    last = ParsedPage(client.get(f"{WORK}/amperes"))
    assert not last.find("//a[@rel='next']")


def test_links_in_texts_stay_in_the_readers_language_and_choices(
    client: FlaskClient, course: Session
) -> None:
    plain = ParsedPage(client.get(f"{WORK}/volts"))
    assert plain.find("//article//a[.='link']/@href") == [f"{WORK}/amperes"]
    two = ParsedPage(client.get(f"{WORK}/volts?with=zh-Hans&saver=on"))
    wanted = f"{WORK}/amperes?with=zh-Hans&saver=on"
    assert two.find("//article//a[.='link']/@href") == [wanted]
    assert two.find("//article//a[.='链接']/@href") == [wanted]
    assert two.find("//a[@rel='next']/@href") == [wanted]
    assert f"{WORK}?with=zh-Hans&saver=on" in two.links


def test_the_second_language_is_kept_inside_the_work_and_dropped_outside(
    client: FlaskClient, course: Session
) -> None:
    page = ParsedPage(client.get(f"{WORK}/volts?with=zh-Hans"))
    inside = [link for link in page.links if link.startswith(f"{WORK}")]
    assert "/en/courses" in page.links
    assert not [link for link in page.links if "with=" in link and link not in inside]


def test_paragraphs_have_anchors_and_lasting_links(client: FlaskClient, course: Session) -> None:
    page = ParsedPage(client.get(f"{WORK}/volts"))
    uuids = {str(block.uuid) for block in course.query(Block).all()}
    for pair in page.having("pair"):
        (pin,) = pair.xpath("./a[@class='pin']")
        uuid = pin.get("href").removeprefix("/id/").removesuffix("?lang=en")
        assert uuid in uuids
        assert pair.get("id") == f"b-{uuid[:8]}"
        assert "Lasting link" in pin.get("aria-label")


def test_a_gap_is_an_open_place_beside_the_text_that_is_there(
    client: FlaskClient, course: Session
) -> None:
    page = ParsedPage(client.get("/fr/courses/measuring-safely/volts?with=zh-Hans"))
    first, second = page.having("pair")
    assert not first.xpath(".//*[@class='gone']")
    assert second.xpath(".//*[@class='gone']")
    assert "第二" in second.text_content()
    assert "lack" in second.get("class")
    assert page.having("seam")[0].text_content().startswith("Français, 1 ")


def test_read_alone_a_gap_is_filled_from_the_chain_and_marked(
    client: FlaskClient, course: Session
) -> None:
    page = ParsedPage(client.get("/fr/courses/measuring-safely/volts"))
    second = page.having("pair")[1]
    (text,) = second.xpath("./*[@class='a']")
    assert text.get("lang") == "en"
    assert second.xpath(".//*[@class='state']")


def test_what_holds_for_a_whole_edition_is_said_once(client: FlaskClient, course: Session) -> None:
    page = ParsedPage(client.get("/fr/courses/measuring-safely/volts"))
    notes = page.words_of("note")
    assert len(notes) == 2
    assert "%" in notes[1]  # how complete it is, in French
    assert not page.having("state")[1:]  # of the paragraphs, only the one that is missing says more


def test_a_section_without_any_text_in_the_language_is_said_to_be_and_not_indexed(
    client: FlaskClient, course: Session
) -> None:
    page = ParsedPage(client.get("/fr/courses/measuring-safely/amperes"))
    assert page.noindex
    assert page.canonical == "https://library.example.org/en/courses/measuring-safely/amperes"
    assert not page.having("state")
    (text,) = page.find("//article//*[@class='a']")
    assert text.get("lang") == "en"
    beside = ParsedPage(client.get("/fr/courses/measuring-safely/amperes?with=zh-Hans"))
    assert not beside.having("gone")
    assert "第三" in beside.text


def test_only_languages_that_have_the_section_are_alternates(
    client: FlaskClient, course: Session
) -> None:
    page = ParsedPage(client.get(f"{WORK}/amperes"))
    assert set(page.alternates) == {"en", "zh-Hans", "x-default"}
    assert set(ParsedPage(client.get(f"{WORK}/volts")).alternates) == {
        "en",
        "zh-Hans",
        "fr",
        "x-default",
    }


def test_a_stale_paragraph_says_so_where_it_stands(client: FlaskClient, session: Session) -> None:
    sections = {
        "volts": {
            "en": _lesson("Volts", "<!-- block: one -->\nFirst.", "<!-- block: two -->\nSecond."),
            "zh-Hans": _lesson(
                "伏特",
                f"<!-- block: one from={'0' * 32} -->\n第一。",
                "<!-- block: two -->\n第二。",
            ),
        }
    }
    make_work(session, sections=sections)
    session.commit()
    page = ParsedPage(client.get(f"{WORK}/volts?with=zh-Hans"))
    shapes = [pair.get("class") for pair in page.having("pair")]
    assert shapes == ["pair stale", "pair"]
    (state,) = page.having("state")
    assert "changed" in state.text_content()
    assert state.get("lang") == "en"  # it stands in the Chinese column and is English


def test_machine_made_paragraphs_of_a_human_edition_are_marked_one_by_one(
    client: FlaskClient, session: Session
) -> None:
    sections = {
        "volts": {
            "en": _lesson("Volts", "First.", "Second."),
            "zh-Hans": _lesson("伏特", "<!-- block: x origin=machine -->\n第一。", "第二。"),
        }
    }
    make_work(session, sections=sections)
    session.commit()
    page = ParsedPage(client.get("/zh-Hans/courses/measuring-safely/volts"))
    assert len(page.having("state")) == 1
    assert not page.having("note")


def test_with_the_data_saver_no_picture_loads_until_tapped(
    client: FlaskClient, session: Session, services: Services
) -> None:
    picture = make_media(
        services.store, "volts/wiring.svg", b"<svg/>" * 700, "image/svg+xml", width=60, height=40
    )
    film = make_media(services.store, "volts/film.mp4", b"0" * 2_000_000, "video/mp4")
    text = (
        '# Volts\n\n![The "wiring"](wiring.svg "Figure 1")\n\nA line with ![small](wiring.svg) '
        "in it.\n\n![How it turns](film.mp4)\n"
    )
    make_work(session, languages=["en"], sections={"volts": {"en": text}}, media=[picture, film])
    session.commit()
    plain = ParsedPage(client.get(f"{WORK}/volts"))
    assert len(plain.find("//img")) == 2
    assert not plain.having("picture")
    for answer in (
        client.get(f"{WORK}/volts?saver=on"),
        client.get(f"{WORK}/volts", headers={"Save-Data": "on"}),
    ):
        assert "Save-Data" in answer.headers["Vary"]
        page = ParsedPage(answer)
        assert [w.replace("\u00a0", " ") for w in page.words("//details/summary")[-2:]] == [
            'Show picture: The "wiring" (SVG, 4.2 kB)',
            "Show player: How it turns (MP4, 2 MB)",
        ]
        assert not page.find("//img[not(ancestor::details[@class='picture'])]")
        assert page.find("//img/@loading") == ["lazy"]
        (inline,) = page.find("//a[@class='picture']")
        assert inline.get("href") == f"/media/{picture.sha256}/wiring.svg"
    off = ParsedPage(client.get(f"{WORK}/volts?saver=off", headers={"Save-Data": "on"}))
    assert len(off.find("//img")) == 2


def test_the_switch_of_the_data_saver_turns_it_the_other_way(
    client: FlaskClient, course: Session
) -> None:
    off = ParsedPage(client.get(f"{WORK}/volts?with=zh-Hans"))
    assert f"{WORK}/volts?with=zh-Hans&saver=on" in off.links
    on = ParsedPage(client.get(f"{WORK}/volts?with=zh-Hans&saver=on"))
    assert f"{WORK}/volts?with=zh-Hans" in on.links
    asked = ParsedPage(client.get(f"{WORK}/volts", headers={"Save-Data": "on"}))
    assert f"{WORK}/volts?saver=off" in asked.links


def test_a_part_lists_what_is_in_it(client: FlaskClient, session: Session) -> None:
    lesson = section_draft("lesson", {"en": "# The lesson\n\nText.\n"})
    unit = section_draft("unit", {"en": "# The unit\n"}, sections=[lesson])
    make_work(session, languages=["en"], sections=[unit])
    session.commit()
    page = ParsedPage(client.get(f"{WORK}/unit"))
    assert f"{WORK}/unit/lesson" in page.links
    assert not page.having("empty")
    inner = ParsedPage(client.get(f"{WORK}/unit/lesson"))
    assert inner.words("//nav[contains(@class, 'crumbs')]//li") == [
        "Library",
        "Courses",
        "Measuring safely",
        "The unit",
        "The lesson",
    ]


def test_an_unknown_section_is_not_found(client: FlaskClient, course: Session) -> None:
    for path in ("nowhere", "volts/deeper", "%00", "volts%2F"):
        assert client.get(f"{WORK}/{path}").status_code in (404, 308)


def test_keys_in_any_script_have_addresses(client: FlaskClient, session: Session) -> None:
    make_work(session, languages=["en"], sections={"安全 1": root_texts(["en"])})
    session.commit()
    page = ParsedPage(client.get(WORK))
    (address,) = {link for link in page.links if "%E5" in link}
    assert ParsedPage(client.get(address)).canonical == f"https://library.example.org{address}"


def test_notes_without_a_title_get_one_in_the_interfaces_language(
    client: FlaskClient, session: Session
) -> None:
    text = '# Volts\n\n> [!WARNING]\n> Hot.\n\n!!! danger "Own title"\n    Live.\n'
    make_work(session, languages=["en"], sections={"volts": {"en": text}})
    session.commit()
    page = ParsedPage(client.get(f"{WORK}/volts"))
    assert page.words_of("note-title") == ["Warning", "Own title"]


def test_a_long_work_shows_the_way_to_here_and_not_all_of_itself(
    client: FlaskClient, session: Session
) -> None:
    units = [
        section_draft(
            f"unit-{n}",
            {"en": f"# Unit {n}\n"},
            sections=[
                section_draft(f"lesson-{m}", {"en": f"# Lesson {n}.{m}\n\nText.\n"})
                for m in range(30)
            ],
        )
        for n in range(4)
    ]
    make_work(session, languages=["en"], sections=units)
    session.commit()
    page = ParsedPage(client.get(f"{WORK}/unit-2/lesson-3"))
    contents = page.find("//details[contains(@class, 'contents')]//a/@href")
    assert f"{WORK}/unit-2/lesson-29" in contents
    assert f"{WORK}/unit-1" in contents
    assert f"{WORK}/unit-1/lesson-0" not in contents


def test_every_piece_in_another_language_is_marked(client: FlaskClient, course: Session) -> None:
    page = ParsedPage(client.get("/ar/courses/measuring-safely/volts?with=zh-Hans"))
    assert page.root.get("lang") == "ar"
    for side in page.find("//article//*[@class='a' or @class='b']"):
        assert side.get("lang") in ("en", "zh-Hans")
        assert side.get("dir") == "ltr"
    assert page.one("//h1").get("lang") == "en"
