"""Make of a suite's records what its plots draw: recall, risk, confidence, times, and what was measured by size.

A column of the report is a `Series`, drawn in its own style in every plot. Where records have nothing to draw, there is
no plot.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evals.drawing import DASHES, NEUTRAL, Axes, Line, Plot, draw
from evals.metrics import recall_at_k, risk_coverage, risk_coverage_area
from evals.records import Record
from evals.suite import Measure

__all__ = ["Series", "by_unit", "plots"]

DEPTHS = (1, 2, 3, 5, 10, 20, 50, 100)
BINS = 24


@dataclass(frozen=True, slots=True)
class Series:
    """A column's label, the number of its style, and those of its records that are scored."""

    label: str
    style: int
    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class _Plan:
    title: str
    caption: str
    lines: Sequence[Line]
    axes: Axes


def plots(measures: Sequence[Measure], series: Sequence[Series]) -> list[Plot]:
    """Return the plots that the series have something for."""
    plans = [
        *_recall(series), *_risk_coverage(measures, series), *_confidence(series), *_times(series), *_by_size(series),
    ]  # fmt: skip
    return [draw(plan.title, plan.caption, plan.lines, plan.axes) for plan in plans if plan.lines]


def _recall(series: Sequence[Series]) -> Iterator[_Plan]:
    """Plan a plot for each part that is searched."""
    searched = [record for one in series for record in one.records if _is_search(record)]
    for part in dict.fromkeys(record.part for record in searched):
        deepest = max(len(record.found) for record in searched if record.part == part)
        depths = [k for k in DEPTHS if k == 1 or k <= deepest]
        lines = [line for one in series for line in _recall_line(one, part, depths)]
        caption = "The share of a question's relevant documents that are among the first k, averaged."
        yield _Plan(_titled("Recall by depth", part), caption, lines, Axes("k", "recall", depths, y_to_1=True))


def _titled(title: str, of: str) -> str:
    return f"{title}: {of}" if of else title


def _is_search(record: Record) -> bool:
    return bool(record.relevant) and record.answer is None


def _recall_line(one: Series, part: str, depths: Sequence[int]) -> Iterator[Line]:
    records = [record for record in one.records if record.part == part and _is_search(record)]
    if records:
        recalls = [_mean(recall_at_k(record.found, record.relevant, k) for record in records) for k in depths]
        yield Line(one.label, one.style, depths, recalls)


def _mean(numbers: Iterable[float]) -> float:
    return float(np.mean(list(numbers)))


def _risk_coverage(measures: Sequence[Measure], series: Sequence[Series]) -> Iterator[_Plan]:
    """Plan the curve of each measure that is the area under one."""
    caption = "How many would be answered wrongly if only the most confident answers were given; lower is better."
    for measure in measures:
        if measure.statistic is risk_coverage_area:
            lines = []
            for one in series:
                rows = [row for record in one.records if (row := measure.row(record)) is not None]
                if rows:
                    coverage, risk = risk_coverage(np.array(rows, dtype=np.float64))
                    lines.append(Line(one.label, one.style, coverage.round(4).tolist(), risk.round(4).tolist()))
            yield _Plan("Risk by coverage", caption, lines, Axes("share answered", "share wrong", y_to_1=True))


def _confidence(series: Sequence[Series]) -> Iterator[_Plan]:
    """Plan for each column the confidences where there is an answer and where there is none."""
    caption = (
        "Confidence in answers where there is one to be had, and where there is none; the further apart, the better."
    )
    edges = np.linspace(0, 1, BINS + 1).tolist()
    told = [one for one in series if any(_is_told(record) for record in one.records)]
    for one in told:
        lines = [
            line
            for name, style, answerable in (("answerable", one.style, True), ("unanswerable", NEUTRAL, False))
            for line in _histogram(
                name, style, [r.confidence for r in one.records if _is_told(r) and r.answerable is answerable], edges
            )
        ]
        title = _titled("Confidence", one.label if len(told) > 1 else "")
        yield _Plan(title, caption, lines, Axes("confidence", "share of questions", is_histogram=True))


