"""Answers that the reader rated, asked for again: `onrecord eval run ratings`. Nothing is made up: a record a thumb.

A question is asked of the library as it is now, with the settings as they are now, but in the light in which it was asked
then: after the same answers, with the same filters, "last month" counted from the same day, and searched as the reader put
it where he did. So what differs is what the assistant makes of it, or what the library holds: how many documents came since
is noted. A question that was rated more than once in the same light counts once, as it was rated last.

A thumb is about the words that the answer rested on, so these are compared, not its wording. A quotation is cited again if
half of its characters or more are, where it stands: in its document, the newest version, or one that tells the same story.
An answer is the same if every quotation is cited again and nothing else is, or if both are silent.

- Thumb up: how often every quotation is cited again, and how often the first one, which leads the answer. Less is not yet
  worse, since other words may answer as well.
- Thumb down: how often the answer is another now. That is needed for a better one, and not enough: read them.

Where words that were cited stand in no document any more they cannot be cited: such answers are left out, and counted.
"""

import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.answer import as_json
from assistant.assistant import Assistant
from assistant.conversation import turn_of_json
from corpus.catalog import Catalog
from corpus.conversations import LOCAL, Exchange
from corpus.errors import NotFoundError, OnRecordError, SourceError
from corpus.filters import FILTER_KEYS, filters_of
from corpus.ratings import BETWEEN, REASONS, Rated, Ratings
from corpus.types import Document
from evals.evidence import find
from evals.metrics import covered, ratio
from evals.records import Place, Record
from evals.suite import Measure, Suite, latency

__all__ = ["SUITE", "ratings_of"]

ENOUGH = 0.5  # of a quotation's characters
UP, DOWN = "up", "down"
GONE, GROWN = "words gone", "documents since"


def ratings_of(owner: str) -> Suite:
    """Return the suite of the answers that one user rated."""

    def run(assistant: Assistant, data: Path | None) -> Iterator[Record]:
        rated = _once(Ratings(assistant.library.catalog, owner).list())
        if not rated:
            raise SourceError("no answer has been rated yet. Put a thumb up or down below some, on the page.")
        added = sorted(entry.added_at for entry in assistant.library.list())
        return (_asked_again(one, assistant, added) for one in rated)

    return Suite(MEASURES, run=run, asks_own_library=True)


def _once(found: Iterator[Rated]) -> list[Rated]:
    """Return the ratings, the newest first, without those of what was asked in the same light and rated later."""
    kept: dict[str, Rated] = {}
    for one in found:
        asked = [turn.question for turn in one.turns]
        kept.setdefault(repr((asked, _query(one.turns), sorted(_filters(one.turns[-1].answer).items()))), one)
    return list(kept.values())


def _query(turns: Sequence[Exchange]) -> str | None:
    """Return how the reader had the last question searched, if he put that right: then it was asked twice in a row."""
    twice = len(turns) > 1 and turns[-1].question == turns[-2].question
    return str(turns[-1].answer["query"]) if twice else None


def _filters(answer: Mapping[str, Any]) -> dict[str, Any]:
    given = {**(answer.get("filters") or {}), "as_of": answer.get("as_of")}
    return {key: value for key, value in given.items() if key in FILTER_KEYS and value}


def _asked_again(rated: Rated, assistant: Assistant, added: Sequence[str]) -> Record:
    """Ask the last question once more; what came of it then is in the record as what is right, or what is wrong."""
    turn, catalog = rated.turns[-1], assistant.library.catalog
    as_of = bool(turn.answer["as_of"])
    quoted = [_places(citation, as_of, catalog) for citation in turn.answer["citations"]]
    there = tuple(filter(None, quoted))
    is_good, text = rated.rating.is_good, str(turn.answer["text"])
    record = Record(
        f"{rated.conversation_id}/{len(rated.turns)}",
        tuple(one.question for one in rated.turns),
        labels={
            "thumb": UP if is_good else DOWN,
            "reason": rated.rating.reason,
            "then": str(turn.answer["status"]),
            "engine then": str(turn.answer["engine"]),
            GONE: str(len(quoted) - len(there)),
            GROWN: str(len(added) - bisect_right(added, rated.rated_at)),
        },
        filters=_filters(turn.answer),
        evidence=there if is_good else (),
        units=() if is_good else tuple(place for places in there for place in places),
        answers=(text,) if is_good else (),
        wrong=() if is_good else (text,),
    )
    return _answered(record, rated.turns, assistant)


