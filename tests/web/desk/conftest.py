"""What tests of the desk share: forms over HTTP, as a browser of a person sends them."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.people import DeskClient, visitor


@pytest.fixture
def stranger(app: Flask) -> DeskClient:
    """A browser in which nobody is signed in."""
    return visitor(app)
