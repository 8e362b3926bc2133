"""tus's own JavaScript client, in a folder outside of the project, installed at first use."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.judges.absence import missing

VERSION = "4"
INSTALL = "tus-js-client is missing: it needs Node and npm with a registry that it can reach"


def tus_js_client() -> Path:
    """The folder in which Node finds ``tus-js-client``."""
    folder = Path(tempfile.gettempdir()) / f"mortise-tus-js-client-{VERSION}"
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        missing(INSTALL)
    if not (folder / "node_modules" / "tus-js-client" / "package.json").exists():
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            [
                npm,
                "install",
                "--no-audit",
                "--no-fund",
                "--prefix",
                ".",
                f"tus-js-client@{VERSION}",
            ],
            cwd=folder,
            capture_output=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            missing(INSTALL)
    return folder
