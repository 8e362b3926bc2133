"""Progress: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

# Seconds between two plain lines.
QUIET = 5.0
_WIDTH = 30


class Progress:
    """Shows how far a long piece of work is, on standard error."""

    def __init__(self, title: str, *, unit: str) -> None:
        self._title = title
        self._unit = unit
        self._terminal = sys.stderr.isatty()
        self._last = time.monotonic()
        self._drawn = False

    def at(self, count: int) -> None:
        """So many are done, of an unknown number."""
        self._show(f"{self._title}: {count} {self._unit}")

    def of(self, done: int, left: int) -> None:
        """So many are done, so many are left."""
        total = done + left
        if self._terminal and total:
            filled = _WIDTH * done // total
            bar = "█" * filled + "░" * (_WIDTH - filled)
            self._show(f"{self._title} {bar} {done}/{total} {self._unit}")
        else:
            self._show(f"{self._title}: {done} of {total} {self._unit}")

    def _show(self, line: str) -> None:
        now = time.monotonic()
        if self._terminal:
            if now - self._last > 0.1 or not self._drawn:
                sys.stderr.write(f"\r\x1b[K{line}")
                sys.stderr.flush()
                self._drawn, self._last = True, now
        elif now - self._last > QUIET:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
            self._last = now

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
