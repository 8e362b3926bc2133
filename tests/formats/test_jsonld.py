from __future__ import annotations

import datetime as dt
import json
import time
import uuid as uuids
from typing import Any

import pytest
from sqlalchemy.orm import Session

from library.catalogue.listing import Card, cards
from library.catalogue.models import Work
from library.catalogue.reading import contents, editions_of
from library.directory.models import Institution, Partnership
from library.formats import jsonld
from library.terms.drafts import LanguageDraft, TermDraft
from library.terms.models import Concept
from tests.factories import make_institution, make_work

BASE = "https://library.example.org"


def described(session: Session, lang: str = "fr", **facts: Any) -> tuple[Work, dict[str, Any]]:
    institution = make_institution(session)
    work = make_work(session, languages=("en", "fr", "ar"), institutions=["mbeya-college"], **facts)
    editions = editions_of(session, work)
    node = jsonld.work_page(
        base_url=BASE,
        lang=lang,
        work=work,
        editions=editions,
        title=editions[lang].title,
        summary=editions[lang].summary,
        sections=contents(session, work, lang=lang),
        institutions=[jsonld.Party(institution.uuid, "college", "Mbeya College", "en")],
    )
    return work, node


def test_one_work_is_one_node_on_the_page_of_every_language(session: Session) -> None:
    work, node = described(session)
    assert node["@id"] == f"{BASE}/id/{work.uuid}"
    assert node["@type"] == ["Course", "LearningResource"]
    assert node["url"] == f"{BASE}/fr/courses/measuring-safely"
    assert node["name"] == {"@value": "Mesurer sans danger", "@language": "fr"}
    assert sorted(node["inLanguage"]) == ["ar", "en", "fr"]
    assert node["provider"]["@type"] == "CollegeOrUniversity"


