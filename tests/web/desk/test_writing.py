"""The editor over HTTP: as plain forms, and as its script uses it."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import re
import uuid as uuids
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

import library
from library.accounts.actors import actor_of
from library.accounts.models import Person
from library.editorial import manuscripts, queries, workflow
from library.editorial.models import Manuscript, ManuscriptFile, State
from library.editorial.queries import BlockLine
from library.http.services import Services
from library.terms.models import Concept, Term
from library.uploads.models import Leftover, MediaHold, Upload
from tests.factories import make_institution, make_work, section_draft
from tests.people import ORIGIN, DeskClient, make_person, signed_in

TEXT = "# One\n\nFirst paragraph.\n\nSecond paragraph."
FRENCH = "# Un\n\nPremier paragraphe.\n\nDeuxième paragraphe."


@pytest.fixture
def person(session: Session) -> Person:
    make_institution(session)
    made = make_person(session, roles=[("author", "mbeya-college")])
    session.commit()
    return made


@pytest.fixture
def asha(app: Flask, factory: sessionmaker[Session], person: Person) -> DeskClient:
    return signed_in(app, factory, person)


@pytest.fixture
def manuscript(session: Session, person: Person) -> Manuscript:
    work = make_work(
        session,
        institutions=["mbeya-college"],
        languages=("en", "fr"),
        sections=[section_draft("one", {"en": TEXT, "fr": FRENCH})],
    )
    made = manuscripts.open_work(session, work.uuid, by=actor_of(session, person))
    session.commit()
    return made


class Editor:
    """A section as somebody has it open."""

    def __init__(self, client: DeskClient, session: Session, manuscript: Manuscript) -> None:
        self.client = client
        self.session = session
        self.manuscript = manuscript
        self.uuid = manuscript.uuid
        self.section = queries.contents(session, manuscript)[1].uuid
        self.path = f"/en/desk/works/{self.uuid}/sections/{self.section}"
        self.token = ""
        session.rollback()

    def page(self, to: str = "") -> str:
        return self.client.get(self.path + (f"?to={to}" if to else "")).text

    def blocks(self) -> list[BlockLine]:
        self.session.rollback()
        self.session.expire_all()
        found = queries.blocks(self.session, self.manuscript, self.section)
        self.session.rollback()
        return found

    def sources(self, lang: str = "en") -> list[str]:
        return [line.texts[lang].source if lang in line.texts else "" for line in self.blocks()]

    def state(self, to: str = "") -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{self.path}/state?to={to}").get_json()
        self.token = found["csrf"]
        return found

    def change(self, to: str = "", **told: Any) -> TestResponse:
        if not self.token:
            self.state()
        return self.post("changes", told, to)

    def post(self, where: str, told: Any, to: str = "") -> TestResponse:
        return self.client.post(
            f"{self.path}/{where}?to={to}",
            json=told,
            headers={"X-CSRF-Token": self.token, "Origin": ORIGIN},
        )


@pytest.fixture
def editor(asha: DeskClient, session: Session, manuscript: Manuscript) -> Editor:
    return Editor(asha, session, manuscript)


def test_a_paragraph_is_saved_by_its_own_form(editor: Editor) -> None:
    block = editor.blocks()[1]
    answer = editor.client.send(
        editor.path,
        {"block": block.uuid, "version": "1", "source": "Now **other**.", "do": "save"},
    )
    assert answer.status_code == 303
    assert answer.location.endswith(f"#b-{block.uuid}")
    assert editor.sources() == ["# One", "Now **other**.", "Second paragraph."]
    assert "<strong>other</strong>" in editor.page()


@pytest.mark.parametrize(
    ("step", "at", "after"),
    [
        ("up", 2, ["# One", "Second paragraph.", "First paragraph."]),
        ("down", 1, ["# One", "Second paragraph.", "First paragraph."]),
        ("up", 1, ["# One", "First paragraph.", "Second paragraph."]),
        ("insert", 1, ["# One", "First paragraph.", "", "Second paragraph."]),
        ("join", 2, ["# One", "First paragraph. Second paragraph."]),
        ("remove", 1, ["# One", "Second paragraph."]),
    ],
)
def test_everything_can_be_done_without_a_script(
    editor: Editor, step: str, at: int, after: list[str]
) -> None:
    block = editor.blocks()[at]
    told = {
        "block": block.uuid,
        "version": "1",
        "source": block.texts["en"].source,
        "do": step,
    }
    assert editor.client.send(editor.path, told).status_code == 303
    assert editor.sources() == after


def test_joining_takes_the_translations_along(editor: Editor) -> None:
    first, second = editor.blocks()[1:]
    answer = editor.change(
        do="join", block=str(first.uuid), second=str(second.uuid), version=1, secondVersion=1
    )
    assert answer.status_code == 200
    joined = editor.blocks()[1]
    assert joined.texts["fr"].source == "Premier paragraphe. Deuxième paragraphe."
    assert not joined.texts["fr"].stale
    again = editor.change(
        do="join", block=str(first.uuid), second=str(second.uuid), version=1, secondVersion=1
    )
    assert again.status_code == 200
    assert len(editor.blocks()) == 2


def test_of_two_forms_the_second_sees_both_texts_and_loses_none(editor: Editor) -> None:
    block = editor.blocks()[1]
    told = {"block": block.uuid, "version": "1", "do": "save"}
    editor.client.send(editor.path, {**told, "source": "Theirs."})
    answer = editor.client.send(editor.path, {**told, "source": "Mine."})
    assert answer.status_code == 409
    assert "Theirs." in answer.text
    assert re.search(r"<textarea[^>]*>\s*Mine\.</textarea>", answer.text)
    assert 'name="version" value="2"' in answer.text
    editor.client.send(editor.path, {**told, "version": "2", "source": "Mine."})
    assert editor.sources()[1] == "Mine."


def test_a_change_is_answered_with_what_it_touched(editor: Editor) -> None:
    block = editor.blocks()[1]
    answer = editor.change(do="text", block=str(block.uuid), source="So *be* it.", version=1)
    told = answer.get_json()
    assert answer.status_code == 200
    (one,) = told["blocks"]
    assert (one["version"], one["source"]) == (2, "So *be* it.")
    assert "<em>be</em>" in one["html"]
    assert told["order"] is None
    assert told["state"] == State.DRAFT


def test_what_is_sent_twice_over_a_bad_line_is_done_once(editor: Editor) -> None:
    block = editor.blocks()[1]
    new = str(uuids.uuid4())
    changes: list[dict[str, Any]] = [
        {"do": "text", "block": str(block.uuid), "source": "One.\n\nTwo.\n\nThree.", "version": 1},
        {"do": "add", "block": new, "after": str(block.uuid), "source": "New."},
        {"do": "move", "block": new, "after": None},
        {"do": "remove", "block": str(editor.blocks()[2].uuid)},
    ]
    for change in changes:
        first, second = editor.change(**change), editor.change(**change)
        assert (first.status_code, second.status_code) == (200, 200), first.text + second.text
        assert first.get_json()["blocks"] == second.get_json()["blocks"]
    assert editor.sources() == ["# One", "New.", "One.", "Two.", "Three."]


def test_a_conflict_tells_what_somebody_else_has_written(editor: Editor) -> None:
    block = str(editor.blocks()[1].uuid)
    editor.change(do="text", block=block, source="Theirs.", version=1)
    answer = editor.change(do="text", block=block, source="Mine.", version=1)
    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert (problem["version"], problem["source"]) == (2, "Theirs.")
    assert problem["editor"] == "Asha Mushi"


def test_a_paragraph_that_was_taken_out_is_said_to_be_gone(editor: Editor) -> None:
    block = str(editor.blocks()[1].uuid)
    editor.change(do="remove", block=block)
    answer = editor.change(do="text", block=block, source="Mine.", version=1)
    problem = answer.get_json()
    assert answer.status_code == 409
    assert problem["block"] == block
    assert "version" not in problem


def test_while_it_is_reviewed_nobody_writes(
    editor: Editor, session: Session, person: Person, manuscript: Manuscript
) -> None:
    editor.change(do="text", block=str(editor.blocks()[1].uuid), source="New.", version=1)
    session.refresh(manuscript)
    workflow.submit(session, manuscript, by=actor_of(session, person))
    session.commit()
    answer = editor.change(do="text", block=str(editor.blocks()[1].uuid), source="Late.", version=1)
    assert answer.status_code == 409
    assert answer.get_json()["state"] == State.IN_REVIEW
    assert editor.state()["writes"] is False
    page = editor.page()
    assert "readonly" in page
    assert "editor.js" not in page


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"do": "dance"},
        {"do": "text"},
        {"do": "text", "block": "no uuid", "source": "x", "version": 1},
        {"do": "text", "block": str(uuids.UUID(int=1)), "source": 5, "version": 1},
        {"do": "text", "block": str(uuids.UUID(int=1)), "source": "x", "version": -1},
        {"do": "text", "block": str(uuids.UUID(int=1)), "source": "x", "version": True},
    ],
)
def test_a_change_that_is_none_is_refused(editor: Editor, told: Any) -> None:
    editor.state()
    answer = editor.post("changes", told)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_without_the_token_nothing_changes(editor: Editor) -> None:
    block = str(editor.blocks()[1].uuid)
    editor.state()
    editor.token = "0.0"
    answer = editor.change(do="text", block=block, source="x", version=1)
    assert answer.status_code == 403
    assert answer.get_json()["reason"] == "form"
    assert editor.sources()[1] == "First paragraph."


def test_a_translation_stands_beside_its_source_and_says_what_changed(editor: Editor) -> None:
    block = editor.blocks()[1]
    editor.change(do="text", block=str(block.uuid), source="First short paragraph.", version=1)
    page = editor.page("fr")
    assert "Premier paragraphe." in page
    assert re.search(r"First<ins> ?short ?</ins>", page.replace("First ", "First"))
    told = next(one for one in editor.state("fr")["blocks"] if one["uuid"] == str(block.uuid))
    assert told["stale"]
    answer = editor.change(
        "fr",
        do="text",
        block=str(block.uuid),
        source="Premier paragraphe.",
        version=told["version"],
        confirm=True,
    )
    assert answer.get_json()["blocks"][0]["stale"] is False


def test_a_translator_writes_their_language_and_reads_the_source(
    app: Flask, factory: sessionmaker[Session], session: Session, manuscript: Manuscript
) -> None:
    translator = make_person(
        session, email="t@example.org", roles=[("translator", "mbeya-college", "fr")]
    )
    session.commit()
    theirs = Editor(signed_in(app, factory, translator), session, manuscript)
    block = str(theirs.blocks()[1].uuid)
    assert "readonly" in theirs.page()
    assert theirs.change("fr", do="text", block=block, source="Oui.", version=1).status_code == 200
    assert theirs.change(do="text", block=block, source="No.", version=1).status_code == 403
    assert theirs.change("fr", do="remove", block=block).status_code == 403


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("**b** <script>alert(1)</script>", "<strong>b</strong>"),
        ("$$\nx^2\n$$", "<math"),
        ("!!! warning\n    Hot.", "Warning"),
        ("[x](javascript:alert(1))", "missing-link"),
        ("| a | b |\n| --- | --- |\n| 1 | 2 |", "<table"),
        ("<!-- block: broken -->", ""),
        ("", ""),
    ],
)
def test_the_preview_shows_what_readers_will_see(editor: Editor, source: str, seen: str) -> None:
    editor.state()
    answer = editor.post("preview", {"source": source})
    assert answer.status_code == 200
    html = answer.get_json()["html"]
    assert seen in html
    assert "<script" not in html
    assert "javascript:" not in html


def _png(size: tuple[int, int] = (8, 4)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, "PNG")
    return made.getvalue()


def _paste(editor: Editor, content: bytes, name: str = "image.png") -> TestResponse:
    editor.state()
    return editor.client.post(
        f"/en/desk/works/{editor.uuid}/pictures",
        data={"file": (io.BytesIO(content), name), "section": str(editor.section)},
        headers={"X-CSRF-Token": editor.token, "Origin": ORIGIN},
    )


def test_a_pasted_picture_is_shown_in_the_preview_and_to_nobody_else(
    editor: Editor, session: Session, app: Flask
) -> None:
    answer = _paste(editor, _png())
    assert answer.status_code == 200, answer.text
    told = answer.get_json()
    assert told["address"].startswith("../images/picture-")
    preview = editor.post("preview", {"source": f"![A red field]({told['address']})"}).get_json()
    src = re.search(r'src="([^"]+)"', preview["html"])
    assert src
    assert src[1] == told["href"]
    assert 'width="8"' in preview["html"]
    with editor.client.get(told["href"]) as shown:
        assert shown.data[:4] == b"\x89PNG"
    assert app.test_client().get(told["href"]).status_code in (303, 401)
    sha256 = told["href"].split("/")[-2]
    assert editor.client.get(f"/media/{sha256}/x.png").status_code == 404
    holder = f"manuscript/{editor.uuid}"
    assert session.get(MediaHold, (sha256, holder)) is not None
    assert session.get(ManuscriptFile, (editor.manuscript.id, told["path"])) is not None


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7\n", "a.png"),
        (b"", "a.png"),
        (_png()[:30], "a.png"),
        (b"<html><script>alert(1)</script></html>", "a.svg"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "a.svg"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "a.svg"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="https://spy.example/1.png"/></svg>',
            "a.svg",
        ),
    ],
)
def test_what_is_no_picture_is_not_taken(editor: Editor, content: bytes, name: str) -> None:
    answer = _paste(editor, content, name)
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"


def test_pasted_pictures_count_like_any_other_file(
    editor: Editor, session: Session, services: Services
) -> None:
    assert _paste(editor, _png()).status_code == 200
    assert _paste(editor, _png(), "again.png").status_code == 200
    (upload,) = session.scalars(select(Upload)).all()
    assert (upload.state, upload.size, upload.institution) == (
        "ready",
        len(_png()),
        "mbeya-college",
    )
    services.settings = dataclasses.replace(services.settings, upload_quota=upload.size + 10)
    other = _png((9, 9))
    assert _paste(editor, other).status_code == 413
    session.rollback()
    assert session.get(Leftover, hashlib.sha256(other).hexdigest()) is not None


def test_a_picture_for_what_is_being_reviewed_leaves_no_bytes_behind(
    editor: Editor, session: Session, services: Services
) -> None:
    manuscript = session.get_one(Manuscript, editor.manuscript.id)
    manuscript.state = State.IN_REVIEW
    session.commit()
    assert _paste(editor, _png()).status_code == 409
    assert not services.store.exists(hashlib.sha256(_png()).hexdigest())


def test_a_picture_for_no_section_is_refused(editor: Editor) -> None:
    editor.state()
    answer = editor.client.post(
        f"/en/desk/works/{editor.uuid}/pictures",
        data={"file": (io.BytesIO(_png()), "a.png"), "section": "nowhere"},
        headers={"X-CSRF-Token": editor.token, "Origin": ORIGIN},
    )
    assert answer.status_code == 422


def test_the_page_holds_what_its_script_needs_and_no_inline_script(editor: Editor) -> None:
    page = editor.page()
    found = re.search(r'data-settings="([^"]*)"', page)
    assert found
    settings = json.loads(
        found[1].replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")
    )
    assert settings["addresses"]["changes"].startswith(editor.path)
    assert settings["own"] is True
    assert not re.search(r"<script(?![^>]* src=)", page)


def test_a_page_names_every_module_that_its_scripts_import(editor: Editor) -> None:
    folder = Path(library.__file__).parent / "static" / "desk"
    page = editor.page()
    scripts = re.findall(r'<script type="module" src="/static/desk/([^"?]+)', page)
    needed, looked_at = set[str](), list(scripts)
    while looked_at:
        source = (folder / looked_at.pop()).read_text(encoding="utf-8")
        new = set(re.findall(r'from "\./([^"]+)"', source)) - needed
        needed |= new
        looked_at += new
    assert {"keeping.js", "clashes.js"} <= needed
    named = re.findall(r'<link rel="modulepreload" href="/static/desk/([^"]+)">', page)
    assert sorted(named) == sorted(needed)


def test_a_module_without_a_digest_is_asked_for_again(editor: Editor) -> None:
    answer = editor.client.get("/static/desk/keeping.js")
    assert "no-cache" in answer.headers["Cache-Control"]
    answer.close()
    assert answer.headers["ETag"]


def test_going_on_translating_leads_to_the_first_section_with_something_to_do(
    editor: Editor,
) -> None:
    answer = editor.client.get(f"/en/desk/works/{editor.uuid}/next?to=fr")
    assert answer.status_code == 303
    editor.change(do="text", block=str(editor.blocks()[1].uuid), source="New.", version=1)
    answer = editor.client.get(f"/en/desk/works/{editor.uuid}/next?to=fr")
    assert answer.location == f"{editor.path}?to=fr"


def test_terms_are_found_with_the_address_that_leads_to_them(
    editor: Editor, session: Session
) -> None:
    concept = Concept(key="insulation", source_language="en", domain="isced-f-2013:0713")
    session.add(concept)
    session.flush()
    session.add(
        Term(concept_id=concept.id, lang="en", text="Insulation", status="preferred", position=0)
    )
    session.commit()
    found = editor.client.get(f"{editor.path}/terms?q=insul").get_json()["terms"]
    assert [(one["text"], one["address"]) for one in found] == [
        ("Insulation", "../../../term/insulation/")
    ]
    editor.state()
    told = editor.post("preview", {"source": f"[it]({found[0]['address']})"}).get_json()
    assert 'href="/en/terms/insulation"' in told["html"]
    assert editor.client.get(f"{editor.path}/terms?q=%25").get_json()["terms"] == []


def test_every_work_has_a_place_for_its_summary_that_readers_do_not_see_while_it_is_empty(
    asha: DeskClient, session: Session, manuscript: Manuscript
) -> None:
    asha.send(
        "/en/desk/works/new",
        {"title": "New", "kind": "lesson", "lang": "en", "institution": "mbeya-college"},
    )
    made = session.scalars(select(Manuscript).where(Manuscript.key == "new")).one()
    root = queries.contents(session, made)[0].uuid
    title, summary = queries.blocks(session, made, root)
    assert (title.role, summary.role) == ("title", "summary")
    draft = manuscripts.draft_from(session, made)
    assert [block.role for block in draft.root.texts["en"]] == ["title"]
