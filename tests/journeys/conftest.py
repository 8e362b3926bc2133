"""The starter library, served, and a browser to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.judges.browser import chromium
from tests.judges.site import ROOT, Site


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as a newcomer has it after ``make run``; tests only read it."""
    site = Site(tmp_path_factory.mktemp("starter"))
    site.run("db", "upgrade")
    site.run("import", ROOT / "content")
    with site.served("--workers", "1"):
        yield site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty library of one's own."""
    own = Site(tmp_path / "data")
    own.data.mkdir()
    own.run("db", "upgrade")
    return own


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened
