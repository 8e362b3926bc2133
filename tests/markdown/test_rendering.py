"""Blocks as HTML."""

from __future__ import annotations

import threading

import pytest

from library.markdown import BlockKind, MediaTarget, Target, inline, render
from tests.markdown.shelf import Shelf, assert_safe, shown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain words", "<p>plain words</p>"),
        ("a & b < c", "<p>a &amp; b &lt; c</p>"),
        ("*a* **b** ***c*** _d_ ~~e~~", "<em>a</em> <strong>b</strong>"),
        ("**汉字**汉字", "<p><strong>汉字</strong>汉字</p>"),
        ("**你好。**世界", "<p><strong>你好。</strong>世界</p>"),
        ("هذا **مهم**جدا", "<p>هذا <strong>مهم</strong>جدا</p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("~~gone~~", "<p><del>gone</del></p>"),
        ("`a <b> *c*`", '<p><code dir="ltr">a &lt;b&gt; *c*</code></p>'),
        ("``a ` b``", '<p><code dir="ltr">a ` b</code></p>'),
        ("\\*a\\* \\<b> \\&amp;", "<p>*a* &lt;b&gt; &amp;amp;</p>"),
        ("&copy; &lt;b&gt; &nosuch", "<p>© &lt;b&gt; &amp;nosuch</p>"),
        ("a  \nb\\\nc", "<br>"),
        ("中文\n继续", "<p>中文继续</p>"),
        ("words\nwords", "<p>words\nwords</p>"),
        ("a\x00b\x08c\ud800d", "<p>abc\ufffdd</p>"),
    ],
)
def test_words_and_emphasis(source: str, expected: str) -> None:
    assert expected in shown(source, lang="zh-Hans")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[x](a.md)", '<a href="/en/a.md">x</a>'),
        ("[x](a.md 'T')", '<a href="/en/a.md" title="T">x</a>'),
        ("[*x*](a.md)", '<a href="/en/a.md"><em>x</em></a>'),
        ("[x](<a b.md>)", '<a href="/en/a b.md">x</a>'),
        ("[x](my file.md)", '<a href="/en/my file.md">x</a>'),
        ("[x](a(1).md)", '<a href="/en/a(1).md">x</a>'),
        ("[x](see above)", "<p>[x](see above)</p>"),
        ("[](a.md)", '<a href="/en/a.md">a.md</a>'),
        ("[x](#Some-Heading)", '<a href="#some-heading">x</a>'),
        ("[x](#%E6%B1%89)", '<a href="#汉">x</a>'),
        ("[x](mailto:a@b.c)", '<a href="mailto:a@b.c">x</a>'),
        ("[x](tel:+861)", '<a href="tel:+861">x</a>'),
        ("<a@b.org>", '<a href="mailto:a@b.org">a@b.org</a>'),
        ("[x](gone)", '<span class="missing-link">x</span>'),
        ("[x]()", '<span class="missing-link">x</span>'),
        ("[x](https://e.org/?a=1&b=2&copy=3)", 'href="https://e.org/?a=1&amp;b=2&amp;copy=3"'),
        ("[x](https://e.org/?a=1&amp;b=2)", 'href="https://e.org/?a=1&amp;b=2"'),
        ("[x](https://e.org)", 'rel="external noopener">x</a>'),
        ("<https://e.org/a_b_c>", ">https://e.org/a_b_c</a>"),
        ("see https://e.org/a_b_c, or", ">https://e.org/a_b_c</a>, or"),
        ("(https://e.org/a(b))", ">https://e.org/a(b)</a>)"),
        ("[https://e.org](a.md)", '<p><a href="/en/a.md">https://e.org</a></p>'),
        ("[a](x$y.md) and [b](z$w.md)", '<a href="/en/z$w.md">b</a>'),
        ("[one [two](a.md)](b.md)", '<a href="/en/b.md">one [two](a.md)</a>'),
        ("\\[x](a.md)", "<p>[x](a.md)</p>"),
        ("`[x](a.md)`", '<code dir="ltr">[x](a.md)</code>'),
    ],
)
def test_links(source: str, expected: str) -> None:
    assert expected in shown(source)


def test_a_link_to_a_file_says_type_and_size() -> None:
    page = shown("[the sheet](sheet.pdf), read it")
    assert 'href="/media/sheet.pdf"' in page
    assert 'download=""' in page
    assert '>the sheet</a> <span class="size">(PDF, 1200000 B)</span>, read it' in page


