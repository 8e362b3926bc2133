"""What the library's own vocabulary is called on pages: kinds, levels, brands, roles, origins.

Keys are the words of the tables, values are lazy messages of the interface. A key that is not here (a
newer import, say) is shown as it stands: use ``label(MAP, key)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from flask_babel import lazy_gettext, ngettext  # type: ignore[import-untyped]
from flask_babel.speaklater import LazyString  # type: ignore[import-untyped]

Labels = Mapping[str, LazyString]

#: One work of a kind.
KINDS: Labels = {
    "course": lazy_gettext("Course"),
    "textbook": lazy_gettext("Textbook"),
    "standard": lazy_gettext("Teaching standard"),
    "lesson": lazy_gettext("Micro-lesson"),
    "resource": lazy_gettext("Resource"),
    "equipment": lazy_gettext("Equipment item"),
    "certificate": lazy_gettext("Certificate"),
    "institution": lazy_gettext("Institution"),
    "partnership": lazy_gettext("Partnership"),
    "term": lazy_gettext("Term"),
}

#: All works of a kind, as a list or a shelf is called.
SHELVES: Labels = {
    "course": lazy_gettext("Courses"),
    "textbook": lazy_gettext("Textbooks"),
    "standard": lazy_gettext("Teaching standards"),
    "lesson": lazy_gettext("Micro-lessons"),
    "resource": lazy_gettext("Resources"),
    "equipment": lazy_gettext("Equipment"),
    "certificate": lazy_gettext("Certificates"),
    "institution": lazy_gettext("Institutions"),
    "partnership": lazy_gettext("Overseas sites and partnerships"),
    "term": lazy_gettext("Terms"),
}

LEVELS: Labels = {
    "introductory": lazy_gettext("Introductory"),
    "secondary": lazy_gettext("Secondary vocational"),
    "higher": lazy_gettext("Higher vocational"),
    "bachelor": lazy_gettext("Vocational bachelor"),
    "training": lazy_gettext("Further training"),
}

FACETS: Labels = {
    "kind": lazy_gettext("Kind"),
    "subject": lazy_gettext("Subject"),
    "level": lazy_gettext("Level"),
    "language": lazy_gettext("Language"),
    "institution": lazy_gettext("Institution"),
    "partnership": lazy_gettext("Partnership"),
    "country": lazy_gettext("Country of use"),
    "size": lazy_gettext("Size offline"),
    "type": lazy_gettext("Type"),
    "brand": lazy_gettext("Brand"),
}

BRANDS: Labels = {
    "luban-workshop": lazy_gettext("Luban Workshop"),
    "ban-mo-college": lazy_gettext("Ban Mo College"),
    "silk-road-school": lazy_gettext("Silk Road School"),
    "bi-sheng-workshop": lazy_gettext("Bi Sheng Workshop"),
    "zheng-he-college": lazy_gettext("Zheng He College"),
    "maritime-silk-road-college": lazy_gettext("Maritime Silk Road College"),
    "dayu-college": lazy_gettext("Dayu College"),
}

INSTITUTION_TYPES: Labels = {
    "college": lazy_gettext("College"),
    "university": lazy_gettext("University"),
    "enterprise": lazy_gettext("Enterprise"),
    "ministry": lazy_gettext("Ministry"),
    "association": lazy_gettext("Association"),
    "school": lazy_gettext("School"),
}

PARTNERSHIP_TYPES: Labels = {
    "site": lazy_gettext("Overseas site"),
    "consortium": lazy_gettext("Consortium"),
    "community": lazy_gettext("Industry-education community"),
    "centre": lazy_gettext("Centre"),
}

MEMBER_ROLES: Labels = {
    "lead": lazy_gettext("Leads"),
    "founder": lazy_gettext("Founder"),
    "host": lazy_gettext("Host abroad"),
    "partner": lazy_gettext("Partner"),
    "member": lazy_gettext("Member"),
}

#: How the texts of an edition came to be.
ORIGINS: Labels = {
    "human": lazy_gettext("Written or translated by people"),
    "imported": lazy_gettext("Taken over from its publisher"),
    "machine": lazy_gettext("Translated by machine"),
}

#: Parts that people have in a work, as credits usually name them.
CONTRIBUTIONS: Labels = {
    "author": lazy_gettext("Author"),
    "editor": lazy_gettext("Editor"),
    "translator": lazy_gettext("Translator"),
    "reviewer": lazy_gettext("Reviewer"),
    "teacher": lazy_gettext("Teacher"),
    "illustrator": lazy_gettext("Illustrator"),
    "publisher": lazy_gettext("Publisher"),
}


def label(labels: Labels, key: str) -> str:
    """The message for a key in the language of this request, or the key where there is none."""
    found = labels.get(key)
    return key if found is None else str(found)


@lru_cache(maxsize=32)
def labels_in(name: str, ui: str) -> Mapping[str, str]:
    """A whole map of this module (``"KINDS"``) in the interface language ``ui`` of this request.

    Looking a message up for each of twenty rows costs more than the rows: this does it once.
    """
    del ui  # tells one language's map from another's
    labels: Labels = globals()[name]
    return {key: str(message) for key, message in labels.items()}


@lru_cache(maxsize=4096)
def counted_works(count: int, ui: str) -> str:
    """“12 works” in the interface language ``ui`` of this request."""
    del ui
    return str(ngettext("%(num)s work", "%(num)s works", count))


@lru_cache(maxsize=4096)
def counted_sections(count: int, ui: str) -> str:
    """“12 sections” in the interface language ``ui`` of this request."""
    del ui
    return str(ngettext("%(num)s section", "%(num)s sections", count))
