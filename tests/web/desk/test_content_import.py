"""What is wrong with a ZIP of content is said in the language of whoever reads the page."""

from __future__ import annotations

import ast
import re
import uuid as uuids
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from lxml import html
from sqlalchemy.orm import Session, sessionmaker

import library
from library.accounts.models import Person
from library.config import INTERFACE_LANGUAGES
from library.content.importing import import_paths
from library.content.report import as_data
from library.editorial.models import ContentImport
from library.errors import Malformed
from library.i18n.interface import locale_folder
from library.media.folder import LocalStore
from library.sentences import Sentence, counted, kept
from library.web.desk.sentences import plain, told
from tests.content.trees import META, VTT, course, write_tree
from tests.people import DeskClient, make_person, signed_in

OTHERS = [tag for tag in INTERFACE_LANGUAGES if tag != "en"]
HOSTILE = "<script>alert('%(x)s')</script> %s {0} \u202eabc\u2069\x07"

FAULTY: dict[str, str | bytes] = {
    "course/no-toml/meta.toml": "licence = \n",
    "course/no-toml/en.md": "# A\n",
    "course/keys/meta.toml": META + 'colour = 1\nlevel = "wizard"\nhours = "x"\nminutes = -1\n'
    'uuid = 5\ncodes = "a"\nstatus = 3\npublished = "soon"\ncountries = ["Kenya", 1]\n'
    'version = ""\nlinks = [{url = "here"}]\nsample = []\neditions = {qq-QQ = {}}\n',
    "course/keys/en.md": "# A\n",
    "course/empty/meta.toml": META,
    "course/texts/meta.toml": META + 'institutions = ["nowhere"]\n[media]\n"no.png" = {}\n',
    "course/texts/en.md": "Text above.\n\n# Title\n\n<!-- block: a colour=red -->\nOne.\n",
    "course/texts/english.md": "# A\n",
    "course/texts/fr.md": b"# \xff\n",
    "course/texts/sw.md": "<!-- block -->\n\n<!-- block: -->\nOne.\n",
    "course/texts/01-a/fr.md": "# A\n",
    "course/texts/02-a/en.md": "# A\n\x01",
    "course/texts/a.png": b"\x89PNG\r\n\x1a\nbroken",
    "course/texts/b.vtt": "no subtitles\n",
    "course/texts/c.en.vtt": VTT + "\n00:03.000 -> 00:04\nx <u> & y\n",
    "course/texts/d.svg": "<svg",
    "course/links/meta.toml": META + 'related = ["course/none"]\n',
    "course/links/en.md": "# A\n\nSee [x](b.md), [y](b.md), [z]() and ![p](q.png).\n\n"
    + " ".join(f"[{n}](images/{n}.png) ![{n}](images/{n}.png)" for n in range(8))
    + "\n",
    "institution/inn/meta.toml": 'source_language = "en"\ntype = "college"\n',
    "institution/inn/en.md": "# Inn\n",
    "institution/inn/more/en.md": "# More\n",
    "term/word/meta.toml": 'source_language = "en"\ndomain = "x:1"\n[terms.fr]\nreading = "a"\n',
    "term/word/en.md": "# Word\n",
    "term/UPPER/en.md": "# A\n",
    "poem/x/en.md": "# A\n",
}


@pytest.fixture
def person(session: Session) -> Person:
    made = make_person(session, roles=["publisher"])
    session.commit()
    return made


@pytest.fixture
def asha(app: Flask, factory: sessionmaker[Session], person: Person) -> DeskClient:
    return signed_in(app, factory, person)


def _row(session: Session, person: Person, **facts: Any) -> str:
    row = ContentImport(
        uuid=uuids.uuid4(), person_id=person.id, by_name=person.name, name="x", size=1, **facts
    )
    session.add(row)
    session.commit()
    return str(row.uuid)


def _english_left(page: str) -> list[str]:
    """Runs of English words in the reports of a page, names and signs of formats left out."""
    tree = html.fromstring(page).xpath("//main")[0]
    for name in tree.xpath(".//bdi | .//h1 | .//form"):
        name.drop_tree()
    assert tree.xpath(".//*[@lang='en']") == []
    text = re.sub(r"<!--.*?-->|\bkey=\S+|two words", " ", tree.text_content())
    return re.findall(r"(?:\b[A-Za-z']{2,}\b[ ,]+){3,}", text)


@pytest.fixture
def report(tmp_path: Path, factory: sessionmaker[Session]) -> dict[str, Any]:
    folder = write_tree(tmp_path / "content", FAULTY)
    course(folder, {"fr.md": "# Câblage\n", "01-a/en.md": "# One\n"})
    found = import_paths(
        factory, LocalStore(tmp_path / "media"), [folder], by="tests", dry_run=True
    )
    assert len(found.faults) > 30
    assert len(found.warnings) > 5
    assert len(found.changes) > 0
    return as_data(found, folder)


