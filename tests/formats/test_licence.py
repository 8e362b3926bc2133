from __future__ import annotations

import pytest

from library.formats.licence import licence_url


@pytest.mark.parametrize(
    ("licence", "url"),
    [
        ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc-by-nc-sa-3.0", "https://creativecommons.org/licenses/by-nc-sa/3.0/"),
        ("CC-BY-SA-3.0-IGO", "https://creativecommons.org/licenses/by-sa/3.0/igo/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("Apache-2.0", "https://spdx.org/licenses/Apache-2.0.html"),
        ("https://example.org/terms", "https://example.org/terms"),
    ],
)
def test_a_licence_leads_to_its_page(licence: str, url: str) -> None:
    assert licence_url(licence) == url


@pytest.mark.parametrize(
    "terms",
    ["", "All rights reserved", "reserved", "https://x.org/<script>", "javascript:alert(1)"],
)
def test_terms_that_are_no_licence_have_no_page(terms: str) -> None:
    assert licence_url(terms) is None
