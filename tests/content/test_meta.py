# ruff: noqa: E501 - a case of a table is read best on one line

from __future__ import annotations

import datetime as dt

import pytest

from library.content.faults import Faults
from library.content.meta import parse_meta
from library.content.schema import INSTITUTION, PARTNERSHIP, TERM, WORK

GOOD = 'source_language = "zh-CN"\nlicence = "CC-BY-4.0"\n'


def read(text: str, schema: object = WORK) -> tuple[dict[str, object], list[str]]:
    faults = Faults()
    meta = parse_meta(text, shown="m.toml", faults=faults, schema=schema)  # type: ignore[arg-type]
    return (meta.values if meta else {}), [str(fault) for fault in faults]


def test_values_come_out_as_what_they_mean() -> None:
    values, faults = read(
        GOOD + "hours = 72\npublished = 2026-11-02\n"
        'countries = ["TZ", "KH"]\n[editions."pt-BR"]\norigin = "machine"\n'
        '[[parameters]]\nname = {en = "Voltage", zh-CN = "电压"}\nvalue = 400\nunit = "V"\n'
    )
    assert not faults
    assert values["source_language"] == "zh-Hans"
    assert values["published"] == dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    assert values["editions"] == {"pt": {"origin": "machine"}}
    assert values["parameters"] == [
        {"name": {"en": "Voltage", "zh-Hans": "电压"}, "value": "400", "unit": "V"}
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + "\nlicense = 1\n", "m.toml:4: license: There is no key “license” here. Did you mean “licence”?"),
        ('licence = "MIT"\n', "m.toml:1: The key “source_language” is missing."),
        (GOOD + 'hours = "72"\n', "m.toml:3: hours: This must be a number, not “72”."),
        (GOOD + "hours = -1\n", "m.toml:3: hours: The number must be between 0 and 100000."),
        (GOOD + "hours = nan\n", "m.toml:3: hours: The number must be between 0 and 100000."),
        (GOOD + "version = 1.0\n", "m.toml:3: version: This must be a text, not a number."),
        (
            GOOD + 'level = "secundary"\n',
            "m.toml:3: level: “secundary” is not one of introductory, secondary, higher, bachelor,"
            " training. Did you mean “secondary”?",
        ),
        (
            GOOD + 'published = "2026-11-02"\n',
            "m.toml:3: published: This must be a date, not “2026-11-02”. Write it without quotes",
        ),
        (GOOD + "published = 2026-13-02\n", "m.toml:3: This is not TOML:"),
        (GOOD + "published = 0001-01-01T00:00:00+09:00\n", "m.toml:3: published: The year 1 is not"),
        (GOOD + 'licence = "MIT"\n', "m.toml:3: This is not TOML: Cannot overwrite a value."),
        (GOOD + "[a\n", "m.toml:3: This is not TOML:"),
        (GOOD + 'a = "', "m.toml:3: This is not TOML:"),
        ("a = " + "[" * 5000, "m.toml: This TOML cannot be read:"),
        ("a = " + "9" * 5000, "m.toml: This TOML cannot be read:"),
        (
            'source_language = "chinese"\nlicence = "MIT"\n',
            "m.toml:1: source_language: “chinese” is not a language tag",
        ),
        (
            'source_language = "en"\nlicence = "CC BY 4.0"\n',
            "m.toml:2: licence: “CC BY 4.0” is not an SPDX identifier. Did you mean “CC-BY-4.0”?",
        ),
        (
            GOOD + 'institutions = [\n"a",\n"A b"]\n',
            "m.toml:5: institutions[1]: This must be a key",
        ),
        (GOOD + 'institutions = ["a", "a"]\n', "m.toml:3: institutions: “a” is here twice."),
        (GOOD + 'codes = ["0714"]\n', "m.toml:3: codes[0]: This must be a code with its scheme"),
        (
            GOOD + 'countries = ["Tanzania"]\n',
            "m.toml:3: countries[0]: “Tanzania” is not a country code (ISO 3166-1, two capital "
            "letters). Did you mean “TZ”?",
        ),
        (GOOD + 'countries = ["EU"]\n', "m.toml:3: countries[0]: “EU” is not a country code"),
        (
            GOOD + 'links = [{url = "javascript:alert(1)"}]\n',
            "m.toml:3: links[0].url: “javascript:alert(1)” is not a web address.",
        ),
        (
            GOOD + 'links = [{url = "https://[x"}]\n',
            "m.toml:3: links[0].url: “https://[x” is not a web address.",
        ),
        (GOOD + 'related = ["wiring"]\n', "m.toml:3: related[0]: This must be kind/key of a work"),
        (
            GOOD + 'contributors = [{role = "author"}]\n',
            "m.toml:3: contributors[0]: The key “name” is missing.",
        ),
        (GOOD + 'uuid = "7"\n', "m.toml:3: uuid: This must be a UUID, not “7”."),
        (GOOD + 'version = ""\n', "m.toml:3: version: The text is empty."),
        (GOOD + 'version = "a\\nb"\n', "m.toml:3: version: The text must be on one line."),
        (
            GOOD + 'version = "a\\u0000b"\n',
            "m.toml:3: version: The text has an unprintable control character (U+0000).",
        ),
        (GOOD + f'version = "{"x" * 41}"\n', "m.toml:3: version: The text is longer than 40"),
        (GOOD + 'sample = "yes"\n', "m.toml:3: sample: This must be true or false, not “yes”."),
        (GOOD + '[editions.fr]\n[editions."fr-FR"]\n', "m.toml:4: editions.fr-FR: The language fr is here twice."),
        (GOOD + 'media = "x"\n', "m.toml:3: media: This must be a table"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_line(text: str, expected: str) -> None:
    _, faults = read(text)
    assert any(fault.startswith(expected) for fault in faults), faults


def test_all_faults_of_a_file_are_told_at_once() -> None:
    _, faults = read(GOOD + 'hours = "x"\nlevel = "y"\nunknown = 1\n')
    assert [fault.split(":")[1] for fault in faults] == ["3", "4", "5"]


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        (INSTITUTION, 'type = "collage"\n', "m.toml:1: type: “collage” is not one of"),
        (PARTNERSHIP, 'type = "site"\nfounded = 2023\n', "m.toml:2: founded: This must be a year"),
        (PARTNERSHIP, 'type = "site"\nfounded = "2023-13"\n', "m.toml:2: founded: This must be"),
        (PARTNERSHIP, 'brand = "luban"\n', "m.toml:1: brand: “luban” is not one of luban-workshop"),
        (PARTNERSHIP, "latitude = 91\n", "m.toml:1: latitude: The number must be between -90 and"),
        (
            PARTNERSHIP,
            'members = [\n{institution = "a", role = "boss"}]\n',
            "m.toml:2: members[0].role: “boss” is not one of lead, founder, host, partner, member.",
        ),
        (TERM, '[terms.fr]\nallowed = "x"\n', "m.toml:2: terms.fr.allowed: This must be a list"),
        (TERM, "[terms.xx9]\n", "m.toml:1: terms.xx9: “xx9” is not a language tag"),
    ],
)
def test_records_are_checked_alike(schema: object, text: str, expected: str) -> None:
    _, faults = read(text, schema)
    assert any(fault.startswith(expected) for fault in faults), faults
