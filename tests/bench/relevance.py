"""``relevance``: from a question to the paragraph that answers it, in twelve languages.

Each language has an index of its own, each paragraph is a work of its own. The library is asked through
its port; for two languages also through its public API, with the paragraphs imported as anybody would.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask

from library.app import create_app, make_services
from library.search.port import Query, SearchEngine
from library.search.whoosh_engine import WhooshEngine
from tests.bench import small_engines, workspace, xquad
from tests.bench.pages_in_process import get
from tests.bench.ranking import DEPTH, Quality, judge, mean
from tests.bench.rows import Absent, Grid, Outcome, Row, tell
from tests.bench.small_engines import Text
from tests.bench.xquad import Collection

OURS = "Mortise"
MEAN = 0.96
EACH = 0.945
# Languages that are asked through the public API as well: one with spaces and one without.
PUBLIC = ("en", "zh-Hans")
AGREES = 0.002
_MARKDOWN = re.compile(r"[\\`*_{}\[\]()#+\-.!|<>~$^:&=\"']")


def run() -> Iterator[Outcome]:
    languages = xquad.collections()
    if not languages:
        yield Absent("relevance", xquad.ABSENT)
        return
    judged = {one.lang: _judged(one) for one in languages}
    ours = {lang: found[OURS] for lang, found in judged.items()}
    best, reference = best_stock(judged)
    reached = mean(found.mrr for found in ours.values())
    yield Row(
        "relevance",
        f"mean MRR@{DEPTH} of {len(languages)} languages",
        reached,
        "",
        f">= {MEAN}",
        reached >= MEAN,
        reference,
        best,
        f"{len(languages[0].paragraphs)} paragraphs and {len(languages[0].questions)} questions in each "
        "language; the reference is the best of the engines as they come",
    )
    worst = min(ours, key=lambda lang: ours[lang].mrr)
    yield Row(
        "relevance",
        f"lowest MRR@{DEPTH} of a language ({worst})",
        ours[worst].mrr,
        "",
        f">= {EACH}",
        ours[worst].mrr >= EACH,
        judged[worst][best].mrr,
        best,
    )
    yield Row(
        "relevance",
        f"mean recall@{DEPTH}",
        mean(found.recall for found in ours.values()),
        "",
        reference=mean(found[best].recall for found in judged.values()),
        reference_name=best,
    )
    for lang, public in _through_the_api([one for one in languages if one.lang in PUBLIC]):
        yield Row(
            "relevance",
            f"the same through import and public API, {lang}",
            public.mrr,
            "",
            f"within {AGREES}",
            abs(public.mrr - ours[lang].mrr) <= AGREES,
            ours[lang].mrr,
            "through the port",
        )
    yield table("relevance", f"MRR@{DEPTH}", judged, lambda found: found.mrr)
    yield table("relevance", f"Recall@{DEPTH}", judged, lambda found: found.recall)


def _judged(one: Collection) -> dict[str, Quality]:
    """Engine -> how well it ranks one language."""
    tell(f"relevance in {one.lang}")
    texts = [Text(name, one.lang, words) for name, words in one.paragraphs.items()]
    with tempfile.TemporaryDirectory(prefix="mortise-bench-relevance-") as folder:
        engine = WhooshEngine(Path(folder))
        engine.rebuild(one.passages())
        found = {OURS: judge(port(engine, one.lang), one.questions)}
        engine.close()
    for name, make in small_engines.engines().items():
        other = make(texts)
        found[name] = judge(partial(other, lang=one.lang), one.questions)
    return found


def port(engine: SearchEngine, lang: str) -> Callable[[str], Sequence[str]]:
    """Ask an engine of the library for works, as a reader of ``lang``."""

    def ask(question: str) -> Sequence[str]:
        results = engine.search(Query(question, lang=lang, limit=DEPTH))
        return [hit.work for hit in results.hits]

    return ask


def _through_the_api(languages: Sequence[Collection]) -> Iterator[tuple[str, Quality]]:
    """The same questions to the public API of a library into which the paragraphs were imported."""
    command = str(Path(sys.executable).parent / "library")
    for one in languages:
        with tempfile.TemporaryDirectory(prefix="mortise-bench-public-") as name:
            data, source = Path(name) / "data", Path(name) / "content"
            _write_works(source, one)
            for arguments in (["db", "upgrade"], ["import", str(source)]):
                subprocess.run(
                    [command, *arguments],
                    check=True,
                    capture_output=True,
                    env=workspace.environment(data),
                )
            services = make_services(workspace.settings(data))
            site = create_app(services=services)

            def ask(question: str, *, site: Flask = site, lang: str = one.lang) -> Sequence[str]:
                asked = urlencode({"q": question, "lang": lang, "limit": DEPTH})
                answer = json.loads(get(site, f"/api/v1/search?{asked}"))
                return [hit["key"] for hit in answer["hits"]]

            yield one.lang, judge(ask, one.questions)
            services.search.close()
            services.engine.dispose()


def _write_works(folder: Path, one: Collection) -> None:
    """A content folder for each paragraph; its title says nothing but its key."""
    for name, text in one.paragraphs.items():
        work = folder / "course" / name
        work.mkdir(parents=True)
        (work / "meta.toml").write_text(
            f'source_language = "{one.lang}"\nlicence = "CC-BY-SA-4.0"\n', encoding="utf-8"
        )
        # A paragraph is one line here; what its first characters may mean in Markdown is escaped.
        (work / f"{one.lang}.md").write_text(
            f"# {name}\n\n{escape(' '.join(text.split()))}\n", encoding="utf-8"
        )


def escape(text: str) -> str:
    """A text in Markdown that is read as the text itself."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def table(
    benchmark: str,
    title: str,
    judged: Mapping[str, Mapping[str, Quality]],
    figure: Callable[[Quality], float],
) -> Grid:
    """Languages down, engines across, and their means in the last row."""
    names = list(next(iter(judged.values())))
    rows = [
        (lang, *(f"{figure(found[name]):.3f}" for name in names)) for lang, found in judged.items()
    ]
    means = (f"{mean(figure(found[name]) for found in judged.values()):.3f}" for name in names)
    return Grid(benchmark, title, ("language", *names), (*rows, ("mean", *means)))


def best_stock(judged: Mapping[str, Mapping[str, Quality]]) -> tuple[str, float]:
    """The engine that ranks best as it comes, without our tokens, and its mean."""
    names = [name for name in next(iter(judged.values())) if name in small_engines.STOCK]
    means = {name: mean(found[name].mrr for found in judged.values()) for name in names}
    best = max(means, key=lambda name: means[name])
    return best, means[best]
