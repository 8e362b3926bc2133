"""What to do where a judge is not installed: say so in one line, or fail in the full run."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip, or fail where ``LIBRARY_JUDGES=required``. ``what`` says what to install."""
    if os.environ.get("LIBRARY_JUDGES") == "required":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)
