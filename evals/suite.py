"""What a suite is: a collection to search, questions about it, and the measures that score what came of them.

A measure makes a row of numbers of each record that it concerns, and a statistic of all the rows makes the figure, with
a 95 % interval by bootstrap over the records. A record that could not be answered is unscored: counted, never as wrong.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from assistant.assistant import Assistant
from corpus.errors import SourceError
from evals.metrics import (
    Rows,
    average_precision,
    bootstrap,
    calibration_error,
    f1,
    mean,
    median,
    mrr_at_k,
    ndcg_at_k,
    p95,
    precision,
    ratio,
    recall,
    recall_at_k,
    risk_coverage_area,
    success_at_k,
)
from evals.records import Record

__all__ = [
    "Collection",
    "Figure",
    "Measure",
    "Suite",
    "abstention",
    "citation_precision",
    "citation_recall",
    "figures",
    "interval",
    "is_odd",
    "latency",
    "read_jsonl",
    "retrieval",
    "set_folder",
]

INTERVAL = (2.5, 97.5)  # percentiles of the bootstrap


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure over n records with its 95 % interval; `unscored` records could not be answered."""

    name: str
    value: float
    low: float
    high: float
    n: int
    unscored: int
    better: int


@dataclass(frozen=True, slots=True)
class Measure:
    """How a figure is made: each record's row of numbers, None where it is none of the measure's, and their statistic.

    `better` is 1 where higher is better, -1 where lower is, 0 where neither is a merit. With `against` the figure is a
    gain: of each record's row that of another one is taken off, whose id `against` returns, None for what gains nothing.
    So what is resampled is the pair.
    """

    name: str
    row: Callable[[Record], tuple[float, ...] | None]
    statistic: Callable[[Rows], float] = mean
    better: int = 1
    against: Callable[[Record], str | None] | None = None

    def rows(self, records: Sequence[Record]) -> list[tuple[Record, tuple[float, ...]]]:
        """Return the records that the measure concerns, in order, with their rows; a gain wants both its records scored."""
        given = [(record, row) for record in records if (row := self.row(record)) is not None]
        if self.against is None:
            return given
        others = {record.id: (record, row) for record, row in given}
        pairs = [(record, row, others.get(self.against(record) or "")) for record, row in given]
        return [
            (
                replace(record, error=record.error or other[0].error),
                tuple(a - b for a, b in zip(row, other[1], strict=True)),
            )
            for record, row, other in pairs
            if other is not None
        ]


@dataclass(frozen=True, slots=True)
class Collection:
    """The rows of a corpus ("_id", "title", "text", ...), files beside them, and what is asked: searches and questions."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    searches: list[Record] = field(default_factory=list)
    questions: list[Record] = field(default_factory=list)
    claims: list[Record] = field(default_factory=list)  # whose support by the corpus is checked


@dataclass(frozen=True, slots=True)
class Suite:
    """A benchmark: a collection that is searched and asked, or a run of its own."""

    measures: Sequence[Measure]
    collection: Callable[[Path | None], Collection] | None = None
    run: Callable[[Assistant, Path | None], Iterator[Record]] | None = None
    served: Callable[[], Iterator[Record]] | None = None  # a run against a server, for which no library is opened
    asks_own_library: bool = False  # the user's, not a new one


def figures(records: Sequence[Record], measures: Sequence[Measure]) -> list[Figure]:
    """Return the figure of each measure that concerns any of the records."""
    return [figure for measure in measures if (figure := _figure(records, measure)).n + figure.unscored]


def _figure(records: Sequence[Record], measure: Measure) -> Figure:
    concerned = measure.rows(records)
    rows = np.array([row for record, row in concerned if record.error is None], dtype=np.float64)
    unscored = len(concerned) - len(rows)
    if not len(rows):
        return Figure(measure.name, math.nan, math.nan, math.nan, 0, unscored, measure.better)
    low, high = interval(bootstrap(rows, measure.statistic))
    return Figure(measure.name, measure.statistic(rows), low, high, len(rows), unscored, measure.better)


def interval(draws: Rows) -> tuple[float, float]:
    """Return the 95 % interval of a bootstrap's draws, those without a number left out."""
    numbers = draws[~np.isnan(draws)]
    if not len(numbers):
        return math.nan, math.nan
    low, high = np.percentile(numbers, INTERVAL)
    return float(low), float(high)


