"""Subtitles: what is wrong in which line, SubRip made whole, cues read out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.errors import Invalid, Malformed
from library.media.subtitles import Cue, lines, srt_to_vtt, validate_vtt

GOOD = """WEBVTT - Lesson 1

NOTE
made for the course

STYLE
::cue { color: white }

REGION
id:below

intro
00:01.000 --> 00:02.500 align:start line:-1 position:10%,line-left size:80% region:below
<v Teacher>Good <b>morning</b> &amp; welcome&#33;&nbsp;

NOTE between two cues

00:00:02.500 --> 01:00:04.000 vertical:rl line:5%,end
<c.yellow.bold>one</c> <lang en>two</lang> <ruby>电<rt>diàn</rt></ruby>
three <00:03.000> four

100:00:00.000 --> 100:00:01.000
late
"""


def faults(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in validate_vtt(text)]


@pytest.mark.parametrize(
    "text",
    [GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace("\n", "\r"), "\ufeff" + GOOD, "WEBVTT",
     "WEBVTT\n", "WEBVTT\ttitle\n\n"],
)  # fmt: skip
def test_good_files_have_no_faults(text: str) -> None:
    assert faults(text) == []


def cue(timing: str, text: str = "x") -> str:
    return f"WEBVTT\n\n{timing}\n{text}\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "must be WEBVTT"),
        ("webvtt\n", 1, "must be WEBVTT"),
        ("WEBVTTX\n", 1, "must be WEBVTT"),
        (" WEBVTT\n", 1, "must be WEBVTT"),
        ("1\n00:00:01,000 --> 00:00:02,000\nx\n", 1, "must be WEBVTT"),
        ("WEBVTT a --> b\n", 1, "arrow"),
        ("WEBVTT\n00:01.000 --> 00:02.000\nx\n", 2, "empty line must follow"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nx\0\n", 4, "Null"),
        (cue("00:01,000 --> 00:02.000"), 3, "full stop, not a comma"),
        (cue("0:01.000 --> 00:02.000"), 3, "'0:01.000'"),
        (cue("00:01.00 --> 00:02.000"), 3, "'00:01.00'"),
        (cue("00:61.000 --> 00:02.000"), 3, "'00:61.000'"),
        (cue("1:00:01.000 --> 01:00:02.000"), 3, "'1:00:01.000'"),
        (cue("٠٠:٠١.٠٠٠ --> 00:02.000"), 3, "not written"),
        (cue("00:01.000 --> "), 3, "each side"),
        (cue("--> 00:01.000"), 3, "each side"),
        (cue("00:01.000-->00:02.000"), 3, "space"),
        (cue("00:02.000 --> 00:01.000"), 3, "does not end after"),
        (cue("00:02.000 --> 00:02.000"), 3, "does not end after"),
        (cue("00:01.000 --> 00:02.000 colour:red"), 3, "'colour:red'"),
        (cue("00:01.000 --> 00:02.000 align:middle"), 3, "'align:middle'"),
        (cue("00:01.000 --> 00:02.000 size:101%"), 3, "'size:101%'"),
        (cue("00:01.000 --> 00:02.000 align:left align:left"), 3, "twice"),
        (cue("00:01.000 --> 00:02.000", "a --> b"), 4, "missing"),
        (cue("00:01.000 --> 00:02.000", "a\n00:03.000 --> 00:04.000\nb"), 5, "missing"),
        (cue("00:01.000 --> 00:02.000", "<font color=red>a</font>"), 4, "<font color=red>"),
        (cue("00:01.000 --> 00:02.000", "<b>a"), 4, "never closed"),
        (cue("00:01.000 --> 00:02.000", "a\nb</i>"), 5, "never opened"),
        (cue("00:01.000 --> 00:02.000", "3 < 4"), 4, "< 4"),
        (cue("00:01.000 --> 00:02.000", "R&D &amp; more"), 4, "&amp;"),
        (cue("00:01.000 --> 00:02.000") + "\nlost words\n", 6, "without times"),
        (cue("00:01.000 --> 00:02.000") + "\nSTYLE\n::cue {}\n", 6, "before the first cue"),
        (cue("00:05.000 --> 00:06.000") + "\n00:01.000 --> 00:02.000\ny\n", 6, "earlier one"),
        ("WEBVTT\n\na\n00:01.000 --> 00:02.000\nx\n\na\n00:02.000 --> 00:03.000\ny\n", 7, "before"),
        ("WEBVTT\n\nNOTE a\nb\nc --> d\n", 5, "outside"),
    ],
)
def test_faults_are_found_in_their_line(text: str, line: int, said: str) -> None:
    found = faults(text)
    assert any(at == line and said in message for at, message in found), found


def test_every_fault_is_told_in_the_order_of_lines() -> None:
    text = "WEBVTT\n\n00:02.000 --> 00:01.000\n<x>\n\n00:01,000 --> 00:03.000 a:b\ny\n"
    assert [line for line, _ in faults(text)] == [3, 4, 6, 6]


SRT = """\ufeff1\r
00:00:01,000 --> 00:00:02,500\r
Good <i>morning</i> & welcome\r
\r
3\r
00:01:00,5 --> 00:01:02.000 X1:10 X2:20\r
<font color="red">5 < 6</font> {\\an8}and --> on\r
\r
still the same cue\r
\r
2\r
0:0:03,000 --> 0:0:04,000\r
2024\r
\r
1:00:00,000 --> 1:00:01,000\r
without a number\r
"""


def test_subrip_becomes_webvtt() -> None:
    made = srt_to_vtt(SRT)
    assert validate_vtt(made) == []
    assert made == (
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:02.500\nGood <i>morning</i> &amp; welcome\n\n"
        "00:00:03.000 --> 00:00:04.000\n2024\n\n"
        "00:01:00.500 --> 00:01:02.000\n5 &lt; 6 and --&gt; on\nstill the same cue\n\n"
        "01:00:00.000 --> 01:00:01.000\nwithout a number\n"
    )


@pytest.mark.parametrize("text", ["", "hello", "1\n00:00:01 to 00:00:02\nx", "<html>"])
def test_what_is_no_subtitle_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(Malformed, match="Line 1"):
        srt_to_vtt(text)
    with pytest.raises(Malformed, match="Line 1"):
        lines(text)


def test_a_cue_that_ends_before_it_begins_is_refused_with_its_line() -> None:
    with pytest.raises(Invalid, match="Line 2: "):
        srt_to_vtt("1\n00:00:02,000 --> 00:00:01,000\nx\n")


def test_cues_of_webvtt_are_read_as_plain_text() -> None:
    assert lines(GOOD) == [
        Cue(1.0, 2.5, "Good morning & welcome!"),
        Cue(2.5, 3604.0, "one two 电diàn\nthree  four"),
        Cue(360000.0, 360001.0, "late"),
    ]


def test_cues_of_subrip_are_read_in_their_order() -> None:
    assert [one.text for one in lines(SRT)] == [
        "Good morning & welcome",
        "5 < 6 and --> on\nstill the same cue",
        "2024",
        "without a number",
    ]


def test_broken_cues_are_skipped_as_a_player_would() -> None:
    text = "WEBVTT\n\nbroken\n\n00:01,0 --> x\nno\n\n00:01.000 --> 00:02.000\n<b></b>\n\n"
    assert lines(text + "00:03.000 --> 00:04.000\nyes\n") == [Cue(3.0, 4.0, "yes")]


CUE = st.tuples(
    st.integers(0, 10**8),
    st.integers(1, 10**6),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=60),
)


@given(st.lists(CUE, min_size=1, max_size=8))
def test_any_subrip_gives_good_webvtt(cues: list[tuple[int, int, str]]) -> None:
    def stamp(ms: int) -> str:
        return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"

    text = "".join(
        f"{number}\n{stamp(start)} --> {stamp(start + length)}\n{words}\n\n"
        for number, (start, length, words) in enumerate(cues, 1)
    )
    assert validate_vtt(srt_to_vtt(text)) == []


@given(st.text(max_size=300))
def test_any_text_is_judged_and_never_crashes(text: str) -> None:
    validate_vtt("WEBVTT\n\n" + text)
    lines("WEBVTT\n\n" + text)
