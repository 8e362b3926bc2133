from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from library.directory import queries
from library.directory.code_schemes import CodeDraft, load_schemes, store_codes, store_scheme
from library.directory.models import Code, CodeLabel, CodeScheme
from library.errors import Damaged
from library.jobs import outbox

SCHEME = """
[scheme]
key = "trades"
title = {en = "Trades"}
version = "1"

[[code]]
code = "1"
label = {en = "Metal", fr = "Métal"}

[[code]]
code = "11"
parent = "1"
uri = "https://example.org/11"
label = {en = "Welding"}
"""


def write(folder: Path, text: str = SCHEME) -> Path:
    (folder / "trades.toml").write_text(text)
    return folder


def labels(session: Session) -> set[tuple[str, str, str]]:
    rows = session.execute(select(Code.code, CodeLabel.lang, CodeLabel.label).join(CodeLabel))
    return {(row.code, row.lang, row.label) for row in rows}


def test_a_scheme_is_read_with_its_codes_and_labels(session: Session, tmp_path: Path) -> None:
    changes = load_schemes(session, folder=write(tmp_path))
    assert [(c.key, c.created) for c in changes] == [("trades", True)]
    scheme = session.scalars(select(CodeScheme)).one()
    assert (scheme.titles, scheme.version) == ({"en": "Trades"}, "1")
    assert labels(session) == {
        ("1", "en", "Metal"),
        ("1", "fr", "Métal"),
        ("11", "en", "Welding"),
    }
    ids = queries.code_ids(session, scheme="trades")
    child = session.scalars(select(Code).where(Code.code == "11")).one()
    assert (child.parent_id, child.uri) == (ids["1"], "https://example.org/11")
    assert queries.codes_as_written(session) == {"trades:1", "trades:11"}


def test_a_file_that_did_not_change_is_not_read_again(session: Session, tmp_path: Path) -> None:
    load_schemes(session, folder=write(tmp_path))
    before = outbox.change_number(session)
    assert load_schemes(session, folder=tmp_path) == []
    assert outbox.change_number(session) == before


def test_a_changed_file_changes_codes_and_keeps_their_rows(
    session: Session, tmp_path: Path
) -> None:
    load_schemes(session, folder=write(tmp_path))
    before = queries.code_ids(session, scheme="trades")
    text = SCHEME.replace('"Welding"', '"Joining"').replace('code = "1"\n', 'code = "2"\n')
    changes = load_schemes(
        session, folder=write(tmp_path, text.replace('parent = "1"', 'parent = "2"'))
    )
    session.expire_all()
    assert [(c.created, c.facts) for c in changes] == [(False, ["codes"])]
    after = queries.code_ids(session, scheme="trades")
    # The code that has left stays, for works may carry it.
    assert after["11"] == before["11"]
    assert set(after) == {"1", "2", "11"}
    assert ("11", "en", "Joining") in labels(session)
    assert session.scalars(select(Code.parent_id).where(Code.code == "11")).one() == after["2"]


def test_what_people_wrote_outlives_a_new_file(session: Session, tmp_path: Path) -> None:
    load_schemes(session, folder=write(tmp_path))
    store_codes(
        session,
        scheme="trades",
        codes=[CodeDraft("1", labels={"fr": "Métaux", "sw": "Chuma"}), CodeDraft("12")],
    )
    store_scheme(session, key="trades", titles={"sw": "Fani"})
    newer = SCHEME.replace("Métal", "Métallurgie").replace("Welding", "Welding and cutting")
    newer = newer.replace('{en = "Trades"}', '{en = "Crafts", sw = "Kazi"}')
    load_schemes(session, folder=write(tmp_path, newer))
    assert labels(session) == {
        ("1", "en", "Metal"),
        ("1", "fr", "Métaux"),
        ("1", "sw", "Chuma"),
        ("11", "en", "Welding and cutting"),
    }
    scheme = session.scalars(select(CodeScheme)).one()
    assert scheme.titles == {"en": "Crafts", "sw": "Fani"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[scheme", "The code scheme trades.toml cannot be read"),
        ("a = 1", "cannot be read: 'scheme'"),
        (SCHEME.replace('parent = "1"', 'parent = "9"'), "puts 11 under 9, which it does not have"),
        (SCHEME.replace('code = "11"', 'code = "1"'), "has a code twice"),
    ],
)
def test_a_file_that_is_no_scheme_is_named(
    session: Session, tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(Damaged, match=message):
        load_schemes(session, folder=write(tmp_path, text))


def test_the_schemes_that_ship_are_read(session: Session) -> None:
    assert {change.key for change in load_schemes(session)} >= {"isced-f-2013", "isco-08"}
    assert (session.scalar(select(func.count()).select_from(CodeLabel)) or 0) > 500
    assert load_schemes(session) == []
