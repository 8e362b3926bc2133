"""``pooled``: twelve languages in one index, asked without saying in which language.

Right is the paragraph in the language of the question, not its eleven translations. The library is
always told some language of the reader: it is asked as a reader of English, and as one of Swahili, which
no paragraph is in; what counts is where it ranks worse.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from library.search.whoosh_engine import WhooshEngine
from tests.bench import small_engines, xquad
from tests.bench.ranking import DEPTH, Quality, judge, mean
from tests.bench.relevance import best_stock, port, table
from tests.bench.rows import Absent, Outcome, Row, tell
from tests.bench.small_engines import Text

READERS = {"en": "a reader of English", "sw": "a reader of Swahili"}
AT_LEAST = 0.93


def run() -> Iterator[Outcome]:
    languages = xquad.collections()
    if not languages:
        yield Absent("pooled", xquad.ABSENT)
        return
    judged: dict[str, dict[str, Quality]] = {one.lang: {} for one in languages}
    with tempfile.TemporaryDirectory(prefix="mortise-bench-pooled-") as folder:
        engine = WhooshEngine(Path(folder))
        engine.rebuild([passage for one in languages for passage in one.passages()])
        for reader, who in READERS.items():
            tell(f"pooled, {who}")
            for one in languages:
                judged[one.lang][f"Mortise, {who}"] = judge(port(engine, reader), one.questions)
        engine.close()
    texts = [
        Text(name, one.lang, words) for one in languages for name, words in one.paragraphs.items()
    ]
    for name, make in small_engines.engines().items():
        if name in small_engines.STOCK:
            tell(f"pooled, {name}")
            other = make(texts)
            for one in languages:
                judged[one.lang][name] = judge(partial(other, lang=""), one.questions)
    best, reference = best_stock(judged)
    reached = {
        who: mean(found[f"Mortise, {who}"].mrr for found in judged.values())
        for who in READERS.values()
    }
    harder = min(reached, key=lambda who: reached[who])
    yield Row(
        "pooled",
        f"mean MRR@{DEPTH}, asked by {harder}",
        reached[harder],
        "",
        f">= {AT_LEAST}",
        reached[harder] >= AT_LEAST,
        reference,
        best,
        f"{len(texts):,} paragraphs in {len(languages)} languages in one index; the harder of "
        f"{', '.join(f'{who} ({figure:.3f})' for who, figure in reached.items())}",
    )
    yield table(
        "pooled", f"MRR@{DEPTH}, all languages in one index", judged, lambda found: found.mrr
    )
    yield table(
        "pooled", f"Recall@{DEPTH}, all languages in one index", judged, lambda found: found.recall
    )