def retrieval(part: str = "") -> list[Measure]:
    """Return the measures of a ranking of documents, over the records of a part, named after it."""

    def measure(name: str, score: Callable[[Record], float]) -> Measure:
        def row(record: Record) -> tuple[float] | None:
            return (score(record),) if record.part == part and record.relevant else None

        return Measure(f"{part}: {name}" if part else name, row)

    return [
        measure("nDCG@10", lambda r: ndcg_at_k(r.found, r.relevant, 10)),
        measure("MRR@10", lambda r: mrr_at_k(r.found, r.relevant, 10)),
        measure("MAP", lambda r: average_precision(r.found, r.relevant)),
        measure("recall@10", lambda r: recall_at_k(r.found, r.relevant, 10)),
        measure("success@1", lambda r: success_at_k(r.found, r.relevant, 1)),
        measure("success@5", lambda r: success_at_k(r.found, r.relevant, 5)),
    ]


def abstention(correct: Callable[[Record], float | None]) -> list[Measure]:
    """Return how well a suite's answers abstain; `correct` tells whether an answer is right, None for what is no question.

    Precision and recall are those of abstaining where there is no answer. The risk is that of answering wrongly, an
    answer to an unanswerable question being wrong whatever it says. The calibration error is that of the confidence as the
    probability that there is an answer.
    """

    def silent(record: Record) -> tuple[float, float] | None:
        if record.answerable is None:
            return None
        return float(record.status == "abstained"), float(not record.answerable)

    def confidence(record: Record) -> tuple[float, float] | None:
        return None if record.answerable is None else (record.confidence, float(record.answerable))

    def risk(record: Record) -> tuple[float, float] | None:
        right = correct(record)
        return None if right is None or record.answerable is None else (record.confidence, right * record.answerable)

    return [
        Measure("abstention precision", silent, precision),
        Measure("abstention recall", silent, recall),
        Measure("abstention F1", silent, f1),
        Measure("risk-coverage area", risk, risk_coverage_area, better=-1),
        Measure("calibration error", confidence, calibration_error, better=-1),
    ]


def citation_precision() -> Measure:
    """Return the share of the citations, of questions with gold evidence, that overlap it."""

    def row(record: Record) -> tuple[float, float] | None:
        if not record.evidence:
            return None
        return float(sum(map(record.overlaps_evidence, record.cited))), float(len(record.cited))

    return Measure("citation precision", row, ratio)


def citation_recall() -> Measure:
    """Return the share of the pieces of gold evidence that a citation overlaps."""

    def row(record: Record) -> tuple[float, float] | None:
        if not record.evidence:
            return None
        return float(sum(share > 0 for share in record.coverage())), float(len(record.evidence))

    return Measure("citation recall", row, ratio)


def latency() -> list[Measure]:
    """Return the time of a search and of an answer (its search included), in milliseconds: median and 95th percentile."""

    def measure(name: str, answered: bool, statistic: Callable[[Rows], float]) -> Measure:
        def row(record: Record) -> tuple[float] | None:
            return None if record.ms is None or (record.answer is not None) != answered else (record.ms,)

        return Measure(name, row, statistic, better=0)

    return [
        measure("search p50, ms", False, median),
        measure("search p95, ms", False, p95),
        measure("answer p50, ms", True, median),
        measure("answer p95, ms", True, p95),
    ]


def is_odd(id: str) -> bool:
    """Tell whether a row's figures are reported: those whose id has an even first SHA-1 byte may train."""
    import hashlib

    return hashlib.sha1(id.encode()).digest()[0] % 2 == 1


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON Lines file. Raises SourceError naming the line that is none."""
    rows = []
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
            if line.strip():
                rows.append(json.loads(line))
                if not isinstance(rows[-1], dict):
                    raise SourceError(f"{path}:{number}: not a JSON object.")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({error}). Give a file of JSON Lines, in UTF-8.") from error
    except ValueError as error:
        raise SourceError(f"{path}:{number}: not valid JSON ({error}).") from error
    return rows


def set_folder(data: Path | None, name: str, file: str) -> Path:
    """Return the folder of an evaluation set: `name` under `data`, or `data` itself where that holds `file`.

    Raises SourceError that says what to name with --data.
    """
    for folder in (data / name, data) if data else (Path(name),):
        if (folder / file).is_file():
            return folder
    where = (data or Path()) / name
    raise SourceError(f"{where}: no {file} in it. Name the folder that holds {name}/ with --data.")
