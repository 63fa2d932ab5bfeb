"""Questions of one's own, over one's own library: `onrecord eval run mine.jsonl`. A line a question.

    {"id": "n026", "question": "How many cargo ships ...?", "answerable": true, "answer": "33", "speaker": "Schröder",
     "gold": [[{"document": "negotiations/signals-of-interest.pdf", "quote": "33 cargo ships had left"}, ...]]}

Only the question is needed. `gold` lists the pieces of evidence that an answer needs, each as alternatives: the places
that tell it, a document named by its id, its path or the end of that. A piece is covered if the citations cover at least
half of one alternative's characters. `turns` stands for `question` in a conversation, of which the last turn is scored;
`answer` are words that the answer should show, `speaker` who says it, `kind` the name of a group of questions. Filters
(as_of, outlets, tags, ...) are those of `onrecord ask --from`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.assistant import checked_question
from corpus.errors import OnRecordError, SourceError
from corpus.filters import FILTER_KEYS, filters_of
from evals.metrics import auroc, median, normalized
from evals.records import Place, Record, same_document
from evals.suite import (
    Collection,
    Measure,
    Suite,
    abstention,
    citation_precision,
    citation_recall,
    latency,
    read_jsonl,
)
from index.lexical import stems

__all__ = ["own_questions", "question_measures", "read_questions"]

ENOUGH = 0.5  # of a gold span's characters
MOST_STATEMENTS = 3
QUOTATION_MARKS = str.maketrans("“”‘’", "\"\"''")  # SQuAD's normalisation takes out the plain ones alone
KEYS = ("id", "question", "turns", "answerable", "near_miss", "answer", "speaker", "kind", "gold", *FILTER_KEYS)


def own_questions(path: Path) -> Suite:
    """Return the suite of a file of questions. Raises SourceError naming the line that cannot be used."""
    records = read_questions(path)
    return Suite(question_measures(records), lambda _: Collection(questions=records), asks_own_library=True)


def read_questions(path: Path) -> list[Record]:
    """Return the questions of a file. Raises SourceError."""
    rows = read_jsonl(path)
    if not rows:
        raise SourceError(f'{path}: no questions in it. Write a line each: {{"question": "..."}}')
    return [_question(row, f"{path}: question {number}", str(number)) for number, row in enumerate(rows, 1)]


def _question(row: Mapping[str, Any], where: str, number: str) -> Record:
    unknown = [key for key in row if key not in KEYS]
    turns = row.get("turns") or [row.get("question")]
    if unknown:
        raise SourceError(f"{where}: {unknown[0]!r} is not known. There are {', '.join(KEYS)}.")
    if not isinstance(turns, list) or not all(isinstance(turn, str) and turn.strip() for turn in turns):
        raise SourceError(f'{where}: no "question", and no "turns" with a text each.')
    for key in ("answerable", "near_miss"):
        if not isinstance(row.get(key), bool | None):
            raise SourceError(f"{where}: {key!r} is {row[key]!r}. Write true or false.")
    for key in ("answer", "speaker", "kind"):
        if not isinstance(row.get(key), str | None):
            raise SourceError(f"{where}: {key!r} is {row[key]!r}. Write a text.")
    filters = {key: row[key] for key in FILTER_KEYS if row.get(key)}
    try:
        turns = [checked_question(turn) for turn in turns]
        filters_of(filters)
        evidence = tuple(tuple(map(_place, piece)) for piece in row.get("gold") or ())
    except OnRecordError as error:
        raise SourceError(f"{where}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(f'{where}: "gold" is not a list of lists of {{"document": ..., "quote": ...}}.') from error
    if not all(evidence):
        raise SourceError(f'{where}: a piece of "gold" has no alternative. Leave it out, or quote a document.')
    if row.get("answerable") is False and (evidence or row.get("answer")):
        raise SourceError(f"{where}: not answerable, yet it has an answer or gold evidence. Take one of them out.")
    labels = {key: str(row[key]) for key in ("kind", "speaker") if row.get(key)}
    labels |= {"near_miss": "yes"} if row.get("near_miss") else {}
    return Record(
        str(row.get("id", number)),
        tuple(turns),
        labels=labels,
        filters=filters,
        answerable=row.get("answerable", True if evidence or row.get("answer") else None),
        evidence=evidence,
        answers=(row["answer"],) if row.get("answer") else (),
    )


def _place(given: Mapping[str, Any]) -> Place:
    """Return a place of gold evidence. Raises ValueError if its document or its words are no text."""
    if not all(isinstance(given[key], str) and given[key].strip() for key in ("document", "quote")):
        raise ValueError(f"no text: {given}")
    return Place(given["document"], given["quote"])


def question_measures(records: Sequence[Record]) -> tuple[Measure, ...]:
    """Return the measures, those of each kind of question among the records last."""
    kinds = dict.fromkeys(r.labels["kind"] for r in records if "kind" in r.labels and r.evidence)
    return (
        Measure("answerable: evidence cited", _evidence_cited),
        Measure("answerable: answer string shown", _answer_shown),
        Measure("answerable: wrongly abstained", _wrongly_abstained, better=-1),
        Measure("answerable: words, median", _words, median, better=0),
        Measure("answerable: evidence passage, MRR@10", _evidence_rank),
        Measure("views that found the first passage", _views),
        Measure("answerable: speaker", _speaker),
        Measure("unanswerable: abstained", _rightly_abstained),
        Measure(
            "unanswerable, near misses: abstained", lambda r: _rightly_abstained(r) if "near_miss" in r.labels else None
        ),
        citation_precision(),
        citation_recall(),
        Measure(
            "AUROC of answerability",
            lambda r: None if r.answerable is None else (r.confidence, float(r.answerable)),
            auroc,
        ),
        *abstention(lambda r: None if r.answerable is None else (_evidence_cited(r) or (0.0,))[0]),
        *(_of_kind(kind) for kind in kinds),
        *latency(),
    )


def _of_kind(kind: str) -> Measure:
    return Measure(
        f"kind {kind}: evidence cited", lambda r: _evidence_cited(r) if r.labels.get("kind") == kind else None
    )


def _evidence_cited(record: Record) -> tuple[float] | None:
    if not record.evidence:
        return None
    statements = record.answer["statements"] if record.answer else ()
    covers = all(share >= ENOUGH for share in record.coverage())
    return (float(covers and len(statements) <= MOST_STATEMENTS),)


def _answer_shown(record: Record) -> tuple[float] | None:
    if not record.answers:
        return None
    answer, shown = (normalized(text.translate(QUOTATION_MARKS)) for text in (record.answers[0], record.text))
    return (float(f" {answer} " in f" {shown} "),)


def _wrongly_abstained(record: Record) -> tuple[float] | None:
    return (float(record.status == "abstained"),) if record.answerable else None


def _rightly_abstained(record: Record) -> tuple[float] | None:
    return (float(record.status == "abstained"),) if record.answerable is False else None


def _words(record: Record) -> tuple[float] | None:
    if not record.answerable or record.status == "abstained":
        return None
    return (float(sum(len(s["text"].split()) for s in (record.answer or {}).get("statements", ()))),)


def _evidence_rank(record: Record) -> tuple[float] | None:
    """Return one over the rank of the first passage found that holds evidence, 0 if none of ten does."""
    if not record.evidence:
        return None
    places = [place for piece in record.evidence for place in piece]
    passages = (record.answer or {}).get("passages", ())
    holding = (any(_within(passage, place) for place in places) for passage in passages[:10])
    return (next((1 / rank for rank, holds in enumerate(holding, 1) if holds), 0.0),)


def _views(record: Record) -> tuple[float] | None:
    """Return how many views gave the best passage a score: an index that finds nothing any more shows here first."""
    passages = (record.answer or {}).get("passages")
    if not passages:
        return None
    return (float(sum(score is not None for score in passages[0]["views"].values())),)


def _within(passage: Mapping[str, Any], place: Place) -> bool:
    same = same_document(passage["source"], place.document)
    return same and passage["start"] < place.end and place.start < passage["end"]


def _speaker(record: Record) -> tuple[float] | None:
    """Tell whether a citation of the evidence names the speaker; citing none of it is no such citation."""
    if "speaker" not in record.labels:
        return None
    gold = set(stems(record.labels["speaker"]))
    return (float(any(gold <= set(stems(c.speaker or "")) for c in record.cited if record.overlaps_evidence(c))),)
