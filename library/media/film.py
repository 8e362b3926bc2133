"""Films and sound, by ffmpeg where this machine has it: what they are, and small versions of them.

ffmpeg is a large program that reads files from strangers, so it is told which format to expect, may open
nothing but that file, gets little memory, and dies with who started it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from library.errors import Invalid, Unavailable
from library.untrusted.confinement import confine

HEIGHT: Final = 360
"""Lines of the small version: a phone shows no more of a lesson that was filmed."""

MISSING: Final = (
    "ffmpeg is not installed on this machine, so films get no small versions and no poster."
)

_DEMUXERS: Final = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "audio/mp4": "mov",
    "video/webm": "matroska",
    "audio/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/ogg": "ogg",
    "audio/ogg": "ogg",
    "video/x-msvideo": "avi",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/aac": "aac",
    "audio/flac": "flac",
}
FILMS: Final = frozenset(kind for kind in _DEMUXERS if kind.startswith("video/"))
SOUNDS: Final = frozenset(kind for kind in _DEMUXERS if kind.startswith("audio/"))

_MEMORY: Final = 3 << 30
_LARGEST: Final = 8 << 30
_MOST_PIXELS: Final = 8192 * 4352
_PLACES: Final = ("location", "location-eng", "com.apple.quicktime.location.iso6709", "xyz")


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """``seconds`` is how long it lasts, None where nobody knows; ``located`` whether it says where it was
    filmed. ``title``, ``author`` and ``licence`` as it says them."""

    width: int | None
    height: int | None
    seconds: float | None
    sound: bool
    located: bool
    title: str = ""
    author: str = ""
    licence: str = ""


def is_there() -> bool:
    """Whether this machine has ffmpeg."""
    return shutil.which("ffmpeg") is not None and shutil.which("ffprobe") is not None


@functools.cache
def can_encode() -> bool:
    """Whether its ffmpeg can write what every browser plays: H.264 and AAC."""
    if not is_there():
        return False
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(
            ["ffmpeg", "-hide_banner", "-encoders"],  # noqa: S607 - wherever it is installed
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        ).stdout
        return " libx264 " in said and " aac " in said
    return False


def probe(path: Path, media_type: str) -> FilmFacts | None:
    """What a film or a recording is; None where ffmpeg is missing or the type is none of them.

    Raises ``Invalid`` for what is no film, is cut off before its first picture, or is larger than 8K.
    """
    demuxer = _DEMUXERS.get(media_type)
    if demuxer is None or not is_there():
        return None
    command = ["ffprobe", "-v", "error", "-protocol_whitelist", "file", "-f", demuxer]
    command += ["-show_streams", "-show_format", "-of", "json", str(path)]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and every word is ours
            command,
            capture_output=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
            preexec_fn=_confined,
        )
        said: dict[str, Any] = json.loads(done.stdout or b"{}")
    except (subprocess.TimeoutExpired, ValueError):
        raise Invalid("This film cannot be read.") from None
    streams = said.get("streams") or []
    films = [
        one
        for one in streams
        if one.get("codec_type") == "video" and not one.get("disposition", {}).get("attached_pic")
    ]
    sounds = [one for one in streams if one.get("codec_type") == "audio"]
    if done.returncode != 0 or not (films or sounds) or (media_type in FILMS and not films):
        raise Invalid("This film is broken: it is cut off or is not what it says.")
    tags = {str(k).lower(): str(v) for k, v in (said.get("format", {}).get("tags") or {}).items()}
    width, height = _shown(films[0]) if films else (None, None)
    if width and height and width * height > _MOST_PIXELS:
        raise Invalid("This film has more pixels than are taken.", pixels="yes")
    return FilmFacts(
        width=width,
        height=height,
        seconds=_seconds(said.get("format", {}).get("duration")),
        sound=bool(sounds),
        located=any(tags.get(name) for name in _PLACES),
        title=_words(tags.get("title")),
        author=_words(tags.get("artist") or tags.get("author")),
        licence=_words(tags.get("copyright") or tags.get("license")),
    )


def without_place(path: Path, media_type: str, target: Path) -> None:
    """The same film without what it says about itself, in ``target``. Raises ``Invalid``, ``Unavailable``."""
    demuxer = _DEMUXERS[media_type]
    muxer = {"mov": "mov" if media_type == "video/quicktime" else "mp4"}.get(demuxer, demuxer)
    command = _reading(path, demuxer)
    command += ["-map", "0:v?", "-map", "0:a?", "-map", "0:s?", "-c", "copy", "-map_metadata", "-1"]
    command += ["-map_metadata:s", "-1", "-map_chapters", "0", "-f", muxer, str(target)]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and every word is ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=3600,
            check=False,
            preexec_fn=_confined,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable("Taking the place out of this film takes too long.") from None
    if done.returncode != 0:
        raise Invalid("The place cannot be taken out of this film.")


class Encoding:
    """ffmpeg at work on one film, in a process of its own: ask `progress` now and then, then `outcome`.

    Makes ``small.mp4``, ``sound.m4a`` where there is sound, and ``poster.jpg``, in the folder ``out``.
    """

    def __init__(self, path: Path, media_type: str, facts: FilmFacts, out: Path) -> None:
        self.out = out
        self._facts = facts
        self._report = tempfile.TemporaryFile(dir=out)  # noqa: SIM115 - closed with the process
        demuxer = _DEMUXERS[media_type]
        self._poster(path, demuxer)
        command = _reading(path, demuxer)
        command += ["-progress", "pipe:1", "-nostats", "-threads", "1"]
        command += ["-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-sn", "-dn"]
        command += ["-vf", f"scale=-2:'min({HEIGHT},ih)':flags=bicubic,format=yuv420p"]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "27", "-profile:v", "main"]
        command += [
            "-x264-params",
            "threads=1",
            "-r",
            "25",
            "-c:a",
            "aac",
            "-b:a",
            "64k",
            "-ac",
            "1",
        ]
        command += ["-movflags", "+faststart", "-f", "mp4", str(out / "small.mp4")]
        if facts.sound:
            command += ["-map", "0:a:0", "-vn", "-map_metadata", "-1", "-c:a", "aac", "-b:a", "48k"]
            command += ["-ac", "1", "-movflags", "+faststart", "-f", "mp4", str(out / "sound.m4a")]
        self._process = subprocess.Popen(  # noqa: S603 - no shell, and every word is ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._report,
            stderr=subprocess.DEVNULL,
            preexec_fn=_confined,
        )

    def progress(self) -> int:
        """How much is done, in percent, as far as ffmpeg says."""
        with contextlib.suppress(OSError, ValueError):
            end = self._report.seek(0, 2)
            self._report.seek(max(0, end - 2000))
            lines = self._report.read().decode("ascii", "replace").splitlines()
            times = [line for line in lines if line.startswith("out_time_us=")]
            if times and self._facts.seconds:
                done = int(times[-1].partition("=")[2]) / 1_000_000
                return max(0, min(99, round(100 * done / self._facts.seconds)))
        return 0

    def outcome(self) -> bool | None:
        """None while it works; then whether it came to a good end."""
        code = self._process.poll()
        return None if code is None else code == 0

    def wait(self, seconds: float) -> bool | None:
        """`outcome` after at most so many seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self.outcome()

    def close(self) -> None:
        """End it, whatever it was doing."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._report.close()

    def _poster(self, path: Path, demuxer: str) -> None:
        at = min((self._facts.seconds or 0.0) * 0.1, 30.0)
        command = _reading(path, demuxer, start=at)
        command += ["-map", "0:v:0", "-frames:v", "1", "-vf", "scale='min(960,iw)':-2"]
        command += ["-map_metadata", "-1", "-q:v", "5", "-f", "mjpeg", str(self.out / "poster.jpg")]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 - no shell, and every word is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=60,
                check=False,
                preexec_fn=_confined,
            )


def _reading(path: Path, demuxer: str, *, start: float = 0.0) -> list[str]:
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-y", "-v", "error"]
    command += ["-protocol_whitelist", "file,pipe"]
    if start:
        command += ["-ss", f"{start:.2f}"]
    return [*command, "-f", demuxer, "-i", str(path)]


_confined: Callable[[], None] = functools.partial(
    confine, memory=_MEMORY, file_size=_LARGEST, files=128, nice=15
)


def _shown(stream: dict[str, Any]) -> tuple[int | None, int | None]:
    width, height = stream.get("width"), stream.get("height")
    turned = any(
        abs(int(float(one.get("rotation") or 0))) % 180 == 90
        for one in stream.get("side_data_list") or []
    )
    return (height, width) if turned else (width, height)


def _seconds(said: object) -> float | None:
    with contextlib.suppress(TypeError, ValueError):
        seconds = float(str(said))
        return seconds if 0 < seconds < 1e6 else None
    return None


def _words(said: str | None) -> str:
    return " ".join((said or "").split())[:500]
