"""What a measurement says: one row for each figure, printed and kept as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    ``measured`` and ``reference`` are in ``unit``, from the same run; ``ratio`` is the first by the
    second where there is a reference. ``budget`` says what must hold, in words; ``holds`` is None for a
    figure that is only told.
    """

    benchmark: str
    what: str
    measured: float
    unit: str
    budget: str = ""
    holds: bool | None = None
    reference: float | None = None
    reference_name: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.measured / self.reference if self.reference else None

    @property
    def verdict(self) -> str:
        return {True: "holds", False: "MISSED", None: ""}[self.holds]


@dataclass(frozen=True, slots=True)
class Absent:
    """A benchmark that could not be run, and what it needs."""

    benchmark: str
    needs: str


Outcome = Row | Absent

_HEADS = ("benchmark", "what", "measured", "reference", "ratio", "budget", "verdict")
_WIDTHS = (13, 44, 16, 30, 6, 18, 7)


def print_head() -> None:
    print(_line(_HEADS))
    print("-" * (sum(_WIDTHS) + 2 * (len(_WIDTHS) - 1)), flush=True)


def print_outcome(outcome: Outcome) -> None:
    if isinstance(outcome, Absent):
        print(f"{outcome.benchmark:{_WIDTHS[0]}}  not run: {outcome.needs}", flush=True)
        return
    reference = ""
    if outcome.reference is not None:
        reference = f"{number(outcome.reference)} {outcome.reference_name}".strip()
    ratio = "" if outcome.ratio is None else f"{outcome.ratio:.2f}"
    print(
        _line(
            (
                outcome.benchmark,
                outcome.what,
                f"{number(outcome.measured)} {outcome.unit}",
                reference,
                ratio,
                outcome.budget,
                outcome.verdict,
            )
        )
        + (f"\n{'':{_WIDTHS[0]}}  ({outcome.note})" if outcome.note else ""),
        flush=True,
    )


def _line(cells: Sequence[str]) -> str:
    return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def number(value: float) -> str:
    """Three figures that matter, no exponent."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def write_json(path: Path, outcomes: Iterable[Outcome]) -> None:
    """All rows as a list of objects."""
    said = [
        {**asdict(one), **({"ratio": one.ratio} if isinstance(one, Row) else {})}
        for one in outcomes
    ]
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_table(path: Path, outcomes: Iterable[Outcome]) -> None:
    """All rows as a table in Markdown, for ``docs/performance.md``."""
    lines = ["| figure | measured | reference | ratio | budget | |", "|---|---:|---:|---:|---|---|"]
    name = ""
    for one in outcomes:
        if one.benchmark != name:
            name = one.benchmark
            lines.append(f"| **{name}** | | | | | |")
        if isinstance(one, Absent):
            lines.append(f"| not run: {one.needs} | | | | | |")
            continue
        note = f"<br>{one.note}" if one.note else ""
        reference = (
            "" if one.reference is None else f"{number(one.reference)} {one.reference_name}".strip()
        )
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        measured = f"{number(one.measured)} {one.unit}".strip()
        lines.append(
            f"| {one.what}{note} | {measured} | {reference} | {ratio} | {one.budget} | {one.verdict} |"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tell(text: str) -> None:
    """Say what is going on, apart from the table."""
    print(f"... {text}", file=sys.stderr, flush=True)