def test_reference_links_find_their_definitions(resolve: Shelf) -> None:
    page = render(
        "[x][Lab  el] [label] ![p][pic] [none][]",
        kind=BlockKind.PARAGRAPH,
        lang="en",
        resolve=resolve,
        references=['[lab el]: a.md "T"\n[LABEL]: <b.md>', "[pic]: photo.jpg"],
    )
    assert '<a href="/en/a.md" title="T">x</a> <a href="/en/b.md">label</a> <img' in page
    assert "[none][]" in page


def test_the_resolver_is_asked_for_addresses_and_nothing_else(resolve: Shelf) -> None:
    source = (
        "[a](x.md) ![b *c*](photo.jpg) [d](#e) [f](mailto:g@h.i) [j](javascript:k) "
        '[l](data:text/html,x) [m](JaVa\tScript:n) <img src="film.mp4" alt="o">'
    )
    render(source, kind=BlockKind.PARAGRAPH, lang="en", resolve=resolve)
    assert sorted(resolve.asked) == [
        ("film.mp4", "o", True),
        ("photo.jpg", "b c", True),
        ("x.md", None, False),
    ]


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "&#106;avascript:alert(1)"),
        *("\x01javascript:x", "java\nscript:x", "vbscript:x", "data:text/html;base64,x"),
        *("file:///etc/passwd", "blob:x"),
    ],
)
@pytest.mark.parametrize("form", ["[x]({})", "[x](<{}>)", "<{}>", '<a href="{}">x</a>', "![x]({})"])
def test_no_page_carries_an_address_that_runs_or_reads(address: str, form: str) -> None:
    page = shown(form.format(address))
    assert_safe(page)
    assert "href" not in page


def test_a_wrong_address_from_a_resolver_does_not_reach_the_page() -> None:
    class Careless(Shelf):
        def __call__(self, address: str, *, alt: str | None, is_image: bool) -> Target:
            return Target("javascript:alert(1)")

    page = render("[x](a.md)", kind=BlockKind.PARAGRAPH, lang="en", resolve=Careless())
    assert "javascript" not in page


def test_a_picture_has_measures_renditions_and_waits() -> None:
    page = shown("see ![A pump](photo.jpg)")
    assert (
        '<img src="/media/photo.jpg" srcset="/m/320.webp 320w, /m/800.webp 800w" '
        'sizes="(min-width: 48rem) 44rem, 100vw" width="800" height="600" alt="A pump" '
        'loading="lazy" decoding="async">'
    ) in page


def test_a_picture_in_html_keeps_its_shape_and_loses_its_handlers() -> None:
    page = shown('x <img src="photo.jpg" width="400" onerror="x()" style="y" alt="A &lt; B">')
    assert 'width="400" height="300" alt="A &lt; B"' in page
    assert "onerror" not in page
    assert "style" not in page


def test_a_missing_picture_is_words_and_not_a_broken_picture() -> None:
    page = shown("![A *pump*](gone.jpg) x")
    assert "<img" not in page
    assert '<span class="missing-picture" role="img" aria-label="A pump">A pump</span>' in page


def test_a_picture_elsewhere_is_a_link_and_never_loaded() -> None:
    page = shown("see ![A pump](https://e.org/p.jpg)")
    assert "<img" not in page
    assert '<a class="external-picture" href="https://e.org/p.jpg" rel="external noopener">' in page


def test_a_picture_elsewhere_inside_a_link_makes_no_link_in_a_link() -> None:
    page = shown("[![Film](https://e.org/p.jpg)](https://e.org/film)", BlockKind.FIGURE)
    assert page.count("<a ") == 1
    assert '<span class="external-picture">Film</span></a>' in page
    page = shown("see [![Film](https://e.org/p.jpg) now](a.md)")
    assert '<a href="/en/a.md"><span class="external-picture">Film</span> now</a>' in page


@pytest.mark.parametrize(
    ("source", "caption"),
    [
        ('![a](photo.jpg "Words & <b>")', "Words &amp; &lt;b&gt;"),
        ("![a](photo.jpg)\n*Words **here***", "Words <strong>here</strong>"),
        ("![a](photo.jpg)\n_Words_", "Words"),
        ('[![a](photo.jpg "Words")](b.md)', "Words"),
    ],
)
def test_a_figure_has_its_caption(source: str, caption: str) -> None:
    page = shown(source, BlockKind.FIGURE)
    assert page.startswith("<figure>")
    assert f"<figcaption>{caption}</figcaption></figure>" in page


