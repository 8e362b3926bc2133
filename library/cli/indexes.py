"""``library index`` and ``library search``."""

from __future__ import annotations

import json
import sys

import click

from library.catalogue import indexing
from library.catalogue.hits import FoundWork, found_works
from library.cli.progress import Progress
from library.cli.root import Root, pass_root
from library.db import session_scope
from library.i18n.tags import normalise
from library.search.port import Query


@click.command()
@click.option("--rebuild", is_flag=True, help="Build the whole index anew beside the one in use.")
@pass_root
def index(root: Root, rebuild: bool) -> None:
    """Bring the search index up to date."""
    services = root.opened
    with Progress("Indexing", unit="passages" if rebuild else "changes") as bar:
        if rebuild:
            count = indexing.rebuild(services.factory, services.search, progress=bar.at)
            click.echo(f"The index was built anew with {count} passages.")
        else:
            done = indexing.drain(services.factory, services.search, progress=bar.of)
            click.echo(f"Indexed {done} changes." if done else "The index is up to date.")


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--lang", default="en", help="The reader's language; its results come first.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind of work.")
@click.option("--limit", default=10, type=click.IntRange(1, 100))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_root
def search(
    root: Root, query: tuple[str, ...], lang: str, kinds: tuple[str, ...], limit: int, as_json: bool
) -> None:
    """Search the library."""
    services = root.opened
    tag = normalise(lang)
    text = " ".join(query)
    results = services.search.search(Query(text=text, lang=tag, kinds=kinds, limit=limit))
    with session_scope(services.factory) as session:
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
        }
        for work in found
    ]
    if as_json:
        click.echo(
            json.dumps(
                {"total": results.total, "hits": hits, "facets": results.facets},
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    for work in found:
        best = work.passages[0] if work.passages else None
        url = base + (best.url if best else work.url).replace("/@/", f"/{tag}/", 1)
        click.echo(f"{work.title}  [{work.kind}, {best.lang if best else work.lang}]")
        if best is not None:
            mark = "\x1b[1m", "\x1b[0m"
            bold = mark if sys.stdout.isatty() else ("", "")
            text = "".join(f"{bold[0]}{t}{bold[1]}" if hit else t for t, hit in best.pieces)
            click.echo(f"  {text.strip()}" if text.strip() else f"  {best.title}")
        click.echo(f"  {url}")
    click.echo(f"{results.total} found." if results.total else "Nothing was found.")


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
