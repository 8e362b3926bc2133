"""Tokens that only their holder knows: 256 bits of chance, of which the database keeps a hash.

A plain SHA-256 is enough where nothing can be guessed.
"""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """43 characters that fit into an address and a cookie."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What the database keeps of a token: 64 hexadecimal characters."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
