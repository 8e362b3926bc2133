from __future__ import annotations

import io

import pytest

from library.errors import Invalid, Malformed, TooLarge
from library.untrusted import xml
from library.untrusted.xml import End, Limits, Start, Text


def events(text: str, *, doctype: bool = False, limits: Limits | None = None) -> list[xml.Event]:
    return list(xml.events(io.BytesIO(text.encode()), doctype=doctype, limits=limits))


def test_elements_attributes_and_text_come_in_order() -> None:
    assert events('<a xmlns="urn:n"><b c="d" xml:lang="ar">نص</b></a>') == [
        Start("{urn:n}a", {}),
        Start("{urn:n}b", {"c": "d", "{http://www.w3.org/XML/1998/namespace}lang": "ar"}),
        Text("نص"),
        End("{urn:n}b"),
        End("{urn:n}a"),
    ]


def test_a_tree_is_the_same_document() -> None:
    root = xml.tree(io.BytesIO(b"<a><b>x</b><b>y</b>z</a>"))
    assert [one.text for one in root.findall("b")] == ["x", "y"]
    assert root[1].tail == "z"


@pytest.mark.parametrize(
    "text", ["", "<a>", "<a></b>", "no markup", "<a>&undefined;</a>", "<a b='1' b='2'/>"]
)
def test_what_is_not_well_formed_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        events(text)


BOMB = (
    '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;"><!ENTITY z '
    '"&y;&y;&y;&y;&y;&y;&y;&y;">]><a>&z;</a>'
)


@pytest.mark.parametrize("doctype", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><a/>',
        '<!DOCTYPE a [<!NOTATION n SYSTEM "x">]><a/>',
        '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    ],
)
def test_declarations_are_refused_however_they_come(text: str, doctype: bool) -> None:
    with pytest.raises(Invalid):
        events(text, doctype=doctype)


def test_a_bare_document_type_is_read_only_where_it_is_allowed() -> None:
    page = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1/x.dtd"><html/>'
    with pytest.raises(Invalid):
        events(page)
    assert events(page, doctype=True) == [Start("html", {}), End("html")]


def test_depth_number_and_text_have_limits() -> None:
    with pytest.raises(TooLarge):
        events("<a>" * 300 + "</a>" * 300)
    with pytest.raises(TooLarge):
        events("<a>" + "<b/>" * 20 + "</a>", limits=Limits(nodes=10))
    with pytest.raises(TooLarge):
        events(f"<a>{'x' * 20}</a>", limits=Limits(text=10))
    with pytest.raises(TooLarge):
        events("<a " + " ".join(f"a{n}=''" for n in range(20)) + "/>", limits=Limits(attributes=10))
