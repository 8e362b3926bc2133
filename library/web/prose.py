"""Rendered texts as a page shows them: its language in links, ids that stay apart, pictures on demand.

The HTML comes from our own renderer, which writes lower-case tags and double-quoted attributes; the
patterns here rely on that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape

from flask_babel import gettext  # type: ignore[import-untyped]
from markupsafe import Markup, escape

from library.catalogue.media_reading import MediaFacts
from library.http.language import page_language
from library.markdown import ADMONITION_TITLES
from library.media.types import short_label
from library.web import context
from library.web.links import Links

_TAG = re.compile(r'<[a-z][a-z0-9]*(?: [^\s"=<>]+(?:="[^"]*")?)* ?/?>')
_ID = re.compile(r' id="([^"]*)"')
_FRAGMENT = re.compile(r' href="#([^"]*)"')
_HEADING = re.compile(r"^<(h[1-6])[^>]*>(.*)</\1>\s*$", re.DOTALL)
_UNTITLED = re.compile(r'(data-admonition="([a-z]+)" role="note">)(?!\s*<p class="note-title">)')
_DIGEST = re.compile(r"/media/([0-9a-f]{64})/")
_IMAGE = re.compile(r'<img (?:[^\s"=<>]+(?:="[^"]*")? ?)*>')
_ALT = re.compile(r' alt="([^"]*)"')
_LABEL = re.compile(r' aria-label="([^"]*)"')
_SRC = re.compile(r' src="([^"]*)"')
_SRCSET = re.compile(r' srcset="([^"]*)"')
_FIGURE_IMAGE = re.compile(
    r'^<figure>((?:<picture><source [^<>]*>)?<img (?:[^\s"=<>]+(?:="[^"]*")? ?)*>(?:</picture>)?)'
)
_CHOICE = re.compile(r"<picture><source [^<>]*>(<img [^<>]*>)</picture>")
_FIGURE_PLAYER = re.compile(r'^<figure>(<span class="player">.*?</span></span></span>)', re.DOTALL)
_POSTER = re.compile(r' poster="[^"]*"')
_TRACK = re.compile(r'(<track kind="subtitles" srclang="([^"]*)"[^>]*?)( default="")?>')
_AT = re.compile(r"([0-9a-f]{8})\.(\d{1,6}(?:\.\d{1,3})?)", re.ASCII)
_PLAYED = re.compile(r'<(?:video|audio) src="/media/([0-9a-f]{8})[0-9a-f]{56}/[^"#]*')
_MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Start:
    """Where a film begins: the first digits of its digest, and the second."""

    film: str
    second: str

    @classmethod
    def asked(cls, written: str) -> Start | None:
        """What ``?at=eff8523c.63.5`` asks for; None for anything else."""
        found = _AT.fullmatch(written)
        return cls(found[1], found[2]) if found else None

    def applied(self, html: str) -> str:
        """A player that begins there; its address says so (Media Fragments URI 1.0), no script is needed."""
        return _PLAYED.sub(
            lambda found: f"{found[0]}#t={self.second}" if found[1] == self.film else found[0], html
        )


@dataclass(frozen=True, slots=True)
class Prose:
    """How the texts of one page are prepared.

    ``media`` holds the facts of the page's files when the reader saves data, else it is None. ``start``
    is where a film on the page begins.
    """

    links: Links
    ui: str
    media: Mapping[str, MediaFacts] | None = None
    start: Start | None = None

    def html(self, html: str, *, lang: str, apart: bool = False) -> Markup:
        """A text ready to stand on the page.

        ``apart`` keeps its ids from clashing with those of the same block in another language.
        """
        if '="' not in html:  # nothing below is without an attribute
            return Markup(html)  # noqa: S704  # sanitised when it was rendered
        if '"/@/' in html:
            html = self.links.localise(html)
        if " data-admonition=" in html:
            html = _UNTITLED.sub(lambda match: self._titled(match, lang), html)
        if apart and (' id="' in html or ' href="#' in html):
            html = _TAG.sub(lambda match: _moved(match[0], lang), html)
        if "<track " in html:
            html = _default_track(html, page_language())
        if self.start is not None and 'class="player"' in html:
            html = self.start.applied(html)
        if self.media is not None and ("<img " in html or 'class="player"' in html):
            html = self._saving(html, lang)
        return Markup(html)  # noqa: S704  # sanitised when it was rendered

    def _titled(self, match: re.Match[str], lang: str) -> str:
        """Give a note without a title the one of its kind, in the interface's language."""
        title = ADMONITION_TITLES.get(match[2])
        if not title:
            return match[0]
        mark = "" if lang == self.ui else f' lang="{self.ui}"'
        return (
            f'{match[1]}<p class="note-title"><strong{mark}>{escape(gettext(title))}</strong></p>\n'
        )

    def _saving(self, html: str, lang: str) -> str:
        """Pictures and films behind a switch that says what they cost."""
        figure = _FIGURE_IMAGE.match(html)
        if figure:
            summary = self._summary(gettext("Show picture: %(name)s"), figure[1], _ALT, lang)
            folded = f'<details class="picture"><summary>{summary}</summary>{figure[1]}</details>'
            return f"<figure>{folded}{html[figure.end() :]}"
        player = _FIGURE_PLAYER.match(html)
        if player:
            plain = _POSTER.sub("", player[1])
            summary = self._summary(gettext("Show player: %(name)s"), plain, _LABEL, lang)
            folded = f'<details class="picture"><summary>{summary}</summary>{plain}</details>'
            return f"<figure>{folded}{html[player.end() :]}"
        plain = _CHOICE.sub(r"\1", _POSTER.sub("", html))
        return _IMAGE.sub(lambda match: self._linked(match[0], lang), plain)

    def _linked(self, tag: str, lang: str) -> str:
        """A picture inside a line, where no switch can stand: a link to it."""
        src = _SRC.search(tag)
        if not src:
            return ""
        words = self._summary(gettext("Show picture: %(name)s"), tag, _ALT, lang)
        return f'<a class="picture" href="{src[1]}">{words}</a>'

    def _summary(self, message: str, tag: str, named: re.Pattern[str], lang: str) -> str:
        """What stands on the switch: our words in our language, the picture's name in its own."""
        found = named.search(tag)
        name = found[1] if found else ""
        before, _, after = message.partition("%(name)s")
        if not name:  # without one, the colon would lead nowhere
            before = before.rstrip(" \u00a0\u202f:：")
        told = self._cost(tag)
        after = f"{after} ({told})" if told else after
        return self._own(before, lang) + name + self._own(after, lang)

    def _own(self, words: str, lang: str) -> str:
        """Words of the interface inside a text of another language."""
        bare = words.strip()
        if not bare or lang == self.ui:
            return str(escape(words))
        mark = context.marks(self.ui, lang)
        return words.replace(bare, f"<span{mark}>{escape(bare)}</span>")

    def _cost(self, tag: str) -> str:
        srcset = _SRCSET.search(tag)
        digests = _DIGEST.findall(srcset[1] if srcset else tag)
        facts = [self.media[d] for d in digests if self.media and d in self.media]
        if not facts:
            return ""
        dearest = max(facts, key=lambda one: one.size)
        size = context.size(dearest.size, self.ui)
        return f"{short_label(dearest.media_type)}, {size}"


def _default_track(html: str, reader: str) -> str:
    """Subtitles in the reader's language from the start, also under a text of another language."""
    if f'srclang="{reader}"' not in html:
        return html
    chosen = ' default=""'
    return _TRACK.sub(lambda match: f"{match[1]}{chosen if match[2] == reader else ''}>", html)


def _moved(tag: str, lang: str) -> str:
    tag = _ID.sub(lambda match: f' id="{match[1]}.{lang}"', tag)
    return _FRAGMENT.sub(lambda match: f' href="#{match[1]}.{lang}"', tag)


def heading_words(html: str) -> Markup:
    """What stands inside a heading's tags: a title that gets a heading of the page's own."""
    match = _HEADING.match(html)
    return Markup(match[2] if match else html)  # noqa: S704  # sanitised when it was rendered


def digests_in(texts: Iterable[str]) -> set[str]:
    """The digests of all media files that rendered texts show or link to."""
    return {digest for text in texts if "/media/" in text for digest in _DIGEST.findall(text)}


def plain(html: str) -> str:
    """The words of a rendered text, for counting them."""
    words = _MARKUP.sub("", html)
    return unescape(words) if "&" in words else words
