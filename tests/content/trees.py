"""Small content folders for tests, written from a mapping of paths to texts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from library.content.exporting import export
from library.content.importing import Format, import_paths
from library.content.report import Report
from library.db import session_scope
from library.media.folder import LocalStore

META = 'source_language = "en"\nlicence = "CC-BY-4.0"\n'
#: The smallest picture there is: one transparent pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\nA pulse for each step.\n"


def write_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder, texts with the line ends that they have, and return the folder."""
    for at, content in files.items():
        path = root / at
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def course(root: Path, files: Mapping[str, str | bytes], *, key: str = "wiring") -> Path:
    """A course with a ``meta.toml`` and an English title unless the files say otherwise."""
    whole: dict[str, str | bytes] = {"meta.toml": META, "en.md": "# Wiring\n\nA course.\n"}
    whole.update(files)
    return write_tree(root / "course" / key, whole)


def run_import(
    factory: sessionmaker[Session],
    store: LocalStore,
    *paths: Path,
    dry_run: bool = False,
    format: Format = "content",  # noqa: A002 - as the function calls it
) -> Report:
    return import_paths(factory, store, paths, by="tests", format=format, dry_run=dry_run)


def run_export(factory: sessionmaker[Session], store: LocalStore, folder: Path) -> Path:
    with session_scope(factory) as session:
        report = export(session, store, folder)
    assert report.ok, list(report.lines())
    return folder


def digest_of(folder: Path) -> dict[str, str]:
    """Every file below a folder with a hash of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def faults_of(report: Report) -> Sequence[str]:
    return [str(fault) for fault in report.faults]
