"""The blueprint of version 1; each resource puts its addresses on it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("api", __name__)

PREFIX = "/api/v1"
