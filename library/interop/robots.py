"""What crawlers are asked to leave out, and where the sitemap is."""

from __future__ import annotations

from flask import Response

from library.http import page_cache
from library.http.services import services
from library.interop.blueprint import blueprint

# Search pages and the data saver's copies show nothing that the other pages do not; the desk is for
# those who work there.
_LEFT_OUT = ("/*/search", "/*?*saver=", "/*/desk", "/api/v1/search")


@blueprint.get("/robots.txt")
def robots() -> Response:
    page_cache.keep()
    # What is left out comes first: simple crawlers take the first rule that fits.
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _LEFT_OUT), "Allow: /"]
    lines += ["", f"Sitemap: {services().settings.base_url}/sitemap.xml", ""]
    return Response("\n".join(lines), mimetype="text/plain")
