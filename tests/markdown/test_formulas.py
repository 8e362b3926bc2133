"""Formulas: what the converter of others does not do as a reader expects."""

from __future__ import annotations

from library.markdown.formulas import formula


def test_a_unit_of_one_letter_stands_upright() -> None:
    assert "<mtext>V</mtext>" in formula(r"U = 5\,\mathrm{V}", display=False)


def test_a_decimal_comma_stays_inside_its_number() -> None:
    assert "<mn>0,10</mn>" in formula("U = 0{,}10\\,\\text{V}", display=False)
    assert "<mo>&#x0002C;</mo>" in formula("f(a, b)", display=False)


def test_a_formula_that_is_none_shows_its_source() -> None:
    assert "formula-source" in formula(r"\frac{", display=True)