def test_a_film_plays_plainly_with_the_readers_subtitles_and_can_be_fetched() -> None:
    page = shown("![The film](film.mp4)", BlockKind.FIGURE, lang="ar")
    assert '<video src="/m/film-360.mp4" controls="" preload="none"' in page
    assert 'width="1280" height="720" poster="/m/poster.webp"' in page
    assert (
        '<track kind="subtitles" srclang="ar" label="العربية" src="/m/ar.vtt" default="">' in page
    )
    assert 'srclang="en" label="English" src="/m/en.vtt">' in page
    assert '<a href="/media/film.mp4" download="">film.mp4</a> <span class="size">' in page


def test_sound_plays_and_a_sheet_placed_as_a_picture_is_a_link() -> None:
    assert '<audio src="/media/talk.mp3" controls="" preload="none"' in shown("![t](talk.mp3)")
    assert '<a href="/media/sheet.pdf" download="">s</a>' in shown("![s](sheet.pdf) x")


@pytest.mark.parametrize(
    "source",
    [
        *("costs $5 and $6", "US$100 and US$200", "$HOME and $PATH", "5$ or 6 $", "`$x$`"),
        *("\\$x\\$", "$ x $", "a \\[1\\] b", "$$ $$", "only $x"),
    ],
)
def test_prices_and_brackets_are_no_formulas(source: str) -> None:
    assert "<math" not in shown(source)


@pytest.mark.parametrize(
    "source",
    [
        "$x$",
        "where $a_1$ is",
        "公式$x^2$是",
        "\\(a+b\\)",
        "(\\(a\\))",
        "$\\frac{a}{b}$",
        "$a \\\\ b$",
    ],
)
def test_formulas_in_the_line(source: str) -> None:
    page = shown(source)
    assert '<math dir="ltr">' in page
    assert "$" not in page


@pytest.mark.parametrize("source", ["$$x^2$$", "$$\nx^2\n$$", "\\[\nx^2\n\\]", "x^2"])
def test_display_formulas(source: str) -> None:
    page = shown(source, BlockKind.FORMULA)
    assert '<div class="formula"><math dir="ltr" display="block">' in page
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in page


@pytest.mark.parametrize(
    "latex", ["\\frac{", "\\left(", "}{", "\\begin{matrix}", "{" * 500, "x" * 5000]
)
def test_a_formula_that_cannot_be_set_is_shown_as_typed(latex: str) -> None:
    page = shown(f"$$\n{latex}\n$$", BlockKind.FORMULA)
    assert f'<code class="formula-source" dir="ltr">{latex}</code>' in page or "<math" in page


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# Über *uns*!", '<h1 id="über-uns">Über <em>uns</em>!</h1>'),
        ("## हिन्दी में ##", '<h2 id="हिन्दी-में">हिन्दी में</h2>'),
        ("### C# and `x_y`", '<h3 id="c-and-x_y">C# and <code dir="ltr">x_y</code></h3>'),
        ("#", "<h1></h1>"),
        ("Title\n===", '<h1 id="title">Title</h1>'),
        ("lost its mark", '<h2 id="lost-its-mark">lost its mark</h2>'),
    ],
)
def test_headings_carry_ids_that_authors_expect(source: str, expected: str) -> None:
    assert shown(source, BlockKind.HEADING) == expected


def test_headings_shift_and_ids_take_a_prefix(resolve: Shelf) -> None:
    page = render(
        "##### A\n\n[x](#A) y[^n]\n\n[^n]: z",
        kind=BlockKind.HEADING,
        lang="en",
        resolve=resolve,
        heading_shift=3,
        id_prefix="zh-",
    )
    assert '<h6 id="zh-a">A</h6>' in page
    assert '<a href="#zh-a">x</a>' in page
    assert '<a href="#fn-zh-n" id="fnref-zh-n" role="doc-noteref">n</a>' in page
    assert '<aside class="footnote" id="fn-zh-n" role="doc-footnote">' in page
    assert '<a class="footnote-back" href="#fnref-zh-n" role="doc-backlink">n</a>' in page


def test_a_second_mark_for_a_footnote_has_its_own_id() -> None:
    page = shown("a[^1] b[^1] c[^Ab.2]")
    assert 'id="fnref-1"' in page
    assert 'id="fnref-1-2"' in page
    assert '<a href="#fn-ab.2" id="fnref-ab.2" role="doc-noteref">Ab.2</a>' in page


