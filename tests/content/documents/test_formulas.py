"""Formulas of Office and of web pages as LaTeX that the library can set."""

from __future__ import annotations

import pytest

from library.content.documents.html_tree import page
from library.content.documents.latex import characters
from library.content.documents.mathml import mathml_latex
from library.markdown import BlockKind
from tests.content.documents.files import Reader, docx, html_of, paragraph, run, sections, table


def r(text: str, properties: str = "") -> str:
    said = f"<m:rPr>{properties}</m:rPr>" if properties else ""
    return f"<m:r>{said}<m:t>{text}</m:t></m:r>"


def e(inner: str, name: str = "e") -> str:
    return f"<m:{name}>{inner}</m:{name}>"


LIM = r("lim", "<m:sty m:val='p'/>")
FRACTION = f"<m:f>{e(r('U'), 'num')}{e(r('R'), 'den')}</m:f>"
OMML = {
    FRACTION: r"\frac{U}{R}",
    f"<m:f><m:fPr><m:type m:val='lin'/></m:fPr>{e(r('a'), 'num')}{e(r('b'), 'den')}</m:f>": "a/b",
    f"<m:rad><m:radPr><m:degHide m:val='1'/></m:radPr><m:deg/>{e(r('x+1'))}</m:rad>": r"\sqrt{x+1}",
    f"<m:rad>{e(r('3'), 'deg')}{e(r('x'))}</m:rad>": r"\sqrt[3]{x}",
    f"<m:sSup>{e(r('x'))}{e(r('2'), 'sup')}</m:sSup>": "x^{2}",
    f"<m:sSub>{e(r('R'))}{e(r('12'), 'sub')}</m:sSub>": "R_{12}",
    f"<m:sSubSup>{e(r('x'))}{e(r('i'), 'sub')}{e(r('2'), 'sup')}</m:sSubSup>": "x_{i}^{2}",
    f"<m:sPre>{e(r('2'), 'sub')}{e(r('4'), 'sup')}{e(r('He'))}</m:sPre>": "{}_{2}^{4}{He}",
    f"<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr>{e(r('i=1'), 'sub')}{e(r('n'), 'sup')}{e(r('i'))}"
    "</m:nary>": r"\sum_{i=1}^{n} i",
    f"<m:nary><m:sub/><m:sup/>{e(r('f'))}</m:nary>": r"\int f",
    f"<m:d>{e(FRACTION)}</m:d>": r"\left( \frac{U}{R} \right)",
    "<m:d><m:dPr><m:begChr m:val='{'/><m:endChr m:val=''/></m:dPr>"
    + e(f"<m:eqArr>{e(r('a&amp;=1'))}{e(r('b&amp;=2'))}</m:eqArr>")
    + "</m:d>": r"\left\{ \begin{array}{rl} a & =1 \\ b & =2 \end{array} \right.",
    f"<m:d><m:dPr><m:begChr m:val='|'/><m:endChr m:val='|'/></m:dPr>{e(r('x'))}</m:d>": r"\left| x \right|",
    f"<m:m><m:mr>{e(r('1'))}{e(r('0'))}</m:mr><m:mr>{e(r('0'))}{e(r('1'))}</m:mr></m:m>": (
        r"\begin{matrix} 1 & 0 \\ 0 & 1 \end{matrix}"
    ),
    f"<m:acc><m:accPr><m:chr m:val='\u20d7'/></m:accPr>{e(r('F'))}</m:acc>": r"\vec{F}",
    f"<m:acc>{e(r('x'))}</m:acc>": r"\hat{x}",
    f"<m:bar><m:barPr><m:pos m:val='top'/></m:barPr>{e(r('AB'))}</m:bar>": r"\overline{AB}",
    f"<m:func>{e(r('sin'), 'fName')}{e(r('α'))}</m:func>": r"\sin\alpha",
    "<m:func>"
    + e(
        f"<m:limLow>{e(LIM)}{e(r('n→∞'), 'lim')}</m:limLow>",
        "fName",
    )
    + f"{e(r('a'))}</m:func>": r"\lim_{n\to\infty} a",
    f"<m:groupChr>{e(r('ab'))}</m:groupChr>": r"\underbrace{ab}",
    f"<m:borderBox>{e(r('x'))}</m:borderBox>": r"\boxed{x}",
    r("5 ") + r("mm", "<m:sty m:val='p'/>"): r"5 \mathrm{mm}",
    r("功率") + r("=P"): r"\text{功率}=P",
    r("if x", "<m:nor/>"): r"\text{if x}",
    r("αβ≤2×𝐱𝑦ℝ"): r"\alpha\beta\le2\times\mathbf{x}y\mathbb{R}",
    r("50%{a}_$"): r"50\%\{a\}\_\text{＄}",
}


