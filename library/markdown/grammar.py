"""The small patterns that the scanner, the renderer and the plain-text reader share.

All of them run over hostile text, so none may backtrack over more than a bounded stretch:
repetitions are possessive or end at a character that the repeated part excludes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# A block, or a stretch of inline text, that is longer than this many characters is shown as typed:
# nobody wrote it for readers, and beyond it time would grow faster than length.
MAX_BLOCK = 200_000
MAX_INLINE = 20_000
MAX_DELIMITERS = 800
MAX_NESTING = 12
MAX_COLUMNS = 100

SPACES = " \t"
TAB = 4

ATX = re.compile(r"[ ]{0,3}(#{1,6})(?:[ \t]|$)")
FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)", re.DOTALL)
ITEM = re.compile(r"[ \t]*(?:([-+*])|(\d{1,9})([.)]))(?:([ \t]+)|$)")
ADMONITION = re.compile(
    r"(!!!|\?\?\?\+?)[ \t]*+([A-Za-z][\w-]{0,40})?[ \t]*+(?:\"([^\"]*)\")?[ \t]*+", re.DOTALL
)
ALERT = re.compile(r"[ \t]{0,3}>[ \t]?\[!([A-Za-z]{1,20})\][ \t]*([^\n]*)")
QUOTE = re.compile(r"[ \t]{0,3}>[ ]?")
FOOTNOTE = re.compile(r"[ ]{0,3}\[\^([^\]\s]{1,80})\]:[ \t]*")
DEFINITION = re.compile(r"[ ]{0,3}:[ \t]+(?=\S)")
TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
CAPTION = re.compile(r"[ ]{0,3}(?:Table)?:[ \t]+(?=\S)", re.IGNORECASE)

# A link's address and title, from the bracket that opens them to the one that closes them.
_ROUND = r"\((?:[^\s()\\]++|\\.|\([^\s()]*+\))*+\)"
_BARE_ADDRESS = rf"(?:[^\s()<>\\]++|\\.|{_ROUND})(?:[^\s()\\]++|\\.|{_ROUND})*+"
_TITLE = r"(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\))"
# Teachers name files with spaces in them; such an address is taken when it ends like a file name.
_SPACED_ADDRESS = r"[^\s()<>\"'\\][^\n()<>\"'\\]{0,300}?\.[A-Za-z0-9]{1,5}"
_ADDRESS = rf"(?:<([^<>\n]*+)>|({_BARE_ADDRESS}|{_SPACED_ADDRESS})|)"
TAIL = re.compile(rf"\(\s*+{_ADDRESS}(?:\s++({_TITLE}))?\s*+\)", re.DOTALL)

_INSIDE = r"(?:[^\[\]\\]++|\\.|\[(?:[^\[\]\\]++|\\.)*+\])*+"
_BEHIND = rf"(?:{TAIL.pattern}|\[[^\[\]]*+\])"
_PICTURE = rf"!\[{_INSIDE}\]{_BEHIND}"
_EMPHASISED = (
    r"(?:\n[ \t]*(?:\*(?![*\s])(?:[^*\n]++|\*\*[^*\n]++\*\*)++\*|_(?!_)[^\n]*[^_\s]_)[ \t]*)?"
)
FIGURE = re.compile(
    rf"[ ]{{0,3}}(?:{_PICTURE}|\[{_PICTURE}\]{_BEHIND})[ \t]*{_EMPHASISED}", re.DOTALL
)

REFERENCE = re.compile(
    rf"[ ]{{0,3}}\[(?!\^)((?:[^\[\]\\]++|\\.){{1,300}}+)\]:[ \t]*+(?:<([^<>\n]*+)>|(\S+))"
    rf"(?:\s++({_TITLE}))?[ \t]*",
    re.DOTALL,
)

TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9]{0,15}+)"
    r"((?:\s++[A-Za-z_:@][\w:.@-]*+(?:\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'|[^\s\"'=<>`]++))?+)*+)"
    r"\s*+/?>"
)
ATTRIBUTE = re.compile(
    r"([A-Za-z_:@][\w:.@-]*+)(?:\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)'|([^\s\"'=<>`]++)))?"
)

# Pandoc's rule for dollars (no space inside, no digit behind), and one thing more: no letter or
# digit of the Latin alphabet may touch a dollar from outside, so that US$5 and $HOME stay text.
DOLLARS = r"(?<![A-Za-z0-9$\\])\$(?![\s$])((?:[^$\\\x02]|\\.){1,2000}+)(?<!\s)\$(?![A-Za-z0-9$])"
ROUND_FORMULA = r"\\\(((?:[^\\\x02]|\\(?![()]).){1,2000}+)\\\)"
# Word processors escape every bracket, so \[1\] is a formula only if something in it looks like one.
SQUARE_FORMULA = (
    r"\\\[(?=[^\]\\]{0,2000}?(?:[\^_=+<>]|\\[^\]]))"
    r"((?:[^\\\x02]|\\(?![\[\]]).){1,2000}+)\\\]"
)
DOUBLE_DOLLARS = r"\$\$((?:[^$\\\x02]|\\.){1,4000}+)\$\$"
BARE_URL = r"(?<![\w/])https?://[A-Za-z0-9][A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*+"
NOTE_MARK = r"\[\^([^\]\s\[]{1,80})\]"

PUNCTUATION = r"[!-/:-@\[-`{-~]"

# No space belongs between two lines of Chinese or Japanese that an author wrapped.
_WIDE = "\u2e80-\u303f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
WRAPPED_WIDE = re.compile(rf"(?<=[{_WIDE}])\n[ \t]*(?=[{_WIDE}])")


def indent_of(line: str) -> int:
    """Columns of white space before the first other character, tabs to the next multiple of 4."""
    width = 0
    for character in line:
        if character == " ":
            width += 1
        elif character == "\t":
            width += TAB - width % TAB
        else:
            break
    return width


def dedent(line: str, columns: int) -> str:
    """The line with up to ``columns`` columns of leading white space taken away."""
    width = 0
    for index, character in enumerate(line):
        if width >= columns:
            return " " * (width - columns) + line[index:]
        if character == " ":
            width += 1
        elif character == "\t":
            width += TAB - width % TAB
        else:
            return line[index:]
    return " " * max(width - columns, 0) if line else line


def cells_of(row: str) -> list[str]:
    """The trimmed cells of a table row, split at every bar that no backslash protects."""
    return [cell.strip() for cell in between_bars(row)]


def between_bars(row: str) -> list[str]:
    """The stretches between the bars of a table row, with the spaces around them."""
    text = row.strip()
    if text.startswith("|"):
        text = text[1:]
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    if "\\|" not in text:
        return text.split("|")
    return [cell.replace("\x00", "|") for cell in text.replace("\\|", "\x00").split("|")]


def is_separator(line: str) -> bool:
    """Whether a line is the row of dashes under a table's head."""
    text = line.strip(SPACES)
    if "|" not in text or "-" not in text or text.strip("|:- \t"):
        return False
    for cell in cells_of(text):
        core = cell.removeprefix(":").removesuffix(":")
        if not core or core.strip("-"):
            return False
    return True


def is_rule(text: str) -> bool:
    """Whether a line without its indent is a thematic break: three or more of ``-``, ``*``, ``_``."""
    if text[0] not in "-*_":
        return False
    squeezed = text.replace(" ", "").replace("\t", "")
    return len(squeezed) >= 3 and not squeezed.strip(text[0])


def fence_end(lines: Sequence[str], start: int, mark: str) -> int:
    """The index behind a fenced block that opens at ``start``; an unclosed one runs to the last line."""
    for index in range(start + 1, len(lines)):
        text = lines[index].strip(SPACES)
        if text.startswith(mark) and not text.strip(mark[0]) and indent_of(lines[index]) < TAB:
            return index + 1
    end = len(lines)
    while end > start + 1 and not lines[end - 1].strip(SPACES):
        end -= 1
    return end
