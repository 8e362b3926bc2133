"""Works on the desk: the lists, beginning, opening, the page of a manuscript, its facts and sections."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.actors import actor_of
from library.accounts.models import Person
from library.catalogue.models import Work
from library.editorial import manuscripts, queries
from library.editorial.models import Manuscript, State
from tests.factories import make_institution, make_work, section_draft
from tests.people import DeskClient, make_person, signed_in

AUTHOR = [("author", "mbeya-college")]


@pytest.fixture
def person(session: Session) -> Person:
    make_institution(session)
    made = make_person(session, roles=AUTHOR)
    session.commit()
    return made


@pytest.fixture
def asha(app: Flask, factory: sessionmaker[Session], person: Person) -> DeskClient:
    return signed_in(app, factory, person)


@pytest.fixture
def work(session: Session, person: Person) -> Work:
    made = make_work(session, institutions=["mbeya-college"], languages=("en", "fr"))
    session.commit()
    return made


@pytest.fixture
def manuscript(session: Session, work: Work, person: Person) -> Manuscript:
    made = manuscripts.open_work(session, work.uuid, by=actor_of(session, person))
    session.commit()
    return made


def _only(session: Session) -> Manuscript:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Manuscript)).one()


def test_a_blank_work_gets_its_address_from_its_title(asha: DeskClient, session: Session) -> None:
    answer = asha.send(
        "/en/desk/works/new",
        {
            "title": "Réparer une pompe",
            "kind": "lesson",
            "lang": "fr",
            "institution": "mbeya-college",
        },
    )
    made = _only(session)
    assert answer.status_code == 303
    assert f"/en/desk/works/{made.uuid}" in answer.location
    assert (made.kind, made.key, made.source_language) == ("lesson", "reparer-une-pompe", "fr")
    assert made.title == "Réparer une pompe"
    assert "Réparer une pompe" in asha.get(answer.location).text


def test_a_title_without_latin_letters_gets_an_address_that_can_be_typed(
    asha: DeskClient, session: Session
) -> None:
    for _ in range(2):
        asha.send(
            "/en/desk/works/new",
            {
                "title": "水泵的维修",
                "kind": "course",
                "lang": "zh-CN",
                "institution": "mbeya-college",
            },
        )
    first, second = session.scalars(select(Manuscript).order_by(Manuscript.id))
    assert re.fullmatch(r"course-\d{4}-\d\d-\d\d", first.key)
    assert second.key == f"{first.key}-2"
    assert first.source_language == "zh-Hans"


def test_what_was_typed_survives_what_is_refused(asha: DeskClient, session: Session) -> None:
    answer = asha.send(
        "/en/desk/works/new",
        {
            "title": "<b>Pumps</b>",
            "kind": "lesson",
            "lang": "nonsense!",
            "institution": "mbeya-college",
        },
    )
    assert answer.status_code == 422
    assert 'value="&lt;b&gt;Pumps&lt;/b&gt;"' in answer.text
    assert 'id="e-lang"' in answer.text
    assert session.scalar(select(Manuscript)) is None


def test_an_address_that_is_taken_is_said_beside_its_field(asha: DeskClient, work: Work) -> None:
    answer = asha.send(
        "/en/desk/works/new",
        {
            "title": "Again",
            "kind": work.kind,
            "key": work.key,
            "lang": "en",
            "institution": "mbeya-college",
        },
    )
    assert answer.status_code == 422
    assert 'id="e-key"' in answer.text


def test_only_who_may_begin_a_work_is_told_to(
    app: Flask, factory: sessionmaker[Session], session: Session, asha: DeskClient
) -> None:
    reviewer = make_person(session, email="r@example.org", roles=[("reviewer", "mbeya-college")])
    session.commit()
    assert "Begin a work from a blank page" in asha.get("/en/desk/works").text
    page = signed_in(app, factory, reviewer).get("/en/desk/works").text
    assert "Nothing is on the desk yet." in page
    assert "Begin a work" not in page


def test_nobody_begins_a_work_for_another_college(
    asha: DeskClient, session: Session, person: Person
) -> None:
    make_institution(session, key="iringa-college")
    session.commit()
    answer = asha.send(
        "/en/desk/works/new",
        {"title": "Theirs", "kind": "lesson", "lang": "en", "institution": "iringa-college"},
    )
    assert answer.status_code == 403
    assert session.scalar(select(Manuscript)) is None


def test_a_copy_says_what_it_was_made_from_and_has_ids_of_its_own(
    asha: DeskClient, session: Session, work: Work
) -> None:
    page = f"/en/desk/works/new/copy?work={work.uuid}"
    answer = asha.send(
        "/en/desk/works/new/copy",
        {"work": str(work.uuid), "title": "Measuring here", "institution": "mbeya-college"},
        page=page,
    )
    assert answer.status_code == 303
    copy = _only(session)
    assert copy.facts["derived_from"] == f"{work.kind}/{work.key}"
    assert copy.title == "Measuring here"
    assert copy.work_uuid != work.uuid
    original = manuscripts.draft_of(session, work.uuid)
    made = manuscripts.draft_from(session, copy)
    ids = {section.uuid for section, _, _ in original.root.walk()}
    assert not ids & {section.uuid for section, _, _ in made.root.walk()}
    # Languages are still joined paragraph by paragraph.
    texts = made.root.sections[0].texts
    assert [b.uuid for b in texts["en"]] == [b.uuid for b in texts["fr"]]


def test_a_licence_without_changed_copies_is_respected(
    asha: DeskClient, session: Session, person: Person
) -> None:
    make_institution(session, key="iringa-college")
    theirs = make_work(
        session, key="theirs", institutions=["iringa-college"], licence="CC-BY-ND-4.0"
    )
    session.commit()
    answer = asha.send(
        "/en/desk/works/new/copy",
        {"work": str(theirs.uuid), "institution": "mbeya-college"},
        page=f"/en/desk/works/new/copy?work={theirs.uuid}",
    )
    assert answer.status_code == 422
    assert "does not allow changed copies" in answer.text


def test_a_work_of_the_library_is_taken_onto_the_desk_once(
    asha: DeskClient, session: Session, work: Work
) -> None:
    page = "/en/desk/works/library"
    assert "Measuring safely" in asha.get(page).text
    first = asha.send("/en/desk/works/open", {"work": str(work.uuid)}, page=page)
    again = asha.send("/en/desk/works/open", {"work": str(work.uuid)}, page="/en/desk/works/new")
    assert first.location == again.location
    assert _only(session).state == State.PUBLISHED


def test_lists_show_only_what_somebody_may_see(
    asha: DeskClient, session: Session, manuscript: Manuscript
) -> None:
    make_institution(session, key="iringa-college")
    other = make_work(
        session,
        key="secret",
        institutions=["iringa-college"],
        texts={"en": "# A secret work\n\nHush."},
        languages=("en",),
    )
    boss = make_person(session, email="b@example.org", roles=["author"])
    opened = manuscripts.open_work(session, other.uuid, by=actor_of(session, boss))
    session.commit()
    for path in ("/en/desk/works", "/en/desk/works/library"):
        text = asha.get(path).text
        assert "Measuring safely" in text
        assert "A secret work" not in text
    assert asha.get(f"/en/desk/works/{opened.uuid}").status_code == 403


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("q=measur", True),
        ("q=100%25", False),
        ("state=draft", False),
        ("state=published", True),
        ("kind=textbook", False),
        ("mine=1", True),
        ("page=2", False),
        ("state=%00", True),
    ],
)
def test_the_list_is_narrowed(
    asha: DeskClient, manuscript: Manuscript, query: str, there: bool
) -> None:
    answer = asha.get(f"/en/desk/works?{query}")
    assert answer.status_code == 200
    assert ("Measuring safely" in answer.text) is there


def test_the_page_of_a_manuscript_says_what_stops_it(
    asha: DeskClient, session: Session, manuscript: Manuscript
) -> None:
    asha.send(
        f"/en/desk/works/{manuscript.uuid}/facts",
        {"licence": "", "was": '{"licence": "CC-BY-4.0"}'},
    )
    text = asha.get(f"/en/desk/works/{manuscript.uuid}").text
    assert "The work has no licence." in text
    assert f"/en/desk/works/{manuscript.uuid}/facts" in text


def _facts(client: DeskClient, manuscript: Manuscript, **typed: str) -> tuple[str, dict[str, str]]:
    path = f"/en/desk/works/{manuscript.uuid}/facts"
    page = client.get(path).text
    fields = dict(re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', page))
    fields |= {
        k: v.removeprefix("\n")
        for k, v in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', page)
    }
    fields = {name: value.replace("&#34;", '"') for name, value in fields.items()}
    fields.pop("csrf_token", None)
    fields.pop("sample", None)
    return path, fields | typed


def test_facts_are_saved_and_only_those_that_were_changed(
    asha: DeskClient, session: Session, manuscript: Manuscript
) -> None:
    path, fields = _facts(
        asha,
        manuscript,
        hours="12",
        countries="tz, KE",
        contributors="Asha Mushi | author\nLi Wei",
        links="https://example.org | Example",
    )
    assert asha.send(path, fields).status_code == 303
    now = _only(session)
    assert now.facts["hours"] == 12
    assert now.facts["countries"] == ["TZ", "KE"]
    assert now.facts["contributors"] == [
        {"name": "Asha Mushi", "role": "author"},
        {"name": "Li Wei"},
    ]
    assert now.facts["links"] == [{"url": "https://example.org", "title": "Example"}]
    assert now.facts["licence"] == "CC-BY-4.0"
    assert now.state == State.DRAFT


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("hours", "many", "“many” is not a number."),
        ("licence", "free for all!", "is not an SPDX identifier"),
        ("codes", "isced:1\nnonsense", "“isced:1” is not a code"),
        ("countries", "Tanzania", "“TANZANIA” is not a country code"),
        ("links", "javascript:alert(1) | x", "is not a web address"),
        ("related", "course/none", "The library has no work “course/none”."),
        ("institutions", "nowhere", "The library does not know “nowhere”."),
        ("key", "名", "An address is made of small letters"),
    ],
)
def test_a_fact_that_cannot_be_is_said_beside_its_field_and_stays_as_typed(
    asha: DeskClient, session: Session, manuscript: Manuscript, field: str, typed: str, told: str
) -> None:
    path, fields = _facts(asha, manuscript, **{field: typed})
    before = _only(session).version
    answer = asha.send(path, fields)
    assert answer.status_code == 422
    assert told in answer.text
    assert f'id="e-{field}"' in answer.text
    assert typed.split("\n", 1)[0].split("'", 1)[0] in answer.text
    assert _only(session).version == before


def test_two_who_change_different_facts_do_not_meet_and_of_one_fact_the_second_is_asked(
    asha: DeskClient, session: Session, manuscript: Manuscript
) -> None:
    path, first = _facts(asha, manuscript, hours="12")
    _, second = _facts(asha, manuscript, licence="CC0-1.0")
    _, third = _facts(asha, manuscript, hours="14")
    assert asha.send(path, first).status_code == 303
    assert asha.send(path, second).status_code == 303
    assert _only(session).facts["hours"] == 12
    answer = asha.send(path, third)
    assert answer.status_code == 409
    assert "Somebody else has changed these facts" in answer.text
    assert 'value="14"' in answer.text
    assert _only(session).facts["hours"] == 12
    again = dict(re.findall(r'name="(was|at_version)" value="([^"]*)"', answer.text))
    third |= {name: value.replace("&#34;", '"') for name, value in again.items()}
    assert asha.send(path, third).status_code == 303
    assert _only(session).facts["hours"] == 14


def test_a_language_is_begun_and_not_offered_until_somebody_says_so(
    asha: DeskClient, session: Session, manuscript: Manuscript
) -> None:
    page = f"/en/desk/works/{manuscript.uuid}"
    asha.send(f"{page}/languages", {"lang": "sw", "offered": "no"}, page=page)
    assert _only(session).facts["editions"]["sw"]["offered"] is False
    assert "Swahili" in asha.get(page).text
    asha.send(f"{page}/languages", {"lang": "sw", "offered": "yes"}, page=page)
    assert _only(session).facts["editions"]["sw"]["offered"] is True
    refused = asha.send(f"{page}/languages", {"lang": "no language"}, page=page)
    assert refused.status_code == 422


@pytest.fixture
def deep(session: Session, person: Person) -> Manuscript:
    """One, Two, Three, all at the top."""
    sections = [
        section_draft(n.lower(), {"en": f"# {n}\n\nText."}) for n in ("One", "Two", "Three")
    ]
    work = make_work(
        session, key="deep", institutions=["mbeya-college"], languages=("en",), sections=sections
    )
    made = manuscripts.open_work(session, work.uuid, by=actor_of(session, person))
    session.commit()
    return made


def _tree(session: Session, manuscript: Manuscript) -> list[tuple[str, int]]:
    session.rollback()
    session.expire_all()
    return [(line.title, line.depth) for line in queries.contents(session, manuscript)[1:]]


def _at(session: Session, manuscript: Manuscript, title: str) -> str:
    session.rollback()
    session.expire_all()
    lines = queries.contents(session, manuscript)
    found = str(next(line.uuid for line in lines if line.title == title))
    session.rollback()
    session.expire_all()
    return found


@pytest.mark.parametrize(
    ("moves", "tree"),
    [
        (["down:One"], [("Two", 1), ("One", 1), ("Three", 1)]),
        (["up:Three", "up:Three"], [("Three", 1), ("One", 1), ("Two", 1)]),
        (["up:One"], [("One", 1), ("Two", 1), ("Three", 1)]),
        (["in:Two"], [("One", 1), ("Two", 2), ("Three", 1)]),
        (["in:Two", "in:Three", "out:Two"], [("One", 1), ("Three", 2), ("Two", 1)]),
        (["out:One"], [("One", 1), ("Two", 1), ("Three", 1)]),
    ],
)
def test_sections_are_moved_by_plain_buttons(
    asha: DeskClient,
    session: Session,
    deep: Manuscript,
    moves: list[str],
    tree: list[tuple[str, int]],
) -> None:
    page = f"/en/desk/works/{deep.uuid}"
    for move in moves:
        way, title = move.split(":")
        told = f"{way}:{_at(session, deep, title)}"
        assert asha.send(f"{page}/sections", {"move": told}, page=page).status_code == 303
    assert _tree(session, deep) == tree


def test_sections_are_added_where_they_shall_stand(
    asha: DeskClient, session: Session, deep: Manuscript
) -> None:
    page = f"/en/desk/works/{deep.uuid}"
    one = _at(session, deep, "One")
    for title, place in (("Last", ""), ("After one", f"after:{one}"), ("In one", f"inside:{one}")):
        asha.send(f"{page}/sections", {"title": title, "place": place}, page=page)
    assert _tree(session, deep) == [
        ("One", 1),
        ("In one", 2),
        ("After one", 1),
        ("Two", 1),
        ("Three", 1),
        ("Last", 1),
    ]
    refused = asha.send(f"{page}/sections", {"title": "  "}, page=page)
    assert refused.status_code == 422
    assert "A section needs a title." in refused.text


def test_what_links_to_a_section_is_told_before_it_is_taken_out(
    asha: DeskClient, session: Session, deep: Manuscript, person: Person
) -> None:
    make_work(
        session,
        key="other",
        institutions=["mbeya-college"],
        languages=("en",),
        texts={"en": "# The other\n\nSee [one](../deep/one/)."},
        sections={},
    )
    session.commit()
    one = _at(session, deep, "One")
    page = f"/en/desk/works/{deep.uuid}/sections/{one}/settings"
    text = asha.get(page).text
    assert "The other" in text
    assert asha.send(page, {"do": "remove"}).status_code == 303
    assert _tree(session, deep) == [("Two", 1), ("Three", 1)]


def test_a_translator_cannot_move_sections(
    app: Flask, factory: sessionmaker[Session], session: Session, deep: Manuscript
) -> None:
    translator = make_person(
        session, email="t@example.org", roles=[("translator", "mbeya-college", "fr")]
    )
    session.commit()
    client = signed_in(app, factory, translator)
    page = f"/en/desk/works/{deep.uuid}"
    assert 'name="move"' not in client.get(page).text
    told = {"move": f"down:{_at(session, deep, 'One')}"}
    answer = client.send(f"{page}/sections", told, page=page)
    assert answer.status_code == 403
