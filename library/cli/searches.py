"""``library searches``: what readers looked for in vain."""

from __future__ import annotations

import json

import click

from library.catalogue.unanswered import DAYS, unanswered
from library.cli.root import Root, pass_root
from library.db import session_scope
from library.i18n.tags import normalise


@click.command()
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(1, DAYS),
    help=f"How many days back; counts are kept for {DAYS}.",
)
@click.option("--lang", help="Only searches from pages in this language.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_root
def searches(root: Root, days: int, lang: str | None, limit: int, as_json: bool) -> None:
    """Say which searches found nothing, the most frequent first.

    Nothing is kept of who searched. What looks like a person's address or number is counted without
    its words. Searches of the last half minute may be missing.
    """
    tag = normalise(lang) if lang else None
    with session_scope(root.opened.factory) as session:
        found = unanswered(session, days=days, lang=tag, limit=limit)
    if as_json:
        told = [
            {
                "text": one.text or None,
                "count": one.count,
                "last": one.last.isoformat(),
                "languages": list(one.languages),
            }
            for one in found
        ]
        click.echo(json.dumps({"days": days, "searches": told}, ensure_ascii=False, indent=2))
        return
    for one in found:
        text = one.text or "(counted without words)"
        click.echo(f"{one.count:>6}  {one.last}  {', '.join(one.languages)}  {text}")
    if not found:
        click.echo(f"No search of the last {days} days was in vain.")
