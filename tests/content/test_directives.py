# ruff: noqa: E501 - a case of a table is read best on one line

from __future__ import annotations

from library.content.directives import plain_markdown
from library.markdown import split


def kinds(text: str) -> list[str]:
    return [str(block.kind) for block in split(plain_markdown(text))]


def test_wrappers_are_dropped_and_what_is_inside_stays() -> None:
    text = "--- task ---\n- Open it\n--- /task ---\nText.\n--- hints ---\n--- hint ---\nLook.\n--- /hint ---\n--- /hints ---\n"
    assert [b.source for b in split(plain_markdown(text))] == ["- Open it", "Text.", "Look."]


def test_a_collapse_becomes_a_block_that_unfolds() -> None:
    text = '--- collapse ---\n\n---\ntitle: I have a "Pi 5"\n---\n\nUse this:\n\n```bash\nls\n```\n\n--- /collapse ---\nAfter.\n'
    plain = plain_markdown(text)
    blocks = split(plain)
    assert [str(b.kind) for b in blocks] == ["note", "paragraph"]
    assert blocks[0].source.startswith('??? "I have a ”Pi 5”"\n')
    assert "    ```bash\n    ls\n    ```" in blocks[0].source


def test_code_is_fenced_with_its_language() -> None:
    text = "--- code ---\n---\nlanguage: python\nline_numbers: true\n---\n\nprint('```')\n\n--- /code ---\n"
    blocks = split(plain_markdown(text))
    assert [b.source for b in blocks] == ["````python\nprint('```')\n````"]


def test_what_is_for_paper_only_is_left_out() -> None:
    assert kinds("--- print-only ---\nOn paper.\n\n![x](y.png)\n--- /print-only ---\nText.\n") == [
        "paragraph"
    ]


def test_attribute_lists_behind_pictures_are_dropped() -> None:
    assert plain_markdown('![a](b.png){:height="100px"} {: x}') == "![a](b.png) {: x}"


def test_fenced_code_and_unknown_directives_stay_as_they_are() -> None:
    text = "```\n--- task ---\n```\n\n--- mystery ---\n"
    assert plain_markdown(text) == text


def test_directives_that_are_never_closed_swallow_nothing_but_themselves() -> None:
    assert kinds("--- collapse ---\nText.\n") == ["note"]
    assert kinds("--- code ---\nText.\n") == ["code"]
    assert kinds("--- /task ---\nText.\n") == ["paragraph"]


def test_directives_nested_too_deeply_keep_their_text() -> None:
    plain = plain_markdown("--- collapse ---\n" * 50_000 + "x\n")
    assert plain.count("???") == 10
    assert plain.rstrip().endswith("x")
