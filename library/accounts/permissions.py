"""Who may do what: one table, and nothing that is not in it.

A role is given for one institution or for the whole library, a translator's for one language or for
all. Somebody may do something when one of their roles may do it there. What may be done to a work in
which state stands in `library.editorial.workflow`; both have to allow it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from library.errors import Forbidden


class Action(StrEnum):
    """Something that needs permission."""

    SEE_DRAFTS = "see drafts"
    START_WORK = "start a work"
    WRITE = "write"
    TRANSLATE = "translate"
    COMMENT = "comment"
    UPLOAD = "upload"
    SUBMIT = "submit for review"
    REVIEW = "review"
    PUBLISH = "publish"
    EDIT_RECORDS = "edit institutions, terms and codes"
    SEE_USE = "see use"
    SEE_JOBS = "see jobs"
    MANAGE_PEOPLE = "manage people"
    SEE_LOG = "see the log"


_WRITING: Final = frozenset({Action.SEE_DRAFTS, Action.COMMENT, Action.UPLOAD, Action.SUBMIT})

# Translators write in their own languages only; see `Grant.reaches`.
ROLE_ACTIONS: Final[Mapping[str, frozenset[Action]]] = MappingProxyType(
    {
        "author": _WRITING | {Action.START_WORK, Action.WRITE, Action.TRANSLATE, Action.SEE_USE},
        "translator": _WRITING | {Action.TRANSLATE},
        "reviewer": frozenset(
            {Action.SEE_DRAFTS, Action.COMMENT, Action.REVIEW, Action.SEE_USE, Action.SEE_LOG}
        ),
        "publisher": frozenset(
            {
                Action.SEE_DRAFTS,
                Action.COMMENT,
                Action.PUBLISH,
                Action.EDIT_RECORDS,
                Action.SEE_USE,
                Action.SEE_LOG,
                Action.SEE_JOBS,
            }
        ),
        "administrator": frozenset(
            {
                Action.SEE_DRAFTS,
                Action.MANAGE_PEOPLE,
                Action.SEE_USE,
                Action.SEE_LOG,
                Action.SEE_JOBS,
            }
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody has; an empty ``institution`` or ``lang`` stands for all of them."""

    role: str
    institution: str = ""
    lang: str = ""

    def reaches(self, *, institutions: Iterable[str], lang: str | None) -> bool:
        """Whether the role holds for something that any of ``institutions`` answers for."""
        if self.lang and lang is not None and self.lang != lang:
            return False
        return not self.institution or self.institution in institutions


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who does something, with the roles they have at that moment."""

    id: int
    uuid: uuid.UUID
    name: str
    email: str
    grants: tuple[Grant, ...] = ()

    def __str__(self) -> str:
        """As logs and works name them."""
        return self.name

    def may(
        self, action: Action, *, institutions: Iterable[str] = (), lang: str | None = None
    ) -> bool:
        """Whether this person may do something to what ``institutions`` answer for.

        What no institution answers for is left to those with a role in the whole library. ``lang`` is
        the language that is written in; without it, any language will do.
        """
        return any(
            action in ROLE_ACTIONS.get(grant.role, ())
            and grant.reaches(institutions=institutions, lang=lang)
            for grant in self.grants
        )

    def may_somewhere(self, action: Action) -> bool:
        """Whether there is anything at all that this person may do this to."""
        return any(action in ROLE_ACTIONS.get(grant.role, ()) for grant in self.grants)

    def places(self, action: Action) -> frozenset[str] | None:
        """Keys of the institutions where this person may do something; None stands for everywhere."""
        keys = {g.institution for g in self.grants if action in ROLE_ACTIONS.get(g.role, ())}
        return None if "" in keys else frozenset(keys)

    def languages(self, action: Action) -> frozenset[str] | None:
        """Languages that this person may do something in; None stands for all."""
        langs = {g.lang for g in self.grants if action in ROLE_ACTIONS.get(g.role, ())}
        return None if "" in langs else frozenset(langs)

    def require_handing_over(
        self, action: Action, *, before: Iterable[str], after: Iterable[str]
    ) -> None:
        """That institutions come to answer for something, or do not any more, by their own people's hand.

        Nobody speaks for an institution that is not theirs, nor takes its work from it: for each one that
        is added or taken away ``action`` must be allowed there. Raises ``Forbidden``.
        """
        for key in sorted(set(before) ^ set(after)):
            self.require(action, institutions=(key,))

    def require(
        self, action: Action, *, institutions: Iterable[str] = (), lang: str | None = None
    ) -> None:
        """Raises ``Forbidden`` where `may` says no."""
        institutions = tuple(institutions)
        if not self.may(action, institutions=institutions, lang=lang):
            place = f" at {', '.join(institutions)}" if institutions else " in the whole library"
            words = f" in {lang}" if lang else ""
            raise Forbidden(
                f"{self.name} has no role that allows to {action}{words}{place}.", action=action
            )
