"""A document that was read, as a content folder that ``library import`` takes."""

from __future__ import annotations

import re
import shutil
import unicodedata
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from library.catalogue.drafts import SectionDraft
from library.content.documents.reading import DocumentReading
from library.content.schema import LONGEST_KEY
from library.content.toml_writer import document
from library.errors import Conflict
from library.markdown import join

_NO_LICENCE: Final = (
    "# The document does not say under which licence it may be used: write it here.\n"
    '# licence = "CC-BY-4.0"\n'
)
_NOT_IN_KEY: Final = re.compile(r"[^a-z0-9]+")


def key_from(*names: str) -> str:
    """A key from the first name that has letters of ASCII in it; ``document`` where none has."""
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        key = _NOT_IN_KEY.sub("-", plain).strip("-")[:LONGEST_KEY].strip("-")
        if any(c.isalpha() for c in key):
            return key
    return "document"


def write_folder(
    reading: DocumentReading,
    pictures: Path,
    target: Path,
    *,
    kind: str,
    key: str,
    licence: str = "",
) -> Path:
    """Write ``target/kind/key`` whole or not at all, and return it.

    ``pictures`` is the folder that the document was read with. ``licence`` is what is taken where the
    document names none. Raises ``Conflict`` where there is such a folder, ``OSError``.
    """
    parent = target / kind
    work = parent / key
    if work.exists():
        raise Conflict(f"There is a folder {work} already.")
    parent.mkdir(parents=True, exist_ok=True)
    held = Path(mkdtemp(prefix=f".{key}-", dir=parent))
    try:
        _write_meta(reading, held, licence)
        _write_section(reading.root, held, reading.lang)
        for one in reading.pictures:
            place = held / one.path
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(pictures / one.name, place)
        held.chmod(0o755)
        held.rename(work)
    except BaseException:
        shutil.rmtree(held, ignore_errors=True)
        raise
    return work


def _write_meta(reading: DocumentReading, folder: Path, licence: str) -> None:
    said = licence or reading.licence
    facts = {
        "source_language": reading.lang,
        "licence": said or None,
        "contributors": [{"name": name, "role": "author"} for name in reading.authors],
    }
    text = document(facts)
    if not said:
        first, _, rest = text.partition("\n")
        text = f"{first}\n{_NO_LICENCE}{rest}"
    (folder / "meta.toml").write_text(text, encoding="utf-8")


def _write_section(section: SectionDraft, folder: Path, lang: str) -> None:
    folder.mkdir(exist_ok=True)
    text = join(block.parsed for block in section.texts[lang])
    (folder / f"{lang}.md").write_text(text, encoding="utf-8")
    for inner in section.sections:
        _write_section(inner, folder / inner.folder, lang)