def _is_told(record: Record) -> bool:
    return record.answer is not None and record.answerable is not None


def _times(series: Sequence[Series]) -> Iterator[_Plan]:
    yield from _times_of("Search time", "How long a search took.", series, lambda record: record.answer is None)
    yield from _times_of(
        "Answer time", "How long an answer took, its search included.", series, lambda record: record.answer is not None
    )


def _times_of(
    title: str, caption: str, series: Sequence[Series], concerns: Callable[[Record], bool]
) -> Iterator[_Plan]:
    times = [[max(r.ms, 0.01) for r in one.records if r.ms is not None and concerns(r)] for one in series]
    measured = [ms for column in times for ms in column]
    if measured:
        low, high = min(measured) / 1.2, max(measured) * 1.2
        edges = np.geomspace(low, high, BINS + 1).tolist()
        lines = [
            line
            for one, column in zip(series, times, strict=True)
            for line in _histogram(one.label, one.style, column, edges)
        ]
        axes = Axes("milliseconds", "share of questions", _round_numbers(low, high), is_histogram=True)
        yield _Plan(title, caption, lines, axes)


def _round_numbers(low: float, high: float) -> list[float]:
    """Return the powers of ten, or where these are few their double and fivefold too, that span low to high."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first < 3 else (1,)
    numbers = [step * 10.0**power for power in range(first, last) for step in steps] + [10.0**last]
    return [
        max(n for n in numbers if n <= low),
        *(n for n in numbers if low < n < high),
        min(n for n in numbers if n >= high),
    ]


def _histogram(label: str, style: int, values: Sequence[float], edges: Sequence[float]) -> Iterator[Line]:
    """Make the outline of the shares of the values in each bin."""
    if values:
        shares = np.histogram(values, edges)[0] / len(values)
        yield Line(label, style, [edges[0], *edges], [0.0, *shares.tolist(), 0.0])


def _by_size(series: Sequence[Series]) -> Iterator[_Plan]:
    """Plan for each value that a suite measured by itself a plot against its records' label "size"."""
    sized = [(one, [record for record in one.records if "size" in record.labels]) for one in series]
    sizes = sorted({float(record.labels["size"]) for _, records in sized for record in records})
    for name in dict.fromkeys(name for _, records in sized for record in records for name in record.values):
        lines = [line for one, records in sized for line in _line_by_size(one, records, name)]
        caption = "Against the size of the library, on a logarithmic scale."
        yield _Plan(f"{name} by size", caption, lines, Axes("size", name, sizes))


def by_unit(records: Sequence[Record]) -> list[Plot]:
    """Return a plot against size for each unit that values were measured in ("search p50, ms"), a line for each value.

    The first of something, which opens what it needs, is left out: it would press the others to the ground.
    """
    sized = [record for record in records if "size" in record.labels]
    sizes = sorted({float(record.labels["size"]) for record in sized})
    units: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for record in sized for name in record.values):
        what, _, unit = name.rpartition(", ")
        if what and not name.startswith("first "):
            units.setdefault(unit, []).append(what)
    drawn = []
    for unit, names in units.items():
        shown = [Series(what, style % len(DASHES), sized) for style, what in enumerate(names)]
        lines = [line for one in shown for line in _line_by_size(one, sized, f"{one.label}, {unit}")]
        drawn.append(draw(f"{unit} by passages", "On a logarithmic scale.", lines, Axes("passages", unit, sizes)))
    return drawn


def _line_by_size(one: Series, records: Sequence[Record], name: str) -> Iterator[Line]:
    measured: dict[float, list[float]] = {}
    for record in records:
        if name in record.values:
            measured.setdefault(float(record.labels["size"]), []).append(record.values[name])
    if measured:
        sizes = sorted(measured)
        yield Line(one.label, one.style, sizes, [_mean(measured[size]) for size in sizes])
