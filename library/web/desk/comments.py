"""Comments on the paragraphs of a manuscript: a page for one paragraph, forms, and JSON for scripts.

A page that shows paragraphs loads ``desk/comments.js``, names the address of `comments` in
``data-comments`` on any element, and marks what can be commented on with ``data-comment-block="<uuid>"``
(and ``data-comment-lang``, where it is about one language). An editor instead says ``data-comment-on``
and ``data-comment-into``, selectors of its paragraphs (with ``data-block``) and of where in them a button
goes. Without scripts such an element, if it is a
link to `paragraph_comments`, leads to a page with the same.
"""

from __future__ import annotations

import uuid as uuids
from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext  # type: ignore[import-untyped]
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.editorial import comments as said
from library.editorial import manuscripts
from library.editorial.comments import Said, Thread
from library.editorial.models import Manuscript
from library.editorial.preview import Preview
from library.errors import Conflict, Invalid, LibraryError, Malformed, TooLarge
from library.http import person
from library.http.forms import Form
from library.http.language import interface_language
from library.http.services import session, writing
from library.i18n.bidi import isolate
from library.i18n.names import name
from library.i18n.tags import normalise
from library.web import context
from library.web.desk import frame, manuscript_pages
from library.web.desk.frame import blueprint
from library.web.desk.manuscript_pages import moment
from library.web.desk.manuscript_words import DONE, sentences


@blueprint.get("/works/<uuid:uuid>/comments")
def comments(uuid: uuids.UUID) -> Answer:
    """All comments on a manuscript as JSON, with the words that a script needs to show them."""
    by = person.actor()
    manuscript = manuscripts.manuscript_of(session(), uuid, by=by)
    return jsonify(_json(session(), manuscript, by))


@blueprint.post("/works/<uuid:uuid>/comments")
def comment(uuid: uuids.UUID) -> Answer:
    """Say something: fields ``text``, ``block``, ``lang``, ``answers``, ``uuid`` (for sending it twice)."""
    form = Form.read()
    by = person.actor()
    try:
        with writing() as transaction:
            manuscript = manuscripts.manuscript_of(transaction, uuid, by=by)
            made = said.comment(
                transaction,
                manuscript,
                text=form.text("text", longest=said.LONGEST * 2),
                block=_uuid(form, "block"),
                lang=normalise(form.text("lang")) if form.text("lang") else None,
                answers=_uuid(form, "answers"),
                uuid=_uuid(form, "uuid"),
                by=by,
            )
            block = made.block_uuid
            thread = _uuid(form, "answers") or made.uuid
    except (Invalid, TooLarge) as error:
        return _refused(uuid, _uuid(form, "block"), form, error)
    return _done(uuid, block, "commented", thread)


@blueprint.post("/works/<uuid:uuid>/comments/<uuid:said>/settle")
def comment_settle(uuid: uuids.UUID, said: uuids.UUID) -> Answer:
    return _changed(uuid, said, "settled")


@blueprint.post("/works/<uuid:uuid>/comments/<uuid:said>/take-back")
def comment_take_back(uuid: uuids.UUID, said: uuids.UUID) -> Answer:
    return _changed(uuid, said, "comment-gone")


def _changed(uuid: uuids.UUID, which: uuids.UUID, notice: str) -> Answer:
    by = person.actor()
    try:
        with writing() as transaction:
            manuscript = manuscripts.manuscript_of(transaction, uuid, by=by)
            block = said.comment_of(transaction, manuscript, which).block_uuid
            if notice == "settled":
                said.settle(transaction, manuscript, which, by=by)
            else:
                said.remove_comment(transaction, manuscript, which, by=by)
    except (Invalid, Conflict) as error:
        found = said.comment_of(session(), manuscripts.manuscript_of(session(), uuid, by=by), which)
        return _refused(uuid, found.block_uuid, Form(), error)
    return _done(uuid, block, notice, which if notice == "settled" else None)


@blueprint.get("/works/<uuid:uuid>/comments/<uuid:block>")
def paragraph_comments(uuid: uuids.UUID, block: uuids.UUID) -> Answer:
    """One paragraph in all its languages, and what is said about it."""
    done = str(DONE.get(request.args.get("done", ""), ""))
    return _page(uuid, block, Form({"lang": request.args.get("in", "")}), notice=done)


