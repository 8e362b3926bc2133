"""The blueprint that all protocols share; each module puts its addresses on it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("interop", __name__)
