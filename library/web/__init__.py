"""The HTML pages: one blueprint, one module for each kind of page."""

from __future__ import annotations

from flask import Flask

from library.web import pages


def init_app(app: Flask, *, with_desk: bool = True) -> None:
    """Register the pages, their templates' vocabulary and the error pages."""
    from library.web import (
        about,
        concept,
        directory,
        directory_pages,
        errors,
        home,
        lists,
        media,
        search,
        sections,
        terms,
        works,
    )

    del (
        about,
        concept,
        directory,
        directory_pages,
        home,
        lists,
        media,
        search,
        sections,
        terms,
        works,
    )
    pages.init_app(app)
    app.register_blueprint(pages.blueprint)
    if with_desk:
        from library.web import desk

        desk.init_app(app)
    errors.init_app(app)
