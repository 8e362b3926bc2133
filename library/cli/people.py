"""``library user``: people and their roles."""

from __future__ import annotations

import getpass

import click

from library.accounts import service
from library.accounts.models import ROLES
from library.cli.root import Root, pass_root
from library.db import session_scope


def _me() -> str:
    return f"{getpass.getuser()} at the command line"


@click.group()
def user() -> None:
    """People who work on the library, and their roles."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="As others will see it.")
@click.option("--role", type=click.Choice(ROLES), help="A role to begin with.")
@click.option("--institution", default="", help="Key of the institution that the role is for.")
@click.option("--lang", default="", help="Language of a translator.")
@click.option("--password/--no-password", default=False, help="Ask for a password now.")
@pass_root
def add(
    root: Root,
    email: str,
    name: str,
    role: str | None,
    institution: str,
    lang: str,
    password: bool,
) -> None:
    """Add a person. No password is ever made up."""
    secret = (
        click.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None
    )
    with session_scope(root.opened.factory, write=True) as session:
        person = service.add_person(session, email=email, name=name, password=secret, by=_me())
        if role:
            service.grant_role(
                session, person, role=role, institution=institution, lang=lang, by=_me()
            )
    click.echo(f"Added {person.name} <{person.email}>.")


@user.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--institution", default="", help="Key of the institution; empty for all.")
@click.option("--lang", default="", help="Language of a translator.")
@click.option("--revoke", is_flag=True, help="Take the role away.")
@pass_root
def role_(root: Root, email: str, role: str, institution: str, lang: str, revoke: bool) -> None:
    """Give a role, or take it away."""
    with session_scope(root.opened.factory, write=True) as session:
        person = service.person_by_email(session, email)
        change = service.revoke_role if revoke else service.grant_role
        change(session, person, role=role, institution=institution, lang=lang, by=_me())
    click.echo(f"{'Took' if revoke else 'Gave'} the role {role}.")


@user.command("list")
@pass_root
def list_(root: Root) -> None:
    """Everybody, with their roles."""
    with session_scope(root.opened.factory) as session:
        for person, grants in service.people(session):
            roles = ", ".join(
                " ".join(
                    word
                    for word in (g.role, g.lang, g.institution and f"of {g.institution}")
                    if word
                )
                for g in grants
            )
            state = "" if person.active else " (shut out)"
            click.echo(f"{person.name} <{person.email}>{state}: {roles or 'no role'}")


@user.command()
@click.argument("email")
@click.option("--active/--inactive", default=False, help="Let in again, or shut out.")
@pass_root
def access(root: Root, email: str, active: bool) -> None:
    """Shut a person out, or let them in again."""
    with session_scope(root.opened.factory, write=True) as session:
        person = service.person_by_email(session, email)
        service.set_active(session, person, active=active, by=_me())
    click.echo(f"{person.email} is {'active' if active else 'shut out'}.")
