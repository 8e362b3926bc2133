"""Sign-in at an institution's OpenID Connect provider: authorization code with PKCE, state and nonce.

What ties the way out to the way back (state, nonce, code verifier) is made from one random value that
the browser keeps in a signed cookie, so that nothing has to be stored meanwhile.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from library.accounts.providers import Provider
from library.errors import Invalid, Misconfigured, Unavailable

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session
    from requests import Response

#: How long a provider may take to answer, from the first byte to the last, in seconds, and how much it
#: may say, in bytes.
PATIENCE: Final = 10
LARGEST: Final = 1_000_000
#: How long somebody may take at the provider, in seconds.
LONGEST: Final = 900
#: How far the provider's clock may be from ours, in seconds.
LEEWAY: Final = 120
SCOPE: Final = "openid email profile"

# What a provider says when somebody has turned back there (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6).
_CANCELLED: Final = (
    "access_denied", "login_required", "consent_required", "interaction_required",
)  # fmt: skip

# Signatures of a key that only the provider has: never "none", never a secret that we share.
_SIGNATURES: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a provider says of who has signed in there: an address that it has verified, and a name."""

    email: str
    name: str


def new_journey() -> str:
    """The random value of one sign-in."""
    return secrets.token_urlsafe(32)


def _derived(journey: str, purpose: str, key: str) -> str:
    mac = hmac.new(key.encode(), f"openid\0{purpose}\0{journey}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).decode("ascii").rstrip("=")


def way_out(provider: Provider, *, journey: str, back: str, key: str) -> str:
    """The provider's address to send the browser to. ``back`` is ours, ``key`` the site's secret key."""
    metadata = _metadata(provider)
    with _client(provider, back) as client:
        address, _ = client.create_authorization_url(
            str(metadata["authorization_endpoint"]),
            state=_derived(journey, "state", key),
            nonce=_derived(journey, "nonce", key),
            code_verifier=_derived(journey, "verifier", key),
        )
    return str(address)


def way_back(
    provider: Provider,
    *,
    address: str,
    journey: str,
    back: str,
    key: str,
    now: dt.datetime,
) -> Vouched:
    """Who has come back from the provider.

    ``address`` is the whole address that the browser was sent back to. Raises ``Invalid`` with
    ``reason`` ``foreign`` (not our journey), ``cancelled`` (by the person), ``refused`` (by the provider),
    ``unverified`` (the provider does not vouch for an address) or ``elsewhere`` (it vouches for one that
    is not of its domains), and ``Unavailable``.
    """
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    told = dict(parse_qsl(urlsplit(address).query))
    wanted, state = _derived(journey, "state", key), told.get("state", "")
    if not hmac.compare_digest(state.encode("utf-8", "replace"), wanted.encode()):
        raise Invalid("This sign-in was not begun in this browser.", reason="foreign")
    if "error" in told:
        raise Invalid(
            f"{provider.name} says: {told['error'][:100]!r}",
            reason="cancelled" if told["error"] in _CANCELLED else "refused",
        )
    metadata = _metadata(provider)
    try:
        with _client(provider, back) as client:
            token = client.fetch_token(
                str(metadata["token_endpoint"]),
                authorization_response=address,
                state=wanted,
                code_verifier=_derived(journey, "verifier", key),
                **_bounds(),
            )
            claims = _claims(provider, metadata, token, journey=journey, key=key, now=now)
            if "email" not in claims and "userinfo_endpoint" in metadata:
                claims = _asked(client, metadata, claims)
    except (RequestException, OSError, HTTPError) as error:
        raise _away(provider, error) from error
    except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
        raise Invalid(
            f"{provider.name} has not let this person in: {error}", reason="refused"
        ) from error
    return _vouched(provider, claims)


def _vouched(provider: Provider, claims: dict[str, Any]) -> Vouched:
    email, verified = claims.get("email"), claims.get("email_verified")
    # Some say it as a text.
    if not isinstance(email, str) or not (verified is True or verified == "true"):
        raise Invalid(
            "The provider does not say that it has verified an e-mail address.", reason="unverified"
        )
    if not provider.may_vouch_for(email):
        # Else the provider of one institution could sign in as the administrator of another.
        raise Invalid(
            f"The provider {provider.key} vouches for {email[:300]!r}, which is not of its domains.",
            reason="elsewhere",
        )
    name = claims.get("name")
    return Vouched(email, name if isinstance(name, str) else "")


def _claims(
    provider: Provider,
    metadata: dict[str, Any],
    token: dict[str, Any],
    *,
    journey: str,
    key: str,
    now: dt.datetime,
) -> dict[str, Any]:
    """What the ID token says, once its signature, issuer, audience, times and nonce are right."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.jwk import KeySet
    from joserfc.jws import JWSRegistry

    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    signatures = [name for name in _SIGNATURES if name in offered]
    if not signatures:
        # No name at all would mean those that the library recommends, shared secrets among them.
        raise ValueError("it signs with nothing that is taken here")
    keys: Any = _fetch(provider, str(metadata["jwks_uri"]))
    decoded = jwt.decode(
        token["id_token"],
        key=KeySet.import_key_set(keys),
        registry=JWSRegistry(algorithms=signatures, strict_check_header=False),
    )
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {
            "iss": {"essential": True, "value": metadata["issuer"]},
            "aud": {"essential": True, "value": provider.client_id},
        },
        {
            "nonce": _derived(journey, "nonce", key),
            "client_id": provider.client_id,
            "access_token": token.get("access_token"),
        },
    )
    claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    return dict(claims)


def _asked(
    client: OAuth2Session, metadata: dict[str, Any], claims: dict[str, Any]
) -> dict[str, Any]:
    """The claims with those of the provider's userinfo, if it speaks of the same person."""
    answer = client.get(str(metadata["userinfo_endpoint"]), **_bounds())
    answer.raise_for_status()
    told = answer.json()
    if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
        raise ValueError("the userinfo is of somebody else")
    return {**told, **claims}


def _client(provider: Provider, back: str) -> OAuth2Session:
    try:
        from authlib.integrations.requests_client import OAuth2Session
    except ImportError as error:
        raise Misconfigured(
            "Sign-in through a provider needs the extra oidc: pip install 'mortise[oidc]'"
        ) from error
    return OAuth2Session(
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        scope=SCOPE,
        redirect_uri=back,
        code_challenge_method="S256",
    )


def _metadata(provider: Provider) -> dict[str, Any]:
    """What the provider says of itself. Raises ``Unavailable``."""
    told = _fetch(provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    # Else one provider could speak for another.
    if str(told.get("issuer", "")) != provider.issuer:
        raise Unavailable(
            f"The provider {provider.key} calls itself {told.get('issuer')!r}, not {provider.issuer!r}."
        )
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        if name not in told:
            if name == "userinfo_endpoint":
                continue
            raise Unavailable(f"The provider {provider.key} does not say its {name}.")
        if not provider.may_be_asked(str(told[name])):
            raise Unavailable(
                f"The provider {provider.key} gives {str(told[name])[:200]!r} as its {name}, "
                "which is not an https:// address."
            )
    return told


def _bounds() -> dict[str, Any]:
    """How a provider is asked: no redirects, and no more time and bytes than are reasonable."""
    until = time.monotonic() + PATIENCE

    def read(answer: Response, **_how: Any) -> None:
        # Piece by piece as it comes: a timeout alone starts again with every byte.
        body = b""
        while piece := answer.raw.read1(65_536, decode_content=True):
            body += piece
            if len(body) > LARGEST:
                raise ValueError("longer than it should be")
            if time.monotonic() > until:
                raise TimeoutError("slower than it should be")
        answer._content, answer._content_consumed = body, True

    return {
        "timeout": PATIENCE,
        "allow_redirects": False,
        "stream": True,
        "hooks": {"response": read},
    }


def _fetch(provider: Provider, address: str) -> dict[str, Any]:
    """A JSON object of the provider's, of a reasonable size."""
    try:
        import requests
    except ImportError as error:
        raise Misconfigured(
            "Sign-in through a provider needs the extra oidc: pip install 'mortise[oidc]'"
        ) from error
    import json

    from urllib3.exceptions import HTTPError

    try:
        with requests.get(address, **_bounds()) as answer:  # noqa: S113 - among the bounds
            answer.raise_for_status()
            told = json.loads(answer.content)
            if answer.status_code != 200 or not isinstance(told, dict):
                raise ValueError("not the document that it should be")
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise _away(provider, error) from error
    return told


def _away(provider: Provider, error: Exception) -> Unavailable:
    return Unavailable(f"The sign-in of {provider.name} does not answer: {error}")
