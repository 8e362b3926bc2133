"""Formulas of MathML (presentation elements) as LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from library.content.documents import latex
from library.content.documents.html_tree import Node

_DEEPEST: Final = 60
_TEX: Final = frozenset({"application/x-tex", "application/x-latex", "tex", "latex", "math/tex"})


def mathml_latex(node: Node) -> str:
    """The LaTeX of a ``math`` element: what its author annotated, else made from what it shows."""
    for one in node.walk():
        if one.name == "annotation" and one.get("encoding").lower() in _TEX:
            said = _bare(one.words())
            if said:
                return latex.finished(said)
    made = latex.finished(_row(node.children, 0))
    return made or latex.finished(_bare(node.get("alttext")))


def _bare(text: str) -> str:
    """LaTeX without the marks and the display style that converters put around it."""
    text = " ".join(text.split())
    for start, end in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(start) and text.endswith(end) and len(text) > len(start) + len(end):
            text = text[len(start) : -len(end)].strip()
    if text.startswith("{\\displaystyle") and text.endswith("}"):
        text = text[len("{\\displaystyle") : -1].strip()
    return text


def _row(nodes: list[Node], depth: int) -> str:
    if depth > _DEEPEST:
        return ""
    made: list[str] = []
    shown = _elements(nodes)
    at = 0
    while at < len(shown):
        one = shown[at]
        fence = _fence(shown, at)
        if fence is not None:
            end, closing = fence
            inner = _row(shown[at + 1 : end], depth + 1)
            made.append(latex.fenced([inner], left=one.words().strip(), right=closing))
            at = end + 1
            continue
        made.append(_one(one, depth + 1))
        at += 1
    return latex.joined(made)


def _fence(nodes: list[Node], at: int) -> tuple[int, str] | None:
    """Where brackets that begin here end, if something tall stands in them."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    if nodes[at].name != "mo" or nodes[at].words().strip() not in pairs:
        return None
    opening = nodes[at].words().strip()
    closing, depth = pairs[opening], 0
    for end in range(at, len(nodes)):
        if nodes[end].name != "mo":
            continue
        word = nodes[end].words().strip()
        depth += (word == opening) - (word == closing)
        if depth == 0:
            tall = {"mfrac", "mtable", "munderover", "msqrt", "mroot"}
            inner = nodes[at + 1 : end]
            if any(one.name in tall for node in inner for one in node.walk()):
                return end, closing
            return None
    if opening == "{" and any(one.name == "mtable" for node in nodes[at:] for one in node.walk()):
        return len(nodes), ""
    return None


def _elements(nodes: list[Node]) -> list[Node]:
    return [one for one in nodes if one.name != "#" or one.text.strip()]


def _one(node: Node, depth: int) -> str:
    name = node.name
    if depth > _DEEPEST or name in ("annotation", "mphantom", "none", "mprescripts"):
        return ""
    if name == "#":
        return latex.characters(node.text.strip())
    if name in ("mi", "mn", "mo", "mtext", "ms"):
        return _token(node)
    if name == "mspace":
        return "\\ "
    make = _MADE.get(name)
    if make is not None:
        return make([_one(one, depth + 1) for one in _elements(node.children)], node)
    if name == "mtable":
        return _table(node, depth)
    if name == "mmultiscripts":
        return _multi(node, depth)
    if name == "mfenced":
        inner = [_one(one, depth + 1) for one in _elements(node.children)]
        left = node.attributes.get("open", "(")
        between = (node.attributes.get("separators", ",").strip() or ",")[:1]
        return latex.fenced(
            inner, left=left, right=node.attributes.get("close", ")"), between=between
        )
    return _row(node.children, depth + 1)


