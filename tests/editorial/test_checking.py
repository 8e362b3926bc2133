"""What has to be put right before readers get a work."""

from __future__ import annotations

from library.catalogue.drafts import MediaDraft, WorkDraft
from library.editorial.checking import findings
from library.editorial.starting import blank


def _draft(*, licence: str = "") -> WorkDraft:
    made = blank(
        kind="course",
        key="motors",
        title="Motors",
        lang="en",
        institution="mbeya-college",
        licence=licence,
    )
    for number in range(3):
        made.media.append(
            MediaDraft(
                path=f"handout-{number}.pdf",
                name=f"handout-{number}.pdf",
                sha256=f"{number}" * 64,
                media_type="application/pdf",
                size=10,
            )
        )
    return made


def test_one_missing_licence_is_one_thing_however_many_files_there_are() -> None:
    stops = [one.kind for one in findings(_draft()) if one.stops]
    assert stops == ["no-licence"]
    assert not [one for one in findings(_draft(licence="CC-BY-4.0")) if one.stops]
