"""``library db``: the schema."""

from __future__ import annotations

import click

from library.cli.root import Root, pass_root
from library.db import migrate


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
@pass_root
def upgrade(root: Root) -> None:
    """Bring the schema to this version; safe to run again."""
    engine = root.opened.engine
    if migrate.is_current(engine):
        click.echo("The schema is up to date.")
        return
    migrate.upgrade(engine)
    click.echo("The schema is up to date now.")
