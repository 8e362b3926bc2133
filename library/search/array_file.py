"""Named arrays in one file, read piece by piece: a derived index that takes no memory of a process.

The file is read with ``pread``, never mapped: reading a mapped file that something has cut short ends
the process. What is read often is in the system's memory anyway, once for all processes. A position is
never kept, so one open file serves all threads, and processes forked later.
"""

from __future__ import annotations

import json
import os
import secrets
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from library.errors import Damaged

_MAGIC: Final = b"MRTARR1\n"
_HEAD: Final = len(_MAGIC) + 8

Array = NDArray[Any]


def packed(arrays: Mapping[str, Array], about: Mapping[str, Any]) -> bytes:
    """The content of a file with flat ``arrays`` and what is to be known ``about`` them (JSON)."""
    places: dict[str, tuple[str, int, int]] = {}
    pieces: list[bytes] = []
    at = 0
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array).reshape(-1)
        flat = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
        places[name] = (flat.dtype.str, at, len(flat))
        pieces.append(flat.tobytes())
        at += len(pieces[-1])
    head = json.dumps({"about": about, "arrays": places, "bytes": at}, ensure_ascii=False).encode()
    return b"".join((_MAGIC, len(head).to_bytes(8, "little"), head, *pieces))


def store(path: Path, content: bytes) -> None:
    """Put the content of a file in place in one step. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(6)}.new")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


class ArrayFile:
    """Arrays by name, read from a file that is open, or from bytes that were never written."""

    def __init__(self, source: Path | bytes) -> None:
        """Raises ``Damaged`` for what is no such file, or not the whole of one, and ``OSError``."""
        self._bytes = source if isinstance(source, bytes) else b""
        self._handle = -1
        if isinstance(source, Path):
            self._handle = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, self._handle)
        start = self._read(0, _HEAD)
        if len(start) < _HEAD or not start.startswith(_MAGIC):
            raise Damaged("A file of derived arrays is not one of ours.")
        length = int.from_bytes(start[len(_MAGIC) :], "little")
        try:
            head = json.loads(self._read(_HEAD, min(length, self._size())))
            self.about: dict[str, Any] = head["about"]
            self._arrays = {
                name: (np.dtype(dtype), int(at), int(count))
                for name, (dtype, at, count) in head["arrays"].items()
            }
            whole = int(head["bytes"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Damaged("A file of derived arrays has lost its beginning.") from error
        self._base = _HEAD + length
        if self._size() != self._base + whole:
            raise Damaged("A file of derived arrays has been cut short.")

    def array(self, name: str, start: int = 0, stop: int | None = None) -> Array:
        """The values ``start`` to ``stop`` of an array, read-only. Raises ``Damaged``."""
        dtype, at, count = self._arrays[name]
        stop = count if stop is None else min(stop, count)
        size = dtype.itemsize
        data = self._read(self._base + at + start * size, max(0, stop - start) * size)
        if len(data) != max(0, stop - start) * size:
            raise Damaged("A file of derived arrays has been cut short.")
        return np.frombuffer(data, dtype)

    def raw(self, name: str, start: int, size: int) -> bytes:
        """``size`` bytes from byte ``start`` of an array. Raises ``Damaged`` where there are fewer."""
        data = self._read(self._base + self._arrays[name][1] + start, size)
        if len(data) != size:
            raise Damaged("A file of derived arrays has been cut short.")
        return data

    def _read(self, at: int, size: int) -> bytes:
        if self._handle < 0:
            return self._bytes[at : at + size]
        try:
            return os.pread(self._handle, size, at)
        except OSError as error:
            raise Damaged(f"A file of derived arrays cannot be read: {error.strerror}.") from error

    def _size(self) -> int:
        return len(self._bytes) if self._handle < 0 else os.fstat(self._handle).st_size
