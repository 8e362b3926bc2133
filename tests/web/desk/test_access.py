"""The walk: every address of the desk, asked by everybody, with every method."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UUIDConverter

from library.accounts.models import ROLES
from library.http import access
from library.http.access import Permission
from tests.people import ORIGIN, make_person, signed_in, visitor

#: Pages that only some roles may see, wherever they have the role; all others are for everybody at the desk.
FOR_ROLES = {
    "desk.people": {"administrator"},
    "desk.invite": {"administrator"},
}
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


def _rules(app: Flask, *permissions: Permission) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if access.PERMISSIONS.get(rule.endpoint) in permissions
    ]


def _address(app: Flask, rule: Rule) -> str:
    """An address of the rule, of things that do not exist."""
    samples: dict[str, object] = {"lang": "en"}
    for name, converter in rule._converters.items():
        if isinstance(converter, UUIDConverter):
            samples[name] = "00000000-0000-4000-8000-000000000000"
        elif isinstance(converter, AnyConverter):
            samples[name] = min(converter.items)
        elif isinstance(converter, IntegerConverter):
            samples[name] = 1
        elif name != "lang":
            samples[name] = "x"
    with app.test_request_context(base_url=ORIGIN):
        built = rule.build(samples, append_unknown=False)
    assert built is not None, rule
    return str(built[1])


def test_who_is_not_signed_in_gets_no_further_than_the_door(app: Flask) -> None:
    client = visitor(app)
    for rule in _rules(app, Permission.DESK):
        address = _address(app, rule)
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = client.open(address, method=method)
            told = (method, address, answer.status_code)
            if method == "GET" and rule.endpoint.startswith("desk."):
                assert answer.status_code == 303, told
                assert "/desk/sign-in?next=" in answer.location, told
            else:
                assert answer.status_code == 401, told


def test_nothing_is_changed_for_a_request_that_no_page_of_ours_has_made(
    app: Flask, factory: sessionmaker[Session], session: Session
) -> None:
    person = make_person(session, roles=ROLES)
    session.commit()
    client = signed_in(app, factory, person)
    asked = 0
    for rule in _rules(app, Permission.DESK, Permission.SIGN_IN):
        for method in sorted((rule.methods or set()) & set(CHANGING)):
            address = _address(app, rule)
            assert client.open(address, method=method).status_code == 403, (method, address)
            asked += 1
    assert asked > 10


def test_looking_and_changing_have_addresses_or_methods_of_their_own(app: Flask) -> None:
    """A view that does both by GET would change something without a token."""
    for rule in _rules(app, Permission.DESK, Permission.SIGN_IN):
        methods = rule.methods or set()
        assert not ("GET" in methods and methods & set(CHANGING)), rule


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_pages_open_to_those_whose_work_they_are(
    app: Flask, factory: sessionmaker[Session], session: Session, role: str
) -> None:
    roles = [] if role == "nobody" else [role]
    person = make_person(session, roles=roles)
    session.commit()
    client = signed_in(app, factory, person)
    seen = set()
    for rule in _rules(app, Permission.DESK):
        if "GET" not in (rule.methods or set()):
            continue
        address = _address(app, rule)
        answer = client.get(address)
        told = (role, address, answer.status_code)
        if rule.endpoint in FOR_ROLES:
            allowed = role in FOR_ROLES[rule.endpoint]
            assert answer.status_code == (200 if allowed else 403), told
            seen.add(rule.endpoint)
        assert answer.status_code < 500, told
        assert "no-store" in answer.headers.get("Cache-Control", ""), told
    assert seen == FOR_ROLES.keys()
    assert client.get("/en/desk").status_code == 200
    assert client.get("/en/desk/account").status_code == 200
