"""Bytes of a text into characters: what a file says, what its bytes show, what its language used."""

from __future__ import annotations

import codecs
import re
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What computers wrote before Unicode, by the language that they wrote.
_OLD: Final = {
    "zh": "gb18030",
    "zh-hant": "big5hkscs",
    "zh-tw": "big5hkscs",
    "zh-hk": "big5hkscs",
    "ja": "cp932",
    "ko": "cp949",
    "ru": "cp1251",
    "uk": "cp1251",
    "bg": "cp1251",
    "kk": "cp1251",
    "ky": "cp1251",
    "ar": "cp1256",
    "fa": "cp1256",
    "ur": "cp1256",
    "he": "cp1255",
    "th": "cp874",
    "vi": "cp1258",
    "el": "cp1253",
    "tr": "cp1254",
    "pl": "cp1250",
    "cs": "cp1250",
    "hu": "cp1250",
    "ro": "cp1250",
}
_DECLARED: Final = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})"""
    rb"""|^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,40})""",
    re.IGNORECASE,
)
# Names that pages write and browsers read as another, larger encoding.
_READ_AS: Final = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "ascii": "cp1252"}


def decoded(content: bytes, *, lang: str | None = None, markup: bool = False) -> str:
    """The text of a file. Never fails: what no encoding explains becomes replacement characters.

    A byte order mark wins, then with ``markup`` what the page declares, then UTF-8 where the bytes
    are that, then the old encoding of ``lang``, and at last Western European.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    candidates = ["utf-8"]
    if markup and (found := _DECLARED.search(content[:2048])):
        name = (found[1] or found[2]).decode("ascii").lower()
        if _is_text_codec(name) and not name.startswith("utf-16"):
            candidates.insert(0, _READ_AS.get(name, name))
    tag = (lang or "").lower()
    old = _OLD.get(tag) or _OLD.get(tag.partition("-")[0])
    if old:
        candidates.append(old)
    for encoding in candidates:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    # A page cut in the middle of a letter is still what it says it is.
    return content.decode(old or (candidates[0] if len(candidates) > 1 else "cp1252"), "replace")


def _is_text_codec(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False
