"""Headers of every answer: what a browser may do with it."""

from __future__ import annotations

from flask import Flask, Response


def content_security_policy(media_origin: str | None, *, direct: bool = False) -> str:
    """Nothing from elsewhere and no inline script.

    ``media_origin`` is where the object store's own addresses lead, since we redirect to them. ``direct``
    lets a page's script send files there: pages of the desk, and no others.
    """
    connect = f"'self' {media_origin}" if direct and media_origin else "'self'"
    media = f"'self' {media_origin}" if media_origin else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            f"img-src {media} data:",
            f"media-src {media}",
            f"connect-src {connect}",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
        )
    )


def init_app(app: Flask, *, media_origin: str | None) -> None:
    policy = content_security_policy(media_origin)

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("Content-Security-Policy", policy)
        headers.setdefault("Permissions-Policy", "interest-cohort=(), camera=(), microphone=()")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response
