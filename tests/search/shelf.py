"""Passages to search in, made from words."""

from __future__ import annotations

from library.search.port import Passage


def passage(
    work: str,
    body: str,
    *,
    section: str = "1",
    lang: str = "en",
    title: str = "",
    work_title: str = "",
    keywords: str = "",
    kind: str = "course",
    subjects: tuple[str, ...] = (),
    level: str = "",
    institutions: tuple[str, ...] = (),
    countries: tuple[str, ...] = (),
    sizes: tuple[str, ...] = (),
) -> Passage:
    """A passage whose ids follow from its work, section and language."""
    return Passage(
        id=f"{work}/{section}:{lang}:0",
        work=work,
        section=f"{work}/{section}",
        block=f"{work}/{section}/block",
        kind=kind,
        lang=lang,
        title=title,
        work_title=work_title,
        body=body,
        keywords=keywords,
        subjects=subjects,
        level=level,
        institutions=institutions,
        countries=countries,
        sizes=sizes,
    )