def test_facts_of_a_work_are_said_in_the_forms_of_schema_org(session: Session) -> None:
    _, node = described(session, hours=8, level="secondary", version="1.0", credits=2.0)
    assert node["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert node["timeRequired"] == "PT8H"
    assert node["numberOfCredits"] == 2
    assert node["educationalLevel"] == {"@value": "secondary", "@language": "en"}
    assert dt.datetime.fromisoformat(node["dateModified"]).tzinfo is not None


def test_translations_point_back_to_the_work_and_the_source_is_none_of_them(
    session: Session,
) -> None:
    work, node = described(session)
    translations = {one["inLanguage"]: one for one in node["workTranslation"]}
    assert set(translations) == {"fr", "ar"}
    assert translations["ar"]["url"] == f"{BASE}/ar/courses/measuring-safely"
    assert translations["ar"]["translationOfWork"] == {"@id": f"{BASE}/id/{work.uuid}"}


def test_only_the_first_level_of_the_contents_stands_on_a_works_page(session: Session) -> None:
    _, node = described(session)
    assert [part["name"]["@value"] for part in node["hasPart"]] == ["Mesurer sans danger"]
    assert node["hasPart"][0]["url"] == f"{BASE}/fr/courses/measuring-safely/first-steps"


def test_a_section_is_part_of_its_work(session: Session) -> None:
    work = make_work(session, kind="textbook", languages=("en", "fr"))
    node = contents(session, work, lang="en")[1]
    page = jsonld.section_page(
        base_url=BASE,
        lang="en",
        work=work,
        title=node.title,
        node=node,
        position=1,
        work_title="Measuring safely",
        languages=["en", "fr"],
    )
    assert page["@type"] == ["Chapter", "LearningResource"]
    assert page["@id"] == f"{BASE}/id/{node.uuid}"
    assert page["isPartOf"]["@id"] == f"{BASE}/id/{work.uuid}"
    assert page["inLanguage"] == ["en", "fr"]


def test_nothing_in_a_description_can_end_the_script_element() -> None:
    said = jsonld.script({"name": "</script><script>alert(1)</script>\u2028&<!--"})
    assert said.count("<") == 2
    inside = said.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert json.loads(inside)["name"] == "</script><script>alert(1)</script>\u2028&<!--"
    assert "\u2028" not in said


def test_several_descriptions_share_one_element() -> None:
    said = jsonld.script({"a": 1}, {"b": 2})
    assert said == '<script type="application/ld+json">[{"a":1},{"b":2}]</script>'


def test_a_list_page_counts_all_and_names_those_on_the_page(session: Session) -> None:
    works = [make_work(session, key=f"work-{n}") for n in range(3)]
    shown = cards(session, [work.id for work in works], lang="zh-Hans")
    node = jsonld.list_page(
        base_url=BASE,
        lang="zh-Hans",
        path="/zh-Hans/courses?page=2",
        title="课程",
        cards=shown,
        total=23,
        offset=20,
    )
    items = node["mainEntity"]
    assert items["numberOfItems"] == 23
    assert [item["position"] for item in items["itemListElement"]] == [21, 22, 23]
    assert items["itemListElement"][0]["url"] == f"{BASE}/zh-Hans/courses/work-0"


def card(n: int) -> Card:
    now = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    return Card(
        id=n, uuid=uuids.uuid4(), kind="course", key=f"work-{n}", title="电气设备" * 5,
        lang="zh-Hans", other=None, other_lang=None, summary="", summary_lang="en", badges=[],
        institution=None, institution_lang=None, level=None, hours=None, minutes=None, sections=1,
        bytes=1, media_bytes=0, sample=False, published_at=now, updated_at=now,
    )  # fmt: skip


def test_describing_a_list_of_twenty_takes_a_fraction_of_a_millisecond() -> None:
    shown = [card(n) for n in range(20)]

    def once() -> float:
        start = time.perf_counter()
        jsonld.script(
            jsonld.list_page(
                base_url=BASE, lang="en", path="/en/courses", title="C", cards=shown, total=20
            )
        )
        return time.perf_counter() - start

    # The best of many: what it costs, not what else the machine was doing.
    assert min(once() for _ in range(200)) < 0.0003


def test_the_home_page_says_how_to_search() -> None:
    node = jsonld.home(base_url=BASE, lang="fr", site_name="Mortise", languages=["en", "fr"])
    assert node["potentialAction"]["target"]["urlTemplate"] == (
        f"{BASE}/fr/search?q={{search_term_string}}"
    )


def test_an_institution_has_all_its_names_and_only_a_safe_website() -> None:
    row = Institution(
        uuid=uuids.uuid4(), key="k", type="ministry", country="PK", city="Gwadar",
        website="javascript:alert(1)", source_language="en",
    )  # fmt: skip
    node = jsonld.institution(row, base_url=BASE, lang="en", names={"en": "M", "ur": "و"})
    assert node["@type"] == "GovernmentOrganization"
    assert [name["@language"] for name in node["name"]] == ["en", "ur"]
    assert node["address"]["addressCountry"] == "PK"
    assert "sameAs" not in node


def test_a_partnership_says_brand_place_and_members() -> None:
    row = Partnership(
        uuid=uuids.uuid4(), key="k", type="consortium", brand="luban-workshop", founded="2023-12",
        latitude=11.5, longitude=104.9, website="https://example.org", source_language="en",
    )  # fmt: skip
    member = jsonld.Party(uuids.uuid4(), "college", "C", "en")
    node = jsonld.partnership(row, base_url=BASE, lang="en", names={"en": "P"}, members=[member])
    assert node["@type"] == "Consortium"
    assert node["brand"]["name"]["@value"] == "Luban Workshop"
    assert node["location"]["geo"]["longitude"] == 104.9
    assert node["member"][0]["@id"].endswith(str(member.uuid))
    assert node["foundingDate"] == "2023-12"
    assert node["sameAs"] == "https://example.org"


def test_a_forbidden_term_is_no_name_of_a_concept() -> None:
    row = Concept(uuid=uuids.uuid4(), key="encoder", source_language="en")
    said = {
        "en": LanguageDraft([TermDraft("encoder"), TermDraft("coder", "forbidden")], "A sensor."),
        "zh-Hans": LanguageDraft([TermDraft("编码器"), TermDraft("解码", "allowed")]),
    }
    node = jsonld.term(row, base_url=BASE, lang="en", said=said)
    assert [name["@value"] for name in node["name"]] == ["encoder", "编码器"]
    assert [name["@value"] for name in node["alternateName"]] == ["解码"]
    assert node["description"] == {"@value": "A sensor.", "@language": "en"}


@pytest.mark.parametrize("count", [1, 3])
def test_a_breadcrumb_counts_its_steps(count: int) -> None:
    trail = [(f"Step {n}", f"/en/{n}") for n in range(count)]
    node = jsonld.breadcrumb(base_url=BASE, trail=trail)
    assert [step["position"] for step in node["itemListElement"]] == list(range(1, count + 1))
    assert node["itemListElement"][-1]["item"] == f"{BASE}/en/{count - 1}"
