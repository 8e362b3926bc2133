"""Word documents made of the markup that Word, WPS and LibreOffice write."""

from __future__ import annotations

import io

import docx as python_docx
import pytest
from PIL import Image

from library.markdown import BlockKind
from tests.content.documents.files import (
    STYLES,
    Reader,
    docx,
    html_of,
    paragraph,
    picture,
    png,
    remarks,
    run,
    sections,
    table,
)


def test_headings_open_sections_and_deeper_ones_stay_in_them(reader: Reader) -> None:
    body = (
        paragraph("Motors", style="t")
        + paragraph("What this is about.")
        + paragraph("1.1 Safety first", style="1")
        + paragraph("Text one.")
        + paragraph("Lock-out", style="2")
        + paragraph("安全", style="own")
        + paragraph("Text two.")
    )
    found = reader.read(docx(body), "x.docx")
    assert found.title == "Motors"
    assert sections(found) == {
        "": ["# Motors", "What this is about."],
        "safety-first": ["# 1.1 Safety first", "Text one.", "## Lock-out"],
        "安全": ["# 安全", "Text two."],
    }
    assert [one.folder for one in found.root.sections] == ["01-safety-first", "02-安全"]
    assert found.root.texts["en"][1].role == "summary"


def test_a_lone_first_heading_is_the_title(reader: Reader) -> None:
    body = paragraph("Book", style="1") + paragraph("A", style="2") + paragraph("B", style="2")
    found = reader.read(docx(body), "x.docx")
    assert found.title == "Book"
    assert list(sections(found)) == ["", "a", "b"]


def test_without_headings_what_looks_like_one_is_one_and_is_told(reader: Reader) -> None:
    bold = "<w:b/>"
    body = ""
    for name in ("First things", "Second things"):
        body += paragraph(run(name, bold)) + paragraph("Plain text that goes on for a while. " * 4)
    found = reader.read(docx(body), "notes.docx")
    assert list(sections(found)) == ["", "first-things", "second-things"]
    assert "guessed" in remarks(found)


def test_a_long_section_is_cut_one_level_deeper(reader: Reader) -> None:
    filler = "".join(paragraph("Words upon words about machines. " * 20) for _ in range(25))
    body = paragraph("T", style="t") + paragraph("Long", style="1") + paragraph("Begin.")
    body += paragraph("Part A", style="2") + filler + paragraph("Part B", style="2") + filler
    body += paragraph("Short", style="1") + paragraph("Inner", style="2")
    found = sections(reader.read(docx(body), "x.docx"))
    assert list(found) == ["", "long", "long/part-a", "long/part-b", "short"]
    assert found["long"] == ["# Long", "Begin."]


def test_runs_keep_their_marks_and_fragments_are_one(reader: Reader) -> None:
    body = paragraph(
        run("Switch ")
        + run("o", "<w:b/>")
        + run("ff ", "<w:b/>")
        + run("now", "<w:i/>")
        + run(", H")
        + run("2", '<w:vertAlign w:val="subscript"/>')
        + run("O, 10")
        + run("3", '<w:vertAlign w:val="superscript"/>')
        + run(" ")
        + run("ls -l", '<w:rFonts w:ascii="Consolas"/>')
        + run(" not bold", '<w:b w:val="0"/>')
        + run("gone", "<w:vanish/>")
    )
    (text,) = sections(reader.read(docx(body), "x.docx"))[""][1:]
    assert text == "Switch **off** *now*, H<sub>2</sub>O, 10<sup>3</sup> `ls -l` not bold"


@pytest.mark.parametrize(
    "words",
    [
        "1. not a list",
        "# no heading",
        "- no item",
        "+ no item",
        "---",
        "===",
        "a * b * c_d_ and __init__ and snake_case",
        "[x]: example.org",
        "[^1]: no footnote",
        "costs $5 and $6",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&lt;!-- block: abc --&gt;",
        "C:\\new \\[x = 1\\] `tick",
        "| a | b |",
        ": defined",
        "!!! warning",
        '??? "x"',
        "~~~ not ~~deleted~~",
        "Table: none",
        "![no](picture.png) and [no](link)",
        "AT&amp;amp;T &amp;copy;",
        "*",
        "\\",
        "1)",
        "> [!NOTE] no",
        "$$ x $$",
    ],
)
def test_plain_words_stay_the_words_that_they_are(reader: Reader, words: str) -> None:
    from html import unescape

    found = reader.read(docx(paragraph("before") + paragraph(words)), "x.docx")
    blocks = found.root.texts[found.lang]
    assert blocks[2].parsed.kind is BlockKind.PARAGRAPH
    shown = unescape(html_of(blocks[2].parsed.source))
    assert shown.replace("\u200b", "") == f"<p>{unescape(words)}</p>"


