"""Measuring and shrinking pictures, friendly and hostile."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw

from library.errors import Invalid
from library.media.pictures import MAX_PIXELS, Rendition, measure, renditions


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture with something in it: soft colours, so that its copies are smaller than itself."""
    seeded = random.Random(7)
    bands = len(Image.new(mode, (1, 1)).getbands())
    small = Image.frombytes(mode, (40, 30), seeded.randbytes(40 * 30 * bands))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def file_of(picture: Image.Image, kind: str, **options: Any) -> io.BytesIO:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out


def decoded(rendition: Rendition) -> Image.Image:
    assert rendition.media_type == "image/webp"
    picture = Image.open(io.BytesIO(rendition.content))
    picture.load()
    assert picture.format == "WEBP"
    assert picture.size == (rendition.width, rendition.height)
    return picture


def png_header(width: int, height: int) -> io.BytesIO:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return io.BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 10))
    )


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "A camera whose owner has a name"
    return exif


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF"])
def test_measure_and_shrink_every_kind(kind: str) -> None:
    stream = file_of(noise(1200, 800), kind)
    stream.seek(5)
    assert measure(stream) == (1200, 800)
    made = renditions(stream)
    assert [(one.width, one.height) for one in made] == [(480, 320), (960, 640)]
    for one in made:
        decoded(one)
        assert len(one.content) < len(stream.getvalue())


def test_measure_reads_the_header_alone() -> None:
    content = file_of(noise(1200, 800), "JPEG").getvalue()
    assert measure(io.BytesIO(content[:1000])) == (1200, 800)
    assert measure(png_header(3000, 2000)) == (3000, 2000)


@pytest.mark.parametrize(
    "content", [b"", b"text", b"<html>", b"%PDF-1.7", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"]
)
def test_what_is_no_picture_for_browsers_has_no_size(content: bytes) -> None:
    assert measure(io.BytesIO(content)) is None


def test_a_drawing_is_measured_and_not_shrunk() -> None:
    stream = io.BytesIO(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3000 1500"/>')
    assert measure(stream) == (3000, 1500)
    assert renditions(stream) == []


@pytest.mark.parametrize(
    ("width", "made"), [(480, []), (481, [480]), (960, [480]), (961, [480, 960]), (10, [])]
)
def test_nothing_is_enlarged(width: int, made: list[int]) -> None:
    assert [one.width for one in renditions(file_of(noise(width, width), "PNG"))] == made


def test_other_widths_may_be_asked_for() -> None:
    assert [one.width for one in renditions(file_of(noise(400, 300), "PNG"), [200, 100, 200])] == [
        100,
        200,
    ]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_held_on_its_side(kind: str, orientation: int) -> None:
    """The corner that is red in the upright picture must be red in the copy."""
    upright = Image.new("RGB", (1000, 600), "blue")
    ImageDraw.Draw(upright).rectangle((0, 0, 299, 199), fill="red")
    undo = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for step in undo[orientation]:
        stored = stored.transpose(step)
    stream = file_of(stored, kind, exif=turned(orientation), quality=95)
    assert measure(stream) == (1000, 600)
    (copy,) = renditions(stream, [500])
    picture = decoded(copy).convert("RGB")
    assert (copy.width, copy.height) == (500, 300)
    red, blue = picture.getpixel((50, 50)), picture.getpixel((450, 250))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert red[0] > 200 > 60 > red[2]
    assert blue[2] > 200 > 60 > blue[0]


def test_metadata_does_not_survive() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b"<x:xmpmeta>where it was taken</x:xmpmeta>"
    stream = file_of(noise(1200, 800), "JPEG", exif=turned(1), icc_profile=profile, xmp=xmp)
    assert b"owner" in stream.getvalue()
    for one in renditions(stream):
        assert not set(decoded(one).info) & {"exif", "icc_profile", "xmp"}
        assert not any(part in one.content for part in (b"owner", b"taken", b"ICCP", b"EXIF"))


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK"])
def test_other_colour_modes(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "TIFF"
    (copy,) = renditions(file_of(noise(1000, 500).convert(mode), kind), [500])
    assert decoded(copy).mode == "RGB"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_was_see_through_stays_so(mode: str) -> None:
    picture = noise(1000, 500).convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 500, 500))
    stream = file_of(picture.convert(mode) if mode != "P" else picture.quantize(), "PNG")
    (copy,) = renditions(stream, [500])
    small = decoded(copy)
    assert small.mode == "RGBA"
    assert small.getchannel("A").getextrema() == (0, 255)


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    grey = Image.frombytes(
        "I;16", (1000, 2), struct.pack("<2000H", *(list(range(0, 65000, 65)) * 2))
    )
    tall = grey.resize((1000, 400), Image.Resampling.NEAREST)
    (copy,) = renditions(file_of(tall, "PNG"), [500])
    shades = decoded(copy).convert("L").tobytes()
    assert min(shades) < 10
    assert 115 < shades[100 * 500 + 250] < 140
    assert max(shades) > 240


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_moving_pictures_are_left_alone(kind: str) -> None:
    frames = [noise(1000, 500), noise(1000, 500).rotate(180)]
    stream = file_of(frames[0], kind, save_all=True, append_images=frames[1:])
    assert measure(stream) == (1000, 500)
    assert renditions(stream) == []


def test_two_pictures_in_one_jpeg_are_one_photograph() -> None:
    stream = file_of(noise(1000, 500), "MPO", save_all=True, append_images=[noise(100, 50)])
    assert [one.width for one in renditions(stream)] == [480, 960]


def test_a_copy_that_would_be_larger_is_left_out() -> None:
    assert renditions(file_of(noise(500, 400), "JPEG", quality=1)) == []


def test_sharp_lines_in_few_colours_stay_exact() -> None:
    plan = Image.new("RGB", (1000, 500), "white")
    ImageDraw.Draw(plan).rectangle((200, 100, 799, 399), fill=(200, 30, 20))
    (copy,) = renditions(file_of(plan, "PNG"), [500])
    assert b"VP8L" in copy.content[:32]
    assert decoded(copy).convert("RGB").getpixel((250, 125)) == (200, 30, 20)


def test_a_scroll_too_tall_for_webp_has_no_copy() -> None:
    assert renditions(file_of(Image.new("L", (600, 22_000)), "PNG")) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("width", [300, 1200])
def test_a_truncated_picture_is_refused(kind: str, width: int) -> None:
    content = file_of(noise(width, 200), kind).getvalue()
    with pytest.raises(Invalid):
        renditions(io.BytesIO(content[: len(content) // 2]))


@pytest.mark.parametrize("magic", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"II*\0"])
def test_a_header_without_a_picture_is_refused(magic: bytes) -> None:
    for content in (magic, magic + b"<script>alert(1)</script>" * 20):
        with pytest.raises(Invalid, match="broken"):
            measure(io.BytesIO(content))
        with pytest.raises(Invalid, match="broken"):
            renditions(io.BytesIO(content))


@pytest.mark.parametrize("content", [b"", b"<html>", b"plain text"])
def test_only_pictures_are_shrunk(content: bytes) -> None:
    with pytest.raises(Invalid, match="not a picture"):
        renditions(io.BytesIO(content))


@pytest.mark.parametrize("size", [(8000, 5001), (9000, 9000), (20_000, 20_000), (65_000, 65_000)])
def test_a_pixel_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > MAX_PIXELS
    for attempt in (measure, renditions):
        with pytest.raises(Invalid, match="40 million"):
            attempt(png_header(*size))
