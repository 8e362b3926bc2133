"""``library import`` and ``library export``: content folders in and out."""

from __future__ import annotations

import getpass
import time
from pathlib import Path
from typing import Literal

import click

from library.catalogue import extraction, indexing
from library.cli.progress import Progress
from library.cli.root import Root, pass_root
from library.content.exporting import export as export_folder
from library.content.importing import import_paths
from library.content.report import Progress as Step
from library.db import migrate, session_scope
from library.errors import Misconfigured
from library.http.services import Services
from library.jobs import outbox

# Seconds to wait for a worker that indexes at the same time; what is left is its to do.
INDEX_PATIENCE = 120.0


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["content", "markdown"]),
    default="content",
    show_default=True,
    help="content: folders of the library's own format. markdown: a folder for each language.",
)
@pass_root
def import_(
    root: Root, paths: tuple[Path, ...], dry_run: bool, form: Literal["content", "markdown"]
) -> None:
    """Store what is in folders; importing the same again changes nothing."""
    services = root.opened
    if not migrate.is_current(services.engine):
        raise Misconfigured("The database's schema is not this version's; run: library db upgrade")
    with Progress("Importing", unit="folders") as bar:

        def step(at: Step) -> None:
            bar.of(at.done, at.total - at.done)

        report = import_paths(
            services.factory,
            services.store,
            list(paths),
            by=f"{getpass.getuser()} at the command line",
            format=form,
            dry_run=dry_run,
            progress=step,
        )
    for line in report.lines():
        click.echo(line, err=line.startswith(("fault:", "warning:")))
    # An earlier import may have been killed between its last work and the index.
    if not dry_run and (report.changes or _waiting(services) or _unread(services)):
        services.bell.ring()
        # Files first: a work is then indexed once, with what its files say.
        _await_texts(services)
        _await_index(services)
        # What completes and corrects queries: whoever opens the site next has it.
        services.vocabulary.refresh(services.factory)
    if not report.ok:
        raise SystemExit(1)


def _await_index(services: Services) -> None:
    """Index what was imported, or wait while the worker of a running site does."""
    until = time.monotonic() + INDEX_PATIENCE
    with Progress("Indexing", unit="changes") as bar:
        while True:
            indexing.drain(services.factory, services.search, progress=bar.of)
            waiting = _waiting(services)
            if not waiting:
                click.echo("The search index is up to date.")
                return
            if time.monotonic() > until:
                click.echo(f"The worker is still indexing {waiting} changes.", err=True)
                return
            time.sleep(0.2)


def _await_texts(services: Services) -> None:
    """Read the files that came in, or wait while the worker of a running site does."""
    until = time.monotonic() + INDEX_PATIENCE
    first = _unread(services)
    if not first:
        return
    with Progress("Reading files", unit="files") as bar:
        while left := _unread(services):
            done = extraction.extract_pending(
                services.factory, services.store, limit=None, progress=bar.of
            )
            if not done:
                if time.monotonic() > until:
                    click.echo(f"{left} files still wait for a worker to be read.", err=True)
                    return
                time.sleep(0.2)
    click.echo(f"The text of {first} {'file' if first == 1 else 'files'} was read.")


def _unread(services: Services) -> int:
    with session_scope(services.factory) as session:
        return extraction.count_waiting(session)


def _waiting(services: Services) -> int:
    with session_scope(services.factory) as session:
        return outbox.count(session)


@click.command()
@click.argument("path", type=click.Path(file_okay=False, path_type=Path))
@click.option("--kind", "kinds", multiple=True, help="Only this kind.")
@click.option("--force", is_flag=True, help="Write into a folder that is not an export.")
@pass_root
def export(root: Root, path: Path, kinds: tuple[str, ...], force: bool) -> None:
    """Write the library as content folders, which import reads again."""
    services = root.opened
    with session_scope(services.factory) as session:
        report = export_folder(session, services.store, path, kinds=kinds or None, force=force)
    for line in report.lines():
        click.echo(line)