def test_lists_nest_go_on_and_begin_where_word_counts(reader: Reader) -> None:
    body = (
        paragraph("a", number=(1, 0))
        + paragraph("b", number=(1, 1))
        + paragraph("c", number=(1, 2))
        + paragraph("d", number=(1, 0))
        + paragraph("more of d", more='<w:ind w:left="360"/>')
        + paragraph("one", number=(2, 0))
        + paragraph("bullet", number=(1, 1))
        + paragraph("two", number=(2, 0))
        + paragraph("An interruption.")
        + paragraph("three", number=(2, 0))
        + paragraph("again one", number=(3, 0))
    )
    assert sections(reader.read(docx(body), "x.docx"))[""][1:] == [
        "- a\n  - b\n    - c\n- d\n\n  more of d",
        "1. one\n   - bullet\n2. two",
        "An interruption.",
        "3. three",
        "1) again one",
    ]


def test_tables_with_merged_cells_bars_lists_and_captions(reader: Reader) -> None:
    cells = {(0, 0): '<w:gridSpan w:val="2"/>', (1, 0): '<w:vMerge w:val="restart"/>'}
    cells[2, 0] = "<w:vMerge/>"
    rows = [["Screw", "Torque"], ["M4", "a | b", "2.5"], ["", paragraph("x", number=(1, 0)), "3"]]
    body = (
        paragraph("Table 1 Torques", style="cap")
        + table(rows, cells=cells)
        + table([["only a frame"]])
    )
    found = reader.read(docx(body), "x.docx")
    assert sections(found)[""][1:] == [
        "| Screw | Screw | Torque |\n| --- | --- | --- |\n| M4 | a \\| b | 2.5 |\n| M4 | • x | 3 |\n"
        ": Table 1 Torques",
        "only a frame",
    ]
    assert "Merged cells" in remarks(found)


def test_pictures_come_with_alternative_text_and_caption(reader: Reader) -> None:
    body = (
        paragraph("Part", style="1")
        + paragraph(picture("p1", alt="A contactor with &quot;quotes&quot;"))
        + paragraph("Figure 1 The contactor", style="cap")
        + paragraph(run("Beside: ") + picture("p1", alt="again", anchored=True))
        + paragraph(picture("p2", alt="C:\\scans\\IMG_1.png"))
        + paragraph(picture("p3"))
        + paragraph("Other", style="1")
    )
    media = {"p1": png(), "p2": png(colour="blue"), "p3": b"\xd7\xcd\xc6\x9a" + b"\0" * 40}
    found = reader.read(docx(body, media=media), "x.docx")
    assert sections(found)["part"][1:] == [
        '![A contactor with "quotes"](../images/p1.png "Figure 1 The contactor")',
        "Beside: ![again](../images/p1.png)",
        "![](../images/p2.png)",
    ]
    assert [one.path for one in found.pictures] == ["images/p1.png", "images/p2.png"]
    assert (reader.pictures / "p1.png").read_bytes() == media["p1"]
    assert (found.pictures[0].width, found.pictures[0].height) == (60, 40)
    said = remarks(found)
    assert "type WMF was left out" in said
    assert "no alternative text" in said


def test_what_word_cut_off_a_picture_is_not_given_away(reader: Reader) -> None:
    body = paragraph(picture("p", alt="half of it", crop='l="50000" b="25000"'))
    found = reader.read(docx(body, media={"p": png(100, 80)}), "x.docx")
    with Image.open(reader.pictures / found.pictures[0].name) as kept:
        assert kept.size == (50, 60)


