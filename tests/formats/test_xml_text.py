from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from library.formats.xml_text import text


@settings(deadline=None)
@given(st.text(alphabet=st.characters()))
def test_any_text_makes_a_document_that_parses(value: str) -> None:
    written = text(value)
    read = ElementTree.fromstring(f'<a b="{written}">{written}</a>')
    kept = "".join(c for c in value if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    kept = "".join(c for c in kept if not "\ud800" <= c <= "\udfff")
    assert (read.text or "") == kept.replace("\r\n", "\n").replace("\r", "\n")
