"""LaTeX for formulas of other notations: characters and the parts that formulas are built of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

LONGEST: Final = 1_900
"""The renderer sets no longer formula."""

_GREEK: Final = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ϵ": "epsilon",
    "ζ": "zeta", "η": "eta", "θ": "theta", "ϑ": "vartheta", "ι": "iota", "κ": "kappa",
    "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ϖ": "varpi",
    "ρ": "rho", "ϱ": "varrho", "σ": "sigma", "ς": "varsigma", "τ": "tau", "υ": "upsilon",
    "φ": "varphi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi",
    "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_SIGNS: Final = {
    "×": "times", "÷": "div", "±": "pm", "∓": "mp", "⋅": "cdot", "·": "cdot", "∙": "cdot",
    "∗": "ast", "∘": "circ", "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "≅": "cong",
    "≡": "equiv", "∼": "sim", "∝": "propto", "∞": "infty", "∂": "partial", "∇": "nabla",
    "∈": "in", "∉": "notin", "∋": "ni", "⊂": "subset", "⊃": "supset", "⊆": "subseteq",
    "⊇": "supseteq", "∪": "cup", "∩": "cap", "∅": "emptyset", "∀": "forall", "∃": "exists",
    "¬": "neg", "∧": "wedge", "∨": "vee", "→": "to", "←": "leftarrow", "↔": "leftrightarrow",
    "⇒": "Rightarrow", "⇐": "Leftarrow", "⇔": "Leftrightarrow", "↑": "uparrow",
    "↓": "downarrow", "⟶": "longrightarrow", "⟨": "langle", "⟩": "rangle", "〈": "langle",
    "〉": "rangle", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil", "‖": "Vert",
    "∥": "parallel", "⊥": "perp", "∠": "angle", "△": "triangle", "…": "ldots", "⋯": "cdots",
    "⋮": "vdots", "⋱": "ddots", "ℏ": "hbar", "ℓ": "ell", "ℝ": "mathbb{R}", "ℕ": "mathbb{N}",
    "ℤ": "mathbb{Z}", "ℚ": "mathbb{Q}", "ℂ": "mathbb{C}", "⊕": "oplus", "⊗": "otimes",
    "≪": "ll", "≫": "gg", "∑": "sum", "∏": "prod", "∐": "coprod", "∫": "int", "∬": "iint",
    "∭": "iiint", "∮": "oint", "⋃": "bigcup", "⋂": "bigcap", "∴": "therefore", "∵": "because",
    "′": "prime",
}  # fmt: skip
_TYPED: Final = {
    "\\": "\\backslash ", "{": "\\{", "}": "\\}", "#": "\\#", "%": "\\%", "&": "\\&",
    "_": "\\_", "$": "\\text{＄}", "~": "\\sim ", "^": "\\hat{}", "\u2212": "-", "\u2010": "-",
    "\u00a0": "\\ ", "\u2009": "\\,", "\u2003": "\\quad ", "\u2002": "\\ ", "\u200b": "",
    "\u2061": "", "\u2062": "", "\u2063": "", "\u2064": "", "°": "^{\\circ}",
}  # fmt: skip
_STYLES: Final = (
    ("MATHEMATICAL DOUBLE-STRUCK", "mathbb"),
    ("MATHEMATICAL BOLD SCRIPT", "mathcal"),
    ("MATHEMATICAL BOLD FRAKTUR", "mathfrak"),
    ("MATHEMATICAL SCRIPT", "mathcal"),
    ("MATHEMATICAL FRAKTUR", "mathfrak"),
    ("MATHEMATICAL BOLD ITALIC", ""),
    ("MATHEMATICAL BOLD", "mathbf"),
    ("MATHEMATICAL SANS-SERIF", "mathsf"),
    ("MATHEMATICAL MONOSPACE", "mathtt"),
)
FUNCTIONS: Final = frozenset(
    {"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "log", "ln", "lg"}
    | {"exp", "lim", "max", "min", "sup", "inf", "det", "dim", "ker", "arg", "deg", "gcd", "hom"}
    | {"arcsin", "arccos", "arctan", "Pr", "limsup", "liminf"}
)
ACCENTS: Final = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "^": "hat", "ˆ": "hat",
    "\u0303": "tilde", "~": "tilde", "˜": "tilde", "\u0304": "bar", "\u0305": "overline",
    "¯": "overline", "‾": "overline", "ˉ": "overline", "_": "underline", "\u0332": "underline",
    "\u0306": "breve", "˘": "breve", "\u0307": "dot", "˙": "dot", ".": "dot",
    "\u0308": "ddot", "¨": "ddot", "..": "ddot", "\u030c": "check", "ˇ": "check",
    "\u20d7": "vec", "→": "vec", "\u20d6": "overleftarrow", "←": "overleftarrow",
    "\u20d1": "vec", "⏞": "overbrace", "⏟": "underbrace", "︷": "overbrace", "︸": "underbrace",
}  # fmt: skip
LIMITS: Final = frozenset(
    {
        "sum",
        "prod",
        "coprod",
        "int",
        "iint",
        "iiint",
        "oint",
        "bigcup",
        "bigcap",
        "lim",
        "max",
        "min",
    }
    | {"sup", "inf", "limsup", "liminf", "det", "gcd", "Pr"}
)
"""Names of commands that carry what stands below and above them as scripts."""

_FENCES: Final = {
    "": ".", "{": "\\{", "}": "\\}", "⟨": "\\langle", "⟩": "\\rangle", "〈": "\\langle",
    "〉": "\\rangle", "⌊": "\\lfloor", "⌋": "\\rfloor", "⌈": "\\lceil", "⌉": "\\rceil",
    "‖": "\\|", "∥": "\\|", "|": "|", "∣": "|", "(": "(", ")": ")", "[": "[", "]": "]",
    "/": "/", "（": "(", "）": ")",
}  # fmt: skip
_SIMPLE: Final = re.compile(r"[^\W_]|\\[A-Za-z]+ ?")
_WIDE: Final = re.compile(
    r"[\u0590-\u08ff\u0e00-\u0eff\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]+"
)


def characters(text: str, *, upright: bool = False) -> str:
    """Characters of a formula as LaTeX."""
    made: list[str] = []
    at = 0
    for run in _WIDE.finditer(text):
        made += [*map(_character, text[at : run.start()]), words(run[0])]
        at = run.end()
    made += map(_character, text[at:])
    latex = joined(made)
    if upright and latex.strip():
        return f"\\mathrm{{{latex}}}"
    return latex


def _character(character: str) -> str:
    if character in _TYPED:
        return _TYPED[character]
    name = _GREEK.get(character) or _SIGNS.get(character)
    if name:
        return f"\\{name}" if name.endswith("}") else f"\\{name} "
    if ord(character) >= 0x1D400 and ord(character) <= 0x1D7FF:
        plain = unicodedata.normalize("NFKC", character)
        said = unicodedata.name(character, "")
        style = next((style for start, style in _STYLES if said.startswith(start)), "")
        inner = _character(plain).strip()
        return f"\\{style}{{{inner}}}" if style else _character(plain)
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co"):
        return ""
    return character


def words(text: str) -> str:
    """Words inside a formula."""
    bare = re.sub(r"[\\{}$^_#%&~]", " ", text)
    if not bare.strip():
        return "\\ " if bare else ""
    return f"\\text{{{bare}}}"


def joined(parts: Sequence[str]) -> str:
    """Parts one behind the other: a command keeps its space only before a letter."""
    text = "".join(parts)
    return re.sub(r"(\\[A-Za-z]+) +(?=[^A-Za-z]|$)", r"\1", text) if "\\" in text else text


def grouped(latex: str) -> str:
    """In braces."""
    return f"{{{latex.strip()}}}"


def base(latex: str) -> str:
    """What a script hangs on: a single sign as it is, else in braces."""
    text = latex.strip()
    return text if _SIMPLE.fullmatch(text) else f"{{{text}}}"


def fraction(above: str, below: str, *, kind: str = "bar") -> str:
    if kind == "lin":
        return f"{base(above)}/{base(below)}"
    if kind == "noBar":
        return f"\\binom{grouped(above)}{grouped(below)}"
    return f"\\frac{grouped(above)}{grouped(below)}"


def root(inner: str, degree: str = "") -> str:
    return (
        f"\\sqrt[{degree.strip()}]{grouped(inner)}" if degree.strip() else f"\\sqrt{grouped(inner)}"
    )


def scripted(inner: str, *, sub: str = "", sup: str = "") -> str:
    made = base(inner) if inner.strip() else "{}"
    if sub.strip():
        made += f"_{grouped(sub)}"
    if sup.strip():
        primes = sup.strip().replace("\\prime", "'").replace(" ", "")
        made += primes if primes and not primes.strip("'") else f"^{grouped(sup)}"
    return made


def large(sign: str, *, below: str = "", above: str = "", inner: str = "") -> str:
    """A sum, a product, an integral, with its limits."""
    made = _character(sign).strip() if sign else "\\int"
    if below.strip():
        made += f"_{grouped(below)}"
    if above.strip():
        made += f"^{grouped(above)}"
    return f"{made} {inner}" if inner.strip() else made


def fenced(inner: Sequence[str], *, left: str = "(", right: str = ")", between: str = "|") -> str:
    """Something in brackets that grow with it."""
    opening, closing = _FENCES.get(left, left), _FENCES.get(right, right)
    bar = {"|": "\\mid ", "∣": "\\mid "}.get(between, characters(between))
    return f"\\left{opening} {bar.join(inner)} \\right{closing}"


def accented(inner: str, sign: str) -> str:
    name = ACCENTS.get(sign, "hat")
    if (
        name in ("hat", "tilde", "bar")
        and len(inner.strip()) > 1
        and not _SIMPLE.fullmatch(inner.strip())
    ):
        name = {"hat": "widehat", "tilde": "widetilde", "bar": "overline"}[name]
    return f"\\{name}{grouped(inner)}"


def matrix(rows: Sequence[Sequence[str]]) -> str:
    return f"\\begin{{matrix}} {_cells(rows)} \\end{{matrix}}"


def stacked(rows: Sequence[Sequence[str]]) -> str:
    """Lines of one formula, aligned where they have several parts."""
    columns = max((len(row) for row in rows), default=1)
    sides = "rl" * columns if columns > 1 else "l"
    return f"\\begin{{array}}{{{sides[:columns]}}} {_cells(rows)} \\end{{array}}"


def _cells(rows: Sequence[Sequence[str]]) -> str:
    return " \\\\ ".join(" & ".join(cell.strip() for cell in row) for row in rows)


def function(name: str, inner: str) -> str:
    return f"{name} {inner}" if inner.strip() else name


def named(text: str) -> str:
    """The name of a function."""
    bare = text.strip()
    if bare in FUNCTIONS:
        return f"\\{bare}"
    if bare.isalpha() and bare.isascii() and len(bare) > 1:
        return f"\\operatorname{{{bare}}}"
    return characters(bare)


def finished(latex: str) -> str:
    """A formula as it is stored, or an empty text for one that could not be set."""
    text = " ".join(latex.split())
    text = re.sub(r"\\(?:\(|\)|\[|\])", " ", text)
    return text if len(text) <= LONGEST else ""
