"""Public addresses: what stands after the language in the path of a page.

``/@/`` stands for the language of the page that will show a link; ``localise`` puts it in. So rendered
texts and cards need to be made only once for all languages.
"""

from __future__ import annotations

import uuid as uuids
from urllib.parse import quote

SEGMENTS = {
    "course": "courses",
    "textbook": "textbooks",
    "standard": "standards",
    "lesson": "lessons",
    "resource": "resources",
    "equipment": "equipment",
    "certificate": "certificates",
    "institution": "institutions",
    "partnership": "partnerships",
    "term": "terms",
}
KINDS = {segment: kind for kind, segment in SEGMENTS.items()}


def page(kind: str, key: str, section_path: str = "", *, lang: str = "@") -> str:
    """The path of a work's, section's, institution's, partnership's or concept's page."""
    path = f"/{lang}/{SEGMENTS[kind]}/{quote(key)}"
    return f"{path}/{quote(section_path)}" if section_path else path


def localise(html: str, lang: str) -> str:
    """Put a page's language into links made by ``page``."""
    return html.replace('"/@/', f'"/{lang}/')


def in_language(path: str, lang: str) -> str:
    """The path of a page with a language in the place of ``@``."""
    return f"/{lang}/{path.removeprefix('/@/')}" if path.startswith("/@/") else path


def media(sha256: str, name: str) -> str:
    """The path of a media file's bytes; the name is for people and for saving."""
    return f"/media/{sha256}/{quote(name.rpartition('/')[2])}"


def lasting(uuid: uuids.UUID) -> str:
    """The address that never dies, of anything that has a uuid."""
    return f"/id/{uuid}"


def block_anchor(uuid: uuids.UUID) -> str:
    """The name of a paragraph in its page, without the ``#``."""
    return f"b-{uuid.hex[:8]}"


def feed(lang: str, kind: str | None = None) -> str:
    """The path of the Atom feed of what is new in a language, or of one kind of work in it."""
    return f"/{lang}/{SEGMENTS[kind]}/feed.atom" if kind else f"/{lang}/feed.atom"
