"""``library index`` and ``library search``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

from library.catalogue import extraction, indexing
from library.catalogue.hits import FoundWork, found_works
from library.cli.progress import Progress
from library.cli.root import Root, pass_root
from library.db import session_scope
from library.i18n.tags import normalise
from library.search.port import Query
from library.terms.expansion import Run, also, terms_in


@click.command()
@click.option("--rebuild", is_flag=True, help="Build the whole index anew beside the one in use.")
@pass_root
def index(root: Root, rebuild: bool) -> None:
    """Bring the search index up to date."""
    services = root.opened
    if rebuild:
        with session_scope(services.factory, write=True) as session:
            extraction.retry_failed(session)
    with Progress("Reading files", unit="files") as bar:
        extraction.extract_pending(services.factory, services.store, limit=None, progress=bar.of)
    with Progress("Indexing", unit="passages" if rebuild else "changes") as bar:
        if rebuild:
            count = indexing.rebuild(services.factory, services.search, progress=bar.at)
            click.echo(f"The index was built anew with {count} passages.")
        else:
            done = indexing.drain(services.factory, services.search, progress=bar.of)
            click.echo(f"Indexed {done} changes." if done else "The index is up to date.")
    services.vocabulary.refresh(services.factory)


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--lang", default="en", help="The reader's language; its results come first.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind of work.")
@click.option(
    "--also/--no-also",
    "widened",
    default=True,
    help="Search for what the term bank calls the words in all languages, too.",
)
@click.option("--limit", default=10, type=click.IntRange(1, 100))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_root
def search(
    root: Root,
    query: tuple[str, ...],
    lang: str,
    kinds: tuple[str, ...],
    widened: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Search the library."""
    services = root.opened
    tag = normalise(lang)
    text = " ".join(query)
    with session_scope(services.factory) as session:
        languages = services.facets.get(session).languages
        terms: Sequence[Run] = ()
        if widened:
            terms = terms_in(text, index=services.terms.get(session), session=session, lang=tag)
        results = services.search.search(
            Query(text=text, lang=tag, kinds=kinds, limit=limit, also=also(terms, languages))
        )
        others = [one for run in terms for one in run.others(languages)]
        found = found_works(session, results, lang=tag)
    base = services.settings.base_url
    hits = [
        {
            "id": str(work.uuid),
            "key": work.key,
            "kind": work.kind,
            "lang": work.passages[0].lang if work.passages else work.lang,
            "title": work.title,
            "url": base + work.url.replace("/@/", f"/{tag}/", 1),
            "score": round(work.score, 3),
            "section": _section(work, base=base, tag=tag),
            "file": _file(work, base=base),
        }
        for work in found
    ]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "total": results.total,
                    "hits": hits,
                    "facets": results.facets,
                    "also": [
                        {"text": one.text, "lang": one.lang, "concept": one.concept}
                        for one in others
                    ],
                },
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    if others:
        words = dict.fromkeys(one.text for one in others)
        click.echo(f"Also searched: {', '.join(words)}")
    for work in found:
        best = work.passages[0] if work.passages else None
        url = base + (best.url if best else work.url).replace("/@/", f"/{tag}/", 1)
        click.echo(f"{work.title}  [{work.kind}, {best.lang if best else work.lang}]")
        if best is not None:
            mark = "\x1b[1m", "\x1b[0m"
            bold = mark if sys.stdout.isatty() else ("", "")
            text = "".join(f"{bold[0]}{t}{bold[1]}" if hit else t for t, hit in best.pieces)
            click.echo(f"  {text.strip()}" if text.strip() else f"  {best.title}")
            if best.file is not None:
                place = f", {best.file.place.replace('=', ' ')}" if best.file.place else ""
                click.echo(f"  {best.file.name}{place}: {base}{best.file.url}")
        click.echo(f"  {url}")
    click.echo(f"{results.total} found." if results.total else "Nothing was found.")


def _file(work: FoundWork, *, base: str) -> dict[str, str] | None:
    file = work.passages[0].file if work.passages else None
    if file is None:
        return None
    return {
        "name": file.name,
        "media_type": file.media_type,
        "place": file.place,
        "url": f"{base}{file.url}",
    }


def _section(work: FoundWork, *, base: str, tag: str) -> dict[str, str] | None:
    if not work.passages:
        return None
    best = work.passages[0]
    return {
        "id": str(best.section),
        "title": best.title,
        "url": base + best.url.replace("/@/", f"/{tag}/", 1),
        "snippet": "".join(text for text, _ in best.pieces),
    }
