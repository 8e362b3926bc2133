"""What readers miss is told, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue.models import Block, BlockText, Role
from library.content.gaps import HEAVIEST, gaps
from library.db import session_scope
from library.media.folder import LocalStore
from tests.content.trees import META, PIXEL, course, run_import


def told(
    factory: sessionmaker[Session], store: LocalStore, root: Path, files: dict[str, str | bytes]
) -> list[str]:
    report = run_import(factory, store, course(root, files))
    assert report.ok, list(report.lines())
    with session_scope(factory) as session:
        return gaps(session)


def test_a_whole_work_has_no_gaps(
    factory: sessionmaker[Session], store: LocalStore, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {
        "01-safety/en.md": "# Safety\n\n![A switch that is off](off.png)\n",
        "01-safety/fr.md": "# Sécurité\n\n![Un interrupteur ouvert](off.png)\n",
        "01-safety/off.png": PIXEL,
    }
    assert told(factory, store, tmp_path, files) == []


@pytest.mark.parametrize("written", ["![](off.png)", "![  ](off.png)", '<img src="off.png">'])
def test_a_picture_without_words_is_told(
    factory: sessionmaker[Session], store: LocalStore, tmp_path: Path, written: str
) -> None:
    files: dict[str, str | bytes] = {
        "01-safety/en.md": f"# Safety\n\n{written}\n",
        "01-safety/off.png": PIXEL,
    }
    (sentence,) = told(factory, store, tmp_path, files)
    assert sentence.startswith("course/wiring: 'off.png' is shown without an alternative text")
    assert "safety (en)" in sentence


def test_a_section_without_a_title_is_told_where_the_edition_is_offered(
    factory: sessionmaker[Session], store: LocalStore, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = {
        "fr.md": "# Câblage\n",
        "sw.md": "# Nyaya\n",
        "01-safety/en.md": "# Safety\n\nLook first.\n",
        "01-safety/fr.md": "# Sécurité\n\nRegardez d’abord.\n",
        "01-safety/sw.md": "# Usalama\n\nTazama kwanza.\n",
        "meta.toml": f"{META}[editions.sw]\noffered = false\n",
    }
    assert told(factory, store, tmp_path, files) == []
    # No content folder can say so, but an older library or another entrance may have.
    with session_scope(factory, write=True) as session:
        titles = select(Block.id).where(Block.role == Role.TITLE)
        session.execute(
            delete(BlockText).where(BlockText.lang != "en", BlockText.block_id.in_(titles))
        )
    with session_scope(factory) as session:
        sentences = gaps(session)
    assert [s.split(" has ")[0] for s in sentences] == ["course/wiring: safety (fr)"]


def test_a_heavy_picture_is_told_with_its_size(
    factory: sessionmaker[Session], store: LocalStore, tmp_path: Path
) -> None:
    padding = b"<!--" + b" " * HEAVIEST + b"-->"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4">' + padding + b"</svg>"
    files: dict[str, str | bytes] = {"en.md": "# W\n\nS.\n\n![A](a.svg)\n", "a.svg": svg}
    (sentence,) = told(factory, store, tmp_path, files)
    assert sentence == ("course/wiring: the picture a.svg has 150 kB; make it smaller than 150 kB.")
