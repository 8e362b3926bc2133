"""An outside judge makes up requests from the description, good and bad, and looks at every answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from sqlalchemy.orm import Session

from tests.factories import make_codes, make_institution, make_work

pytestmark = pytest.mark.slow

# Requests made up for each address: bounded, so that the whole stays within a minute.
EXAMPLES = 150

schemathesis.openapi.format(
    "language-tag", st.sampled_from(["en", "zh-CN", "fr", "ar", "sw", "pt-BR", "km"])
)
load_all_checks()


@pytest.fixture
def filled(app: Flask, session: Session, indexed: Callable[[], None]) -> Any:
    make_codes(session)
    make_institution(session)
    for n in range(3):
        make_work(
            session,
            key=f"work-{n}",
            languages=("en", "zh-Hans", "fr"),
            codes=["isced-f-2013:0713"],
            institutions=["mbeya-college"],
        )
    indexed()
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "path", ["/api/v1/search", "/api/v1/suggest", "/api/v1/works", "/api/v1/works/{id}", "/healthz"]
)
def test_no_request_breaks_the_api_or_its_promise(filled: Any, path: str) -> None:
    operation = filled[path]["GET"]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @schemathesis_given(operation)
    def ask(case: Any) -> None:
        # The judge's own client cannot read compressed answers of a WSGI application.
        case.call_and_validate(checks=CHECKS.get_all(), headers={"Accept-Encoding": "identity"})

    ask()


def schemathesis_given(operation: Any) -> Callable[[Callable[[Any], None]], Callable[[], None]]:
    from hypothesis import given
    from schemathesis import GenerationMode

    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return given(case=st.one_of(good, bad))  # type: ignore[return-value]
