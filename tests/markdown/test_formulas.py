"""Formulas: what the converter of others does not do as a reader expects."""

from __future__ import annotations

from library.markdown.formulas import formula


def test_a_unit_of_one_letter_stands_upright() -> None:
    assert "<mtext>V</mtext>" in formula(r"U = 5\,\mathrm{V}", display=False)


def test_a_formula_that_is_none_shows_its_source() -> None:
    assert "formula-source" in formula(r"\frac{", display=True)
