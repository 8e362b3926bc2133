"""Tables of works and codes: taken along, handed in, looked at, applied."""

from __future__ import annotations

import tempfile
import uuid as uuids
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from flask import Response, request
from flask_babel import gettext, lazy_gettext, ngettext  # type: ignore[import-untyped]
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from library.accounts.permissions import Action, Actor
from library.catalogue.models import WORK_KINDS
from library.directory.models import CodeScheme
from library.editorial.models import BulkTable
from library.errors import Invalid, NotFound
from library.http import person
from library.http.forms import Form
from library.http.incoming import away
from library.http.language import interface_language
from library.http.services import services, session, writing
from library.i18n import quantities
from library.media.disposition import content_disposition
from library.sentences import Sentence
from library.web import labels
from library.web.desk import frame
from library.web.desk.frame import Crumb, blueprint
from library.web.desk.institutions import choices
from library.web.desk.manuscript_words import FACTS
from library.web.desk.refusals import said
from library.web.desk.sentences import plain
from library.web.desk.taking import Reading

if TYPE_CHECKING:
    from library.content.tables.applying import Outcome
    from library.content.tables.plan import Plan, TableFault

_MULTIPART: Final = 100_000
#: Works in one transaction, between which others may write.
_AT_ONCE: Final = 20
_SHOWN_CHANGES: Final = 500
_SHOWN_FAULTS: Final = 200
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _may_see(actor: Actor) -> bool:
    return actor.may_somewhere(Action.SEE_DRAFTS) or actor.may(Action.EDIT_RECORDS)


frame.entry("tables", lazy_gettext("In bulk"), endpoint="tables", place=50, allowed=_may_see)


@blueprint.url_value_preprocessor
def _let_in(endpoint: str | None, _values: Any) -> None:
    """A form with a table is larger than others; it is read before its token is looked for."""
    if endpoint == "desk.tables_send" and person.actor_or_none() is not None:
        from library.content.tables.table import MOST_BYTES

        request.max_content_length = MOST_BYTES + _MULTIPART
        with away():
            request.files  # noqa: B018 - this reads it


class ShownRow(NamedTuple):
    """A row of the table of what will change."""

    line: int
    name: str
    title: str
    lang: str | None
    new: bool
    cells: list[tuple[str, str, str]]
    href: str = ""


class ShownFault(NamedTuple):
    line: int
    column: str
    sentence: str


@blueprint.get("/tables")
def tables() -> Response:
    return _page(Form())


def page_tabs(here: str, by: Actor) -> list[tuple[str, str, bool]]:
    """The pages for many things at once: address, name, whether it is this one."""
    names = [("tables", gettext("Tables")), ("table_changes", gettext("Changes by tables"))]
    names.append(("content_export", gettext("Take content along")))
    if by.may_somewhere(Action.PUBLISH):
        names.append(("content_import", gettext("Hand content in")))
    return [(frame.to(name), label, name == here) for name, label in names]


def _seer() -> Actor:
    by = person.actor()
    if not _may_see(by):
        by.require(Action.SEE_DRAFTS)
    return by


def _page(form: Form, *, status: int = 200) -> Response:
    from library.content.tables import table as limits
    from library.content.tables.works import MOST_CHANGED

    by = _seer()
    ui = interface_language()
    kinds = labels.labels_in("KINDS", ui)
    schemes = [
        (row.key, row.titles.get(ui) or row.titles.get("en") or row.key)
        for row in session().scalars(select(CodeScheme).order_by(CodeScheme.key))
    ]
    return frame.show(
        "desk/tables.html",
        title=gettext("Tables"),
        nav="tables",
        tabs=page_tabs("tables", by),
        status=status,
        form=form,
        kinds=[(kind, kinds[kind]) for kind in WORK_KINDS],
        institutions=choices(session(), by, Action.SEE_DRAFTS, most=200),
        schemes=schemes,
        abouts=_abouts(by),
        most_rows=limits.MOST_ROWS,
        most_bytes=limits.MOST_BYTES,
        most_changed=MOST_CHANGED,
        may_see=by.may_somewhere(Action.SEE_DRAFTS),
    )


def _abouts(by: Actor) -> list[tuple[str, str]]:
    found = []
    if by.may_somewhere(Action.WRITE):
        found.append(("works", about_words("works")))
    if by.may(Action.EDIT_RECORDS):
        found += [("codes", about_words("codes")), ("schemes", about_words("schemes"))]
    return found


def about_words(about: str) -> str:
    """What a table is about, in words."""
    if about == "works":
        return str(gettext("Facts about works"))
    if about == "codes":
        return str(gettext("Codes and their labels"))
    return str(gettext("Schemes of codes"))


