"""``library user``: people and their roles, as whoever runs the library sees to them."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from library.accounts import service
from library.accounts.actors import operator
from library.accounts.models import ROLES
from library.accounts.permissions import Actor, Grant
from library.cli.root import Root, pass_root
from library.db import session_scope, utc_now

if TYPE_CHECKING:
    from library.http.services import Services


def _me() -> Actor:
    return operator(f"{getpass.getuser()} at the command line")


def _link(services: Services, purpose: str, token: str) -> str:
    """The address of a one-time link, in the site's first language."""
    settings = services.settings
    return f"{settings.base_url}/{settings.languages[0]}/desk/{purpose}/{token}"


@click.group()
def user() -> None:
    """People who work on the library, and their roles."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="As others will see it.")
@click.option(
    "--role",
    "roles",
    type=click.Choice(ROLES),
    multiple=True,
    help="A role to begin with, or several.",
)
@click.option("--institution", default="", help="Key of the institution that the role is for.")
@click.option("--lang", default="", help="Language of a translator.")
@click.option("--password/--no-password", default=False, help="Ask for a password now.")
@pass_root
def add(
    root: Root,
    email: str,
    name: str,
    roles: tuple[str, ...],
    institution: str,
    lang: str,
    password: bool,
) -> None:
    """Add a person. No password is ever made up: without --password a one-time link is printed."""
    secret = (
        click.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None
    )
    link = ""
    with session_scope(root.opened.factory, write=True) as session:
        person = service.add_person(session, email=email, name=name, password=secret, by=_me())
        for one in _grants(roles, institution, lang):
            service.grant_role(
                session,
                person,
                role=one.role,
                institution=one.institution,
                lang=one.lang,
                by=_me(),
            )
        if secret is None:
            token = service.password_link(session, person, by=_me(), now=utc_now())
            link = _link(root.opened, "password", token)
    click.echo(f"Added {person.name} <{person.email}>.")
    if link:
        _pass_on(link, "day")


def _grants(roles: tuple[str, ...], institution: str, lang: str) -> list[Grant]:
    """Of several roles, the language is a translator's."""
    several = dict.fromkeys(roles)
    return [
        Grant(role, institution, lang if role == "translator" or len(several) == 1 else "")
        for role in several
    ]


def _pass_on(link: str, time: str) -> None:
    click.echo(f"Pass this link on to choose a password; it works once, for one {time}:")
    click.echo(link)


@user.command()
@click.argument("email")
@click.option(
    "--role",
    "roles",
    type=click.Choice(ROLES),
    required=True,
    multiple=True,
    help="The role they get, or several.",
)
@click.option("--name", default="", help="How they are called; they can change it.")
@click.option("--institution", default="", help="Key of the institution that the role is for.")
@click.option("--lang", default="", help="Language of a translator.")
@pass_root
def invite(
    root: Root, email: str, roles: tuple[str, ...], name: str, institution: str, lang: str
) -> None:
    """Invite somebody, and print the one-time link to pass on."""
    with session_scope(root.opened.factory, write=True) as session:
        token = service.invite(
            session,
            email=email,
            name=name,
            roles=_grants(roles, institution, lang),
            by=_me(),
            now=utc_now(),
        )
    _pass_on(_link(root.opened, "invitation", token), "fortnight")


@user.command()
@click.argument("email")
@click.option("--device", is_flag=True, help="Ask for the codes of their device no more, too.")
@pass_root
def reset(root: Root, email: str, device: bool) -> None:
    """Print a one-time link for somebody who has lost their password."""
    with session_scope(root.opened.factory, write=True) as session:
        person = service.person_by_email(session, email)
        if device:
            service.stop_codes(session, person, by=_me())
        token = service.password_link(session, person, by=_me(), now=utc_now())
    _pass_on(_link(root.opened, "password", token), "day")


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
