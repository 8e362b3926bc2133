"""Small films for tests, made by ffmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path


def small_film(folder: Path, *, seconds: int = 2, size: str = "320x240", **tags: str) -> bytes:
    """A film with sound, in MP4."""
    made = folder / "made.mp4"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi"]
    command += ["-i", f"testsrc=duration={seconds}:size={size}:rate=25", "-f", "lavfi"]
    command += ["-i", f"sine=duration={seconds}", "-c:v", "libx264", "-c:a", "aac"]
    command += ["-b:v", "3M", "-minrate", "3M", "-movflags", "use_metadata_tags"]
    for name, value in tags.items():
        command += ["-metadata", f"{name}={value}"]
    subprocess.run([*command, str(made)], check=True)
    content = made.read_bytes()
    made.unlink()
    return content
