"""An institution, somebody who may send files for it, and the worker's chores, without a worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from library.accounts.permissions import Actor
from library.directory.models import Institution
from library.http.services import Services
from library.uploads.checking import CheckingChore
from library.uploads.service import Limits
from library.uploads.spool import FOLDER, SpoolFolder
from tests.people import make_actor

LIMITS = Limits(largest=1_000_000_000, quota=None)


@pytest.fixture
def college(session: Session) -> str:
    session.add(Institution(key="mbeya-college", type="college", source_language="en"))
    session.commit()
    return "mbeya-college"


@pytest.fixture
def author(session: Session, college: str) -> Actor:
    made = make_actor(session, roles=[("author", college)])
    session.commit()
    return made


@pytest.fixture
def spool(services: Services) -> SpoolFolder:
    return SpoolFolder(services.settings.data / FOLDER, room=0)


@pytest.fixture
def checking(services: Services, spool: SpoolFolder, tmp_path: Path) -> CheckingChore:
    return CheckingChore(services.store, spool, tmp_path / "making")
