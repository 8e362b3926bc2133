"""The size of SVG drawings, and drawings that attack whoever reads them."""

from __future__ import annotations

import pytest

from library.errors import Invalid
from library.media.drawings import ROOT_WITHIN, measure

NS = 'xmlns="http://www.w3.org/2000/svg"'


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="640" height="480"', (640, 480)),
        ('width="64.4px" height=" 48.6 "', (64, 49)),
        ('width="210mm" height="297mm"', (794, 1123)),
        ('width="1in" height="72pt"', (96, 96)),
        ('width="1e2" height="+.5e2"', (100, 50)),
        ('viewBox="0 0 24 12"', (24, 12)),
        ('viewBox="-5,-5, 300,150.2"', (300, 150)),
        ('width="100%" height="100%" viewBox="0 0 24 12"', (24, 12)),
        ('width="48" viewBox="0 0 24 12"', (48, 24)),
        ('height="6" viewBox="0 0 24 12"', (12, 6)),
        ('width="0.1" height="0.1"', (1, 1)),
        ("", None),
        ('width="100%"', None),
        ('width="10"', None),
        ('width="0" height="0"', None),
        ('width="-5" height="5"', None),
        ('width="1e999" height="5"', None),
        ('width="9999999" height="5"', None),
        ('width="nan" height="5"', None),
        ('width="calc(1px)" height="5"', None),
        ('viewBox="0 0 0 0"', None),
        ('viewBox="a b c d"', None),
    ],
)
def test_sizes(attributes: str, size: tuple[int, int] | None) -> None:
    assert measure(f"<svg {NS} {attributes}><g/></svg>".encode()) == size


def test_only_the_root_is_read() -> None:
    head = f'<?xml version="1.0"?><!DOCTYPE svg><svg {NS} width="2" height="3"><broken'.encode()
    assert measure(head + b"\xff\x00") == (2, 3)


def test_other_encodings() -> None:
    text = f'<?xml version="1.0" encoding="utf-16"?><svg {NS} width="2" height="3"/>'
    assert measure(text.encode("utf-16")) == (2, 3)


BOMB = (
    '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "&{a};&{a};&{a};&{a};&{a};">' for a, b in zip("abcde", "bcdef", strict=True)
    )
    + f']><svg {NS} width="&f;" height="1"/>'
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "entities"),
        (
            f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg {NS} id="&x;"/>',
            "entities",
        ),
        (f'<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://x/">%x;]><svg {NS}/>', "entities"),
        ("<html/>", "root element"),
        ('<svg xmlns="http://example.org/other"/>', "root element"),
        ("<svg width=1>", "well-formed"),
        ("not xml", "well-formed"),
        ("", "no root element"),
        ("<!--" + " " * ROOT_WITHIN, "no root element"),
        ('<?xml version="1.0" encoding="no-such"?><svg/>', "well-formed"),
    ],
)
def test_hostile_and_broken_drawings_are_refused(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        measure(text.encode()[:ROOT_WITHIN])