@blueprint.get("/tables/<any(works, codes, schemes):about>.<any(csv, xlsx):ending>")
def tables_file(about: str, ending: str) -> Response:
    """A table to take along: works that are chosen by kind and institution, or the codes of a scheme."""
    by = _seer()
    reading = Reading()
    name, headers, rows = _chosen(reading, about, by)
    if ending == "csv":
        from library.content.tables.csv_file import lines

        return reading.answer(lines(headers, rows), name=f"{name}.csv", media_type="text/csv")
    from library.content.tables.xlsx_file import write

    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer is sent
    try:
        write(file, headers, rows, name=about)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    finally:
        reading.session.close()
    response = Response(_pieces(file), mimetype=_XLSX)
    response.call_on_close(file.close)
    response.content_length = size
    response.headers["Content-Disposition"] = content_disposition(f"{name}.xlsx", inline=False)
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(65_536):
            yield piece


def _chosen(
    reading: Reading, about: str, by: Actor
) -> tuple[str, Sequence[str], Iterable[Sequence[str]]]:
    asked = {key: value for key, value in request.args.items() if value.isprintable()}
    languages = services().settings.languages
    if about == "works":
        from library.content.tables import work_rows

        if not by.may_somewhere(Action.SEE_DRAFTS):
            by.require(Action.SEE_DRAFTS)
        kind = asked.get("kind", "")
        rows = work_rows.rows(
            reading.session,
            by=by,
            kind=kind if kind in WORK_KINDS else "",
            institution=asked.get("at", "")[:200],
        )
        return "works", work_rows.COLUMNS, rows
    from library.content.tables import codes, schemes

    if about == "schemes":
        return "schemes", *schemes.scheme_table(reading.session, languages=languages)
    scheme = asked.get("scheme", "")[:60]
    return scheme or "codes", *codes.code_table(reading.session, scheme=scheme, languages=languages)


@blueprint.post("/tables")
def tables_send() -> Answer:
    """Read the file and keep the table; nothing is changed yet."""
    from library.content.tables import applying
    from library.content.tables.table import Unreadable

    by = person.actor()
    form = Form.read()
    about = form.text("about")
    if about not in applying.ABOUT:
        form.refuse("about", gettext("Choose what the table is about."))
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.refuse("file", gettext("Choose a file."))
    if form.ok and sent is not None:
        try:
            with writing() as transaction:
                kept = applying.keep(
                    transaction, sent.stream, about=about, name=_plain(sent.filename or ""), by=by
                )
                uuid = kept.uuid
            return frame.leave_for(frame.to("table", uuid=uuid))
        except Unreadable as error:
            form.refuse("file", sentence(error.details["template"], error.details["values"]))
    return _page(form, status=422)


def _plain(name: str) -> str:
    name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable())[:200] or "table"


@blueprint.get("/tables/<uuid:uuid>")
def table(uuid: uuids.UUID) -> Response:
    """What the table will change, row by row, and what is wrong with it."""
    from library.content.tables import applying

    by = person.actor()
    kept = applying.kept_table(session(), uuid, by=by)
    return _shown(kept, by, Form())


@blueprint.post("/tables/<uuid:uuid>")
def table_apply(uuid: uuids.UUID) -> Answer:
    """Apply just what was shown; where the library has changed since, show the new difference first."""
    from library.content.tables import applying

    by = person.actor()
    form = Form.read()
    then = chosen_way(form)
    try:
        kept = applying.kept_table(session(), uuid, by=by)
        shown, only_good = form.text("shown"), form.ticked("only_good")
        waiting = applying.to_take_up(session(), kept, shown=shown, only_good=only_good, by=by)
        for start in range(0, len(waiting), _AT_ONCE):
            with writing() as transaction:
                applying.take_up(transaction, waiting[start : start + _AT_ONCE], by=by)
        with writing() as transaction:
            kept = applying.kept_table(transaction, uuid, by=by)
            outcome = applying.apply(
                transaction, kept, shown=shown, only_good=only_good, then=then, by=by
            )
            change = outcome.change.uuid
        send_on(outcome, then=then, by=by)
        return frame.leave_for(frame.to("table_change", uuid=change), notice="applied")
    except NotFound:
        if session().scalar(
            select(BulkTable.id).where(BulkTable.uuid == uuid, BulkTable.person_id != by.id)
        ):
            raise
        # Pressed twice, or in an old tab: the changes say what has become of it.
        return frame.leave_for(frame.to("table_changes"), notice="away")
    except applying.ChangedMeanwhile:
        form.refuse(
            "",
            gettext(
                "Nothing was changed: the library is not what it was when you looked. "
                "This is the difference as it is now."
            ),
        )
        status = 409
    except applying.Faulty as error:
        found: Any = error.details.get("faults")
        first = fault_words(found[0]) if found else None
        form.refuse(
            "",
            gettext("Nothing was changed, because rows have faults.")
            + (
                f" {gettext('Line %(line)s', line=first.line)}: {first.sentence}"
                if first is not None
                else ""
            ),
        )
        status = 422
    except Invalid as error:
        form.refuse("", said(error))
        status = 422
    kept = applying.kept_table(session(), uuid, by=by)
    return _shown(kept, by, form, status=status)


