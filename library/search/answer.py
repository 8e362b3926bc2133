"""From a query to its results, whichever engine holds the segments."""

from __future__ import annotations

from library.search.port import Query, Results
from library.search.question import understand
from library.search.scorer import Snapshot
from library.search.syntax import refined


def answer(snapshot: Snapshot, query: Query) -> Results:
    """What a snapshot has to say to a query; raises whatever reading it may raise."""
    query = refined(query)
    question = understand(
        query.text,
        lang=query.lang,
        languages=query.languages,
        held=snapshot.languages,
        also=query.also,
    )
    results = Results(words=question.marked)
    if question.words:
        results.total, results.hits, results.facets = snapshot.search(question, query)
    return results
