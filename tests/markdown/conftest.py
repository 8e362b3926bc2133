"""Where the texts are that came from elsewhere; they are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.markdown.shelf import Shelf


@pytest.fixture
def resolve() -> Shelf:
    return Shelf()


@pytest.fixture(scope="session")
def data() -> Path:
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("MORTISE_SHARED", root.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"the texts for tests are not here: {folder.name}/ (set MORTISE_SHARED)")
    return folder