def chosen_way(form: Form) -> str:
    """What is to become of works that change; what is not offered is a draft."""
    from library.content.tables import applying

    then = form.text("then")
    return then if then in applying.THEN else applying.DRAFT


def send_on(outcome: Outcome, *, then: str, by: Actor) -> None:
    """Hand in or publish what was changed, some works in each transaction, and keep what did not work."""
    from library.content.tables import applying

    uuid, onward, troubles = outcome.change.uuid, outcome.onward, list(outcome.troubles)
    if then == applying.PUBLISH:
        onward = onward[: applying.MOST_PUBLISHED]
    for start in range(0, len(onward), _AT_ONCE):
        with writing() as transaction:
            change = applying.change_of(transaction, uuid, by=by)
            troubles += applying.go_on(
                transaction, change, onward[start : start + _AT_ONCE], then=then, by=by
            )
    if troubles:
        with writing() as transaction:
            change = applying.change_of(transaction, uuid, by=by)
            applying.note_troubles(change, [(one.name, said(one.error)) for one in troubles])


def _shown(kept: BulkTable, by: Actor, form: Form, *, status: int = 200) -> Response:
    from library.content.tables import applying, table

    read = table.revived(kept.content)
    plan = applying.plan(session(), kept.about, read, by=by)
    return frame.show(
        "desk/table.html",
        title=gettext("What will change"),
        nav="tables",
        crumbs=[Crumb(gettext("Tables"), frame.to("tables")), Crumb(kept.name)],
        status=status,
        form=form,
        address=frame.to("table", uuid=kept.uuid),
        name=kept.name,
        about=about_words(kept.about),
        is_works=kept.about == "works",
        told=read.told,
        counted=_counted(plan),
        rows=list(shown_rows(plan, most=_SHOWN_CHANGES)),
        more_rows=max(0, len(plan.rows) - _SHOWN_CHANGES),
        faults=[fault_words(one) for one in _by_line(plan.faults)[:_SHOWN_FAULTS]],
        more_faults=max(0, len(plan.faults) - _SHOWN_FAULTS),
        notes=[fault_words(one) for one in plan.notes[:_SHOWN_FAULTS]],
        shown=plan.digest,
        may_publish=by.may_somewhere(Action.PUBLISH) and len(plan.rows) <= applying.MOST_PUBLISHED,
        may_submit=by.may_somewhere(Action.SUBMIT),
    )


def _by_line(faults: list[TableFault]) -> list[TableFault]:
    return sorted(faults, key=lambda one: one.line)


def _counted(plan: Plan) -> list[str]:
    faulty = len({one.line for one in plan.faults})
    return [
        ngettext("%(num)s row changes", "%(num)s rows change", len(plan.rows)),
        ngettext("%(num)s row stays as it is", "%(num)s rows stay as they are", plan.unchanged),
        ngettext("%(num)s row has faults", "%(num)s rows have faults", faulty),
    ]


def shown_rows(plan: Plan, *, most: int) -> Iterator[ShownRow]:
    """The rows that change as a page shows them."""
    for row in plan.rows[:most]:
        yield ShownRow(
            row.line,
            row.name,
            row.title,
            row.lang,
            row.new,
            [(column_words(one.column), one.before, one.after) for one in row.cells],
        )


def column_words(column: str) -> str:
    """A column as a page names it: with what the fact is called, where it has a name."""
    known = FACTS.get(column)
    return f"{known} ({column})" if known is not None else column


def fault_words(fault: TableFault) -> ShownFault:
    """A fault in the language of the page."""
    told = said(fault.error) if fault.error is not None else sentence(fault.template, fault.values)
    return ShownFault(fault.line, fault.column, told)


def _value(name: str, value: Any) -> Any:
    """What a sentence names, as the page writes it; the numbers of lines are those of the spreadsheet."""
    if isinstance(value, Sentence):
        return plain(value)
    if name == "most" and isinstance(value, int):
        return quantities.number(value, interface_language())
    return value


def sentence(template: Any, values: Any) -> str:
    """A sentence of the tables in the language of the page."""
    try:
        told = {name: _value(name, value) for name, value in dict(values).items()}
        return str(gettext(str(template)) % told)
    except (KeyError, TypeError, ValueError):
        return str(template)
