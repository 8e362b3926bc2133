from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from library.api.parameters import Parameters, choice, code, language, moment, whole_number, words
from library.errors import Invalid

KNOWN = Parameters(
    (
        words("q", "", longest=10),
        language("lang", ""),
        choice("kind", "", ("course", "lesson"), many=True),
        code("country", "", "[A-Za-z]{2}", rule="must be a country", change=str.upper),
        moment("since", ""),
        whole_number("limit", "", default=20, least=1, most=100),
    )
)


def read(*pairs: tuple[str, str]) -> dict[str, object]:
    return KNOWN.read(MultiDict(pairs))


def test_what_is_not_given_has_its_default() -> None:
    assert read() == {
        "q": "", "lang": None, "kind": (), "country": (), "since": None, "limit": 20,
    }  # fmt: skip


def test_values_come_out_in_their_one_form() -> None:
    said = read(("lang", "zh-CN"), ("country", "tz"), ("country", "TZ"), ("country", "kh"))
    assert said["lang"] == "zh-Hans"
    assert said["country"] == ("TZ", "KH")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "many"),
        ("limit", "1e2"),
        ("limit", "９"),
        ("limit", " 9"),
        ("limit", "9" * 100_000),
        ("limit", ""),
        ("kind", "novel"),
        ("lang", "klingonese"),
        ("lang", "\x00"),
        ("country", "TZA"),
        ("country", "T\x00"),
        ("country", "ТZ"),
        ("since", "yesterday"),
        ("since", "2026-13-01"),
        ("since", "2026-11-21T08:30:00"),
        ("q", "x" * 11),
        ("Limit", "5"),
        ("\x00", "5"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_parameter(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        read((name, value))
    assert refused.value.details["parameter"] == name.replace("\x00", "\ufffd")
    assert len(refused.value.message) < 400


def test_a_second_value_is_refused_where_one_is_meant() -> None:
    with pytest.raises(Invalid, match="only once"):
        read(("limit", "5"), ("limit", "6"))


def test_too_many_values_are_refused() -> None:
    with pytest.raises(Invalid, match="more than 50"):
        read(*[("kind", "course")] * 51)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-21", dt.datetime(2026, 11, 21, tzinfo=dt.UTC)),
        ("2026-11-21T08:30:00Z", dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.UTC)),
        ("2026-11-21t08:30:00z", dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.UTC)),
        ("2026-11-21T08:30:00+08:00", dt.datetime(2026, 11, 21, 0, 30, tzinfo=dt.UTC)),
        ("2026-11-21T08:30:00 08:00", dt.datetime(2026, 11, 21, 0, 30, tzinfo=dt.UTC)),
        ("2026-11-21T08:30:00.1234567Z", dt.datetime(2026, 11, 21, 8, 30, 0, 123456, dt.UTC)),
        ("2016-12-31T23:59:60Z", dt.datetime(2016, 12, 31, 23, 59, 59, tzinfo=dt.UTC)),
        ("0001-01-01T00:00:00+14:00", dt.datetime.min.replace(tzinfo=dt.UTC)),
        ("9999-12-31T23:59:59-14:00", dt.datetime.max.replace(tzinfo=dt.UTC)),
    ],
)
def test_a_moment_is_read_in_utc(written: str, meant: dt.datetime) -> None:
    assert read(("since", written))["since"] == meant


@settings(deadline=None)
@given(st.sampled_from(sorted(KNOWN.by_name)), st.text(max_size=40))
def test_any_text_is_read_or_refused(name: str, value: str) -> None:
    refused: Invalid | None = None
    said: dict[str, object] = {}
    try:
        said = read((name, value))
    except Invalid as error:
        refused = error
    if refused is not None:
        assert refused.details["parameter"] == name
    else:
        assert "\x00" not in str(said[name])


def test_parameters_describe_themselves() -> None:
    described = {one["name"]: one for one in KNOWN.described()}
    assert described["limit"]["schema"] == {
        "type": "integer", "minimum": 1, "maximum": 100, "default": 20,
    }  # fmt: skip
    assert described["kind"]["schema"]["items"] == {"type": "string", "enum": ["course", "lesson"]}
