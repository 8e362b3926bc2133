"""``library check``: is everything well, and what to do if not."""

from __future__ import annotations

import json

import click

from library.accounts import letters
from library.catalogue import extraction
from library.catalogue.health import Finding, findings
from library.cli.root import Root, pass_root
from library.content.checking import broken_links
from library.content.gaps import gaps
from library.db import session_scope
from library.errors import LibraryError
from library.media import film

# Sentences about the same part; who has mended these asks again.
_MOST = 20


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_root
def check(root: Root, as_json: bool) -> None:
    """Check settings, database, index, media and links."""
    found: list[Finding] = []
    try:
        settings = root.settings()
        found.append(Finding("settings", True, f"The data folder is {settings.data}."))
        services = root.opened
    except LibraryError as error:
        found.append(Finding("settings", False, error.message))
    else:
        found += findings(
            engine=services.engine,
            factory=services.factory,
            search=services.search,
            store=services.store,
            bell=services.bell,
        )
        if any(f.part == "schema" and f.ok for f in found):
            with session_scope(services.factory) as session:
                broken, missed = broken_links(session, services.store), gaps(session)
                unsent = letters.troubles(session)
                unread, partly = extraction.unread(session), extraction.partly_read(session)
            found += _several("links", broken, well="Every link and picture leads somewhere.")
            found += _several(
                "files", unread, well="The text of every file that has some was read."
            )
            found.append(Finding("films", True, _films()))
            # What is longer than is read is nothing that anybody has to mend.
            found += [Finding("files", True, sentence) for sentence in partly[:_MOST]]
            found += _several("mail", unsent, well="No mail waits that could not be sent.")
            found += _several(
                "content",
                missed,
                well="Every picture has words and a fit size, every section a title.",
            )
    well = all(f.ok for f in found)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "ok": well,
                    "findings": [{"part": f.part, "ok": f.ok, "message": f.message} for f in found],
                },
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        for finding in found:
            click.echo(
                f"{'ok     ' if finding.ok else 'PROBLEM'} {finding.part}: {finding.message}"
            )
    if not well:
        raise SystemExit(1)


def _films() -> str:
    """Whether films get small versions here; a library without them is well all the same."""
    if film.can_encode():
        return "ffmpeg is there: films get small versions, their sound alone and a poster."
    if film.is_there():
        return "ffmpeg is there without H.264 or AAC, so films get no small versions and no poster."
    return film.MISSING


def _several(part: str, faults: list[str], *, well: str) -> list[Finding]:
    """A finding for each of the first faults, or one that all is well."""
    found = [Finding(part, False, sentence) for sentence in faults[:_MOST]]
    if len(faults) > _MOST:
        found.append(Finding(part, False, f"And {len(faults) - _MOST} more like these."))
    return found or [Finding(part, True, well)]
