"""Memory of processes as the system counts it: what several share counts for each in part (PSS)."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from types import TracebackType

from tests.bench import served

_PAUSE = 0.25
_FIELD = re.compile(r"^(Pss|Pss_Anon|Pss_File):\s+(\d+) kB", re.MULTILINE)


def held(pid: int | str = "self") -> dict[str, float]:
    """MB of a process: ``Pss`` in all, ``Pss_Anon`` its own, ``Pss_File`` backed by files. Raises
    ``OSError`` where it has ended."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(size) / 1024 for name, size in _FIELD.findall(text)}


class Watch:
    """Looks at a process and all below it again and again; ``most`` is the most that was seen, in MB."""

    def __init__(self, pid: int) -> None:
        self.most = 0.0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_PAUSE):
            now = 0.0
            for pid in served.family(self._pid):
                try:
                    now += held(pid).get("Pss", 0.0)
                except OSError:  # it has ended since
                    continue
            self.most = max(self.most, now)