def test_a_tiff_becomes_what_browsers_show(reader: Reader) -> None:
    body = paragraph(picture("p", alt="scan"))
    found = reader.read(docx(body, media={"p": png(form="TIFF")}), "x.docx")
    assert found.pictures[0].media_type == "image/png"
    assert found.pictures[0].name == "p.png"


def test_links_bookmarks_and_fields_lead_where_they_led(reader: Reader) -> None:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> REF _Ref1 \\h </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        + run("Section B")
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    body = (
        paragraph("A", style="1")
        + paragraph(
            f'<w:hyperlink r:id="l1">{run("site")}</w:hyperlink>'
            + run(", see ")
            + field
            + f'<w:hyperlink w:anchor="here">{run(" or here")}</w:hyperlink>'
            + f'<w:hyperlink w:anchor="nowhere">{run(" or nowhere")}</w:hyperlink>'
            + f'<w:hyperlink r:id="l2">{run(" or bad")}</w:hyperlink>'
        )
        + paragraph('<w:bookmarkStart w:id="1" w:name="_Ref1"/>' + run("B"), style="1")
        + paragraph("Deep one", style="2")
        + paragraph('<w:bookmarkStart w:id="2" w:name="here"/>' + run("Here."))
    )
    links = {"l1": "https://example.org/a (b)?x=1&amp;y=2", "l2": "javascript:alert(1)"}
    found = reader.read(docx(body, links=links), "x.docx")
    assert sections(found)["a"][1] == (
        "[site](https://example.org/a%20%28b%29?x=1&y=2), see [Section B](../02-b/) "
        "[or here](../02-b/#deep-one) or nowhere or bad"
    )
    said = remarks(found)
    assert "became plain text: javascript:alert(1)" in said
    assert "heading above it" in said


def test_footnotes_stand_in_the_section_that_refers_to_them(reader: Reader) -> None:
    mark = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    body = (
        paragraph("A", style="1")
        + paragraph(run("One") + mark.format(7))
        + paragraph("B", style="1")
        + paragraph(run("Two") + mark.format(3) + run(" and one again") + mark.format(7))
    )
    found = reader.read(docx(body, footnotes={3: "Third.", 7: "Seventh *."}), "x.docx")
    assert sections(found)["a"][1:] == ["One[^1]", "[^1]: Seventh \\*."]
    assert sections(found)["b"][1:] == [
        "Two[^2] and one again[^1]",
        "[^2]: Third.",
        "[^1]: Seventh \\*.",
    ]


def test_code_quotations_and_tables_of_contents(reader: Reader) -> None:
    mono = '<w:rFonts w:ascii="Courier New"/>'
    body = (
        paragraph("Contents line ... 3", style="toc1")
        + paragraph("def f():", style="code")
        + paragraph("    return ```1```", style="code")
        + paragraph("Then:")
        + paragraph(run("make all", mono))
        + paragraph("Said one.", style="q")
        + paragraph("Said two.", style="q")
    )
    assert sections(reader.read(docx(body), "x.docx"))[""][1:] == [
        "````\ndef f():\n    return ```1```\n````",
        "Then:",
        "```\nmake all\n```",
        "> Said one.\n>\n> Said two.",
    ]


