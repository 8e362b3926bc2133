"""Pictures: how large they are, and small copies of them for slow lines.

Uploads are hostile until proved otherwise: only named formats are opened, the size is read from the
header before anything is decoded, and what cannot be decoded whole is refused.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, BinaryIO, Final

from PIL import Image, ImageCms, ImageOps, features

from library.errors import Invalid
from library.media import drawings
from library.media.types import HEAD_BYTES, sniff
from library.sentences import Sentence

MAX_PIXELS: Final = 40_000_000
"""A decoded pixel takes up to four bytes: this much picture is 160 MB for a moment."""

RENDITION_WIDTHS: Final = (480, 960)

_FORMATS: Final = {
    "image/png": ("PNG",),
    "image/jpeg": ("JPEG", "MPO"),
    "image/gif": ("GIF",),
    "image/webp": ("WEBP",),
    "image/avif": ("AVIF",),
    "image/bmp": ("BMP",),
    "image/tiff": ("TIFF",),
}
_MAY_MOVE: Final = frozenset({"PNG", "GIF", "WEBP", "AVIF"})
_DRAWN: Final = frozenset({"PNG", "GIF", "BMP"})  # screenshots and diagrams rather than photographs
_FEW_COLOURS: Final = 256
_WEBP_SIDE: Final = 16383
_QUALITY: Final = 78
_AVIF_QUALITY: Final = 58
# A second file has to save at least this much of the first to be worth keeping.
_WORTH_IT: Final = 0.9
_ORIENTATION: Final = 0x0112
_LYING_ON_ITS_SIDE: Final = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class Rendition:
    """A smaller copy of a picture; width and height in pixels as shown, ``content`` its file."""

    width: int
    height: int
    media_type: str
    content: bytes


def measure(stream: BinaryIO) -> tuple[int, int] | None:
    """Width and height in CSS pixels as a browser shows the picture, from its header alone.

    ``stream`` is seekable; it is read from the start. ``None`` for what is not a picture, is one of a
    kind that browsers do not show, or is a drawing without a size. Raises ``Invalid`` when the header is
    broken or promises more than ``MAX_PIXELS``.
    """
    kind = _kind(stream)
    if kind == "image/svg+xml":
        return drawings.measure(stream.read(drawings.ROOT_WITHIN))
    if kind not in _FORMATS:
        return None
    with _opened(stream, kind) as picture:
        return _shown_size(picture)


def renditions(
    stream: BinaryIO, widths: Sequence[int] = RENDITION_WIDTHS, *, modern: bool = False
) -> list[Rendition]:
    """Smaller WebP copies, one for each of ``widths`` that is less than the picture's own width.

    With ``modern`` also AVIF copies, where Pillow can write them and they are smaller than the WebP.

    Upright as the camera meant it, in sRGB, without any metadata. The picture is always decoded, so
    this is also the proof that it is whole. Moving pictures and drawings (SVG) give none, and a copy that
    would take more bytes than the original is left out. Raises ``Invalid`` for a picture that is
    truncated, is not what it says, or is larger than ``MAX_PIXELS``.
    """
    kind = _kind(stream)
    if kind not in _FORMATS:
        if kind.startswith("image/"):
            return []
        raise Invalid(Sentence("This file is not a picture."))
    original_bytes = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    with _opened(stream, kind) as picture:
        width, height = _shown_size(picture)
        wanted = [
            (narrow, max(1, round(height * narrow / width)))
            for narrow in sorted(set(widths))
            if narrow < width and height * narrow / width <= _WEBP_SIDE
        ]
        moving = picture.format in _MAY_MOVE and getattr(picture, "is_animated", False)
        may_be_drawn = picture.format in _DRAWN
        upright = _decode(picture, wanted[-1] if wanted and not moving else None)
    if moving:
        return []
    made = []
    drawn = may_be_drawn and upright.getcolors(_FEW_COLOURS) is not None
    for size in wanted:
        with _faults_as_invalid():
            content = _encode(upright.resize(size, Image.Resampling.LANCZOS), drawn=drawn)
        if len(content) >= original_bytes:
            continue
        made.append(Rendition(*size, "image/webp", content))
        if modern and features.check("avif"):
            with _faults_as_invalid():
                smaller = _encode_avif(upright.resize(size, Image.Resampling.LANCZOS))
            if len(smaller) < len(content) * _WORTH_IT:
                made.append(Rendition(*size, "image/avif", smaller))
    return made


def _kind(stream: BinaryIO) -> str:
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    return sniff(head, "").media_type


@contextlib.contextmanager
def _opened(stream: IO[bytes], kind: str) -> Iterator[Image.Image]:
    with _faults_as_invalid(), Image.open(stream, formats=_FORMATS[kind]) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise _too_large(f"{width} x {height}")
        yield picture


@contextlib.contextmanager
def _faults_as_invalid() -> Iterator[None]:
    try:
        yield
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(Sentence("far more")) from error
    except Exception as error:
        # Decoders meet hostile bytes with every kind of exception there is.
        raise Invalid(
            Sentence("This picture is broken: it is cut off or is not what it says.")
        ) from error


def _too_large(size: str) -> Invalid:
    return Invalid(
        Sentence(
            "This picture has %(size)s pixels; at most %(most)s million are taken.",
            size=size,
            most=MAX_PIXELS // 1_000_000,
        )
    )


def _orientation(picture: Image.Image) -> int:
    # Without this test Pillow decodes a whole PNG in search of a block at its end.
    if "exif" not in picture.info:
        return 1
    found = picture.getexif().get(_ORIENTATION, 1)
    return found if isinstance(found, int) else 1


def _shown_size(picture: Image.Image) -> tuple[int, int]:
    width, height = picture.size
    return (height, width) if _orientation(picture) in _LYING_ON_ITS_SIDE else (width, height)


def _decode(picture: Image.Image, target: tuple[int, int] | None) -> Image.Image:
    """The picture upright in RGB or RGBA and sRGB, at least as large as ``target``."""
    if target is not None and picture.format in ("JPEG", "MPO"):
        # A JPEG can be decoded at a half or a quarter of its size in far less time and memory.
        turned = _orientation(picture) in _LYING_ON_ITS_SIDE
        picture.draft(None, (target[1], target[0]) if turned else target)
    profile = picture.info.get("icc_profile")
    picture.load()
    upright = picture if _orientation(picture) == 1 else ImageOps.exif_transpose(picture)
    return _in_colour(upright, profile)


def _in_colour(picture: Image.Image, profile: bytes | None) -> Image.Image:
    see_through = picture.has_transparency_data
    if picture.mode.startswith("I;16"):
        picture = picture.point(lambda level: level / 256).convert("L")
    if profile and picture.mode in ("RGB", "RGBA", "L", "CMYK"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGBA" if picture.mode == "RGBA" else "RGB",
            )
            picture = converted or picture
    return picture.convert("RGBA" if see_through else "RGB")


def _encode_avif(picture: Image.Image) -> bytes:
    picture.info.clear()
    made = io.BytesIO()
    picture.save(made, "AVIF", quality=_AVIF_QUALITY, speed=7, max_threads=1)
    return made.getvalue()


def _encode(picture: Image.Image, *, drawn: bool) -> bytes:
    picture.info.clear()
    lossy = io.BytesIO()
    picture.save(lossy, "WEBP", quality=_QUALITY, method=4)
    if not drawn:
        return lossy.getvalue()
    # Few colours and sharp edges are often smaller, and always cleaner, without loss.
    exact = io.BytesIO()
    picture.save(exact, "WEBP", lossless=True, quality=60, method=4)
    return min(exact.getvalue(), lossy.getvalue(), key=len)
