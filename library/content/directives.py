"""Directives of project sheets: lines such as ``--- task ---`` around ordinary Markdown.

Some publishers of learning projects mark steps, hints and print versions so. The library has blocks
instead: wrappers are dropped, ``collapse`` becomes a block that unfolds, ``code`` a fenced block, and
what is for paper only is left out, since it repeats what the screen shows. Attribute lists behind
links and pictures (``{:height="100px"}``) are dropped too.
"""

from __future__ import annotations

import re

_DIRECTIVE = re.compile(r"[ \t]*--- (/?)([a-z][a-z-]*) ---[ \t]*")
_WRAPPERS = frozenset(
    {"task", "hints", "hint", "no-print", "save", "challenge", "new-page", "feature", "section"}
)
_KNOWN = _WRAPPERS | {"collapse", "code", "print-only"}
# Directives inside directives; deeper ones lose their wrapping and keep their text.
_DEEPEST = 10
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_ATTRIBUTES = re.compile(r"(?<=[)\]])\{:[^{}\n]*\}")
_FACT = re.compile(r"([a-z_]+):[ \t]*(.*)")


def has_directives(text: str) -> bool:
    """Whether there is anything in a text for `plain_markdown` to do."""
    return "--- " in text or "{:" in text


def plain_markdown(text: str) -> str:
    """The text in Markdown that everybody reads; directives inside fenced code stay as they are."""
    output, _ = _rewrite(text.split("\n"), 0, closing=None, depth=0)
    return "\n".join(output)


def _rewrite(
    lines: list[str], at: int, *, closing: str | None, depth: int
) -> tuple[list[str], int]:
    """Rewrite until the directive that closes this one, or the end; returns what comes next."""
    output: list[str] = []
    fence = ""
    while at < len(lines):
        line = lines[at]
        opened = _FENCE.match(line)
        if opened is not None:
            if not fence:
                fence = opened[1]
            elif opened[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        found = None if fence else _DIRECTIVE.fullmatch(line)
        if found is None or found[2] not in _KNOWN:
            output.append(line if fence or "{:" not in line else _ATTRIBUTES.sub("", line))
            at += 1
            continue
        slash, name = found[1], found[2]
        at += 1
        if slash:
            if name == closing:
                return output, at
            output.append("")
        elif name in _WRAPPERS or depth >= _DEEPEST:
            output.append("")
        elif name == "print-only":
            _, at = _rewrite(lines, at, closing=name, depth=depth + 1)
            output.append("")
        elif name == "code":
            block, at = _code(lines, at)
            output += block
        else:
            facts, at = _facts(lines, at)
            inner, at = _rewrite(lines, at, closing=name, depth=depth + 1)
            output += _unfolding(facts.get("title", ""), inner)
    return output, at


def _facts(lines: list[str], at: int) -> tuple[dict[str, str], int]:
    """The ``---`` ... ``---`` lines that may follow a directive."""
    start = at
    while start < len(lines) and not lines[start].strip():
        start += 1
    if start >= len(lines) or lines[start].strip() != "---":
        return {}, at
    facts: dict[str, str] = {}
    for end in range(start + 1, len(lines)):
        if lines[end].strip() == "---":
            return facts, end + 1
        fact = _FACT.fullmatch(lines[end].strip())
        if fact is not None:
            facts[fact[1]] = _unquoted(fact[2].strip())
    return {}, at


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _code(lines: list[str], at: int) -> tuple[list[str], int]:
    facts, at = _facts(lines, at)
    end = at
    while end < len(lines) and lines[end].strip() != "--- /code ---":
        end += 1
    code = lines[at:end]
    while code and not code[0].strip():
        code = code[1:]
    while code and not code[-1].strip():
        code = code[:-1]
    if len(code) > 1 and _FENCE.match(code[0]):  # some sheets fence the code inside as well
        return ["", *code, ""], end + 1
    longest = max((len(m[0]) for line in code for m in re.finditer("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return ["", f"{fence}{facts.get('language', '')}", *code, fence, ""], end + 1


def _unfolding(title: str, inner: list[str]) -> list[str]:
    plain = title.replace('"', "”")
    head = f'??? "{plain}"' if plain else '??? ""'
    body = [f"    {line}" if line.strip() else "" for line in inner]
    return ["", head, *body, ""]
