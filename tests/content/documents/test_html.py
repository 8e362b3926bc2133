"""Web pages."""

from __future__ import annotations

import base64
import os

import pytest

from tests.content.documents.files import Reader, png, remarks, sections
from tests.extraction.documents import archive


def page(body: str, *, head: str = "", lang: str = "en") -> bytes:
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'.encode()
    )


def test_structure_lists_tables_and_figures(reader: Reader) -> None:
    (reader.folder / "img").mkdir()
    (reader.folder / "img" / "Wiring Plan.png").write_bytes(png())
    data = base64.b64encode(png(colour="blue")).decode()
    found = reader.read(
        page(
            "<nav><ul><li>menu</li></ul></nav><h1>Safety</h1><p>Intro <strong>one</strong><br>two "
            '<a href="#m">see</a>.</p><h2 id="m">Measure</h2><ul><li>a<ol start="3"><li>b</li></ol></li>'
            "<li><p>c</p><p>d</p></li></ul>"
            '<figure><img src="img/Wiring%20Plan.png" alt="plan"><figcaption>Figure 1</figcaption></figure>'
            f'<p><img src="data:image/png;base64,{data}" alt="blue"></p>'
            "<table><caption>Torques</caption><thead><tr><th>Screw<th>Nm</thead>"
            '<tr><td rowspan="2">M4<td>2<tr><td>3 | 4</table>'
            '<pre><code class="language-python">x = 1\n  y</code></pre><blockquote><p>q</p></blockquote>'
            "<dl><dt>PE<dd>Earth</dl><details><summary>Answer</summary><p>42</p></details>",
            head='<title>Ignored</title><meta name="author" content="A. Diop">',
            lang="fr",
        ),
        "page.html",
    )
    assert (found.title, found.lang, found.authors) == ("Safety", "fr", ["A. Diop"])
    assert sections(found) == {
        "": ["# Safety", "Intro **one**\\\ntwo [see](01-measure/)."],
        "measure": [
            "# Measure",
            "- a\n\n  3. b\n- c\n\n  d",
            '![plan](../images/wiring-plan.png "Figure 1")',
            "![blue](../images/picture.png)",
            "| Screw | Nm |\n| --- | --- |\n| M4 | 2 |\n| M4 | 3 \\| 4 |\n: Torques",
            "```python\nx = 1\n  y\n```",
            "> q",
            "PE\n: Earth",
            '??? note "Answer"\n    42',
        ],
    }


def test_nothing_is_fetched_and_nothing_runs(reader: Reader) -> None:
    found = reader.read(
        page(
            '<h1>T</h1><script>alert(1)</script><style>p{}</style><p onclick="x()">text</p>'
            '<img src="https://tracker.example/x.png" alt="far"><img src="//a.example/y.png">'
            '<img src="gone.png" alt="gone"><iframe src="https://v.example/1"></iframe>'
            '<form><input name="q"></form><a href="javascript:alert(1)">bad</a>'
            '<a href="other.html">other</a><svg><script>1</script><circle r="2"/></svg>'
        ),
        "page.html",
    )
    assert sections(found)[""][1:] == ["text", "fargone", "badother"]
    assert found.pictures == []
    said = remarks(found)
    for words in (
        "https://tracker.example/x.png",
        "gone.png",
        "https://v.example/1",
        "form",
        "other.html",
    ):
        assert words in said


@pytest.mark.parametrize(
    "address", ["../secret.png", "/etc/passwd", "file:///etc/passwd", "link.png"]
)
def test_pictures_are_looked_for_beside_the_page_only(reader: Reader, address: str) -> None:
    (reader.folder.parent / "secret.png").write_bytes(png())
    link = reader.folder / "link.png"
    if not link.exists():
        os.symlink(reader.folder.parent / "secret.png", link)
    found = reader.read(page(f'<h1>T</h1><p>x <img src="{address}"></p>'), "page.html")
    assert found.pictures == []


def test_footnotes_and_hidden_parts(reader: Reader) -> None:
    found = reader.read(
        page(
            '<h1>T</h1><p>Text<a href="#fn1" role="doc-noteref">1</a>.</p><p hidden>no</p>'
            '<p style="display: none">no</p>'
            '<aside id="fn1" role="doc-footnote"><p>Note. <a href="#r" role="doc-backlink">↩</a></p></aside>'
        ),
        "page.html",
    )
    assert sections(found)[""][1:] == ["Text[^1].", "[^1]: Note."]


def test_old_encodings_and_pages_that_are_broken(reader: Reader) -> None:
    content = '<meta charset="gb2312"><h1>安全</h1><p>断开电源<b>之后'.encode("gb18030")
    found = reader.read(content, "page.html")
    assert sections(found)[""] == ["# 安全", "断开电源**之后**"]
    assert found.lang == "zh-Hans"


def test_a_page_in_an_archive_with_its_pictures(reader: Reader) -> None:
    content = archive(
        {
            "doc/page.html": page('<h1>T</h1><img src="images/a.png" alt="a">'),
            "doc/images/a.png": png(),
        }
    )
    found = reader.read(content, "saved.zip")
    assert sections(found)[""][1:] == ["![a](images/a.png)"]


def test_emphasis_that_touches_is_kept(reader: Reader) -> None:
    found = reader.read(
        page(
            "<h1>T</h1><p><b>a</b><i>b</i>c <b><i>d</i></b> <s>e~</s> 汉<b>字</b>汉 <b>“汉”</b>字</p>"
        ),
        "p.html",
    )
    (text,) = sections(found)[""][1:]
    from tests.content.documents.files import html_of

    html = html_of(text)
    assert "<strong>a</strong><em>b</em>c" in html
    assert "<del>e~</del>" in html
    assert "<strong>字</strong>" in html.replace('<span lang="zh-Hans" dir="ltr">', "").replace(
        "</span>", ""
    )


def test_plain_text_and_markdown(reader: Reader) -> None:
    (reader.folder / "p.png").write_bytes(png())
    text = (
        "---\ntitle: Front\n---\nIntro [r][x] and note[^n].\n\n# One `x`\n\nSee [two](#two), ![p](p.png).\n\n"
        "[x]: https://example.org\n[^n]: The note.\n\n# Two\n\n<!-- block: abc -->\n* a\n    1. b\n"
    )
    assert sections(reader.read(text.encode(), "a.md")) == {
        "": [
            "# Front",
            "Intro [r][x] and note[^n].",
            "[x]: https://example.org",
            "[^n]: The note.",
        ],
        "one-x": ["# One `x`", "See [two](../02-two/), ![p](../images/p.png)."],
        "two": ["# Two", "* a\n    1. b"],
    }
    plain = "第一章 安全\n断开电源之后。\n*第二段*。\n第二章 工具\n螺丝刀。\n".encode("gb18030")
    found = reader.read(plain, "b.txt", lang="zh-Hans")
    assert sections(found) == {
        "": ["# b"],
        "安全": ["# 第一章 安全", "断开电源之后。", "\\*第二段\\*。"],
        "工具": ["# 第二章 工具", "螺丝刀。"],
    }
