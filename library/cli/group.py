"""The group of all commands."""

from __future__ import annotations

from importlib import import_module

import click

from library import __version__
from library.cli.root import Refusals, Root

__all__ = ["Root", "library"]

_COMMANDS = {
    "serve": "library.cli.serving:serve",
    "work": "library.cli.working:work",
    "crew": "library.cli.crew:crew",
    "import": "library.cli.folders:import_",
    "export": "library.cli.folders:export",
    "convert": "library.cli.documents:convert",
    "index": "library.cli.indexes:index",
    "search": "library.cli.indexes:search",
    "searches": "library.cli.searches:searches",
    "user": "library.cli.people:user",
    "check": "library.cli.check:check",
    "db": "library.cli.database:db",
}


class Commands(Refusals):
    """Loads a command when it is asked for: a server need not hold all that an import needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="library")
def library() -> None:
    """A multilingual library of courses, textbooks and teaching standards."""
