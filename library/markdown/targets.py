"""What an address in a text leads to: the renderer asks, whoever knows the library answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MediaTarget:
    """A media file behind an address.

    ``size`` is in bytes, ``width`` and ``height`` in pixels. ``sources`` are renditions as (url,
    width in pixels): of a picture all of them go into ``srcset``, of a video the first is what
    plays. ``modern`` are renditions of a picture in a format that not every browser shows, and that is
    smaller. ``tracks`` are subtitles as (language tag, label, url). ``sound`` is what can be heard of a
    film, a file of its own at its ``href``.
    """

    media_type: str
    size: int
    name: str
    width: int | None = None
    height: int | None = None
    sources: tuple[tuple[str, int], ...] = ()
    tracks: tuple[tuple[str, str, str], ...] = ()
    poster: str | None = None
    modern: tuple[tuple[str, int], ...] = ()
    sound: MediaTarget | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where an address leads. ``href`` None or ``missing`` means nowhere."""

    href: str | None
    missing: bool = False
    external: bool = False
    media: MediaTarget | None = None


class Resolver(Protocol):
    """Answers for addresses as authors typed them.

    It is never asked about pure fragments, ``mailto:`` and ``tel:``, nor about any scheme other
    than http and https.
    """

    def __call__(self, address: str, *, alt: str | None, is_image: bool) -> Target:
        """The target of an address; ``alt`` is a picture's text and None for links."""
        ...

    def describe(self, media: MediaTarget, *, lang: str) -> str:
        """Type and size for readers of ``lang``, such as ``PDF, 1.2 MB``, without brackets."""
        ...
