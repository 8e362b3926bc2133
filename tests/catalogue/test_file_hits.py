"""What is inside files is found, and leads to the page, the slide, the second."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.drafts import MediaDraft
from library.catalogue.hits import FoundPassage, FoundWork, found_works
from library.catalogue.worker import work_round
from library.media.folder import LocalStore
from library.media.port import MediaStore
from library.search.address import open_engine
from library.search.port import Query, SearchEngine
from tests.extraction.documents import DOCX, EPUB, PDF, PPTX, docx, epub, pdf, pptx
from tests.factories import make_media, make_work

FILM = """WEBVTT

00:02.000 --> 00:05.000
Before you open the cabinet, look around.

00:58.000 --> 01:02.000
Now listen to the relay.

01:03.500 --> 01:06.000
It chatters when the coil is undervolted.

02:30.000 --> 02:33.000
Close the cabinet again.
"""


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "media")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchEngine]:
    opened = open_engine("whoosh:", data=tmp_path)
    yield opened
    opened.close()


class Library:
    """Works with files, read and indexed by the worker."""

    def __init__(
        self,
        session: Session,
        factory: sessionmaker[Session],
        store: MediaStore,
        index: SearchEngine,
    ) -> None:
        self.session, self.factory, self.store, self.index = session, factory, store, index

    def work(
        self, text: str, *media: MediaDraft, key: str = "relays", languages: Sequence[str] = ("en",)
    ) -> None:
        sections = {"listening": dict.fromkeys(languages, f"# Listening\n\n{text}")}
        make_work(self.session, key=key, languages=languages, sections=sections, media=media)

    def media(self, path: str, content: bytes | str, kind: str, **facts: str) -> MediaDraft:
        content = content.encode() if isinstance(content, str) else content
        return make_media(self.store, path, content, kind, **facts)

    def settle(self) -> None:
        self.session.commit()
        while work_round(self.factory, search=self.index, store=self.store):
            pass
        self.session.expire_all()

    def find(self, text: str, *, lang: str = "en") -> list[FoundWork]:
        results = self.index.search(Query(text=text, lang=lang))
        return found_works(self.session, results, lang=lang)

    def passage(self, text: str, *, lang: str = "en") -> FoundPassage:
        """The passage of a file that is found by a text."""
        (work,) = self.find(text, lang=lang)
        return next(one for one in work.passages if one.file is not None)


@pytest.fixture
def library(
    session: Session, factory: sessionmaker[Session], store: LocalStore, index: SearchEngine
) -> Library:
    return Library(session, factory, store, index)


def said(passage: FoundPassage) -> str:
    return "".join(text for text, _ in passage.pieces)


def test_a_word_of_the_third_page_leads_to_the_third_page(library: Library) -> None:
    pages = ["A first page", "Another page", "Tighten the gland with a spanner"]
    file = library.media("01/sheet.pdf", pdf(pages), PDF, title="The gland sheet")
    library.work("Look at [the sheet](01/sheet.pdf).", file)
    library.settle()
    passage = library.passage("gland spanner")
    assert passage.file is not None
    assert passage.file.place == "page=3"
    assert passage.file.title == "The gland sheet"
    assert passage.file.url == f"/media/{file.sha256}/sheet.pdf#page=3"
    assert ("spanner", True) in passage.pieces
    assert passage.title == "Listening"
    assert passage.url.startswith("/@/courses/relays/listening#b-")


def test_what_is_said_in_a_film_leads_to_the_second_in_the_film(library: Library) -> None:
    film = library.media("film.mp4", "bytes of a film", "video/mp4")
    track = library.media("film.en.vtt", FILM, "text/vtt", lang="en", role="subtitles")
    library.work("![A relay that chatters](../film.mp4)", film, track)
    library.settle()
    passage = library.passage("undervolted")
    assert passage.file is not None
    assert passage.file.name == "film.mp4"
    assert passage.file.place == "t=63.5"
    assert passage.file.url == f"/media/{film.sha256}/film.mp4#t=63.5"
    assert f"?at={film.sha256[:8]}.63.5#b-" in passage.url
    assert "chatters when the coil" in said(passage)


def test_lines_of_a_film_that_follow_one_another_are_found_together(library: Library) -> None:
    film = library.media("film.mp4", "bytes of a film", "video/mp4")
    track = library.media("film.en.vtt", FILM, "text/vtt", lang="en", role="subtitles")
    library.work("![A film](film.mp4)", film, track)
    library.settle()
    passage = library.passage("listen relay undervolted")
    assert passage.file is not None
    assert passage.file.place == "t=58"
    assert "undervolted" in said(passage)


@pytest.mark.parametrize(
    ("name", "kind", "make", "place"),
    [
        ("deck.pptx", PPTX, lambda text: pptx(["First", text]), "slide=2"),
        ("book.epub", EPUB, lambda text: epub(["<p>One</p>", f"<p>{text}</p>"]), "chapter=2"),
        ("paper.docx", DOCX, lambda text: docx(["First", text]), ""),
        ("page.html", "text/html", lambda text: f"<meta charset=utf-8><p>{text}".encode(), ""),
        ("notes.txt", "text/plain", lambda text: f"Notes\n\n{text}".encode(), "line=1"),
    ],
)
@pytest.mark.parametrize(
    ("lang", "text", "asked"),
    [
        ("zh-Hans", "先断开电源，再用兆欧表测量绝缘电阻。", "兆欧表"),
        ("ar", "قِس المُقاوَمَة بعد فصل التيار.", "مقاومة"),
        ("th", "วัดความต้านทานของฉนวนก่อนเดินเครื่อง", "ฉนวน"),
        ("fr", "Mesurez les résistances avec le mégohmmètre et dans les armoires.", "mégohmmètre"),
    ],
)
def test_every_format_is_found_in_every_script(
    library: Library,
    name: str,
    kind: str,
    make: Callable[[str], bytes],
    place: str,
    lang: str,
    text: str,
    asked: str,
) -> None:
    library.work(f"Here is [the file]({name}).", library.media(name, make(text), kind))
    library.settle()
    passage = library.passage(asked, lang=lang)
    assert passage.file is not None
    assert (passage.file.name, passage.file.place, passage.lang) == (name, place, lang)
    assert any(found for _, found in passage.pieces)


def test_a_file_of_two_works_is_found_in_both(library: Library) -> None:
    for key in ("one", "two"):
        file = library.media(f"{key}.pdf", pdf(["Thermostat settings"]), PDF)
        library.work(f"[Sheet]({key}.pdf)", file, key=key)
    library.settle()
    found = library.find("thermostat")
    assert sorted(
        (work.key, work.passages[0].file.name) for work in found if work.passages[0].file
    ) == [
        ("one", "one.pdf"),
        ("two", "two.pdf"),
    ]


def test_a_file_that_no_text_shows_belongs_to_the_section_of_its_folder(library: Library) -> None:
    library.work("No link.", library.media("listening/extra.txt", "A bimetal strip", "text/plain"))
    library.settle()
    assert library.passage("bimetal").url.startswith("/@/courses/relays/listening#")


@pytest.mark.parametrize("asked", ["TorqueSheet_v2.dwg", "torque sheet", "torquesheet"])
def test_a_file_is_found_by_its_name(library: Library, asked: str) -> None:
    file = library.media("TorqueSheet_v2.dwg", b"AC1032\x00", "image/vnd.dwg")
    library.work("[The drawing](TorqueSheet_v2.dwg)", file)
    library.settle()
    passage = library.passage(asked)
    assert passage.file is not None
    assert passage.file.name == "TorqueSheet_v2.dwg"
    assert passage.file.place == ""


def test_a_page_in_several_languages_is_found_in_each(library: Library) -> None:
    page = "当心触电\nDanger of electrocution\nخطر الصعق الكهربائي"
    library.work("[Signs](signs.txt)", library.media("signs.txt", page, "text/plain"))
    library.settle()
    for asked, lang in (("触电", "zh-Hans"), ("electrocution", "en"), ("الصعق", "ar")):
        assert library.passage(asked, lang=lang).lang == lang


def test_one_page_in_two_languages_is_shown_once(library: Library) -> None:
    page = "Contactor 交流接触器\n接触器 contactor\nThe contactor is a switch."
    library.work("[Signs](signs.txt)", library.media("signs.txt", page, "text/plain"))
    library.settle()
    (work,) = library.find("contactor 接触器")
    assert [one.file.place for one in work.passages if one.file] == ["line=1"]


def test_a_file_that_was_replaced_since_is_not_shown(library: Library) -> None:
    library.work("[A](a.txt)", library.media("a.txt", "A thermostat", "text/plain"))
    library.settle()
    library.work("[A](a.txt)", library.media("a.txt", "Something else", "text/plain"))
    library.session.commit()
    assert [work.passages for work in library.find("thermostat")] == [[]]


def test_files_cost_one_statement_however_many_they_are(library: Library, engine: Engine) -> None:
    for n in range(6):
        file = library.media(f"f{n}.pdf", pdf([f"Thermostat number {n}"] * 3), PDF)
        library.work(f"[F](f{n}.pdf)", file, key=f"w{n}")
    library.settle()
    results = library.index.search(Query(text="thermostat"))
    statements: list[str] = []

    def count(*facts: object) -> None:
        if facts[2] != "BEGIN":
            statements.append(str(facts[2]))

    event.listen(engine, "before_cursor_execute", count)
    try:
        found = found_works(library.session, results, lang="en")
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(found) == 6
    assert all(passage.file for work in found for passage in work.passages)
    assert len(statements) == 3, statements
