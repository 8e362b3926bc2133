"""On which line each key of a TOML file stands.

The parser of the standard library gives values without places. This scanner reads text that the parser
has accepted already, so it need not judge anything: it only follows keys, tables, arrays and strings.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_INLINE_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]*")
_BASIC = re.compile(r'"(?:[^"\\\n]++|\\.)*+"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^"\\]++|\\.|"(?!""))*+"""(?:"{1,2}(?!"))?', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''(?:'{1,2}(?!'))?", re.DOTALL)


def key_lines(text: str) -> dict[Path, int]:
    """The 1-based line of each key and array element, by path: ``("members", 2, "role")``.

    ``text`` must be valid TOML with ``\\n`` line ends; of other text the answer means nothing.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}
        self._counted_to = 0
        self._line = 1

    def document(self) -> None:
        table: Path = ()
        while True:
            self._skip(_SPACE)
            if self.at >= len(self.text):
                return
            if self.text.startswith("[[", self.at):
                self.at += 2
                line = self._here()
                path = self._follow(self._keys())
                count = self._lengths.get(path, 0)
                self._lengths[path] = count + 1
                table = (*path, count)
                self.lines.setdefault(path, line)
                self.lines[table] = line
                self.at += 2
            elif self.text[self.at] == "[":
                self.at += 1
                line = self._here()
                table = self._follow(self._keys())
                for length in range(1, len(table)):
                    self.lines.setdefault(table[:length], line)
                self.lines[table] = line
                self.at += 1
            else:
                self._pair(table)

    def _follow(self, keys: list[str]) -> Path:
        """A table's path; a name of an array of tables means its last element."""
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            if position < len(keys) - 1 and path in self._lengths:
                path = (*path, self._lengths[path] - 1)
        return path

    def _pair(self, table: Path) -> None:
        line = self._here()
        path: Path = (*table, *self._keys())
        for length in range(len(table) + 1, len(path) + 1):
            self.lines.setdefault(path[:length], line)
        self._skip(_INLINE_SPACE)
        self.at += 1  # the equals sign
        self._skip(_INLINE_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_INLINE_SPACE)
            for pattern in (_BARE_KEY, _BASIC, _LITERAL):
                match = pattern.match(self.text, self.at)
                if match is not None:
                    break
            else:  # cannot happen in valid TOML; stop rather than spin
                self.at = len(self.text)
                return keys or [""]
            written = match[0]
            self.at = match.end()
            if written[0] in "\"'":
                written = next(iter(tomllib.loads(f"{written} = 0")))
            keys.append(written)
            self._skip(_INLINE_SPACE)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def _value(self, path: Path) -> None:
        start = self.text[self.at : self.at + 3]
        if start == '"""':
            self._take(_LONG_BASIC)
        elif start == "'''":
            self._take(_LONG_LITERAL)
        elif start.startswith('"'):
            self._take(_BASIC)
        elif start.startswith("'"):
            self._take(_LITERAL)
        elif start.startswith("["):
            self._array(path)
        elif start.startswith("{"):
            self._inline_table(path)
        else:
            self._take(_BARE_VALUE)

    def _array(self, path: Path) -> None:
        self.at += 1
        count = 0
        while self.at < len(self.text):
            self._skip(_SPACE)
            if self.text.startswith("]", self.at):
                self.at += 1
                return
            if self.text.startswith(",", self.at):
                self.at += 1
                continue
            before = self.at
            self.lines[(*path, count)] = self._here()
            self._value((*path, count))
            count += 1
            if self.at == before:  # not valid TOML after all: stop rather than spin
                self.at = len(self.text)

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self.at < len(self.text):
            self._skip(_SPACE)
            if self.text.startswith("}", self.at):
                self.at += 1
                return
            if self.text.startswith(",", self.at):
                self.at += 1
                continue
            self._pair(path)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def _take(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match is not None else len(self.text)

    def _here(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        return self._line
