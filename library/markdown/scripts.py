"""Words in another script than the text around them: Chinese in a Russian lesson.

Without being told, a browser reads such words aloud in the language of the page, and many a phone shows
Chinese characters in their Japanese forms.
"""

from __future__ import annotations

import re
from typing import Final

# Characters, and the punctuation between them; a run begins and ends with a character.
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_RUN: Final = re.compile(
    f"[{_HAN}](?:[{_HAN}\u3001-\u3002\u300a-\u3011\uff01-\uff1f\u2014\u2026 ]*[{_HAN}])?"
)
_ANY: Final = re.compile(f"[{_HAN}]")
# Whole elements that are no running text, tags, or text.
_PARTS: Final = re.compile(
    r"<(code|pre|math|svg)\b.*?</\1\s*>|<[^>]*>|[^<]+", re.DOTALL | re.IGNORECASE
)
_AT_HOME: Final = frozenset({"zh", "ja", "ko", "yue", "lzh"})
_MARK: Final = r'<span lang="zh-Hans" dir="ltr">\g<0></span>'


def marked(html: str, *, lang: str) -> str:
    """The same safe HTML with ``lang`` and ``dir`` on runs of Chinese characters, unless ``lang`` is a
    language that is written with them."""
    if html.isascii() or lang.partition("-")[0] in _AT_HOME or _ANY.search(html) is None:
        return html
    return _PARTS.sub(_part, html)


def _part(part: re.Match[str]) -> str:
    return part[0] if part[0].startswith("<") else _RUN.sub(_MARK, part[0])
