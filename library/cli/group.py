"""The group of all commands."""

from __future__ import annotations

import click

from library import __version__
from library.cli.check import check
from library.cli.database import db
from library.cli.folders import export, import_
from library.cli.indexes import index, search
from library.cli.people import user
from library.cli.root import Refusals, Root
from library.cli.serving import serve, work

__all__ = ["Root", "library"]


@click.group(cls=Refusals, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="library")
def library() -> None:
    """A multilingual library of courses, textbooks and teaching standards."""


for command in (serve, work, import_, export, index, search, user, check, db):
    library.add_command(command)