def _answered(record: Record, turns: Sequence[Exchange], assistant: Assistant) -> Record:
    history = [turn_of_json(one.answer) for one in turns[:-1]]
    asked_on = datetime.fromisoformat(turns[-1].asked_at).astimezone().date()
    started = time.perf_counter()
    try:
        answer = assistant.ask(record.question, history, filters_of(record.filters), _query(turns), asked_on)
    except OnRecordError as error:
        return replace(record, error=str(error))
    failed = answer.reason.message if answer.status == "failed" and answer.reason else None
    return replace(record, answer=as_json(answer), ms=round((time.perf_counter() - started) * 1e3, 2), error=failed)


def _places(citation: Mapping[str, Any], as_of: bool, catalog: Catalog) -> tuple[Place, ...]:
    """Return where the words of a kept citation stand in what is searched now: as of a day also in earlier versions."""
    quote, start, end = citation["quote"], citation["start"], citation["end"]
    found = []
    for document in _documents(citation["document"], as_of, catalog):
        span = (start, end) if document.text[start:end] == quote else find(quote, document.text)
        if span is not None:
            found.append(Place(document.source, quote, *span))
    return tuple(found)


def _documents(cited: Mapping[str, Any], as_of: bool, catalog: Catalog) -> Iterator[Document]:
    """Yield the document that was cited, as it is now, and those that tell the same story."""
    group = cited.get("duplicate_group")
    try:
        document = catalog.document(cited["id"])
        yield from catalog.every_version(document.id) if as_of else [document]
        group = document.duplicate_group
    except NotFoundError:
        pass
    for entry in catalog.entries(group) if group else ():
        if entry.id != cited["id"]:
            yield catalog.document(entry.id)


def _quoted(record: Record) -> list[Place]:
    """Return where the quotations of the rated answer stand."""
    return [*(place for piece in record.evidence for place in piece), *record.units]


def _again(record: Record) -> list[bool]:
    """Tell of each quotation of the rated answer whether it is cited again."""
    pieces: dict[str, list[Place]] = {}
    for place in _quoted(record):
        pieces.setdefault(place.quote, []).append(place)
    return [any(covered((p.start, p.end), record.cited_in(p.document)) >= ENOUGH for p in ps) for ps in pieces.values()]


def _is_same(record: Record) -> bool:
    """Tell whether the answer rests on the same words, or is silent as before."""
    if "abstained" in (record.status, record.labels["then"]):
        return record.status == record.labels["then"]
    known = all(any(map(one.overlaps, _quoted(record))) for one in record.cited)
    return known and all(_again(record))


def _is(record: Record, thumb: str) -> bool:
    """Tell whether a record with this thumb can be judged: whatever it cited is still there."""
    return record.labels["thumb"] == thumb and record.labels[GONE] == "0"


def _cited_again(record: Record) -> tuple[float] | None:
    again = _again(record)
    return (float(all(again)),) if _is(record, UP) and again else None


def _first_again(record: Record) -> tuple[float] | None:
    again = _again(record)
    return (float(again[0]),) if _is(record, UP) and again else None


def _quotations_again(record: Record) -> tuple[float, float] | None:
    again = _again(record)
    return (float(sum(again)), float(len(again))) if _is(record, UP) and again else None


def _silent_again(record: Record) -> tuple[float] | None:
    was_silent = record.labels["then"] == "abstained"
    return (float(record.status == "abstained"),) if _is(record, UP) and was_silent else None


def _different(record: Record) -> tuple[float] | None:
    return (float(not _is_same(record)),) if _is(record, DOWN) else None


def _dropped(record: Record) -> tuple[float] | None:
    again = _again(record)
    return (float(not any(again)),) if _is(record, DOWN) and again else None


def _of_reason(reason: str) -> Measure:
    def row(record: Record) -> tuple[float] | None:
        return _different(record) if reason in record.labels["reason"].split(BETWEEN) else None

    return Measure(f"down, {reason}: another answer", row)


MEASURES = (
    Measure("up: every quotation cited again", _cited_again),
    Measure("up: silent again", _silent_again),
    Measure("up: its first quotation cited again", _first_again),
    Measure("up: quotations cited again", _quotations_again, ratio),
    Measure("down: another answer", _different),
    *map(_of_reason, REASONS),
    Measure("down: none of its quotations cited again", _dropped, better=0),
    Measure("left out: cited words are gone", lambda r: (float(r.labels[GONE] != "0"),), better=0),
    Measure("documents were added since", lambda r: (float(r.labels[GROWN] != "0"),), better=0),
    *latency(),
)

SUITE = ratings_of(LOCAL)
