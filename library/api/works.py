"""Works as data: ``GET /api/v1/works`` and ``GET /api/v1/works/{id}``."""

from __future__ import annotations

import uuid as uuids
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request
from sqlalchemy import ColumnElement, Select, exists, func, select

from library.api import work_schema
from library.api.blueprint import PREFIX, blueprint
from library.api.parameters import Parameters, choice, code, language, moment, whole_number
from library.api.search import KEY, KEY_RULE
from library.api.work_json import work_json
from library.catalogue.facets import SUBJECT_SCHEME
from library.catalogue.models import (
    LEVELS,
    WORK_KINDS,
    Edition,
    Work,
    WorkCode,
    WorkCountry,
    WorkInstitution,
    WorkPartnership,
)
from library.catalogue.records import tombstone, work_record, work_records
from library.directory.models import Code, CodeScheme, Institution, Partnership
from library.errors import NotFound
from library.http import page_cache
from library.http.services import services, session

LARGEST_PAGE = 100
DEEPEST = 10_000_000
STATUSES = ("published", "withdrawn", "all")
INCLUDED = ("sections", "media")

PARAMETERS = Parameters(
    (
        choice("kind", "Only these kinds.", WORK_KINDS, many=True, example="course"),
        language(
            "language", "Only works with an edition in these languages.", many=True, example="fr"
        ),
        code(
            "subject",
            "Only works about these fields of study (ISCED-F 2013).",
            r"[0-9]{2,4}",
            rule="must be a code of ISCED-F 2013 such as 0714",
            example="0714",
        ),
        choice("level", "Only these levels.", LEVELS, many=True, example="secondary"),
        code(
            "institution",
            "Only works that these institutions have a part in, by their keys.",
            KEY,
            rule=KEY_RULE,
            example="sample-college",
        ),
        code(
            "partnership",
            "Only works that these partnerships made or use, by their keys.",
            KEY,
            rule=KEY_RULE,
            example="sample-workshop",
        ),
        code(
            "country",
            "Only works used in these countries (ISO 3166-1 alpha-2).",
            r"[A-Za-z]{2}",
            rule="must be the code of a country such as TZ",
            example="TZ",
            change=str.upper,
        ),
        moment(
            "updated_since",
            "Only works that changed at this moment or later; a day begins at midnight in UTC.",
            example="2026-11-21T00:00:00Z",
        ),
        choice(
            "status",
            "Works that can be read, works that were withdrawn, or all. A harvester asks for all, and "
            "so learns what to take down.",
            STATUSES,
            default="published",
        ),
        choice(
            "include",
            "What to put into each work beside its facts. The answer for one work has both.",
            INCLUDED,
            many=True,
            example="sections",
        ),
        whole_number(
            "offset", "How many works to pass over.", default=0, least=0, most=DEEPEST, example=0
        ),
        whole_number(
            "limit", "How many works to answer with.", default=20, least=1, most=LARGEST_PAGE
        ),
    )
)
_NO_PARAMETERS = Parameters(())


@blueprint.get(f"{PREFIX}/works")
def works() -> Response:
    """A page of works in an order that lasts: new ones come at the end. Raises ``Invalid``."""
    asked = PARAMETERS.read(request.args)
    wanted = _conditions(asked)
    total = session().scalar(select(func.count()).select_from(Work).where(*wanted)) or 0
    rows = session().scalars(
        select(Work).where(*wanted).order_by(Work.id).offset(asked["offset"]).limit(asked["limit"])
    )
    records = work_records(
        session(),
        list(rows),
        sections="sections" in asked["include"],
        media="media" in asked["include"],
    )
    base_url = services().settings.base_url
    page_cache.keep()
    return jsonify(
        total=total,
        offset=asked["offset"],
        limit=asked["limit"],
        next=_next(asked, total, base_url=base_url),
        works=[work_json(record, base_url=base_url) for record in records],
    )


@blueprint.get(f"{PREFIX}/works/<uuid:uuid>")
def work(uuid: uuids.UUID) -> Response:
    """Everything about one work. Raises ``NotFound``, ``Gone``, ``Invalid``."""
    _NO_PARAMETERS.read(request.args)
    row = session().scalar(select(Work).where(Work.uuid == uuid))
    if row is None:
        raise NotFound(f"The library has no work with the id {uuid}.")
    if row.status != "published":
        raise tombstone(session(), row)
    record = work_record(session(), row)
    page_cache.keep()
    return jsonify(work_json(record, base_url=services().settings.base_url))


def _conditions(asked: dict[str, Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked["status"] != "all":
        conditions.append(Work.status == asked["status"])
    if asked["kind"]:
        conditions.append(Work.kind.in_(asked["kind"]))
    if asked["level"]:
        conditions.append(Work.level.in_(asked["level"]))
    if asked["updated_since"] is not None:
        conditions.append(Work.updated_at >= asked["updated_since"])
    if asked["language"]:
        conditions.append(
            exists().where(
                Edition.work_id == Work.id,
                Edition.offered.is_(True),
                Edition.lang.in_(asked["language"]),
            )
        )
    if asked["country"]:
        conditions.append(
            exists().where(
                WorkCountry.work_id == Work.id, WorkCountry.country.in_(asked["country"])
            )
        )
    about: Select[int] = (
        select(WorkCode.work_id)
        .join(Code, Code.id == WorkCode.code_id)
        .join(CodeScheme, CodeScheme.id == Code.scheme_id)
        .where(CodeScheme.key == SUBJECT_SCHEME, Code.code.in_(asked["subject"]))
    )
    by: Select[int] = (
        select(WorkInstitution.work_id)
        .join(Institution, Institution.id == WorkInstitution.institution_id)
        .where(Institution.key.in_(asked["institution"]))
    )
    within: Select[int] = (
        select(WorkPartnership.work_id)
        .join(Partnership, Partnership.id == WorkPartnership.partnership_id)
        .where(Partnership.key.in_(asked["partnership"]))
    )
    for name, statement in (("subject", about), ("institution", by), ("partnership", within)):
        if asked[name]:
            conditions.append(Work.id.in_(statement))
    return conditions


def _next(asked: dict[str, Any], total: int, *, base_url: str) -> str | None:
    """The address of the next page, with the parameters of this one; None on the last."""
    offset = asked["offset"] + asked["limit"]
    if offset >= total or offset > DEEPEST:
        return None
    given = [(name, value) for name, value in request.args.items(multi=True) if name != "offset"]
    return f"{base_url}{PREFIX}/works?{urlencode([*given, ('offset', str(offset))])}"


SCHEMAS: dict[str, Any] = work_schema.SCHEMAS
PATHS: dict[str, Any] = work_schema.paths(prefix=PREFIX, parameters=PARAMETERS.described())
