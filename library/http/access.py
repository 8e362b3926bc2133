"""Who may use which address: one table, and nothing that is not in it.

Every endpoint has to be named here. One that is not is refused to everybody, and a test fails, so that a
new address cannot be open by oversight.
"""

from __future__ import annotations

from enum import StrEnum

from flask import Flask, request

from library.errors import Forbidden


class Permission(StrEnum):
    """What an address asks of whoever comes."""

    READ_PUBLIC = "library:public:read"


# Endpoints that everybody may read, without an account. Keep the list alphabetical.
EVERYBODY: frozenset[str] = frozenset(
    {
        "api.healthz",
        "api.openapi",
        "api.readyz",
        "api.search",
        "api.suggest",
        "api.work",
        "api.works",
        "interop.everything",
        "interop.lasting",
        "interop.of_kind",
        "interop.robots",
        "interop.sitemap_file",
        "interop.sitemap_xml",
        "static",
        "web.about",
        "web.accessibility",
        "web.front_door",
        "web.home",
        "web.institution",
        "web.institutions",
        "web.kind",
        "web.languages",
        "web.media",
        "web.partners",
        "web.partnership",
        "web.partnerships",
        "web.search",
        "web.section",
        "web.term",
        "web.terms",
        "web.work",
        "web.works",
    }
)

PERMISSIONS: dict[str, Permission] = dict.fromkeys(EVERYBODY, Permission.READ_PUBLIC)


def init_app(app: Flask) -> None:
    """Refuse what the table does not name, before anything else looks at the request."""

    @app.before_request
    def _deny_by_default() -> None:
        # Without an endpoint there is no such address, which its own error says.
        if request.endpoint is not None and request.endpoint not in PERMISSIONS:
            raise Forbidden("Nobody has been allowed to use this address.")
