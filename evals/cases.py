"""Lay out the questions of a suite for reading, the worst first: what was asked, what is right, what came of it and why.

A question has one case, whatever columns of the report hold it, so that their outcomes stand beside each other. Cases are
grouped by the measure that judges them: the first of the suite that has a value for a record by itself, and where higher
is better. A case is as bad as the worst outcome of the first column's system; what others do beside it does not order it.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.types import Span
from evals.metrics import mean, ratio, recall
from evals.records import Place, Record, Section, same_document
from evals.suite import Measure

__all__ = ["Case", "Evidence", "Excerpt", "Group", "Outcome", "groups", "main_value"]

LISTED = 40  # cases of a group
PASSAGES = 5
RELEVANT = 12
LONGEST = 700  # characters of a passage
BLANK_LINES = re.compile(r"\s*\n\s*")
UNSCORED, NOT_JUDGED = "unscored", "not judged one by one"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage or a quotation: where from, its text in pieces with whether each is gold, and the JSON it was made of."""

    source: str
    pieces: tuple[tuple[str, bool], ...]
    holds_gold: bool
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of gold evidence: its alternatives as (document, words), and the share of the best that the answer cites."""

    places: tuple[tuple[str, str], ...]
    cited: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question in a column; `ranks` has the relevant documents, 0 for what was not found."""

    column: int
    record: Record
    value: float
    passages: list[Excerpt]
    citations: list[Excerpt]
    evidence: list[Evidence]
    ranks: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the outcome in each column that holds it, and the measure that gives their values, "" for none."""

    record: Record
    measure: str
    outcomes: list[Outcome]


@dataclass(frozen=True, slots=True)
class Group:
    """The cases that a measure judges, worst first: `n` of them, the first LISTED kept."""

    name: str
    n: int
    cases: list[Case]


@dataclass(frozen=True, slots=True)
class _Judged:
    group: str
    measure: str
    worst: float
    held: list[tuple[int, Record, float]]


def groups(sections: Sequence[Section], measures: Sequence[Measure]) -> list[Group]:
    """Return the cases of a suite's sections, what is unscored first, then by measure in the measures' order."""
    asked: dict[str, list[tuple[int, Record]]] = {}
    for column, section in enumerate(sections):
        for record in section.records:
            asked.setdefault(record.id, []).append((column, record))
    own = {column for column, section in enumerate(sections) if section.system == sections[0].system}
    judged = [_judged(held, measures, own) for held in asked.values()]
    return [
        Group(name, len(found), [_case(one) for one in sorted(found, key=lambda one: one.worst)[:LISTED]])
        for name in dict.fromkeys((UNSCORED, *(measure.name for measure in measures), NOT_JUDGED))
        if (found := [one for one in judged if one.group == name])
    ]


def _judged(held: Sequence[tuple[int, Record]], measures: Sequence[Measure], own: set[int]) -> _Judged:
    """Judge a question by the first measure that has a value for all its outcomes, else for any."""
    scored = [record for _, record in held if record.error is None]
    fitting = [m for m in measures if any(not math.isnan(main_value(record, m)) for record in scored)]
    fitting.sort(key=lambda m: any(math.isnan(main_value(record, m)) for record in scored))
    values = [(column, record, main_value(record, fitting[0]) if fitting else math.nan) for column, record in held]
    ordering = [value for column, _, value in values if column in own] or [value for *_, value in values]
    worst = min((value for value in ordering if not math.isnan(value)), default=math.inf)
    measure = fitting[0].name if fitting else ""
    group = UNSCORED if len(scored) < len(held) else measure or NOT_JUDGED
    return _Judged(group, measure, worst, values)


def main_value(record: Record, measure: Measure) -> float:
    """Return what a measure says of one record alone, not a number where it says nothing or where higher is not better.

    A mean's row is a value, a share is one of the record's own pieces, and what was to be recalled was or was not.
    """
    tells = measure.better > 0 and measure.against is None and record.error is None
    row = measure.row(record) if tells else None
    if row is None:
        return math.nan
    if measure.statistic is ratio and row[1]:
        return row[0] / row[1]
    says = measure.statistic is mean or (measure.statistic is recall and row[1] > 0)
    return row[0] if says else math.nan


def _case(judged: _Judged) -> Case:
    return Case(judged.held[0][1], judged.measure, [_outcome(*held) for held in judged.held])


def _outcome(column: int, record: Record, value: float) -> Outcome:
    answer = record.answer or {}
    retrieved = record.hits or answer.get("passages", ())
    return Outcome(
        column,
        record,
        value,
        [_excerpt(record, passage["source"], passage["text"], passage) for passage in retrieved[:PASSAGES]],
        [_excerpt(record, c["document"]["source"], c["quote"], c) for c in answer.get("citations", ())],
        list(_evidence(record)),
        _ranks(record, record.found or tuple(dict.fromkeys(passage["source"] for passage in retrieved))),
    )


def _excerpt(record: Record, source: str, text: str, given: Mapping[str, Any]) -> Excerpt:
    spans = list(_gold_spans(record, source, given.get("start"), len(text)))
    relevant = any(same_document(source, id) for id in record.relevant)
    pieces = tuple((BLANK_LINES.sub("\n", piece), gold) for piece, gold in _pieces(text, spans))
    return Excerpt(_short(source), pieces, bool(spans) or relevant, given)


def _gold_spans(record: Record, source: str, start: int | None, length: int) -> Iterator[Span]:
    """Yield where the evidence lies in a text that starts there in its document."""
    for place in (place for piece in record.evidence for place in piece):
        if start is not None and same_document(source, place.document):
            span = (max(0, place.start - start), min(length, place.end - start))
            if span[0] < span[1]:
                yield span


def _pieces(text: str, spans: Sequence[Span]) -> Iterator[tuple[str, bool]]:
    """Yield the text, cut to LONGEST, in pieces that are gold and that are not."""
    at = 0
    for start, end in sorted(spans):
        if at < min(end, LONGEST):
            yield text[at : min(start, LONGEST)], False
            yield text[max(at, start) : min(end, LONGEST)], True
            at = end
    yield text[at:LONGEST] + (" …" if len(text) > LONGEST else ""), False


def _short(source: str) -> str:
    """Return what tells a document from others: its row's id, the end of its path, or its address."""
    if "://" in source:
        return source
    path, _, id = source.rpartition("#")
    return id if path else "/".join(source.split("/")[-2:])


def _evidence(record: Record) -> Iterator[Evidence]:
    shares = record.coverage() if record.answer else [0.0] * len(record.evidence)
    for piece, share in zip(record.evidence, shares, strict=True):
        yield Evidence(tuple((_short(place.document), _words(place, record)) for place in piece), share)


def _words(place: Place, record: Record) -> str:
    """Return the words of a place, from a passage that holds them where the record has but their offsets."""
    for passage in (record.answer or {}).get("passages", ()):
        start, end = place.start - passage["start"], place.end - passage["start"]
        if (
            not place.quote
            and same_document(passage["source"], place.document)
            and 0 <= start < end <= len(passage["text"])
        ):
            return str(passage["text"][start:end])[:LONGEST]
    return place.quote or f"characters {place.start} to {place.end}, in no passage retrieved"


def _ranks(record: Record, found: Sequence[str]) -> list[tuple[str, int]]:
    ranks = [
        (id, next((rank for rank, source in enumerate(found, 1) if same_document(source, id)), 0))
        for id in record.relevant
    ]
    return sorted(ranks, key=lambda ranked: ranked[1] or math.inf)[:RELEVANT]
