"""Whatever words a document holds come out as those words, in blocks that the library reads as such."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st

from library.content.documents.arranging import arranged
from library.content.documents.elements import (
    Block,
    Code,
    Document,
    Heading,
    Inline,
    Listing,
    Mark,
    Paragraph,
    Quotation,
    Table,
    Words,
)
from library.content.documents.joining import joined_lines
from library.markdown import BlockKind, join, split
from tests.content.documents.files import html_of

_TEXT = st.text(alphabet="ab1 .#*_-+=~`$[]()!<>&;|\\:^\"'{}/汉ع\u00a0", min_size=1, max_size=24)
_WORDS = st.builds(
    Words,
    _TEXT,
    st.frozensets(st.sampled_from([Mark.STRONG, Mark.EMPHASIS, Mark.DELETED]), max_size=2),
    st.sampled_from([None, None, "https://example.org/a?b=1"]),
)
_CONTENT: st.SearchStrategy[list[Inline]] = st.lists(_WORDS, min_size=1, max_size=4)
_PARAGRAPH: st.SearchStrategy[Block] = st.builds(Paragraph, _CONTENT)
_BLOCK: st.SearchStrategy[Block] = st.one_of(
    _PARAGRAPH,
    st.builds(Heading, st.integers(2, 4), _CONTENT),
    st.builds(Code, _TEXT),
    st.builds(Quotation, st.lists(_PARAGRAPH, min_size=1, max_size=2)),
    st.builds(
        Listing,
        st.booleans(),
        st.lists(st.lists(_PARAGRAPH, min_size=1, max_size=2), min_size=1, max_size=3),
    ),
    st.builds(Table, st.lists(st.lists(_CONTENT, min_size=2, max_size=2), min_size=2, max_size=3)),
)
_KINDS = {
    Paragraph: BlockKind.PARAGRAPH,
    Heading: BlockKind.HEADING,
    Code: BlockKind.CODE,
    Quotation: BlockKind.QUOTATION,
    Listing: BlockKind.LIST,
    Table: BlockKind.TABLE,
}


def written(blocks: list[Block]) -> list[tuple[BlockKind, str]]:
    root = arranged(Document(blocks=blocks, title="T"), fallback_title="", lang="en")
    made = [draft.parsed for one, _, _ in root.walk() for draft in one.texts["en"]]
    for one, _, _ in root.walk():
        own = [draft.parsed for draft in one.texts["en"]]
        assert split(join(own)) == own
    return [(one.kind, one.source) for one in made]


@settings(max_examples=400, deadline=None)
@given(st.lists(_BLOCK, max_size=5))
def test_what_is_written_is_read_as_the_same_blocks(blocks: list[Block]) -> None:
    written(blocks)


@settings(max_examples=600, deadline=None)
@given(_CONTENT)
def test_words_are_shown_as_the_words_that_they_were(content: list[Inline]) -> None:
    made = list(written([Paragraph(content)])[1:])
    said = "".join(one.text for one in content if isinstance(one, Words))
    shown = "".join(html_of(source, kind) for kind, source in made)
    shown = unescape(re.sub(r"<[^<>]*>", "", shown))

    def bare(text: str) -> str:
        return re.sub(r"[\s\u200b]+", "", text)

    assert bare(shown) == bare(said)


def test_a_bang_before_a_link_makes_no_picture() -> None:
    link = Words("here", link="https://example.org/")
    made = list(written([Paragraph([Words("Look!"), link])])[1:])
    assert "<img" not in html_of(made[0][1])


@settings(max_examples=300, deadline=None)
@given(_TEXT, _TEXT)
def test_cells_keep_their_words(one: str, two: str) -> None:
    made = written([Table([[[Words("h")], [Words("i")]], [[Words(one)], [Words(two)]]])])
    shown = html_of(made[1][1], BlockKind.TABLE)
    cells = [
        unescape(re.sub(r"<[^<>]*>", "", cell)) for cell in re.findall(r"<td>(.*?)</td>", shown)
    ]
    assert ["".join(cell.split()) for cell in cells] == ["".join(one.split()), "".join(two.split())]


def test_lists_side_by_side_stay_two() -> None:
    items: list[list[Block]] = [[Paragraph([Words("a")])]]
    made = written(
        [
            Listing(False, list(items)),
            Listing(False, list(items)),
            Listing(True, list(items)),
            Listing(True, list(items)),
        ]
    )
    assert [source for _, source in made[1:]] == ["- a", "* a", "1. a", "1) a"]


def test_a_very_long_paragraph_is_cut_where_a_sentence_ends() -> None:
    made = written([Paragraph([Words("This is one sentence of many. " * 1_500)])])[1:]
    assert len(made) > 3
    assert all(len(source) < 13_000 and source.endswith(".") for _, source in made)


def test_a_table_that_is_too_large_comes_in_several_with_the_same_head() -> None:
    rows: list[list[list[Inline]]] = [[[Words("head")], [Words("x" * 400)]] for _ in range(900)]
    made = written([Table([[[Words("A")], [Words("B")]], *rows])])[1:]
    assert len(made) > 2
    assert all(source.startswith("| A | B |\n| --- | --- |\n") for _, source in made)


def test_lines_are_joined_as_their_script_joins_them() -> None:
    assert joined_lines(["inter-", "rupted by"]) == "interrupted by"
    assert joined_lines(["测量绝缘", "电阻。"]) == "测量绝缘电阻。"
    assert joined_lines(["Wi-Fi of", "Wi-"]) == "Wi-Fi of Wi-"
    assert joined_lines(["قس مقاومة", "العزل"]) == "قس مقاومة العزل"
