"""Formulas of Office (OMML, ECMA-376 part 1, chapter 22.1) as LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from xml.etree.ElementTree import Element

from library.content.documents import latex

_DEEPEST: Final = 60


def omml_latex(element: Element) -> str:
    """The LaTeX of an ``m:oMath`` or ``m:oMathPara``; lines of the latter stand below one another."""
    if _local(element) == "oMathPara":
        lines = [omml_latex(one) for one in element if _local(one) == "oMath"]
        lines = [line for line in lines if line]
        if len(lines) > 1:
            return latex.finished(latex.stacked([[line] for line in lines]))
        return lines[0] if lines else ""
    return latex.finished(_Reader().row(element))


def _local(element: Element) -> str:
    return element.tag.rpartition(":")[2]


class _Reader:
    def __init__(self) -> None:
        self.depth = 0

    def row(self, element: Element | None) -> str:
        """All that an element holds, one behind the other."""
        if element is None or self.depth > _DEEPEST:
            return ""
        self.depth += 1
        try:
            return latex.joined([self.one(inner) for inner in element])
        finally:
            self.depth -= 1

    def one(self, element: Element) -> str:
        name = _local(element)
        if name == "r":
            return self._run(element)
        if name.endswith("Pr") or name in ("del", "moveFrom"):
            return ""
        make = _MADE.get(name)
        return make(self)(element) if make is not None else self.row(element)

    def part(self, element: Element, name: str) -> str:
        """What stands in a named part of an element."""
        return self.row(_child(element, name))

    def _run(self, element: Element) -> str:
        text = "".join(one.text or "" for one in element if _local(one) == "t")
        said = _child(element, "rPr")
        if said is not None and _child(said, "nor") is not None:
            return latex.words(text)
        style = _value(said, "sty") if said is not None else ""
        script = _value(said, "scr") if said is not None else ""
        if style == "p" and text.strip().isascii() and text.strip().isalpha():
            return (
                f"{latex.named(text)} "
                if text.strip() in latex.FUNCTIONS
                else latex.characters(text, upright=True)
            )
        made = latex.characters(text)
        wrapped = {"double-struck": "mathbb", "script": "mathcal", "fraktur": "mathfrak"}.get(
            script
        )
        if wrapped is None and style in ("b", "bi") and text.strip():
            wrapped = "mathbf" if text.strip().isascii() else "boldsymbol"
        return f"\\{wrapped}{{{made.strip()}}}" if wrapped and made.strip() else made

    def fraction(self, element: Element) -> str:
        kind = _value(_child(element, "fPr"), "type") or "bar"
        return latex.fraction(self.part(element, "num"), self.part(element, "den"), kind=kind)

    def radical(self, element: Element) -> str:
        return latex.root(self.part(element, "e"), self.part(element, "deg"))

    def scripts(self, element: Element) -> str:
        return latex.scripted(
            self.part(element, "e"), sub=self.part(element, "sub"), sup=self.part(element, "sup")
        )

    def before(self, element: Element) -> str:
        scripts = latex.scripted("", sub=self.part(element, "sub"), sup=self.part(element, "sup"))
        return f"{scripts}{latex.base(self.part(element, 'e'))}"

    def large(self, element: Element) -> str:
        said = _child(element, "naryPr")
        sign = _value(said, "chr") if said is not None and _child(said, "chr") is not None else "∫"
        return latex.large(
            sign,
            below=self.part(element, "sub"),
            above=self.part(element, "sup"),
            inner=self.part(element, "e"),
        )

    def delimited(self, element: Element) -> str:
        said = _child(element, "dPr")
        left, right, between = "(", ")", "|"
        if said is not None:
            left = _value(said, "begChr") if _child(said, "begChr") is not None else left
            right = _value(said, "endChr") if _child(said, "endChr") is not None else right
            between = _value(said, "sepChr") if _child(said, "sepChr") is not None else between
        inner = [self.row(one) for one in element if _local(one) == "e"]
        if left == "(" and right == ")" and len(inner) == 1 and inner[0].startswith("\\binom"):
            return inner[0]
        return latex.fenced(inner, left=left, right=right, between=between)

    def matrix(self, element: Element) -> str:
        rows = [
            [self.row(cell) for cell in row if _local(cell) == "e"]
            for row in element
            if _local(row) == "mr"
        ]
        return latex.matrix(rows)

    def lines(self, element: Element) -> str:
        rows = [self.row(one) for one in element if _local(one) == "e"]
        # An ampersand says where the lines are aligned; one that is meant is a word.
        return latex.stacked([row.split("\\&") for row in rows])

    def accent(self, element: Element) -> str:
        said = _child(element, "accPr")
        sign = (
            _value(said, "chr")
            if said is not None and _child(said, "chr") is not None
            else "\u0302"
        )
        return latex.accented(self.part(element, "e"), sign)

    def bar(self, element: Element) -> str:
        below = _value(_child(element, "barPr"), "pos") == "bot"
        return latex.accented(self.part(element, "e"), "_" if below else "¯")

    def group(self, element: Element) -> str:
        said = _child(element, "groupChrPr")
        sign = _value(said, "chr") if said is not None and _child(said, "chr") is not None else "⏟"
        if sign in latex.ACCENTS:
            return latex.accented(self.part(element, "e"), sign)
        above = _value(said, "pos") == "top"
        over, under = latex.characters(sign), self.part(element, "e")
        return f"\\{'overset' if above else 'underset'}{{{over.strip()}}}{{{under.strip()}}}"

    def below(self, element: Element) -> str:
        inner, limit = self.part(element, "e").strip(), self.part(element, "lim")
        if inner.startswith(("\\lim", "\\max", "\\min", "\\sup", "\\inf", "\\underbrace")):
            return f"{inner}_{latex.grouped(limit)}"
        return f"\\underset{latex.grouped(limit)}{latex.grouped(inner)}"

    def above(self, element: Element) -> str:
        inner, limit = self.part(element, "e").strip(), self.part(element, "lim")
        if inner.startswith("\\overbrace"):
            return f"{inner}^{latex.grouped(limit)}"
        return f"\\overset{latex.grouped(limit)}{latex.grouped(inner)}"

    def function(self, element: Element) -> str:
        name = _child(element, "fName")
        said = "".join(name.itertext()).strip() if name is not None else ""
        simple = name is not None and all(_local(one) == "r" for one in name)
        head = latex.named(said) if simple and said else self.row(name).strip()
        return latex.function(head, self.part(element, "e"))

    def boxed(self, element: Element) -> str:
        return f"\\boxed{latex.grouped(self.part(element, 'e'))}"

    def inner(self, element: Element) -> str:
        return self.part(element, "e")

    def unseen(self, element: Element) -> str:
        return ""


_MADE: Final[dict[str, Callable[[_Reader], Callable[[Element], str]]]] = {
    "f": lambda reader: reader.fraction,
    "rad": lambda reader: reader.radical,
    "sSup": lambda reader: reader.scripts,
    "sSub": lambda reader: reader.scripts,
    "sSubSup": lambda reader: reader.scripts,
    "sPre": lambda reader: reader.before,
    "nary": lambda reader: reader.large,
    "d": lambda reader: reader.delimited,
    "m": lambda reader: reader.matrix,
    "eqArr": lambda reader: reader.lines,
    "acc": lambda reader: reader.accent,
    "bar": lambda reader: reader.bar,
    "groupChr": lambda reader: reader.group,
    "limLow": lambda reader: reader.below,
    "limUpp": lambda reader: reader.above,
    "func": lambda reader: reader.function,
    "borderBox": lambda reader: reader.boxed,
    "box": lambda reader: reader.inner,
    "phant": lambda reader: reader.unseen,
}


def _child(element: Element | None, name: str) -> Element | None:
    if element is None:
        return None
    return next((one for one in element if _local(one) == name), None)


def _value(element: Element | None, name: str) -> str:
    """The ``val`` of a property, empty where there is none."""
    found = _child(element, name)
    return found.get("val", "") if found is not None else ""
