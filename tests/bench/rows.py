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


@dataclass(frozen=True, slots=True)
class Grid:
    """Figures of one kind side by side, say languages down and engines across; only told.

    ``rows`` are cells as they are shown, as many as ``heads``; the first of each is what it is about.
    """

    benchmark: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Outcome = Row | Absent | Grid

_HEADS = ("benchmark", "what", "measured", "reference", "ratio", "budget", "verdict")
_WIDTHS = (13, 44, 16, 30, 6, 18, 7)


def print_head() -> None:
    print(_line(_HEADS))
    print("-" * (sum(_WIDTHS) + 2 * (len(_WIDTHS) - 1)), flush=True)


def print_outcome(outcome: Outcome) -> None:
    if isinstance(outcome, Absent):
        print(f"{outcome.benchmark:{_WIDTHS[0]}}  not run: {outcome.needs}", flush=True)
        return
    if isinstance(outcome, Grid):
        _print_grid(outcome)
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


def _print_grid(grid: Grid) -> None:
    lines = [grid.heads, *grid.rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(grid.heads))]
    print(f"{grid.benchmark:{_WIDTHS[0]}}  {grid.title}")
    for line in lines:
        cells = [f"{line[0]:{widths[0]}}"]
        cells += [f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True)]
        print(" " * (_WIDTHS[0] + 2) + "  ".join(cells), flush=True)


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
    path.write_text(markdown(outcomes, names=True) + "\n", encoding="utf-8")


_PLACE = "<!-- figures: {} -->\n"
_PLACE_ENDS = "<!-- end of figures -->"


def has_place(path: Path, benchmark: str) -> bool:
    """Whether a page has the marks between which the figures of a benchmark belong."""
    return _PLACE.format(benchmark) in path.read_text(encoding="utf-8")


def write_into(path: Path, outcomes: Sequence[Outcome], *, about: str) -> None:
    """Put what benchmarks found between their marks in a page of the documentation.

    The marks are ``<!-- figures: NAME -->`` and ``<!-- end of figures -->``; what stands between the
    marks of benchmarks that were not run stays. Between those of ``run`` comes ``about``. Raises
    ``RuntimeError`` where the page has no place for a benchmark.
    """
    page = path.read_text(encoding="utf-8")
    found = {name: [o for o in outcomes if o.benchmark == name] for name in _names(outcomes)}
    texts = {"run": about, **{name: markdown(some, names=False) for name, some in found.items()}}
    for name, text in texts.items():
        before, mark, rest = page.partition(_PLACE.format(name))
        _, end, after = rest.partition(_PLACE_ENDS)
        if not mark or not end:
            raise RuntimeError(f"{path} has no place for the figures of {name}.")
        page = f"{before}{mark}\n{text}\n\n{end}{after}"
    path.write_text(page, encoding="utf-8")


def _names(outcomes: Iterable[Outcome]) -> list[str]:
    return list(dict.fromkeys(one.benchmark for one in outcomes))


def markdown(outcomes: Iterable[Outcome], *, names: bool) -> str:
    """Rows as one table, with ``names`` a line for each benchmark; grids as tables after it."""
    outcomes = list(outcomes)
    lines = ["| figure | measured | reference | ratio | budget | |", "|---|---:|---:|---:|---|---|"]
    name = ""
    for one in outcomes:
        if isinstance(one, Grid):
            continue
        if names and one.benchmark != name:
            name = one.benchmark
            lines.append(f"| **{name}** | | | | | |")
        lines.append(_markdown_row(one))
    for one in outcomes:
        if isinstance(one, Grid):
            lines += ["", f"{one.title}:", "", _cells(one.heads)]
            lines += ["|" + "|".join(["---", *["---:"] * (len(one.heads) - 1)]) + "|"]
            lines += [_cells(row) for row in one.rows]
    return "\n".join(lines)


def _markdown_row(one: Row | Absent) -> str:
    if isinstance(one, Absent):
        return f"| not run: {one.needs} | | | | | |"
    note = f"<br>{one.note}" if one.note else ""
    reference = ""
    if one.reference is not None:
        reference = f"{number(one.reference)} {one.reference_name}".strip()
    ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
    measured = f"{number(one.measured)} {one.unit}".strip()
    return _cells((f"{one.what}{note}", measured, reference, ratio, one.budget, one.verdict))


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def tell(text: str) -> None:
    """Say what is going on, apart from the table."""
    print(f"... {text}", file=sys.stderr, flush=True)
