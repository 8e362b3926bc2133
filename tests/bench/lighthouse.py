"""``lighthouse``: its four scores for home, list and section in three languages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench import browser, visits
from tests.bench.rows import Absent, Outcome, Row, tell

VERSION = "12"
LANGUAGES = ("en", "zh-Hans", "ar")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PAGES = ("home", "list", "section")
AT_LEAST = 98
# Runs of a page whose first run fell short, and tries where the browser did not start.
RUNS = 3


def run() -> Iterator[Outcome]:
    if browser.chromium() is None:
        yield Absent("lighthouse", browser.NEEDED)
        return
    command = _installed()
    if command is None:
        yield Absent("lighthouse", "npm with a registry that it can reach")
        return
    with (
        tempfile.TemporaryDirectory(prefix="mortise-bench-lighthouse-") as name,
        visits.both_sites(Path(name)) as (big, starter),
    ):
        for lang in LANGUAGES:
            for visit in visits.reading_visits(big, starter, lang):
                if visit.name not in PAGES:
                    continue
                scores, failed = _settled(command, visit.url, Path(name) / "report.json")
                for one in failed:
                    tell(f"{visit.name}, {lang}: {one}")
                yield Row(
                    "lighthouse",
                    f"{visit.name}, {lang}: the lowest of four scores",
                    float(min(scores.values())),
                    "of 100",
                    f">= {AT_LEAST}",
                    min(scores.values()) >= AT_LEAST,
                    note=", ".join(f"{category} {score}" for category, score in scores.items()),
                )


def _installed() -> Path | None:
    """Lighthouse in a folder of its own outside of the project, installed at first use."""
    folder = Path(tempfile.gettempdir()) / f"mortise-bench-lighthouse-{VERSION}"
    command = folder / "node_modules" / ".bin" / "lighthouse"
    npm = shutil.which("npm")
    if not command.exists() and npm is not None:
        folder.mkdir(exist_ok=True)
        tell("installing lighthouse")
        subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--prefix", ".", f"lighthouse@{VERSION}"],
            cwd=folder,
            capture_output=True,
            check=False,
        )
    return command if command.exists() else None


def _settled(command: Path, url: str, report: Path) -> tuple[dict[str, int], list[str]]:
    """One run where it is good; else of each category the middle of three, as the tool's makers advise."""
    runs = [_scores(command, url, report)]
    while len(runs) < RUNS and min(runs[0][0].values()) < AT_LEAST:
        runs.append(_scores(command, url, report))
    scores = {name: round(median(run[0][name] for run in runs)) for name in CATEGORIES}
    return scores, runs[-1][1] if min(scores.values()) < AT_LEAST else []


def _scores(command: Path, url: str, report: Path) -> tuple[dict[str, int], list[str]]:
    """Scores by category, and the audits that took points away."""
    report.unlink(missing_ok=True)
    arguments = [
        str(command),
        url,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags=--headless=new {' '.join(browser.FLAGS)}",
    ]
    env = {**os.environ, "CHROME_PATH": browser.chromium() or ""}
    for _ in range(RUNS):
        done = subprocess.run(arguments, check=False, capture_output=True, text=True, env=env)
        if done.returncode == 0 and report.exists():
            break
    else:
        raise RuntimeError(f"Lighthouse could not look at {url}: {done.stderr[-500:]}")
    told = json.loads(report.read_text(encoding="utf-8"))
    scores = {
        category: round(100 * (told["categories"][category]["score"] or 0))
        for category in CATEGORIES
    }
    failed = [
        f"{category}: {audit['id']}"
        for category in CATEGORIES
        if scores[category] < AT_LEAST
        for audit in told["categories"][category]["auditRefs"]
        if audit["weight"] and (told["audits"][audit["id"]]["score"] or 0) < 0.9
    ]
    return scores, failed