@pytest.mark.parametrize(("omml", "latex"), OMML.items())
def test_office_formulas_become_latex_that_can_be_set(
    reader: Reader, omml: str, latex: str
) -> None:
    body = paragraph(run("So ") + f"<m:oMath>{omml}</m:oMath>" + run(" it is."))
    (text,) = sections(reader.read(docx(body), "x.docx"))[""][1:]
    assert text == f"So ${latex}$ it is."
    html = html_of(text)
    assert "<math" in html
    assert "formula-source" not in html


def test_formulas_alone_numbered_beside_letters_and_in_tables(reader: Reader) -> None:
    one = f"<m:oMath>{FRACTION}</m:oMath>"
    bars = "<m:dPr><m:begChr m:val='|'/><m:endChr m:val='|'/></m:dPr>"
    bar = f"<m:oMath><m:d>{bars}{e(r('x'))}</m:d></m:oMath>"
    body = (
        paragraph(f"<m:oMathPara>{one}</m:oMathPara>")
        + paragraph(one + "<w:r><w:tab/></w:r>" + run("(1-2)"))
        + paragraph(run("a") + one + run("b"))
        + table([["x", "y"], [f"<w:p>{bar}</w:p>", "z"]])
        + paragraph(f"<m:oMathPara>{one}{one}</m:oMathPara>")
    )
    blocks = reader.read(docx(body), "x.docx").root.texts["en"][1:]
    assert [block.parsed.source for block in blocks] == [
        r"$$\frac{U}{R}$$",
        r"$$\frac{U}{R} \qquad \text{(1-2)}$$",
        r"a\(\frac{U}{R}\)b",
        "| x | y |\n| --- | --- |\n| $\\left\\vert x \\right\\vert$ | z |",
        r"$$\begin{array}{l} \frac{U}{R} \\ \frac{U}{R} \end{array}$$",
    ]
    assert [block.parsed.kind for block in blocks[:2]] == [BlockKind.FORMULA] * 2
    for block in blocks:
        assert "formula-source" not in html_of(block.parsed.source, block.parsed.kind)


MATHML = {
    "<mfrac><mi>U</mi><mi>R</mi></mfrac>": r"\frac{U}{R}",
    "<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>": r"\sqrt{x+1}",
    "<mroot><mi>x</mi><mn>3</mn></mroot>": r"\sqrt[3]{x}",
    "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>": "x_{i}^{2}",
    "<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover>": r"\sum_{i}^{n}",
    "<munder><mi>lim</mi><mrow><mi>x</mi><mo>→</mo><mn>0</mn></mrow></munder>": r"\lim_{x\to0}",
    "<mover><mi>v</mi><mo>→</mo></mover>": r"\vec{v}",
    "<mi>sin</mi><mi>θ</mi>": r"\sin\theta",
    "<mo>(</mo><mfrac><mi>a</mi><mi>b</mi></mfrac><mo>)</mo>": r"\left( \frac{a}{b} \right)",
    "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable>": (
        r"\begin{matrix} 1 & 2 \end{matrix}"
    ),
    "<mfenced open='[' close=']'><mi>a</mi><mi>b</mi></mfenced>": r"\left[ a,b \right]",
    "<mmultiscripts><mi>C</mi><none/><none/><mprescripts/><mn>6</mn><mn>14</mn></mmultiscripts>": (
        "{}_{6}^{14}C"
    ),
    "<mtext>if</mtext><mi>x</mi>": r"\text{if}x",
    "<semantics><mi>y</mi><annotation encoding='application/x-tex'>{\\displaystyle x^2}</annotation>"
    "</semantics>": "x^2",
}


@pytest.mark.parametrize(("mathml", "latex"), MATHML.items())
def test_formulas_of_pages_become_latex_that_can_be_set(mathml: str, latex: str) -> None:
    root = page(f"<p><math>{mathml}</math></p>").root
    made = mathml_latex(next(one for one in root.walk() if one.name == "math"))
    assert made == latex
    assert "formula-source" not in html_of(f"${made}$")


def test_a_formula_without_content_gives_its_alternative_text() -> None:
    root = page("<p><math alttext='E=mc^2'></math></p>").root
    assert mathml_latex(next(one for one in root.walk() if one.name == "math")) == "E=mc^2"


def test_every_character_that_is_mapped_can_be_set() -> None:
    from library.content.documents import latex

    for character in [*latex._GREEK, *latex._SIGNS, *latex._TYPED]:
        html = html_of(f"${characters(f'a{character}b')}$")
        assert "formula-source" not in html, character
        assert "\\" not in html.replace(r"<mi>\</mi>", ""), character
