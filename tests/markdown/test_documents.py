"""Files into blocks and back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from library.errors import Invalid
from library.markdown import BlockKind, Marker, ParsedBlock, join, render, source_hash, split
from tests.markdown.shelf import Shelf, assert_safe


def kinds(text: str) -> list[str]:
    return [str(block.kind) for block in split(text)]


def sources(text: str) -> list[str]:
    return [block.source for block in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n\nthree", ["paragraph", "paragraph"]),
        ("# A\ntext\n## B ##", ["heading", "paragraph", "heading"]),
        ("#no heading", ["paragraph"]),
        ("Title\n=====\n\nSub\n---", ["heading", "heading"]),
        ("text\n\n---\n\n* * *\n\n___", ["paragraph", "rule", "rule", "rule"]),
        ("- a\n- b\n\n- c", ["list"]),
        ("- a\n\n  para\n\n  ```\n  code\n  ```\n- b\n\ntext", ["list", "paragraph"]),
        ("1. a\n\n    ```sh\n    x\n\n    y\n    ```\n\n2. b", ["list"]),
        ("- a\n\n+ b", ["list", "list"]),
        ("text\n- a\n- b", ["paragraph", "list"]),
        ("text\n1986. A year", ["paragraph"]),
        ("```py\n# no heading\n\n- no list\n```\ntext", ["code", "paragraph"]),
        ("~~~\n```\n~~~", ["code"]),
        ("```\nnever closed\n\n# still code\n\n", ["code"]),
        ("text\n\n    indented\n\n    code", ["paragraph", "code"]),
        ("> a\n> b\nlazy\n\n> c", ["quotation", "quotation"]),
        ("> [!WARNING]\n> hot", ["note"]),
        ('!!! tip "Do"\n    body\n\n    more\n\ntext', ["note", "paragraph"]),
        ('??? "More"\n    body', ["note"]),
        ("!!! that was loud", ["paragraph"]),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |\nTable: words\n\ntext", ["table", "paragraph"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n: words", ["table"]),
        ("a | b\n--|--\n1 | 2\ntext", ["table", "paragraph"]),
        ("| a | b |\n|---|", ["paragraph"]),
        ("![a](b.png)", ["figure"]),
        ('![a](b.png "words")\n*A caption*', ["figure"]),
        ("[![a](b.png)](c.md)", ["figure"]),
        ("![a](b.png) and words", ["paragraph"]),
        ("![a](b.png)\nwords", ["paragraph"]),
        ("$$\na\n$$", ["formula"]),
        ("text\n$$x^2$$\ntext", ["paragraph", "formula", "paragraph"]),
        ("\\[\na\n\\]", ["formula"]),
        ("\\[1\\]", ["paragraph"]),
        ("$$ never closed", ["paragraph"]),
        ("Term\n: words\n\n    more\n: other\n\ntext", ["definition", "paragraph"]),
        ("Term\n\n: words", ["definition"]),
        ("[^1]: note\n    on\n\n    more\n[^2]: other", ["footnote", "footnote"]),
        ('[a]: b.md\n[c]: <d e.md> "T"\n\ntext', ["reference", "paragraph"]),
        ("<!-- words\n\nmore -->\ntext", ["comment", "paragraph"]),
        ("<!-- never closed", ["paragraph"]),
        ("<details>\n\n- a\n\n<div>x</div>\n\n</details>\ntext", ["html", "paragraph"]),
        ("<table>\n<tr><td>x</td></tr>\n\n</table>", ["html"]),
        ("<div> never closed\n\ntext", ["paragraph", "paragraph"]),
        ("<kbd>A</kbd> is inline", ["paragraph"]),
        ("```\n<div>\n```\n\n# A\n\n```\n</div>\n```", ["code", "heading", "code"]),
        ("", []),
        (" \n\t\n", []),
    ],
)
def test_lines_that_belong_together_make_one_block(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_a_block_knows_its_line_level_and_source() -> None:
    assert split("\n\n## Two\n\na  \nb\n\n") == [
        ParsedBlock(BlockKind.HEADING, "## Two", 3, 2),
        ParsedBlock(BlockKind.PARAGRAPH, "a  \nb", 5),
    ]
    assert [block.line for block in split("\n\n## Two\n\na\nb\n\nc")] == [3, 5, 8]


def test_line_ends_and_byte_order_marks_do_not_count() -> None:
    assert split("\ufeff# A\r\n\r\nb\rc") == split("# A\n\nb\nc")


def test_separators_of_other_alphabets_do_not_end_lines() -> None:
    assert sources("a\u2028b\x0bc\x85d") == ["a\u2028b\x0bc\x85d"]


def test_a_marker_names_the_block_below_it() -> None:
    text = '<!-- block: b-1 origin=human note="two words" -->\n# A\n\n<!-- block: b2 -->\n\ntext\n'
    first, second = split(text)
    assert first.marker == Marker("b-1", {"origin": "human", "note": "two words"})
    assert first.marker is not None
    assert first.marker.line == 1
    assert second.marker == Marker("b2", {})
    assert join([first, second]) == text.replace("-->\n\ntext", "-->\ntext")


def test_a_marker_parts_what_would_run_together() -> None:
    text = "- a\n<!-- block: x -->\n- b\n\n<!-- block: y -->\n    code\n"
    assert [(str(b.kind), b.marker.id if b.marker else "") for b in split(text)] == [
        ("list", ""),
        ("list", "x"),
        ("code", "y"),
    ]
    assert split(join(split(text))) == split(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("text\n\n<!-- block: lost -->\n\n", 3),
        ("<!-- block: a -->\n<!-- block: b -->\ntext", 1),
        ("a\n\n<!-- block: -->\ntext", 3),
        ("<!-- block: a b -->\ntext", 1),
        ("<!-- block: a k=1 k=2 -->\ntext", 1),
        ("<!-- block: a\n-->\ntext", 1),
    ],
)
def test_a_marker_that_says_nothing_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Invalid) as refused:
        split(text)
    assert refused.value.details["line"] == line


def test_a_marker_inside_code_is_code() -> None:
    (block,) = split("```\n<!-- block: x -->\n```")
    assert block.kind is BlockKind.CODE
    assert block.marker is None


@pytest.mark.parametrize(
    "marker",
    [
        Marker("two words"),
        Marker(""),
        Marker("-->"),
        Marker("a", {"k": '"'}),
        Marker("a", {"": "x"}),
    ],
)
def test_a_marker_that_could_not_be_read_back_is_not_written(marker: Marker) -> None:
    with pytest.raises(Invalid):
        join([ParsedBlock(BlockKind.PARAGRAPH, "text", marker=marker)])


def test_a_marked_block_without_text_is_refused_and_an_unmarked_one_left_out() -> None:
    with pytest.raises(Invalid):
        join([ParsedBlock(BlockKind.PARAGRAPH, " \n", marker=Marker("x"))])
    assert join([ParsedBlock(BlockKind.PARAGRAPH, " \n")]) == ""


def test_an_open_fence_does_not_swallow_the_next_block() -> None:
    blocks = [ParsedBlock(BlockKind.CODE, "```py\nx"), ParsedBlock(BlockKind.PARAGRAPH, "text")]
    assert [b.kind for b in split(join(blocks))] == [BlockKind.CODE, BlockKind.PARAGRAPH]


_PIECES = st.sampled_from(
    [
        *("- ", "* ", "1. ", "2. ", "> ", "# ", "---", "===", "***", "```", "~~~", "    "),
        *("  ", "\t", " ", "|", "|---|", "a", "b c", ": ", "$$", "\\[", "\\]", "!!! tip"),
        *('??? "x"', "[^1]: ", "[a]: b", "![a](b)", "*c*", "<div>", "</div>", "<details>"),
        *("</details>", "<!--", "-->", "<table>", "<script>", "</table>", "> [!TIP]"),
        *("Table: x", "`", "汉", "\\", "+ ", "10) ", "<!-- c -->", "<!-- block: x -->"),
    ]
)
_LINES = st.lists(st.lists(_PIECES, max_size=4).map("".join), max_size=14).map("\n".join)
_TEXTS = st.one_of(_LINES, st.text(max_size=200))


@given(_TEXTS)
def test_what_is_written_back_splits_the_same(text: str) -> None:
    try:
        blocks = split(text)
    except Invalid:
        assume(False)
    written = join(blocks)
    assert split(written) == blocks
    assert join(split(written)) == written
    for block in blocks:
        assert block.source.strip(" \t\n")
        assert not block.source.endswith("\n")


@given(_TEXTS)
def test_every_line_with_text_is_in_exactly_one_block(text: str) -> None:
    text = text.replace("<!-- block", "<!-- b").replace("\r", "").replace("\ufeff", "")
    there = [line for line in text.split("\n") if line.strip(" \t")]
    found = [line for b in split(text) for line in b.source.split("\n") if line.strip(" \t")]
    assert found == there


@given(_TEXTS)
def test_hash_ignores_only_what_does_not_show(text: str) -> None:
    tidied = "\n\n" + "\n".join(line.rstrip() + "  " for line in text.split("\n")) + "\n"
    assert source_hash(text) == source_hash(tidied)
    assert source_hash(text) != source_hash(text + "x")
    assert len(source_hash(text)) == 32


def test_hash_is_the_same_for_both_ways_to_write_a_letter() -> None:
    assert source_hash("caf\u00e9") == source_hash("cafe\u0301")


def _files(data: Path) -> list[Path]:
    lessons = data / "iot-lessons"
    found = [
        p for lang in ("ar", "zh", "hi", "th", "en", "fr") for p in lessons.glob(f"{lang}/*.md")
    ]
    return found + list((data / "human-translated" / "picamera").glob("*/*.md"))


def test_real_courses_go_through_split_join_and_render(data: Path, resolve: Shelf) -> None:
    files = _files(data)
    assert len(files) > 60
    for path in files:
        blocks = split(path.read_text(encoding="utf-8"))
        assert split(join(blocks)) == blocks, path.name
        references = [b.source for b in blocks if b.kind is BlockKind.REFERENCE]
        for block in blocks:
            page = render(
                block.source,
                kind=block.kind,
                lang="en",
                resolve=resolve,
                references=references,
            )
            assert_safe(page)
            if block.kind not in (BlockKind.COMMENT, BlockKind.REFERENCE):
                assert page, (path.name, block.line)


def test_translations_of_one_lesson_have_nearly_the_same_shape(data: Path) -> None:
    folder = data / "iot-lessons"
    name = "2-farm__3-automated-plant-watering.md"
    shapes = {
        lang: kinds((folder / lang / name).read_text(encoding="utf-8"))
        for lang in ("en", "ar", "hi", "th", "fr")
        if (folder / lang / name).exists()
    }
    assert len(shapes) > 3
    for lang, shape in shapes.items():
        assert abs(len(shape) - len(shapes["en"])) <= 6, lang


def test_splitting_keeps_its_pace() -> None:
    text = "\n\n".join(
        ["# A heading", "Words that go on for a line or so, as they do. " * 4, "- a\n- b\n\n  c"]
        * 4000
    )
    started = time.process_time()
    split(text)
    assert len(text) / (time.process_time() - started) > 5_000_000
