"""The process that reads files: what it may not do, and who outlives whom."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.extraction import reader as reading
from library.extraction.reader import Stopped, TextReader
from tests.extraction.documents import DOCX, ODT, PDF, archive, docx, opendocument, pdf


@pytest.fixture
def reader() -> Iterator[TextReader]:
    with TextReader() as made:
        yield made


def saved(folder: Path, content: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def process_of(reader: TextReader) -> int:
    assert reader._child is not None
    return reader._child.pid


def test_files_are_read_one_after_another_by_one_process(
    reader: TextReader, tmp_path: Path
) -> None:
    first = reader.read(saved(tmp_path, pdf(["A fuse", "A relay"])), media_type=PDF)
    pid = process_of(reader)
    second = reader.read(saved(tmp_path, docx(["مقاومة العزل"])), media_type=DOCX)
    assert [(one.place, one.text) for one in first.extracts] == [
        ("page=1", "A fuse"),
        ("page=2", "A relay"),
    ]
    assert second.extracts[0].text == "مقاومة العزل"
    assert process_of(reader) == pid
    reader.close()
    assert not alive(pid)


def test_what_is_wrong_with_a_file_is_said_and_the_next_one_is_read(
    reader: TextReader, tmp_path: Path
) -> None:
    broken = reader.read(saved(tmp_path, b"%PDF-1.7"), media_type=PDF)
    assert broken.error == "This is no PDF, or it is cut off or damaged."
    assert not broken.extracts
    locked = reader.read(saved(tmp_path, pdf(["x"], encrypted=True)), media_type=PDF)
    assert "password" in locked.error
    assert reader.read(saved(tmp_path, b"words"), media_type="text/plain").extracts


def test_the_process_knows_no_secrets_and_writes_no_files(
    reader: TextReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIBRARY_SECRET_KEY", "a secret")
    reader.read(saved(tmp_path, b"words"), media_type="text/plain")
    environment = Path(f"/proc/{process_of(reader)}/environ")
    limits = Path(f"/proc/{process_of(reader)}/limits")
    if not limits.exists():
        pytest.skip("no /proc here")
    assert b"a secret" not in environment.read_bytes()
    rows = {line[:25].strip(): line[25:].split() for line in limits.read_text().splitlines()}
    assert rows["Max file size"][:2] == ["0", "0"]
    assert int(rows["Max address space"][1]) < 1 << 30


def test_a_file_that_needs_much_memory_takes_nobody_along(
    reader: TextReader, tmp_path: Path
) -> None:
    # Within the limits of an archive, and far beyond those of the process once it is text.
    line = os.urandom(600).hex() + "\n"
    big = saved(tmp_path, (line * 170_000).encode("ascii"))
    outcome = reader.read(big, media_type="text/plain")
    assert outcome.error or outcome.cut
    assert reader.read(saved(tmp_path, b"words", "small"), media_type="text/plain").extracts


def test_a_file_that_takes_too_long_is_given_up_and_what_was_read_is_kept(
    tmp_path: Path,
) -> None:
    path = saved(tmp_path, pdf(["page"] * 5_000))
    with TextReader(patience=0.4) as hurried:
        outcome = hurried.read(path, media_type=PDF)
    assert outcome.error or "longer than" in outcome.cut
    assert len(outcome.extracts) < 5_000


def test_who_waits_may_do_other_things_and_may_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_TICK", 0.01)
    calls = 0

    def meanwhile() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Stopped

    patient = TextReader(meanwhile=meanwhile)
    with pytest.raises(Stopped):
        patient.read(saved(tmp_path, pdf(["page"] * 5_000)), media_type=PDF)
    assert patient._child is None
    assert calls == 3


def test_a_process_that_is_killed_fails_its_file_alone(reader: TextReader, tmp_path: Path) -> None:
    path = saved(tmp_path, b"words")
    reader.read(path, media_type="text/plain")
    os.kill(process_of(reader), 9)
    while reader._child is not None and reader._child.poll() is None:
        time.sleep(0.01)
    assert reader.read(path, media_type="text/plain").extracts


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (DOCX, archive({f"{n}": "" for n in range(20_000)})),
        (DOCX, archive({"../../etc/passwd": "x"})),
        (ODT, opendocument("<text:p>" * 5_000 + "</text:p>" * 5_000)),
        (ODT, opendocument("<text:p/>" + "<text:span " + "a='b' " * 3 + "/>")),
        (ODT, archive({"content.xml": "<a>" + "x" * 50_000_000 + "</a>"})),
        ("text/html", b"<p>" + b"<b" * 400_000),
        ("text/html", b"<![CDATA[" * 100_000),
        ("text/vtt", b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\nx\n\n" * 50_000),
        ("text/html", b"<div hidden>" * 200_000 + b"words"),
    ],
    ids=["files", "way out", "depth", "attributes", "size", "tags", "cdata", "cues", "hidden"],
)
def test_hostile_files_end_with_a_sentence_in_good_time(
    tmp_path: Path, media_type: str, content: bytes
) -> None:
    began = time.monotonic()
    with TextReader(patience=5) as reader:
        outcome = reader.read(saved(tmp_path, content), media_type=media_type)
        assert outcome.error == "" or outcome.error.endswith(".")
        assert reader.read(saved(tmp_path, b"words"), media_type="text/plain").extracts
    assert time.monotonic() - began < 30
