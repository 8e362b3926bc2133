from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from library.errors import Damaged
from library.search.array_file import ArrayFile, packed, store

ARRAYS = {
    "numbers": np.arange(10, dtype=np.uint32),
    "letters": np.frombuffer("磨床".encode(), dtype=np.uint8),
    "none": np.zeros(0, dtype=np.uint16),
}
CONTENT = packed(ARRAYS, {"format": 1, "words": {"zh-Hans": ["磨床"]}})


@pytest.fixture(params=["bytes", "file"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> ArrayFile:
    if request.param == "bytes":
        return ArrayFile(CONTENT)
    store(tmp_path / "folder" / "arrays", CONTENT)
    return ArrayFile(tmp_path / "folder" / "arrays")


def test_what_was_written_is_read(opened: ArrayFile) -> None:
    assert opened.about == {"format": 1, "words": {"zh-Hans": ["磨床"]}}
    for name, array in ARRAYS.items():
        assert opened.array(name).tolist() == array.tolist()
        assert opened.array(name).dtype == array.dtype
    assert opened.array("numbers", 3, 5).tolist() == [3, 4]
    assert opened.array("numbers", 8, 99).tolist() == [8, 9]
    assert opened.raw("letters", 3, 3).decode() == "床"


@pytest.mark.parametrize("length", [0, 7, 15, 40, len(CONTENT) - 1])
def test_a_file_cut_short_is_damaged(tmp_path: Path, length: int) -> None:
    (tmp_path / "arrays").write_bytes(CONTENT[:length])
    with pytest.raises(Damaged):
        ArrayFile(tmp_path / "arrays")


def test_other_bytes_are_damaged(tmp_path: Path) -> None:
    for content in (b"x" * 100, CONTENT[:8] + b"\xff" * 8 + CONTENT[16:], CONTENT + b"more"):
        (tmp_path / "arrays").write_bytes(content)
        with pytest.raises(Damaged):
            ArrayFile(tmp_path / "arrays")


def test_a_file_cut_short_while_it_is_open_is_damaged_and_kills_nobody(tmp_path: Path) -> None:
    path = tmp_path / "arrays"
    path.write_bytes(CONTENT)
    opened = ArrayFile(path)
    with path.open("r+b") as file:
        file.truncate(20)
    with pytest.raises(Damaged):
        opened.array("numbers")


def test_a_file_that_is_replaced_goes_on_being_read(tmp_path: Path) -> None:
    path = tmp_path / "arrays"
    store(path, CONTENT)
    opened = ArrayFile(path)
    store(path, packed({}, {}))
    assert opened.array("numbers").tolist() == list(range(10))
    assert ArrayFile(path).about == {}
    assert [one.name for one in tmp_path.iterdir()] == ["arrays"]
