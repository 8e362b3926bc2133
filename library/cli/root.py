"""What every command is given: how to reach the settings, the parts and the site."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from library.config import Settings
from library.db.refusal import explain, is_outage
from library.errors import LibraryError
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
        except SQLAlchemyError as error:
            if not is_outage(error):
                raise
            click.echo(f"library: {explain(error)}", err=True)
            sys.exit(1)


pass_root = click.make_pass_decorator(Root)