def _token(node: Node) -> str:
    text = " ".join(node.words().split())
    if node.name in ("mtext", "ms"):
        return latex.words(text) if text else "\\ "
    if node.name == "mi" and len(text) > 1 and text.isalpha() and text.isascii():
        return f"{latex.named(text)} "
    if node.name == "mo" and text in latex.FUNCTIONS:
        return f"\\{text} "
    made = latex.characters(text)
    style = {
        "bold": "mathbf",
        "double-struck": "mathbb",
        "script": "mathcal",
        "fraktur": "mathfrak",
    }.get(node.get("mathvariant"))
    if node.get("mathvariant") == "normal" and text.isascii() and text.isalpha():
        style = "mathrm"
    return f"\\{style}{{{made.strip()}}}" if style and made.strip() else made


def _table(node: Node, depth: int) -> str:
    rows = [
        [_row(cell.children, depth + 2) for cell in _elements(row.children) if cell.name == "mtd"]
        for row in _elements(node.children)
        if row.name in ("mtr", "mlabeledtr")
    ]
    return latex.matrix(rows) if rows else ""


def _multi(node: Node, depth: int) -> str:
    parts = _elements(node.children)
    at = next((n for n, one in enumerate(parts) if one.name == "mprescripts"), len(parts))
    said = [_one(one, depth + 1) for one in parts]
    if not said:
        return ""
    before, behind = said[at + 1 :], said[1:at]
    made = ""
    for sub, sup in zip(before[::2], [*before[1::2], ""], strict=False):
        made += latex.scripted("", sub=sub, sup=sup)
    inner = latex.base(said[0])
    for sub, sup in zip(behind[::2], [*behind[1::2], ""], strict=False):
        inner = latex.scripted(inner, sub=sub, sup=sup)
    return made + inner


def _get(parts: list[str], at: int) -> str:
    return parts[at] if at < len(parts) else ""


def _over(parts: list[str], node: Node) -> str:
    inner, sign = _get(parts, 0), _elements(node.children)[1:2]
    word = sign[0].words().strip() if sign else ""
    if word in latex.ACCENTS:
        return latex.accented(inner, word)
    return f"\\overset{latex.grouped(_get(parts, 1))}{latex.grouped(inner)}"


def _under(parts: list[str], node: Node) -> str:
    inner, sign = _get(parts, 0).strip(), _elements(node.children)[1:2]
    word = sign[0].words().strip() if sign else ""
    if word in ("_", "\u0332", "⏟", "︸", "¯", "‾"):
        return latex.accented(inner, "_" if word in ("¯", "‾") else word)
    if _has_limits(inner):
        return f"{inner}_{latex.grouped(_get(parts, 1))}"
    return f"\\underset{latex.grouped(_get(parts, 1))}{latex.grouped(inner)}"


def _has_limits(inner: str) -> bool:
    word = inner.lstrip("\\").split("_")[0].split("{")[0].strip()
    return word in latex.LIMITS


def _under_over(parts: list[str], node: Node) -> str:
    del node
    return (
        f"{_get(parts, 0).strip()}_{latex.grouped(_get(parts, 1))}^{latex.grouped(_get(parts, 2))}"
    )


_MADE: Final[dict[str, Callable[[list[str], Node], str]]] = {
    "mfrac": lambda p, node: latex.fraction(
        _get(p, 0), _get(p, 1), kind="noBar" if node.get("linethickness") in ("0", "0px") else "bar"
    ),
    "msqrt": lambda p, node: latex.root(latex.joined(p)),
    "mroot": lambda p, node: latex.root(_get(p, 0), _get(p, 1)),
    "msup": lambda p, node: latex.scripted(_get(p, 0), sup=_get(p, 1)),
    "msub": lambda p, node: latex.scripted(_get(p, 0), sub=_get(p, 1)),
    "msubsup": lambda p, node: latex.scripted(_get(p, 0), sub=_get(p, 1), sup=_get(p, 2)),
    "mover": _over,
    "munder": _under,
    "munderover": _under_over,
    "menclose": lambda p, node: f"\\boxed{latex.grouped(latex.joined(p))}",
}
