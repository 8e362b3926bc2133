"""What every command is given: how to reach the settings, the parts and the site."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from library.errors import LibraryError

if TYPE_CHECKING:
    # Only to name them: what ``library serve`` starts with has to be small and quick.
    from flask import Flask

    from library.config import Settings
    from library.http.services import Services


@dataclass
class Root:
    """Handed in by the composition root, since commands must not know the concrete parts."""

    settings: Callable[[], Settings]
    services: Callable[[Settings], Services]
    site: Callable[..., Flask]

    @cached_property
    def opened(self) -> Services:
        return self.services(self.settings())


class Refusals(click.Group):
    """A group whose commands end with exit code 1 and a sentence where the library refuses."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LibraryError as error:
            click.echo(f"library: {error.message}", err=True)
            sys.exit(1)
        except BrokenPipeError:
            sys.exit(0)
        except Exception as error:
            from sqlalchemy.exc import SQLAlchemyError

            from library.db.refusal import explain, is_outage

            if not isinstance(error, SQLAlchemyError) or not is_outage(error):
                raise
            click.echo(f"library: {explain(error)}", err=True)
            sys.exit(1)


pass_root = click.make_pass_decorator(Root)
