"""Tables over HTTP: out, in, the difference, applying, taking back; and content as ZIP."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.models import Person
from library.catalogue.models import BlockText, Work
from library.content.receiving import Receiving
from library.content.tables import table
from library.content.tables.reading import read
from library.editorial.models import BulkChange, BulkTable, ContentImport, Manuscript
from library.http.services import Services
from library.i18n import quantities
from tests.factories import make_codes, make_institution, make_work
from tests.people import DeskClient, make_person, signed_in


@pytest.fixture
def person(session: Session) -> Person:
    make_institution(session)
    make_codes(session)
    made = make_person(session, roles=["author", "reviewer", "publisher"])
    session.commit()
    return made


@pytest.fixture
def asha(app: Flask, factory: sessionmaker[Session], person: Person) -> DeskClient:
    return signed_in(app, factory, person)


@pytest.fixture
def work(session: Session, person: Person) -> Work:
    made = make_work(session, institutions=["mbeya-college"], version="1.0")
    session.commit()
    return made


def _send(client: DeskClient, text: str, about: str = "works", name: str = "works.csv") -> Any:
    return client.send(
        "/en/desk/tables", {"about": about, "file": (io.BytesIO(text.encode()), name)}
    )


def _shown(page: str) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_table_goes_out_and_comes_back_unchanged(
    asha: DeskClient, work: Work, ending: str
) -> None:
    answer = asha.get(f"/en/desk/tables/works.{ending}?kind=course&at=mbeya-college")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    content = answer.data
    assert [row.cells["key"] for row in read(io.BytesIO(content)).rows] == ["measuring-safely"]
    sent = asha.send(
        "/en/desk/tables", {"about": "works", "file": (io.BytesIO(content), f"works.{ending}")}
    )
    assert sent.status_code == 303
    page = asha.get(sent.location)
    assert "1 row stays as it is" in page.text
    assert 'name="shown"' not in page.text


def test_the_difference_is_shown_applied_and_taken_back(
    asha: DeskClient, work: Work, session: Session
) -> None:
    sent = _send(asha, f"uuid,level,version\n{work.uuid},training,-\n")
    page = asha.get(sent.location)
    assert "training" in page.text
    assert "<del" in page.text
    assert session.scalar(select(Manuscript.id)) is None
    session.rollback()
    done = asha.send(sent.location, {"shown": _shown(page.text), "then": "publish"})
    assert done.status_code == 303
    session.expire_all()
    changed = session.scalars(select(Work)).one()
    assert (changed.level, changed.version) == ("training", None)
    assert session.scalar(select(BulkTable.id)) is None
    twice = asha.send(
        sent.location,
        {"shown": _shown(page.text), "then": "publish"},
        page="/en/desk/tables",
    )
    assert "it was applied already" in asha.get(twice.location).text
    session.rollback()
    address = done.location.partition("?")[0]
    applied = asha.get(done.location).text
    assert "1 work was published" in applied
    manuscript = session.scalars(select(Manuscript)).one().uuid
    assert f'<a href="/en/desk/works/{manuscript}"' in applied
    session.rollback()
    assert "works.csv" in asha.get("/en/desk/tables/changes").text
    back = asha.send(address, {"then": "publish"})
    assert back.status_code == 303
    session.expire_all()
    changed = session.scalars(select(Work)).one()
    assert (changed.level, changed.version) == (None, "1.0")
    session.rollback()
    assert "Taken back by Asha Mushi" in asha.get(address).text
    again = asha.get(back.location)
    assert "Took a change back" in again.text
    again_token = re.search(r'name="csrf_token" value="([^"]+)"', again.text)
    assert again_token
    refused = asha.post(address, data={"csrf_token": again_token[1]})
    assert refused.status_code == 409
    assert session.scalar(select(BulkChange.id).where(BulkChange.undoes.is_not(None)))


def test_a_changed_library_shows_the_new_difference_first(
    asha: DeskClient, work: Work, session: Session
) -> None:
    first = _send(asha, f"uuid,level\n{work.uuid},training\n")
    second = _send(asha, f"uuid,level\n{work.uuid},higher\n")
    shown = _shown(asha.get(first.location).text)
    asha.send(second.location, {"shown": _shown(asha.get(second.location).text)})
    answer = asha.send(first.location, {"shown": shown})
    assert answer.status_code == 409
    assert "Nothing was changed" in answer.text
    assert _shown(answer.text) != shown
    session.expire_all()
    draft = session.scalars(select(Manuscript)).one()
    assert draft.facts["level"] == "higher"
    # Readers have this work already; only what was changed is not there yet.
    page = asha.get(f"/en/desk/works/{draft.uuid}").text
    assert "Readers see what is changed here when it is published." in page
    assert "Readers do not see it." not in page


def test_faults_are_told_by_line_and_nothing_is_written(
    asha: DeskClient, work: Work, session: Session
) -> None:
    make_work(session, key="other", institutions=["mbeya-college"])
    session.commit()
    text = f"uuid,kind,key,level\n{work.uuid},,,<b>hard</b>\n,course,other,training\n"
    sent = _send(asha, text)
    page = asha.get(sent.location)
    assert "Line 2" in page.text
    assert "&lt;b&gt;hard" in page.text
    assert "<b>hard" not in page.text
    refused = asha.send(sent.location, {"shown": _shown(page.text)})
    assert refused.status_code == 422
    assert "because rows have faults. Line 2: " in refused.text
    assert session.scalar(select(Manuscript.id)) is None
    session.rollback()
    done = asha.send(sent.location, {"shown": _shown(page.text), "only_good": "on"})
    assert done.status_code == 303
    session.expire_all()
    assert session.scalars(select(Manuscript)).one().key == "other"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("uuid,lisence\nx,y\n", "Did you mean “licence”"),
        ("", "There is nothing in this table."),
        ("uuid,level\n\0,x\n", "NUL"),
        ("uuid,Level,LEVEL\na,b,c\n", "twice"),
        ("uuid\n" + "x\n" * 20_001, "more than 20,000 rows"),
    ],
)
def test_what_is_no_table_is_told_beside_the_field(
    asha: DeskClient, work: Work, text: str, why: str
) -> None:
    answer = _send(asha, text)
    assert answer.status_code == 422
    assert why in answer.text


def test_a_workbook_that_is_none_is_told_in_the_language_of_the_page(
    asha: DeskClient, work: Work
) -> None:
    broken = {"about": "works", "file": (io.BytesIO(b"PK\x03\x04 not a workbook"), "a.xlsx")}
    answer = asha.send("/ar/desk/tables", broken)
    assert answer.status_code == 422
    assert "Excel" in answer.text
    assert "ZIP archive" not in answer.text
    said = re.search(r'id="e-file">([^<]+)<', answer.text)
    assert said
    assert not re.search(r"\b(This|is|not|damaged)\b", said[1])


def test_too_large_a_file_is_refused_before_it_is_read(
    asha: DeskClient, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST_BYTES", 1_000)
    answer = _send(asha, "uuid,level\n" + "x,y\n" * 50_000)
    assert answer.status_code == 413


def test_what_is_too_large_is_told_in_the_language_of_the_page(
    asha: DeskClient, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST_BYTES", 2_000_000)
    for lang, way in (("ar", "rtl"), ("en", "ltr")):
        answer = asha.post(
            f"/{lang}/desk/tables",
            data=b"x" * 3_000_000,
            content_type="multipart/form-data; boundary=b",
        )
        assert answer.status_code == 413
        assert f'<html lang="{lang}" dir="{way}">' in answer.text
        assert quantities.size(2_000_000, lang).replace("\u00a0", " ") in answer.text
        assert ("too large" in answer.text) == (lang == "en")


def test_codes_are_handed_in_by_who_edits_records(
    app: Flask, factory: sessionmaker[Session], asha: DeskClient, session: Session
) -> None:
    text = asha.get("/en/desk/tables/codes.csv?scheme=isced-f-2013").get_data(as_text=True)
    assert "label:sw" in text.splitlines()[0]
    sent = _send(asha, "scheme;code;label:sw\nisced-f-2013;0713;Umeme\n", about="codes")
    page = asha.get(sent.location)
    assert "Umeme" in page.text
    assert asha.send(sent.location, {"shown": _shown(page.text)}).status_code == 303
    author = make_person(session, email="a@example.org", roles=["author"])
    session.commit()
    other = signed_in(app, factory, author)
    assert _send(other, "scheme;code;label:sw\nisced-f-2013;0713;U\n", "codes").status_code == 403
    assert other.get(sent.location).status_code == 404


def test_another_person_sees_neither_table_nor_change(
    app: Flask, factory: sessionmaker[Session], asha: DeskClient, work: Work, session: Session
) -> None:
    sent = _send(asha, f"uuid,level\n{work.uuid},training\n")
    other = signed_in(
        app, factory, make_and_commit(session, email="o@example.org", roles=["author"])
    )
    assert other.get(sent.location).status_code == 404
    done = asha.send(sent.location, {"shown": _shown(asha.get(sent.location).text)})
    assert other.get(done.location).status_code == 404
    assert "works.csv" not in other.get("/en/desk/tables/changes").text


def make_and_commit(session: Session, **facts: Any) -> Person:
    made = make_person(session, **facts)
    session.commit()
    return made


def test_content_goes_out_and_comes_in(
    asha: DeskClient,
    services: Services,
    factory: sessionmaker[Session],
    work: Work,
    session: Session,
) -> None:
    assert "ZIP" in asha.get("/ar/desk/export").text
    packed = asha.get("/en/desk/export.zip?kind=course").data
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = "course/measuring-safely/en.md"
    files[name] = files[name].replace(b"Switch off", b"Always switch off")
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as archive:
        for at, content in files.items():
            archive.writestr(at, content)
    changed = room.getvalue()
    sent = asha.send("/en/desk/import", {"file": (io.BytesIO(changed), "content.zip")})
    assert sent.status_code == 303
    assert asha.get(sent.location).headers["Refresh"] == "3"
    chore = Receiving(services.store, services.settings.data / "imports")
    _run(chore, factory)
    page = asha.get(sent.location)
    assert "course/measuring-safely" in page.text
    assert "Store and publish" in page.text
    assert asha.send(sent.location, {"step": "agree"}).status_code == 303
    _run(chore, factory)
    stored = asha.get(sent.location).text
    assert "What has changed" in stored
    assert '<a href="/en/courses/measuring-safely">' in stored
    assert "waits for you" in page.text
    twice = asha.send("/en/desk/import", {"file": (io.BytesIO(changed), "content.zip")})
    _run(chore, factory)
    same = asha.get(twice.location).text
    assert "Nothing would change." in same
    assert "looked through" in same
    assert "waits for you" not in same
    thrown = asha.send(twice.location, {"step": "forget"})
    assert "It is thrown away" in asha.get(thrown.location).text
    session.expire_all()
    assert session.scalars(select(ContentImport)).one().state == "done"
    texts = session.scalars(select(BlockText.source)).all()
    assert any("Always switch off" in text for text in texts)


def _run(chore: Receiving, factory: sessionmaker[Session]) -> None:
    for _ in range(20):
        with factory() as session:
            if not chore.waits(session):
                return
        chore.run(factory)


def test_who_publishes_nowhere_imports_nothing(
    app: Flask, factory: sessionmaker[Session], session: Session
) -> None:
    client = signed_in(app, factory, make_and_commit(session, roles=["author"]))
    assert client.get("/en/desk/import").status_code == 403
    assert "/desk/import" not in client.get("/en/desk/tables").text


def test_works_without_a_manuscript_are_taken_up_only_when_the_table_is_applied(
    asha: DeskClient, work: Work, session: Session
) -> None:
    sent = _send(asha, f"uuid,level\n{work.uuid},training\n")
    asha.send(sent.location, {"shown": "0" * 64})
    assert session.scalar(select(Manuscript.id)) is None
    session.rollback()
    shown = _shown(asha.get(sent.location).text)
    assert asha.send(sent.location, {"shown": shown, "then": "hand in"}).status_code == 303
    session.expire_all()
    assert session.scalars(select(Manuscript)).one().state == "in review"
    assert session.scalars(select(BulkChange)).one().handed_in == 1
