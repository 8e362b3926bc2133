from __future__ import annotations

import pytest

from library.content.licences import recognise


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("MIT License\n\nCopyright (c) 2021", "MIT"),
        ("Apache License\n   Version 2.0, January 2004", "Apache-2.0"),
        ("under a Creative Commons Attribution 4.0 International License", "CC-BY-4.0"),
        ("Attribution-ShareAlike 4.0 International", "CC-BY-SA-4.0"),
        (
            "[x](http://creativecommons.org/licenses/by-sa/4.0/) Attribution 4.0 International",
            "CC-BY-SA-4.0",
        ),
        ("Attribution-NonCommercial 4.0 International", None),
        ("http://creativecommons.org/licenses/by-nd/4.0/", None),
        ("All rights reserved.", None),
        ("", None),
    ],
)
def test_licences_are_known_by_their_text(text: str, identifier: str | None) -> None:
    assert recognise(text) == identifier
