"""Licences as addresses, for formats that want a URL where the library keeps an SPDX identifier."""

from __future__ import annotations

import re
from functools import lru_cache

_CREATIVE_COMMONS = re.compile(
    r"CC-(?P<terms>BY(?:-NC)?(?:-SA|-ND)?)-(?P<version>\d\.\d)(?:-(?P<port>[A-Z]{2,3}))?",
    re.IGNORECASE,
)
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,60}")


@lru_cache(maxsize=256)
def licence_url(licence: str) -> str | None:
    """The page of a licence: ``CC-BY-4.0`` gives ``https://creativecommons.org/licenses/by/4.0/``.

    Other SPDX identifiers lead to their page at spdx.org; an address is given back as it is. None for
    what is neither, such as a sentence of terms.
    """
    text = licence.strip()
    if text.startswith(("https://", "http://")) and not re.search(r"[\s<>\"]", text):
        return text
    match = _CREATIVE_COMMONS.fullmatch(text)
    if match:
        port = f"{match['port'].lower()}/" if match["port"] else ""
        terms, version = match["terms"].lower(), match["version"]
        return f"https://creativecommons.org/licenses/{terms}/{version}/{port}"
    if text.upper() == "CC0-1.0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    if _SPDX.fullmatch(text) and re.search(r"\d|-", text):
        return f"https://spdx.org/licenses/{text}.html"
    return None
