"""A resolver with a few things on its shelf, and the judge of safe HTML."""

from __future__ import annotations

import re

from lxml import html as lxml_html

from library.markdown import BlockKind, MediaTarget, Target, render

PHOTO = MediaTarget(
    "image/jpeg", 240_000, "photo.jpg", 800, 600, (("/m/320.webp", 320), ("/m/800.webp", 800))
)
FILM = MediaTarget(
    "video/mp4",
    9_000_000,
    "film.mp4",
    1280,
    720,
    (("/m/film-360.mp4", 640),),
    (("ar", "العربية", "/m/ar.vtt"), ("en", "English", "/m/en.vtt")),
    "/m/poster.webp",
)
SOUND = MediaTarget("audio/mpeg", 900_000, "talk.mp3")
SHEET = MediaTarget("application/pdf", 1_200_000, "sheet.pdf")


class Shelf:
    """Pages end in .md; the four files above are there; the web is outside; all else is missing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, bool]] = []

    def __call__(self, address: str, *, alt: str | None, is_image: bool) -> Target:
        self.asked.append((address, alt, is_image))
        if address.startswith(("http:", "https:", "//")):
            return Target(address, external=True)
        for media in (PHOTO, FILM, SOUND, SHEET):
            if address.rpartition("/")[2] == media.name:
                return Target(f"/media/{media.name}", media=media)
        if address.partition("#")[0].endswith(".md"):
            return Target(f"/en/{address}")
        return Target(None, missing=True)

    def describe(self, media: MediaTarget, *, lang: str) -> str:
        return f"{media.media_type.partition('/')[2].upper()}, {media.size} B"


def shown(source: str, kind: BlockKind = BlockKind.PARAGRAPH, *, lang: str = "en") -> str:
    return render(source, kind=kind, lang=lang, resolve=Shelf())


_NAMES = (
    "a abbr aside audio b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em "
    "figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark math ol p pre q rp rt ruby s "
    "samp small span strong sub summary sup table tbody td tfoot th thead tr track u ul var video "
    "wbr none"
)
ELEMENTS = frozenset(_NAMES.split())
_FORMULA = re.compile(r"m[a-z]+")
_ADDRESSES = ("href", "src", "poster", "action", "formaction", "data", "background", "xlink:href")


def assert_safe(page: str) -> None:
    """Fails unless a browser would find nothing to run, nothing foreign to load, nothing to submit."""
    root = lxml_html.fragment_fromstring(page.replace("\x00", ""), create_parent="section")
    for element in root.iterdescendants():
        assert isinstance(element.tag, str), f"a comment or instruction came through: {element!r}"
        assert element.tag in ELEMENTS or _FORMULA.fullmatch(element.tag), element.tag
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (name, value)
            assert name not in ("style", "srcdoc", "formaction", "name"), (name, value)
            if name in _ADDRESSES:
                squeezed = re.sub(r"[\x00-\x20]", "", value).lower()
                scheme = re.match(r"([a-z][a-z0-9+.-]*):", squeezed)
                allowed = ("http", "https", "mailto", "tel")
                assert scheme is None or scheme[1] in allowed, value
                if element.tag != "a":
                    assert squeezed.startswith("/m"), f"loaded from elsewhere: {value}"


def words_of(page: str) -> str:
    """What a reader sees of some HTML, spaces left out."""
    root = lxml_html.fragment_fromstring(page, create_parent="section")
    return re.sub(r"\s+", "", str(root.text_content()))