def _uuid(form: Form, field: str) -> uuids.UUID | None:
    typed = form.text(field)
    if not typed:
        return None
    try:
        return uuids.UUID(typed)
    except ValueError:
        raise Malformed(f"{field} is not the id of anything.") from None


def _script() -> bool:
    """Whether a script asks, which wants JSON."""
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def _done(
    uuid: uuids.UUID, block: uuids.UUID | None, notice: str, thread: uuids.UUID | None
) -> Answer:
    if _script():
        by = person.actor()
        manuscript = manuscripts.manuscript_of(session(), uuid, by=by)
        return jsonify(_json(session(), manuscript, by))
    page = request.form.get("back", "")
    if page == "review" or block is None:
        address = frame.to("review", uuid=uuid, done=notice)
    else:
        address = frame.to("paragraph_comments", uuid=uuid, block=block, done=notice)
    return frame.leave_for(address + (f"#c-{thread}" if thread else "#page.comments"))


def _refused(
    uuid: uuids.UUID, block: uuids.UUID | None, form: Form, error: LibraryError
) -> Response:
    form.take(error, sentences())
    if _script():
        response = jsonify({"error": next(iter(form.errors.values()))})
        response.status_code = error.status
        return response
    return _page(uuid, block, form, status=error.status)


def _page(
    uuid: uuids.UUID,
    block: uuids.UUID | None,
    form: Form,
    *,
    status: int = 200,
    notice: str = "",
) -> Response:
    by = person.actor()
    database = session()
    manuscript = manuscripts.manuscript_of(database, uuid, by=by)
    places = manuscripts.institutions_of(database, manuscript)
    ui = interface_language()
    preview = Preview(manuscripts.draft_from(database, manuscript))
    texts = []
    for section, _ in preview.sections:
        for lang in preview.languages:
            for one in section.texts.get(lang, ()):
                if one.uuid == block:
                    html = preview.html(
                        one.parsed.source, kind=one.parsed.kind, lang=lang, section=section
                    )
                    texts.append((name(lang, ui), context.marks(lang, ui), lang, html))
    return frame.show(
        "desk/comments.html",
        title=gettext("Comments: %(title)s", title=manuscript.title or manuscript.key),
        nav="works",
        crumbs=manuscript_pages.crumbs(manuscript, gettext("Comments")),
        status=status,
        notice=notice,
        manuscript=manuscript,
        tabs=manuscript_pages.tabs(manuscript, ""),
        block=block,
        texts=[
            (label, mark, lang, manuscript_pages.inside(html, manuscript))
            for label, mark, lang, html in texts
        ],
        threads=[one for one in said.threads(database, manuscript) if one.block == block],
        may_comment=by.may(Action.COMMENT, institutions=places),
        form=form,
        token=manuscript_pages.token(),
        moment=moment,
    )


def _json(database: Session, manuscript: Manuscript, by: Actor) -> dict[str, Any]:
    places = manuscripts.institutions_of(database, manuscript)
    return {
        "may": by.may(Action.COMMENT, institutions=places),
        "threads": [_thread(one, by) for one in said.threads(database, manuscript)],
        "words": {
            "comment": gettext("Comment"),
            "comments": gettext("Comments"),
            "answer": gettext("Answer"),
            "settle": gettext("Settle"),
            "take_back": gettext("Take back"),
            "send": gettext("Send"),
            "close": gettext("Close"),
            "say": gettext("What do you want to say?"),
            "settled": gettext("Settled by {name}"),
            "lost": gettext("This could not be sent. What you typed is still here; try again."),
        },
    }


def _thread(one: Thread, by: Actor) -> dict[str, Any]:
    return {
        **_said(one.said),
        "block": str(one.block) if one.block else None,
        "lang": one.lang,
        "open": one.open,
        "settled_by": isolate(one.settled_by) if one.settled_by else "",
        "mine": one.may_be_taken_back(by),
        "answers": [_said(answer) for answer in one.answers],
    }


def _said(one: Said) -> dict[str, str]:
    return {"uuid": str(one.uuid), "text": one.text, "by": one.by, "at": moment(one.at)}
