from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from library.catalogue.unanswered import record
from library.cli.root import Root
from library.cli.searches import searches
from library.db import utc_now
from library.http.services import Services


@pytest.fixture
def run(services: Services) -> Any:
    root = Root(
        settings=lambda: services.settings, services=lambda _: services, site=lambda **_: None
    )

    def ran(*arguments: str) -> str:
        done = CliRunner().invoke(searches, arguments, obj=root)
        assert done.exit_code == 0, done.output
        return done.output

    return ran


@pytest.fixture
def counted(session: Session) -> None:
    counts = {("en", "plasma cutter"): 7, ("zh-Hans", "等离子"): 2, ("en", ""): 9}
    record(session, counts, day=utc_now().date())
    session.commit()


@pytest.mark.usefixtures("counted")
def test_searches_in_vain_are_listed_the_most_frequent_first(run: Any) -> None:
    first, second, nameless = run().splitlines()
    assert first.split()[0] == "7"
    assert first.endswith("en  plasma cutter")
    assert second.endswith("zh-Hans  等离子")
    assert "without words" in nameless
    assert run("--lang", "zh-CN").splitlines() == [second]
    assert len(run("--limit", "1").splitlines()) == 1


@pytest.mark.usefixtures("counted")
def test_a_script_gets_json(run: Any) -> None:
    said = json.loads(run("--json", "--days", "7"))
    assert said["days"] == 7
    assert said["searches"][0] == {
        "text": "plasma cutter",
        "count": 7,
        "last": utc_now().date().isoformat(),
        "languages": ["en"],
    }
    assert said["searches"][-1]["text"] is None


def test_where_nothing_was_in_vain_it_says_so(run: Any) -> None:
    assert "No search of the last 30 days was in vain." in run()
    assert json.loads(run("--json"))["searches"] == []
