"""The editor: one section of a manuscript, paragraph by paragraph, in one of its languages."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.models import Person
from library.accounts.permissions import Action, Actor
from library.editorial import joining, manuscripts, queries, writing
from library.editorial.models import Manuscript
from library.editorial.queries import SectionLine
from library.errors import Conflict, Invalid, NotFound, TooLarge
from library.http import person
from library.http import services as http_services
from library.http.forms import Form, csrf_token
from library.http.language import interface_language
from library.http.services import session
from library.i18n.names import endonym, name
from library.i18n.tags import direction, normalise
from library.web import context
from library.web.desk import editor_words, frame, manuscript_pages
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.manuscript import crumbs, head, may_write, standing
from library.web.desk.manuscript_files import LARGEST_PICTURE
from library.web.desk.refusals import said
from library.web.desk.section_texts import SectionTexts

#: What buttons of a paragraph do beside saving it.
_STEPS = ("up", "down", "insert", "join", "remove")


@dataclass(frozen=True, slots=True)
class Clash:
    """A change of a form that somebody else was faster than: both texts, to choose from."""

    block: str
    mine: str
    theirs: str
    version: int
    editor: str
    sentence: str


@blueprint.after_app_request
def _modules(response: Response) -> Response:
    """A module that another one imports has no digest in its address: browsers ask whether it is new."""
    ours = request.endpoint == "static" and request.path.startswith("/static/desk/")
    if ours and "v" not in request.args:
        response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/works/<uuid:uuid>/sections/<uuid:section>")
def section_write(uuid: uuids.UUID, section: uuids.UUID) -> Response:
    return _page(uuid, section)


@blueprint.get("/works/<uuid:uuid>/next")
def section_next(uuid: uuids.UUID) -> Answer:
    """To the first section in which a language has something to do, else to the work itself."""
    found, _, _ = standing(uuid)
    lang = _language(found)
    lines = queries.contents(session(), found)
    chosen = lines[0]
    for line in lines:
        if line.languages.get(lang, 0) < line.languages.get(found.source_language, 0):
            chosen = line
            break
        texts = queries.blocks(session(), found, line.uuid, langs=[lang])
        if any(block.texts[lang].stale for block in texts if lang in block.texts):
            chosen = line
            break
    return redirect(frame.to("section_write", uuid=uuid, section=chosen.uuid, to=lang), 303)


@blueprint.post("/works/<uuid:uuid>/sections/<uuid:section>")
def section_change(uuid: uuids.UUID, section: uuids.UUID) -> Answer:
    """A change of one paragraph by a plain form: without script everything can be done, a step at a time."""
    by = person.actor()
    form = Form.read()
    lang = form.text("to", longest=35)
    typed = form.values.get("source", "")
    anchor = form.text("block")
    try:
        block = uuids.UUID(anchor)
        with http_services.writing() as transaction:
            found = manuscripts.manuscript_of(transaction, uuid, by=by)
            anchor = _change(transaction, found, section, block, form, lang=lang, by=by)
    except Conflict as error:
        clash = Clash(
            anchor,
            typed,
            str(error.details.get("source", "")),
            int(str(error.details.get("version", 0)) or 0),
            editor_of(error),
            said(error),
        )
        return _page(uuid, section, clash=clash, lang=lang, status=409)
    except (Invalid, TooLarge) as error:
        clash = Clash(anchor, typed, "", form.whole("version") or 0, "", said(error))
        return _page(uuid, section, clash=clash, lang=lang, status=error.status)
    except ValueError:
        raise Invalid("This is not the number of a paragraph.") from None
    asked = {"to": lang} if lang else {}
    address = frame.to("section_write", uuid=uuid, section=section, **asked)
    return frame.leave_for(f"{address}#b-{anchor}")


def _change(
    transaction: Session,
    found: Manuscript,
    section: uuids.UUID,
    block: uuids.UUID,
    form: Form,
    *,
    lang: str,
    by: Actor,
) -> str:
    """Save the text, then make the step that the button says; returns the paragraph to go on with."""
    step = form.text("do")
    own = lang in ("", found.source_language)
    version = form.whole("version") or 0
    if "source" in form.values and step != "remove":
        writing.save_text(
            transaction,
            found,
            block,
            lang=lang or found.source_language,
            source=form.values["source"],
            version=version,
            by=by,
            confirm=step == "confirm",
        )
    if not own or step not in _STEPS:
        return str(block)
    lines = queries.blocks(transaction, found, section, langs=[found.source_language])
    order = [line.uuid for line in lines]
    at = order.index(block)
    match step:
        case "insert":
            writing.add_text(transaction, found, section, after=block, source="", by=by)
            lines = queries.blocks(transaction, found, section, langs=[found.source_language])
            return str(lines[[line.uuid for line in lines].index(block) + 1].uuid)
        case "remove":
            writing.remove_block(transaction, found, block, by=by)
            return str(order[max(0, at - 1)])
        case "up" if at > 0 and lines[at - 1].role == "body":
            after = order[at - 2] if at > 1 else None
            writing.move_block(transaction, found, block, section=section, after=after, by=by)
        case "down" if at + 1 < len(order):
            after = order[at + 1]
            writing.move_block(transaction, found, block, section=section, after=after, by=by)
        case "join" if at > 0:
            source = found.source_language
            versions = tuple(
                one.texts[source].version if source in one.texts else 0
                for one in (lines[at - 1], lines[at])
            )
            joining.join_blocks(
                transaction, found, order[at - 1], block, versions=(versions[0], versions[1]), by=by
            )
            return str(order[at - 1])
    return str(block)


def editor_of(error: Conflict) -> str:
    """Who has written what a change clashes with."""
    id_ = error.details.get("edited_by")
    found = session().get(Person, id_) if isinstance(id_, int) else None
    return found.name if found is not None else ""


def _language(found: Manuscript, asked: str | None = None) -> str:
    """The language that is written, as the address says; the source language where it says none."""
    typed = request.args.get("to", "") if asked is None else asked
    if not typed:
        return found.source_language
    try:
        return normalise(typed)
    except Invalid:
        raise NotFound("This is not the tag of a language.") from None


def _page(
    uuid: uuids.UUID,
    section: uuids.UUID,
    *,
    clash: Clash | None = None,
    lang: str | None = None,
    status: int = 200,
) -> Response:
    found, by, keys = standing(uuid)
    database, ui = session(), interface_language()
    lang = _language(found, lang)
    own = lang == found.source_language
    beside = "" if own else _beside(found, lang)
    lines = queries.contents(database, found)
    here = next((line for line in lines if line.uuid == section), None)
    if here is None:
        raise NotFound("There is no such section in this manuscript any more.")
    texts = SectionTexts(database, found, section, lang=lang, beside=beside)
    writes = may_write(found, by, keys, lang)
    spoken = queries.languages(database, found)
    at = lines.index(here)
    asked: dict[str, Any] = {} if own else {"to": lang}
    return frame.show(
        "desk/section.html",
        title=here.title,
        nav="works",
        crumbs=crumbs(found, Crumb(here.title, lang=found.source_language)),
        status=status,
        scripts=["editor.js", "comments.js"] if writes else ["comments.js"],
        section=section,
        here=here,
        paragraphs=texts.paragraphs(),
        clash=clash,
        lang=lang,
        lang_dir=direction(lang),
        lang_name=name(lang, ui),
        own=own,
        beside=beside,
        beside_mark=context.marks(beside or None, ui),
        beside_name=name(beside, ui) if beside else "",
        writes=writes,
        may_source=may_write(found, by, keys),
        token=manuscript_pages.token(),
        languages=[
            (
                frame.to(
                    "section_write",
                    uuid=uuid,
                    section=section,
                    **({} if tag == found.source_language else {"to": tag}),
                ),
                endonym(tag, short=True),
                context.marks(tag, ui),
                tag == lang,
            )
            for tag in spoken
        ],
        previous=_step(found, lines, at - 1, asked),
        following=_step(found, lines, at + 1, asked),
        editor=editor_words.settings(
            person=str(by.uuid),
            manuscript=str(uuid),
            section=str(section),
            lang=lang,
            own=own,
            addresses={
                "state": frame.to("section_state", uuid=uuid, section=section, to=lang),
                "changes": frame.to("section_changes", uuid=uuid, section=section, to=lang),
                "preview": frame.to("section_preview", uuid=uuid, section=section, to=lang),
                "picture": frame.to("manuscript_picture", uuid=uuid),
                "terms": frame.to("section_terms", uuid=uuid, section=section, to=lang),
                "signIn": frame.to("sign_in", next=frame.to("home")),
                "review": manuscript_pages.find("review", uuid=uuid),
            },
            largest=LARGEST_PICTURE,
            may_upload=by.may(Action.UPLOAD, institutions=keys),
        ),
        csrf=csrf_token(),
        **head(found, "manuscript"),
    )


def _beside(found: Manuscript, lang: str) -> str:
    """The language that a translation is read beside: the source, unless the address names another."""
    asked = request.args.get("beside", "")
    try:
        tag = normalise(asked) if asked else found.source_language
    except Invalid:
        return found.source_language
    return tag if tag != lang else found.source_language


def _step(
    found: Manuscript, lines: list[SectionLine], at: int, asked: dict[str, Any]
) -> tuple[str, str] | None:
    if not 0 <= at < len(lines):
        return None
    line = lines[at]
    return frame.to("section_write", uuid=found.uuid, section=line.uuid, **asked), line.title
