"""The last gate: whatever was rendered leaves only with the elements and attributes named here."""

from __future__ import annotations

import nh3

_TEXT = {
    *("a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd"),
    *("mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "u"),
    *("var", "wbr"),
}
_BLOCKS = {
    *("aside", "blockquote", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure"),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "summary",
        "table",
        "tbody",
    ),
    *("td", "tfoot", "th", "thead", "tr", "ul"),
}
_MEDIA = {"audio", "img", "picture", "source", "track", "video"}
_FORMULAS = {
    *("math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded"),
    *("mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub"),
    *("msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none"),
}
_FORMULA_ATTRIBUTES = {
    *(
        "accent",
        "accentunder",
        "columnalign",
        "columnlines",
        "columnspacing",
        "columnspan",
        "depth",
    ),
    *("display", "displaystyle", "dir", "fence", "form", "height", "largeop", "linethickness"),
    *("lspace", "mathcolor", "mathbackground", "mathsize", "mathvariant", "maxsize", "minsize"),
    *("movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator"),
    *("stretchy", "symmetric", "voffset", "width"),
}
_EVERYWHERE = {"lang", "dir", "class", "title"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": _EVERYWHERE,
    "a": {"href", "rel", "download", "id", "role"},
    "aside": {"id", "role", "data-admonition"},
    "audio": {"aria-label", "controls", "preload", "src"},
    "details": {"open", "data-admonition"},
    "div": {"aria-label", "role", "tabindex"},
    "img": {"alt", "decoding", "height", "loading", "sizes", "src", "srcset", "width"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "source": {"sizes", "srcset", "type"},
    "span": {"aria-label", "role"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "track": {"default", "kind", "label", "src", "srclang"},
    "video": {"aria-label", "controls", "height", "poster", "preload", "src", "width"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
    **dict.fromkeys(_FORMULAS, _FORMULA_ATTRIBUTES),
}

_CLEANER = nh3.Cleaner(
    tags=_TEXT | _BLOCKS | _MEDIA | _FORMULAS,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
    strip_comments=True,
)


def sanitised(html: str) -> str:
    """The HTML with nothing in it that could run, load from a wrong scheme, or stay unclosed."""
    return _CLEANER.clean(html)