def test_tracked_changes_text_boxes_and_drawings(reader: Reader) -> None:
    box = (
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:anchor><wps:wsp><wps:txbx><w:txbxContent>"
        + paragraph("In the box.")
        + "</w:txbxContent></wps:txbx></wps:wsp></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        + "<v:textbox><w:txbxContent>"
        + paragraph("In the box.")
        + "</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    old = '<w:r><w:object><o:OLEObject ProgID="Equation.3"/></w:object></w:r>'
    body = paragraph(
        run("kept")
        + f"<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:ins>{run(' new')}</w:ins>"
        + "<w:r><w:lastRenderedPageBreak/></w:r>"
        + box
    ) + paragraph(run("soft\u00adhyphen") + "<w:r><w:softHyphen/></w:r>" + old)
    found = reader.read(docx(body), "x.docx")
    assert sections(found)[""][1:] == ["kept new", "In the box.", "softhyphen"]
    said = remarks(found)
    assert "deleted under tracked changes" in said
    assert "text box was put behind" in said
    assert "[p. 2]" in said
    assert "old formula editor" in said


def test_the_language_is_what_the_text_is_in(reader: Reader) -> None:
    chinese = paragraph(run("断开电源之后，用万用表测量绝缘电阻。", '<w:lang w:eastAsia="zh-CN"/>'))
    assert reader.read(docx(chinese), "a.docx").lang == "zh-Hans"
    arabic = paragraph(run("قس مقاومة العزل قبل تشغيل المحرك", '<w:rtl/><w:lang w:bidi="ar-SA"/>'))
    assert reader.read(docx(arabic), "b.docx").found_lang == "ar"
    swahili = reader.read(docx(paragraph("Zima umeme kwanza.")), "c.docx", lang="sw")
    assert (swahili.lang, list(swahili.root.texts)) == ("sw", ["sw"])


def test_what_the_document_says_of_itself(reader: Reader) -> None:
    core = "<dc:title>Named</dc:title><dc:creator>A. Mushi; B. Li</dc:creator>"
    body = paragraph("This text is under CC BY-SA 4.0.")
    found = reader.read(docx(body, core=core), "x.docx")
    assert (found.title, found.authors, found.licence) == (
        "Named",
        ["A. Mushi", "B. Li"],
        "CC-BY-SA-4.0",
    )


def test_a_document_as_python_docx_writes_it(reader: Reader) -> None:
    made = python_docx.Document()
    made.add_heading("电机控制", 0)
    made.add_heading("接线", 1)
    made.add_paragraph("第一步", style="List Number")
    made.add_paragraph("子项", style="List Bullet 2")
    made.add_paragraph("第二步", style="List Number")
    made.add_picture(io.BytesIO(png()))
    made.add_paragraph("图 1 接触器", style="Caption")
    grid = made.add_table(3, 2)
    for n, words in enumerate(["螺钉", "力矩", "M4", "2.5", "M5", "5"]):
        grid.cell(n // 2, n % 2).text = words
    held = io.BytesIO()
    made.save(held)
    found = reader.read(held.getvalue(), "x.docx")
    assert found.lang == "zh-Hans"
    assert sections(found)["接线"][1:] == [
        "1. 第一步\n   - 子项\n2. 第二步",
        '![](../images/image1.png "图 1 接触器")',
        "| 螺钉 | 力矩 |\n| --- | --- |\n| M4 | 2.5 |\n| M5 | 5 |",
    ]


def test_equal_titles_and_titles_without_letters_have_keys_of_their_own(reader: Reader) -> None:
    body = "".join(paragraph(name, style="1") for name in ("Test", "Test", "🚀", "第三章 工具"))
    found = reader.read(docx(body), "x.docx")
    assert [one.folder for one in found.root.sections] == [
        "01-test",
        "02-test-2",
        "03-part",
        "04-工具",
    ]


def test_a_subtitle_is_the_summary_and_later_titles_are_headings(reader: Reader) -> None:
    styles = (
        STYLES + '<w:style w:type="paragraph" w:styleId="st"><w:name w:val="Subtitle"/></w:style>'
    )
    body = (
        paragraph("Book", style="t")
        + paragraph("All about it.", style="st")
        + paragraph("One", style="t")
        + paragraph("Body text.", style="1", more='<w:outlineLvl w:val="9"/>')
        + paragraph("Two", style="t")
    )
    found = reader.read(docx(body, styles=styles), "x.docx")
    assert sections(found) == {
        "": ["# Book", "All about it."],
        "one": ["# One", "Body text."],
        "two": ["# Two"],
    }


def test_symbols_ruby_and_hyphens_of_word(reader: Reader) -> None:
    body = paragraph(
        '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/><w:sym w:font="Symbol" w:char="F061"/>'
        '<w:t xml:space="preserve"> a</w:t><w:noBreakHyphen/><w:t>b</w:t><w:tab/>'
        "<w:t>c</w:t><w:br/><w:t>d</w:t>"
        "<w:ruby><w:rt><w:r><w:t>pīn</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>拼</w:t></w:r></w:rubyBase>"
        "</w:ruby></w:r>"
    )
    assert sections(reader.read(docx(body), "x.docx"))[""][1:] == ["✓α a\u2011b c\\\nd拼（pīn）"]
