"""A small, strict OpenID Connect provider on a port of this machine, with real keys and tokens.

It knows one client. It asks for PKCE (S256) and a nonce, gives each code once and to its own redirect
address alone. ``person`` is who is signed in there; ``lies`` are changes to what its tokens say.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT = "mortise"
SECRET = "the client's secret"


@cache
def _key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@dataclass
class Provider:
    redirects: tuple[str, ...]
    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    metadata_lies: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    sign_with: Any = None
    in_userinfo: bool = False
    refuse: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: _key())
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.metadata_lies,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """The address to send the browser back to; fails on what a strict provider would refuse."""
        self.asked.append(query)
        assert query["client_id"] == CLIENT
        assert query["redirect_uri"] in self.redirects, query["redirect_uri"]
        assert query["response_type"] == "code"
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        assert len(query["code_challenge"]) == 43
        assert len(query["nonce"]) >= 22
        assert len(query["state"]) >= 22
        if self.refuse:
            back = {"error": self.refuse, "state": query["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = query
            back = {"code": code, "state": query["state"]}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        name, _, secret = (
            base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        )
        if (name, secret) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        ).rstrip(b"=")
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge.decode() != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        self._tokens.add(access)
        half = hashlib.sha256(access.encode()).digest()[:16]
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.person["sub"],
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        }
        if not self.in_userinfo:
            claims |= self.person
        claims |= self.lies
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": "one", **self.header}
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        if header["alg"] == "none":
            parts = [json.dumps(part).encode() for part in (header, claims)]
            told = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
            return 200, {**answer, "id_token": f"{told[0]}.{told[1]}."}
        key = self.sign_with or self.key
        signed = jwt.encode(header, claims, key, algorithms=["RS256", "HS256"])
        return 200, {**answer, "id_token": signed}

    def userinfo(self, authorization: str) -> tuple[int, dict[str, Any]]:
        if authorization.removeprefix("Bearer ") not in self._tokens:
            return 401, {"error": "invalid_token"}
        return 200, {**self.person, **{k: v for k, v in self.lies.items() if k == "sub"}}


@contextmanager
def provider(*redirects: str) -> Iterator[Provider]:
    """A provider for the time of the block that sends people back to ``redirects`` only."""
    told = Provider(redirects=redirects)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, status: int, body: dict[str, Any] | None, **headers: str) -> None:
            sent = json.dumps(body or {}).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:  # the server's name for it
            parts = urlsplit(self.path)
            if parts.path == "/.well-known/openid-configuration":
                self._answer(200, told.metadata())
            elif parts.path == "/keys":
                self._answer(200, {"keys": [told.key.as_dict(private=False)]})
            elif parts.path == "/userinfo":
                self._answer(*told.userinfo(self.headers.get("Authorization", "")))
            elif parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self._answer(302, None, Location=told.authorize(query))
            else:
                self._answer(404, None)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*told.token(form, self.headers.get("Authorization", "")))

        def log_message(self, *_args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def shared_secret() -> OctKey:
    """The client's secret as a key: what a forger signs with where algorithms are mixed up."""
    return OctKey.import_key(SECRET.encode())
