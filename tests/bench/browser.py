"""Chromium for measuring pages as a reader gets them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
NEEDED = "Chromium (Debian package chromium)"


def chromium() -> str | None:
    """Where the system's Chromium is, if it is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextlib.contextmanager
def opened() -> Iterator[Browser]:
    """A running Chromium. Ask ``chromium()`` first whether there is one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
