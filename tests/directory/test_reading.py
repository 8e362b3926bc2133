from __future__ import annotations

from sqlalchemy.orm import Session

from library.directory import reading
from tests.factories import make_institution, make_partnership


def test_institutions_are_named_along_the_readers_chain(session: Session) -> None:
    make_institution(session, key="a", names={"zh-Hans": "甲学院", "en": "College A"})
    make_institution(session, key="b", names={"zh-Hans": "乙学院", "th": "วิทยาลัย"})
    make_institution(session, key="c", names={"km": "មហាវិទ្យាល័យ"})
    lines = reading.institution_lines(session, lang="lo")
    assert [(line.key, line.name, line.lang) for line in lines] == [
        ("a", "College A", "en"),
        ("b", "วิทยาลัย", "th"),
        ("c", "មហាវិទ្យាល័យ", "km"),
    ]


def test_a_name_that_is_in_no_language_of_the_chain_but_the_source_is_shown(
    session: Session,
) -> None:
    make_institution(session, names={"km": "មហាវិទ្យាល័យ", "vi": "Trường"})
    (line,) = reading.institution_lines(session, lang="fr")
    assert (line.name, line.lang) == ("មហាវិទ្យាល័យ", "km")


def test_a_line_carries_the_facts_that_lists_filter_by(session: Session) -> None:
    make_institution(session, type="university", country="KE", city="Nairobi", sample=True)
    (line,) = reading.institution_lines(session, lang="en")
    assert (line.type, line.country, line.city, line.sample) == (
        "university",
        "KE",
        "Nairobi",
        True,
    )


def test_partnerships_carry_brand_place_and_founding(session: Session) -> None:
    make_partnership(session, founded="2023-12", city="Mbeya")
    (line,) = reading.partnership_lines(session, lang="zh-Hans")
    assert line.name == "姆贝亚鲁班工坊"
    assert (line.brand, line.city, line.founded) == ("luban-workshop", "Mbeya", "2023-12")


def test_texts_are_read_by_key_and_language(session: Session) -> None:
    make_institution(session, key="a", summary="What it is.")
    make_institution(session, key="b", names={"fr": "Collège"})
    texts = reading.institution_texts(session, ["a"])
    assert set(texts) == {"a"}
    assert texts["a"]["zh-Hans"].summary == "What it is."
    assert reading.institution_texts(session, []) == {}
    make_partnership(session)
    there = reading.partnership_texts(session, ["mbeya-workshop"])
    assert there["mbeya-workshop"]["en"].name == "Mbeya Luban Workshop"
    assert reading.partnership_texts(session, []) == {}


def test_an_institutions_page_names_its_partnerships_with_its_part(session: Session) -> None:
    make_institution(session)
    make_institution(session, key="other")
    make_partnership(session, members=[("other", "lead"), ("mbeya-college", "host")])
    page = reading.institution_page(session, key="mbeya-college", lang="zh-Hans")
    assert page is not None
    assert list(page.texts) == ["en", "zh-Hans"]
    ((line, role),) = page.partnerships
    assert (line.name, role) == ("姆贝亚鲁班工坊", "host")


def test_the_source_language_comes_first_among_the_texts(session: Session) -> None:
    make_institution(session, names={"zh-Hans": "学院", "ar": "كلية", "en": "College"})
    page = reading.institution_page(session, key="mbeya-college", lang="en")
    assert page is not None
    assert list(page.texts) == ["zh-Hans", "ar", "en"]


def test_a_partnerships_page_names_its_members_in_their_order(session: Session) -> None:
    for key in ("one", "two", "three"):
        make_institution(session, key=key, names={"en": key.title()})
    make_partnership(session, members=[("two", "lead"), ("one", "host"), ("three", "partner")])
    page = reading.partnership_page(session, key="mbeya-workshop", lang="fr")
    assert page is not None
    assert [(line.name, role) for line, role in page.members] == [
        ("Two", "lead"),
        ("One", "host"),
        ("Three", "partner"),
    ]


def test_an_unknown_key_has_no_page(session: Session) -> None:
    assert reading.institution_page(session, key="none", lang="en") is None
    assert reading.partnership_page(session, key="none", lang="en") is None
