"""The editors' desk: one blueprint, one module for each noun.

A module adds its addresses to `blueprint` and its entry to the navigation (`frame.entry`), is named in
`_MODULES`, and its endpoints in `library.http.access`.
"""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from library.web.desk import frame
from library.web.desk.frame import blueprint

__all__ = ["blueprint", "init_app"]

# Keep the list alphabetical: one line for each noun.
_MODULES = (
    "account",
    "comments",
    "content_export",
    "content_import",
    "file",
    "files",
    "home",
    "invited",
    "jobs",
    "links",
    "log",
    "manuscript",
    "manuscript_facts",
    "manuscript_files",
    "one_time",
    "people",
    "preview",
    "providers",
    "review",
    "revisions",
    "sections",
    "sign_in",
    "table_changes",
    "tables",
    "translating",
    "use",
    "work_beginnings",
    "work_documents",
    "works",
    "writing",
    "writing_live",
)


def init_app(app: Flask) -> None:
    for name in _MODULES:
        import_module(f"{__name__}.{name}")
    from library.web.desk import providers

    frame.init_app(app)
    providers.init_app(app)
    app.register_blueprint(blueprint)
