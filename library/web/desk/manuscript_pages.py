"""What the pages about one manuscript share: the way to them, the way between them, moments in words."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from flask import current_app, g
from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup
from sqlalchemy import select

from library.catalogue import public_paths
from library.editorial.models import Manuscript, ManuscriptFile
from library.http import forms
from library.http.language import interface_language, page_language
from library.http.services import session
from library.i18n import quantities
from library.web.desk import frame
from library.web.desk.frame import Crumb

#: Time zones that are offered while typing; any other of the IANA database may be typed.
ZONES: Final = (
    "UTC",
    "Africa/Abidjan",
    "Africa/Addis_Ababa",
    "Africa/Algiers",
    "Africa/Cairo",
    "Africa/Dar_es_Salaam",
    "Africa/Johannesburg",
    "Africa/Kampala",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Sao_Paulo",
    "Asia/Almaty",
    "Asia/Bangkok",
    "Asia/Dhaka",
    "Asia/Dubai",
    "Asia/Jakarta",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Phnom_Penh",
    "Asia/Riyadh",
    "Asia/Shanghai",
    "Asia/Tashkent",
    "Asia/Vientiane",
    "Europe/London",
    "Europe/Moscow",
    "Europe/Paris",
)


_FILE: Final = re.compile(r'(?<=[" ])/media/([0-9a-f]{64})/([^"\s,]*)')


def find(endpoint: str, **values: Any) -> str:
    """The address of a page of the desk; empty where the desk has no such page."""
    if f"{frame.blueprint.name}.{endpoint}" not in current_app.view_functions:
        return ""
    return frame.to(endpoint, **values)


def token() -> Markup:
    """The hidden field of a form, to stand in all forms of a page: it is made once."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(forms.csrf_token())


def crumbs(manuscript: Manuscript, label: str) -> list[Crumb]:
    """The way from the list of works to a page about one of them."""
    return [
        Crumb(gettext("Works"), find("works") or None),
        Crumb(
            manuscript.title or manuscript.key,
            find("manuscript", uuid=manuscript.uuid) or None,
            manuscript.source_language,
        ),
        Crumb(label),
    ]


def tabs(manuscript: Manuscript, current: str) -> list[tuple[str, str, bool]]:
    """The pages about one manuscript: address, name, whether it is this one."""
    names = [
        ("manuscript", gettext("Text")),
        ("manuscript_facts", gettext("Facts")),
        ("manuscript_files", gettext("Files")),
        ("review", gettext("Review")),
        ("preview", gettext("As readers will see it")),
        ("revisions", gettext("Revisions")),
    ]
    return [
        (address, label, name == current)
        for name, label in names
        if (address := find(name, uuid=manuscript.uuid))
    ]


def moment(when: dt.datetime | None) -> str:
    """A moment in words, in UTC, in the language of the page."""
    return quantities.moment(when, interface_language()) if when is not None else ""


def inside(html: str, manuscript: Manuscript) -> Markup:
    """A rendered text of a manuscript as a page of the desk shows it: links in the language of the page,
    and its files from the desk, as readers may not have them yet."""
    html = public_paths.localise(html, page_language())
    if "/media/" in html:
        held = _files(manuscript)
        html = _FILE.sub(lambda found: _from_desk(found, manuscript, held), html)
    return Markup(html)  # noqa: S704  # sanitised when it was rendered


def _from_desk(found: re.Match[str], manuscript: Manuscript, held: frozenset[str]) -> str:
    if found[1] not in held:
        return found[0]
    return frame.to("manuscript_media", uuid=manuscript.uuid, sha256=found[1], name=found[2])


def _files(manuscript: Manuscript) -> frozenset[str]:
    """The digests of a manuscript's files, asked for once in a request."""
    kept: dict[int, frozenset[str]] = g.setdefault("files_of_manuscripts", {})
    if manuscript.id not in kept:
        rows = session().scalars(
            select(ManuscriptFile.sha256).where(ManuscriptFile.manuscript_id == manuscript.id)
        )
        kept[manuscript.id] = frozenset(rows)
    return kept[manuscript.id]
