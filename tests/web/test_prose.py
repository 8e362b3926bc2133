"""Rendered texts for readers who save data: nothing loads before it is asked for."""

from __future__ import annotations

from flask import Flask

from library.catalogue.media_reading import MediaFacts
from library.web.links import Links
from library.web.prose import Prose

IMAGE = (
    '<img src="/media/{a}/a.jpg" srcset="/media/{b}/a.webp 480w" sizes="100vw" width="9" height="9"'
    ' alt="Lathe" loading="lazy" decoding="async">'
).format(a="a" * 64, b="b" * 64)
PICTURE = (
    f'<picture><source type="image/avif" srcset="/media/{"c" * 64}/a.avif 480w" sizes="100vw">'
    f"{IMAGE}</picture>"
)


def saving(app: Flask, html: str) -> str:
    facts = {"a" * 64: MediaFacts("a.jpg", "image/jpeg", 9_000_000)}
    facts |= {"b" * 64: MediaFacts("a.webp", "image/webp", 40_000)}
    facts |= {"c" * 64: MediaFacts("a.avif", "image/avif", 20_000)}
    with app.test_request_context("/en/"):
        return str(Prose(Links("en"), "en", media=facts).html(html, lang="en"))


def test_a_figure_with_a_choice_of_formats_stays_behind_its_switch(app: Flask) -> None:
    html = saving(app, f"<figure>{PICTURE}<figcaption>Turning</figcaption></figure>")
    assert html.startswith('<figure><details class="picture"><summary>')
    assert html.endswith(f"{PICTURE}</details><figcaption>Turning</figcaption></figure>")
    assert "20" in html.partition("</summary>")[0]


def test_a_picture_with_a_choice_of_formats_in_a_line_becomes_a_link(app: Flask) -> None:
    html = saving(app, f"<p>Look: {PICTURE} here.</p>")
    assert "<picture>" not in html
    assert "<source" not in html
    assert "<img" not in html
    assert f'<a class="picture" href="/media/{"a" * 64}/a.jpg">' in html
