"""``cross-language``: a term in one language, and texts about it in others only.

The texts are those of the starter library, each section a work of its own. Of every work only one
language is indexed, one after the other of those that it has; the term bank is there whole, as it is
for readers. A question is what the bank calls a concept in one language, and nothing else. What is
relevant is decided without the search engine: the text holds, letter for letter, a term of that
concept in its own language. Questions whose words stand in any of the texts are not asked.
"""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.app import make_services
from library.catalogue import passages
from library.db import session_scope
from library.search.characters import CJK, UNSPACED
from library.search.port import Passage, Query, SearchEngine
from library.search.whoosh_engine import WhooshEngine
from library.terms.expansion import also, terms_in
from library.terms.models import Concept, Term
from library.terms.term_index import TermCache, TermIndex
from tests.bench import visits, workspace
from tests.bench.rows import Grid, Outcome, Row

QUESTIONS = 300
DEPTH = 10
AT_LEAST = 0.95
#: What the page of results lists: terms have a place of their own there.
KINDS = (
    "course",
    "textbook",
    "standard",
    "lesson",
    "resource",
    "equipment",
    "certificate",
    "institution",
    "partnership",
)
_UNSPACED = re.compile(f"[{CJK}{UNSPACED}]")
# Vowel signs, which Arabic has in one text and not in another.
_UNSPOKEN = re.compile("[\u0640\u064b-\u0652]")
# What Arabic writes together with the word that follows: "and", "for", "with", the article.
_BEFORE_ARABIC = "(?:[وفبكل]{0,2}ال|لل|[وفبكل])?"


@dataclass(slots=True)
class Text:
    """A section in the one language in which it is indexed."""

    lang: str
    words: str
    passages: list[Passage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Question:
    """A term, its language, and the texts that should be found."""

    text: str
    lang: str
    concept: str
    relevant: frozenset[str]


def run() -> Iterator[Outcome]:
    with tempfile.TemporaryDirectory(prefix="mortise-bench-cross-") as name:
        services = make_services(workspace.settings(visits.starter_library(Path(name))))
        with session_scope(services.factory) as session:
            yield from measure(session, Path(name) / "one-language-each")
        services.search.close()
        services.engine.dispose()


def measure(session: Session, folder: Path) -> Iterator[Outcome]:
    """The rows, from a library that holds the starter library; ``folder`` is for the index."""
    texts, terms = collection(session)
    questions = chosen(session, texts)
    engine = WhooshEngine(folder)
    engine.rebuild([*(p for text in texts.values() for p in text.passages), *terms])
    index = TermCache().get(session)
    languages = sorted({text.lang for text in texts.values()})
    found = {
        q: answer(engine, q, session=session, index=index, languages=languages) for q in questions
    }
    alone = {q: answer(engine, q) for q in questions}
    engine.close()
    reached, without = mean(found), mean(alone)
    yield Row(
        "cross-language",
        f"recall@{DEPTH} of {len(questions)} terms in another language",
        reached,
        "",
        f">= {AT_LEAST}",
        reached >= AT_LEAST,
        without,
        "without the term bank",
        f"{len(texts)} texts in {len(languages)} languages, each in one",
    )
    yield Grid(
        "cross-language",
        f"Recall@{DEPTH} by the language of the question",
        ("language", "questions", "with the term bank", "without"),
        tuple(
            (lang, str(len(some)), f"{mean(some):.3f}", f"{mean({q: alone[q] for q in some}):.3f}")
            for lang, some in sorted(by_language(found).items())
        ),
    )


def collection(session: Session) -> tuple[dict[str, Text], list[Passage]]:
    """The texts by the id of their section, each in one language, and the passages of the term bank."""
    sections: dict[str, dict[str, list[Passage]]] = defaultdict(lambda: defaultdict(list))
    terms = []
    for passage in passages.everything(session):
        if passage.kind == "term":
            terms.append(passage)
        else:
            sections[passage.section][passage.lang].append(passage)
    texts = {}
    for number, (section, by_lang) in enumerate(sections.items()):
        languages = sorted(by_lang)
        lang = languages[number % len(languages)]
        own = [replace(one, work=section) for one in by_lang[lang]]
        words = "\n".join([own[0].title, *(one.body for one in own)])
        texts[section] = Text(lang, _comparable(words), own)
    return texts, terms


def chosen(session: Session, texts: Mapping[str, Text]) -> list[Question]:
    """The questions: of each concept one, in one language after the other."""
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    preferred: dict[tuple[str, str], str] = {}
    for key, lang, term, status in session.execute(
        select(Concept.key, Term.lang, Term.text, Term.status)
        .join(Term, Term.concept_id == Concept.id)
        .where(Term.status != "forbidden")
        .order_by(Concept.key, Term.lang, Term.position)
    ):
        said[key][lang].append(term)
        if status == "preferred":
            preferred[key, lang] = term
    languages = sorted({lang for _, lang in preferred})
    made = []
    for number, (key, by_lang) in enumerate(said.items()):
        forms = {lang: _pattern(terms, lang) for lang, terms in by_lang.items()}
        relevant = {
            section
            for section, text in texts.items()
            if (form := forms.get(text.lang)) and form.search(text.words)
        }
        for step in range(len(languages)):
            lang = languages[(number + step) % len(languages)]
            asked = preferred.get((key, lang))
            if asked is None or not relevant:
                continue
            typed = _pattern([asked], lang)
            if typed is None or any(typed.search(text.words) for text in texts.values()):
                continue
            if any(texts[section].lang == lang for section in relevant):
                continue
            made.append(Question(asked, lang, key, frozenset(relevant)))
            break
    return [made[n * len(made) // QUESTIONS] for n in range(min(QUESTIONS, len(made)))]


def _comparable(text: str) -> str:
    return " ".join(_UNSPOKEN.sub("", text.casefold()).split())


def _pattern(terms: Sequence[str], lang: str) -> re.Pattern[str] | None:
    """What a text holds, letter for letter, if it speaks of these terms; single Chinese characters
    stand inside other words too often to say so."""
    forms = []
    for term in terms:
        form = re.escape(_comparable(term))
        if _UNSPACED.search(term):
            if len(term) > 1:
                forms.append(form)
        else:
            forms.append(rf"(?<!\w){_BEFORE_ARABIC if lang == 'ar' else ''}{form}(?!\w)")
    return re.compile("|".join(forms)) if forms else None


def answer(
    engine: SearchEngine,
    question: Question,
    *,
    session: Session | None = None,
    index: TermIndex | None = None,
    languages: Sequence[str] = (),
) -> float:
    """Recall of a question; without an index of terms only its own words are searched for."""
    query = Query(question.text, lang=question.lang, kinds=KINDS, limit=DEPTH)
    if session is not None and index is not None:
        runs = terms_in(question.text, index=index, session=session, lang=question.lang)
        query.also = also(runs, languages)
    hits = {hit.work for hit in engine.search(query).hits}
    return len(hits & question.relevant) / min(DEPTH, len(question.relevant))


def mean(found: Mapping[Question, float]) -> float:
    return sum(found.values()) / len(found) if found else 0.0


def by_language(found: Mapping[Question, float]) -> dict[str, dict[Question, float]]:
    split: dict[str, dict[Question, float]] = defaultdict(dict)
    for question, recall in found.items():
        split[question.lang][question] = recall
    return split
