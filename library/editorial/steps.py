"""The steps of a manuscript from draft to readers and back, and when and by whom each is made."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.accounts.permissions import Action, Actor
from library.catalogue.models import Work
from library.editorial import manuscripts
from library.editorial.models import Manuscript, State


class Step(StrEnum):
    """What can be done with a manuscript as a whole."""

    SUBMIT = "submit"
    TAKE_BACK = "take back"
    SEND_BACK = "send back"
    APPROVE = "approve"
    PUBLISH = "publish"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    RETIRE = "retire"
    RESTORE = "restore"
    DISCARD = "discard"


_ANYWHERE: Final = frozenset(State)

STEPS: Final[Mapping[Step, tuple[Action, frozenset[State]]]] = MappingProxyType(
    {
        Step.SUBMIT: (Action.SUBMIT, frozenset({State.DRAFT})),
        Step.TAKE_BACK: (Action.SUBMIT, frozenset({State.IN_REVIEW, State.APPROVED})),
        Step.SEND_BACK: (Action.REVIEW, frozenset({State.IN_REVIEW, State.APPROVED})),
        Step.APPROVE: (Action.REVIEW, frozenset({State.IN_REVIEW})),
        Step.PUBLISH: (Action.PUBLISH, frozenset({State.APPROVED})),
        Step.SCHEDULE: (Action.PUBLISH, frozenset({State.APPROVED})),
        Step.UNSCHEDULE: (Action.PUBLISH, frozenset({State.APPROVED})),
        # A published work may have a manuscript in any state: readers have the revision before.
        Step.RETIRE: (Action.PUBLISH, _ANYWHERE - {State.RETIRED}),
        Step.RESTORE: (Action.WRITE, frozenset({State.DRAFT, State.PUBLISHED, State.RETIRED})),
        Step.DISCARD: (Action.WRITE, frozenset({State.DRAFT})),
    }
)
"""Step -> what it needs permission for, and the states that it can be made from."""


def steps(session: Session, manuscript: Manuscript, *, by: Actor) -> list[Step]:
    """The steps that this person can make now."""
    keys = manuscripts.institutions_of(session, manuscript)
    return [
        step
        for step, (action, states) in STEPS.items()
        if manuscript.state in states and by.may(action, institutions=keys)
    ]


def steps_now(session: Session, manuscript: Manuscript, *, by: Actor) -> list[Step]:
    """Those of `steps` that would change something: only what has a time can lose it."""
    possible = steps(session, manuscript, by=by)
    there = session.execute(
        select(Work.status, Work.revision).where(Work.uuid == manuscript.work_uuid)
    ).one_or_none()
    senseless: set[Step] = set()
    if there is None or there.status != "published":
        senseless.add(Step.RETIRE)
    senseless.add(Step.UNSCHEDULE if manuscript.publish_at is None else Step.SCHEDULE)
    if there is None and manuscript.state != State.DRAFT:
        senseless.add(Step.RESTORE)
    return [step for step in possible if step not in senseless]