def test_lists_nest_by_two_spaces_and_hold_code() -> None:
    page = shown("1. One\n   ```sh\n   a `b`\n   ```\n2. Two\n  - x\n    - y\n", BlockKind.LIST)
    assert page.count("<ol>") == 1
    assert page.count("<ul>") == 2
    assert '<code class="language-sh">a `b`\n</code>' in page
    assert "<p>" not in page


def test_lists_with_blank_lines_have_paragraphs_and_keep_their_number() -> None:
    page = shown("3. a\n\n4. b", BlockKind.LIST)
    assert page.startswith('<ol start="3">')
    assert page.count("<p>") == 2


def test_code_inside_a_list_keeps_its_own_indent() -> None:
    page = shown("* a\n\n    ```py\n    if x:\n        y\n    ```\n", BlockKind.LIST)
    assert '<code class="language-py">if x:\n    y\n</code>' in page


def test_tasks_show_whether_they_are_done() -> None:
    page = shown("- [ ] a\n- [x] b\n- [y] c", BlockKind.LIST)
    assert '<li class="task"><span class="box">☐</span> a</li>' in page
    assert '<li class="task"><span class="box">☑</span> b</li>' in page
    assert "<li>[y] c</li>" in page


def test_a_table_scrolls_has_a_name_and_keeps_bars_in_code() -> None:
    page = shown(
        "| A | *B* | |\n|:--|--:|:-:|\n| `x | y` | 2 | 3 |\n| a \\| b |\nTable: Some *words*",
        BlockKind.TABLE,
    )
    assert page.startswith(
        '<div class="scroll" tabindex="0" role="region" aria-label="Some words"><table>'
        "<caption>Some <em>words</em></caption>"
    )
    assert '<th scope="col" class="start">A</th><th scope="col" class="end"><em>B</em></th>' in page
    assert '<td class="center"></td></tr>' in page
    assert '<code dir="ltr">x | y</code>' in page
    assert '<td class="start">a | b</td><td class="end"></td><td class="center"></td>' in page
    assert 'aria-label="A, B"' in shown("| A | *B* |\n|---|---|", BlockKind.TABLE)


def test_notes_have_type_title_and_body(resolve: Shelf) -> None:
    page = shown('!!! caution "Hot *oil*"\n    Do not\n\n    - touch', BlockKind.NOTE)
    assert '<aside class="note danger" data-admonition="danger" role="note">' in page
    assert '<p class="note-title"><strong>Hot <em>oil</em></strong></p>' in page
    assert "<li>touch</li>" in page
    source = "> [!WARNING]\n> Hot"
    assert "note-title" not in shown(source, BlockKind.NOTE)
    page = render(
        source, kind=BlockKind.NOTE, lang="fr", resolve=resolve, titles={"warning": "Attention"}
    )
    assert page.startswith('<aside class="note warn" data-admonition="warning" role="note">')
    assert "<strong>Attention</strong>" in page


def test_notes_of_unknown_type_take_no_class_from_the_author() -> None:
    assert 'class="note"' in shown("!!! evil\n    x", BlockKind.NOTE)


def test_notes_fold() -> None:
    page = shown('??? "More"\n    body', BlockKind.NOTE)
    assert "<details" in page
    assert "<summary>More</summary>" in page
    assert "open" not in page
    assert 'open=""' in shown('???+ tip "More"\n    body', BlockKind.NOTE)


def test_definitions_footnotes_quotations() -> None:
    page = shown("A\nB\n: one\n: two\n\n    more", BlockKind.DEFINITION)
    assert "<dt>A</dt>\n<dt>B</dt>\n<dd>one</dd>\n<dd><p>two</p>\n<p>more</p></dd>" in page
    page = shown("[^x]: Words\n    go on\n\n    and on", BlockKind.FOOTNOTE)
    assert "<p>Words\ngo on</p>\n<p>and on</p>" in page
    assert "<blockquote>\n<p>a</p>\n<ul>" in shown("> a\n> - b", BlockKind.QUOTATION)


def test_what_is_no_text_renders_as_nothing() -> None:
    assert shown("<!-- words -->", BlockKind.COMMENT) == ""
    assert shown("[a]: b.md", BlockKind.REFERENCE) == ""
    assert shown("a <!-- words --> b") == "<p>a  b</p>"
    assert shown("---", BlockKind.RULE) == "<hr>"
    assert shown("") == ""


