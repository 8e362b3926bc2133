"""``library convert``: a document into a content folder."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from library.catalogue.models import WORK_KINDS
from library.errors import Invalid
from library.i18n.tags import normalise


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(list(WORK_KINDS)), default="course", show_default=True)
@click.option("--key", help="The work's key, for its address; made from the title when absent.")
@click.option(
    "--lang", help="The language of the text; what the document says or shows when absent."
)
@click.option(
    "--licence", default="", help="An SPDX identifier; what the document says when absent."
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
def convert(
    file: Path,
    folder: Path,
    kind: str,
    key: str | None,
    lang: str | None,
    licence: str,
    dry_run: bool,
) -> None:
    """Turn a Word, EPUB, HTML, PDF or Markdown file into a content folder.

    The folder can be edited, and then be imported with "library import".
    """
    from library.content.documents import read_document_safely
    from library.content.documents.folder import key_from, write_folder
    from library.content.schema import KEY, LONGEST_KEY

    if key is not None and (not KEY.fullmatch(key) or len(key) > LONGEST_KEY):
        raise Invalid("A key is lower-case letters of ASCII, digits and single hyphens.")
    with TemporaryDirectory(prefix="library-convert-") as pictures:
        reading = read_document_safely(
            file,
            name=file.name,
            folder=Path(pictures),
            lang=normalise(lang) if lang else None,
            beside=file.resolve().parent,
        )
        key = key or key_from(reading.title, file.stem)
        if dry_run:
            place = folder / kind / key
        else:
            place = write_folder(
                reading, Path(pictures), folder, kind=kind, key=key, licence=licence
            )
    sections = sum(1 for _ in reading.root.walk()) - 1
    would = "would be" if dry_run else "is"
    click.echo(
        f"“{reading.title}” ({reading.lang}) {would} in {place}: "
        f"{sections} sections, {len(reading.pictures)} pictures."
    )
    for note in reading.notes:
        click.echo(f"note: {note}", err=True)
    if not (licence or reading.licence):
        click.echo("note: The document names no licence; write one into meta.toml.", err=True)