def test_no_english_is_left_in_any_language(
    asha: DeskClient, session: Session, person: Person, report: dict[str, Any]
) -> None:
    uuid = _row(session, person, state="looked", report=report)
    english = asha.get(f"/en/desk/import/{uuid}").text
    assert "There is no key “<bdi>colour</bdi>” here." in english
    assert len(_english_left(english)) > 30
    # Those of Latin letters are told from English by the marks of what has no translation.
    for tag in OTHERS:
        page = asha.get(f"/{tag}/desk/import/{uuid}").text
        left = _english_left(page)
        if tag in ("ar", "zh-Hans", "ru", "th", "km"):
            assert left == [], tag


@pytest.mark.parametrize("tag", ["ar", "zh-Hans"])
def test_trouble_is_said_in_the_language_of_the_page(
    asha: DeskClient, session: Session, person: Person, tag: str
) -> None:
    error = Malformed(Sentence("The file %(name)s in the archive is damaged.", name=HOSTILE))
    uuid = _row(
        session,
        person,
        state="failed",
        trouble=error.message,
        report={"trouble": kept(error.sentence)},
    )
    page = asha.get(f"/{tag}/desk/import/{uuid}").text
    assert _english_left(page) == []
    assert "<script>alert" not in page
    assert "\\u202eabc\\u2069" in page


def test_a_report_of_an_older_version_is_shown_as_it_is(
    asha: DeskClient, session: Session, person: Person
) -> None:
    report = {
        "read": 1,
        "changed": 1,
        "unchanged": 0,
        "refused": 1,
        "changes": ["course/pumps: 2 sections added"],
        "warnings": [["course/x", 1, "", "The text is 100 %(odd)s.", ""]],
        "faults": [["course/x/meta.toml", 4, "colour", "There is no “<b>”.", "Did you mean it?"]],
    }
    uuid = _row(session, person, state="failed", trouble="It was <i>broken</i>.", report=report)
    page = asha.get(f"/ar/desk/import/{uuid}").text
    for words in (
        '<span lang="en" dir="auto">course/pumps: 2 sections added</span>',
        '<span lang="en" dir="auto">The text is 100 %(odd)s.</span>',
        '<span lang="en" dir="auto">There is no “&lt;b&gt;”.</span>',
        '<span lang="en" dir="auto">It was &lt;i&gt;broken&lt;/i&gt;.</span>',
    ):
        assert words in page


@pytest.mark.parametrize("tag", OTHERS)
def test_a_template_without_a_translation_is_said_in_english(app: Flask, tag: str) -> None:
    with app.test_request_context(), force_locale(locale_folder(tag)):
        said = told(Sentence("Nobody knows %(name)s <yet>.", name="<b>"))
    assert said == (
        '<span lang="en" dir="auto">Nobody knows <bdi>&lt;b&gt;</bdi> &lt;yet&gt;.</span>'
    )


def _templates() -> Iterator[Sentence]:
    """Every sentence that any floor can say, about things with hostile names."""
    for path in Path(library.__file__).parent.rglob("*.py"):
        source = path.read_text()
        if "library.sentences import" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            given = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if node.func.id == "Sentence" and given:
                names = re.findall(r"%\((\w+)\)s", given[0])
                yield Sentence(given[0], **dict.fromkeys(names, HOSTILE))
            elif node.func.id == "counted":
                names = {*re.findall(r"%\((\w+)\)s", given[0])} - {"num"}
                for number in (1, 2, 5, 21, 100):
                    yield counted(given[0], given[1], number, **dict.fromkeys(names, HOSTILE))


@pytest.mark.parametrize("tag", ["en", *OTHERS])
def test_hostile_names_are_harmless_in_every_sentence(app: Flask, tag: str) -> None:
    every = list(_templates())
    assert len(every) > 300
    with app.test_request_context(), force_locale(locale_folder(tag)):
        for sentence in every:
            said = told(kept(sentence))
            assert 'lang="en"' not in said, sentence.template
            assert "<script" not in said
            assert not re.search(r"[\x07\u202e\u2069]", said)
            names = {name for name in sentence.values if name != "num"}
            assert said.count("%(x)s") == len(names), sentence.template
            assert "<bdi>&lt;script&gt;alert" in said or not names
            assert "<" in plain(sentence) or not names


@pytest.mark.parametrize(
    ("tag", "number", "words"),
    [
        ("ru", 1, "1 раздел добавлен"),
        ("ru", 3, "3 раздела добавлены"),
        ("ru", 11, "11 разделов добавлено"),
        ("ar", 2, "أُضيف قسمان"),
        ("ar", 3, "أُضيفت 3 أقسام"),
        ("ar", 11, "أُضيف 11 قسمًا"),
        ("zh-Hans", 2, "新增2节"),
    ],
)
def test_numbers_have_the_plurals_of_the_language(
    app: Flask, tag: str, number: int, words: str
) -> None:
    sentence = counted("%(num)s section added", "%(num)s sections added", number)
    with app.test_request_context(), force_locale(locale_folder(tag)):
        assert told(kept(sentence)) == words
