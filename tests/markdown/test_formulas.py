

def test_a_unit_of_one_letter_stands_upright() -> None:
    assert "<mtext>V</mtext>" in formula(r"U = 5\,\mathrm{V}", display=False)
