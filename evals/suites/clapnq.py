"""ClapNQ dev: real questions, each with a passage and the sentences of it that answer; and questions it does not answer.

    {"id": "-1218875241352839456", "input": "difference between russian blue and british blue cat", "passages": [{"title":
     "Russian Blue", "sentences": ["The coat is known as ...", ...]}], "output": [{"selected_sentences": ["The coat ..."]}]}

The row's own passage is given. Gold are the first annotator's sentences; a sentence counts as cited if at least half of it
is (the set's own scorer, https://github.com/primeqa/clapnq, compares generated text, not citations). Odd rows.
"""

from pathlib import Path

from evals.metrics import auroc, covered, ratio
from evals.records import Place, Record
from evals.suite import (
    Collection,
    Measure,
    Suite,
    abstention,
    citation_precision,
    citation_recall,
    is_odd,
    latency,
    read_jsonl,
    set_folder,
)

__all__ = ["SUITE"]

HALF = 0.5


def _collection(data: Path | None) -> Collection:
    folder = set_folder(data, "clapnq", "answerable.jsonl")
    rows, questions = [], []
    for name in ("answerable", "unanswerable"):
        for row in filter(lambda row: is_odd(row["id"]), read_jsonl(folder / f"{name}.jsonl")):
            passage = row["passages"][0]
            text, places = _laid_out(row["id"], passage["sentences"])
            chosen = set(row["output"][0]["selected_sentences"])
            gold = [place for place, sentence in zip(places, passage["sentences"], strict=True) if sentence in chosen]
            rows.append({"_id": row["id"], "title": passage["title"], "text": text})
            questions.append(
                Record(
                    row["id"],
                    (row["input"],),
                    filters={"documents": [row["id"]]},
                    answerable=name == "answerable",
                    evidence=tuple((place,) for place in gold),
                    units=tuple(places),
                )
            )
    return Collection(rows, questions=questions)


def _laid_out(id: str, sentences: list[str]) -> tuple[str, list[Place]]:
    """Return the sentences as one text, and where each stands in it."""
    text, places = "", []
    for sentence in sentences:
        start = len(text) + 1 if text else 0
        text = f"{text} {sentence}" if text else sentence
        places.append(Place(id, start=start, end=start + len(sentence)))
    return text, places


def _sentences(record: Record) -> tuple[float, float, float] | None:
    """Return how many sentences are both cited and gold, cited, and gold; None where there is no answer."""
    if not record.answerable:
        return None
    cited = {
        place for place in record.units if covered((place.start, place.end), record.cited_in(place.document)) >= HALF
    }
    gold = {place for piece in record.evidence for place in piece}
    return float(len(cited & gold)), float(len(cited)), float(len(gold))


def _f1(record: Record) -> tuple[float] | None:
    counts = _sentences(record)
    return counts and (2 * counts[0] / ((counts[1] + counts[2]) or 1),)


def _right(record: Record) -> float:
    counts = _sentences(record)
    return float(bool(counts and counts[0]))


def _cited(record: Record) -> tuple[float] | None:
    counts = _sentences(record)
    return counts and (counts[1],)


def _precision(record: Record) -> tuple[float, float] | None:
    counts = _sentences(record)
    return counts and counts[:2]


def _recall(record: Record) -> tuple[float, float] | None:
    counts = _sentences(record)
    return counts and (counts[0], counts[2])


SUITE = Suite(
    (
        Measure("sentence citation F1", _f1),
        Measure("sentence citation precision", _precision, ratio),
        Measure("sentence citation recall", _recall, ratio),
        citation_precision(),
        citation_recall(),
        Measure("sentences cited", _cited, better=0),
        Measure("AUROC of answerability", lambda r: (r.confidence, float(bool(r.answerable))), auroc),
        *abstention(_right),
        *latency(),
    ),
    _collection,
)