def test_allowed_html_is_taken_and_the_rest_shown_as_typed() -> None:
    page = shown('<kbd class="c" id="i" onclick="x()">A</kbd> H<sub>2</sub>O<br>x <wrong> <b>open')
    assert "<kbd>A</kbd> H<sub>2</sub>O<br>x &lt;wrong&gt; &lt;b&gt;open" in page
    page = shown(
        '<span lang="ar" dir="rtl">نص</span> <a href="a.md">ok</a> <abbr title="T">t</abbr>'
    )
    assert '<span lang="ar" dir="rtl">نص</span> <a href="/en/a.md">ok</a>' in page
    assert '<abbr title="T">t</abbr>' in page


def test_a_device_name_in_angle_brackets_stays() -> None:
    assert "run &lt;storage_name&gt; &amp; go" in shown("run <storage_name> & go")


def test_html_blocks_hold_markdown() -> None:
    page = shown("<details open>\n<summary>A **b**</summary>\n\n- c\n\n</details>", BlockKind.HTML)
    assert '<details open=""><summary>A <strong>b</strong></summary>\n<ul>' in page
    page = shown('<div dir="rtl" lang="ar" class="x">\n\n# نص\n\n</div>', BlockKind.HTML)
    assert '<div lang="ar" dir="rtl">\n<h1' in page
    page = shown("<table><tr><td>*x*</td></tr></table>", BlockKind.HTML)
    assert "<td><em>x</em></td>" in page


def test_a_script_is_shown_as_typed() -> None:
    page = shown("<script>\nalert('*x*')\n\n</script>", BlockKind.HTML)
    assert "&lt;script&gt;\nalert('*x*')\n\n&lt;/script&gt;" in page
    assert_safe(page)


def test_an_author_cannot_close_what_is_around_a_block() -> None:
    for source in ("</div></section></body>x", "<b>x</div>", "</td></table>", "*a</p>b*"):
        page = shown(source)
        assert page.startswith("<p>")
        assert page.endswith("</p>")
        assert_safe(page)


def test_the_source_decides_what_it_is() -> None:
    assert "<ul>" in shown("- a\n- b", BlockKind.PARAGRAPH)
    assert "<pre" in shown("```\nx\n```", BlockKind.PARAGRAPH)
    assert shown("a\n\nb") == "<p>a</p>\n<p>b</p>"


def test_code_names_its_language_and_runs_left_to_right() -> None:
    page = shown('```C++ title="x"\na < b\n```', BlockKind.CODE)
    assert page == '<pre dir="ltr" tabindex="0"><code class="language-c++">a &lt; b\n</code></pre>'
    assert 'class="language' not in shown('```"><x>\na\n```', BlockKind.CODE)


def test_inline_has_no_paragraph(resolve: Shelf) -> None:
    assert inline("a *b* & c", lang="en", resolve=resolve) == "a <em>b</em> &amp; c"
    assert inline("plain < words", lang="en", resolve=resolve) == "plain &lt; words"
    assert_safe(inline("- <script>x</script>", lang="en", resolve=resolve))


def test_a_resolver_may_render_while_it_is_asked() -> None:
    class Reader(Shelf):
        def __call__(self, address: str, *, alt: str | None, is_image: bool) -> Target:
            title = inline("**in** `side`", lang="en", resolve=Shelf())
            return Target(f"/{len(title)}.md")

    page = render("*a* [b](c.md) *d*", kind=BlockKind.PARAGRAPH, lang="en", resolve=Reader())
    assert page.startswith('<p><em>a</em> <a href="/')
    assert page.endswith('.md">b</a> <em>d</em></p>')


def test_threads_do_not_mix_their_texts() -> None:
    wrong: list[str] = []

    def work(word: str) -> None:
        for _ in range(200):
            page = shown(f"*{word}* `{word}` [{word}]({word}.md)")
            if page.count(word) != 4:
                wrong.append(page)

    threads = [threading.Thread(target=work, args=(word,)) for word in ("alpha", "betas", "gamma")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_describe_is_given_the_language() -> None:
    seen: list[str] = []

    class Listener(Shelf):
        def describe(self, media: MediaTarget, *, lang: str) -> str:
            seen.append(lang)
            return "<b>"

    page = render("[x](sheet.pdf)", kind=BlockKind.PARAGRAPH, lang="km", resolve=Listener())
    assert seen == ["km"]
    assert "(&lt;b&gt;)" in page
