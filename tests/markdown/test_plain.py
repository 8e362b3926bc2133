"""The words of a block."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.markdown import BlockKind, plain_text, slug


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        ("paragraph", "a *b* **c** ~~d~~ `e *f*` \\*g\\*", "a b c d e *f* *g*"),
        ("paragraph", "snake_case 2 * 3 * 4", "snake_case 2 * 3 * 4"),
        ("paragraph", "[a *b*](c.md 'T') ![d](e.png) <https://f.g>", "a b d https://f.g"),
        ("paragraph", "[![a](b)](c) [d][e]", "a d"),
        ("paragraph", "x[^1] $E=mc^2$ and \\(a\\) for $5", "x E=mc^2 and a for $5"),
        ("paragraph", "H<sub>2</sub>O<br>x <location> &amp; &lt;", "H2O x <location> & <"),
        ("paragraph", "two  \nlines\\\nthree", "two lines three"),
        ("paragraph", "中文\n继续", "中文继续"),
        ("paragraph", "a\x00b\ud800", "a b"),
        ("heading", "## A *b* ##", "A b"),
        ("heading", "A `b`\n===", "A b"),
        ("list", "1. a\n   - b *c*\n\n     d\n2. [x] e", "a\nb c\nd\ne"),
        ("quotation", "> a\n> > b", "a\nb"),
        ("note", '!!! tip "A *b*"\n    c', "A b\nc"),
        ("note", "> [!TIP]\n> c", "c"),
        ("table", "| a | `b` |\n|---|---|\n| *c* | |\nTable: d", "d\na b\nc"),
        ("code", "```py\nx = 1\n\ny\n```", "x = 1\n\ny"),
        ("code", "    x", "x"),
        ("formula", "$$\n\\frac{a}{b}\n$$", "\\frac{a}{b}"),
        ("figure", '![a](b "T")\n*c d*', "a c d"),
        ("definition", "T\n: *a*\n: b", "T\na\nb"),
        ("footnote", "[^1]: a *b*\n    c", "a b c"),
        ("html", "<details>\n<summary>a</summary>\n\n- b\n</details>", "a\nb"),
        ("html", "<script>\nx\n</script>", "<script> x </script>"),
        ("reference", "[a]: b", ""),
        ("comment", "<!-- a -->", ""),
        ("rule", "---", ""),
    ],
)
def test_only_the_words_are_left(kind: str, source: str, expected: str) -> None:
    assert plain_text(source, kind=BlockKind(kind)) == expected


@given(st.text(max_size=300), st.sampled_from(BlockKind))
def test_no_text_and_no_kind_raises(source: str, kind: BlockKind) -> None:
    assert isinstance(plain_text(source, kind=kind), str)


@given(st.text(st.characters(categories=["L", "Nd"], max_codepoint=0x2FFF), min_size=1))
def test_words_without_markup_stay_as_they_are(source: str) -> None:
    assert plain_text(source, kind=BlockKind.PARAGRAPH) == source


@pytest.mark.parametrize("unit", ["*a ", "**a *b ", "_a ", "[a](", "$a", "`", "<a ", "\\(", "~~a"])
def test_bombs_take_bounded_time(unit: str) -> None:
    for length in (19_000, 190_000, 1_000_000):
        started = time.process_time()
        plain_text(unit * (length // len(unit)), kind=BlockKind.PARAGRAPH)
        assert time.process_time() - started < 2, length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Azure IoT Edge", "azure-iot-edge"),
        ("What's new? (2024)", "whats-new-2024"),
        ("汉字 测试！", "汉字-测试"),
        ("การทดสอบ น้ำ", "การทดสอบ-น้ำ"),
        ("हिन्दी में", "हिन्दी-में"),
        ("!!!", ""),
    ],
)
def test_slugs_keep_every_script(text: str, expected: str) -> None:
    assert slug(text) == expected
