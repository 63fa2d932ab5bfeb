"""SQuAD 2.0: paragraphs of encyclopedia articles and questions, half of which the paragraph does not answer.

    {"title": "Normans", "paragraphs": [{"context": "The Normans ...", "qas": [{"id": "68cf...", "question": "In what country
     is Normandy located?", "answers": [{"text": "France", "answer_start": 159}], "is_impossible": false}]}]}

Reading, with the paragraph given: exact match and F1, silence being right where there is no answer, as the official
scorer has them (https://worksheets.codalab.org/rest/bundles/0x6b567e1cf2e041ec80d7098f031c5c9e/contents/blob/). Open
retrieval: the answerable questions searched over all paragraphs. The odd rows are reported.
"""

from pathlib import Path

from evals.metrics import auroc, exact_match, token_f1
from evals.records import Place, Record
from evals.suite import Collection, Measure, Suite, abstention, is_odd, latency, read_jsonl, retrieval, set_folder

__all__ = ["SUITE"]

OPEN, READING = "open", "reading"


def _collection(data: Path | None) -> Collection:
    rows: list[dict[str, str]] = []
    searches, questions = [], []
    for article in read_jsonl(set_folder(data, "squad2", "articles.jsonl") / "articles.jsonl"):
        for paragraph in article["paragraphs"]:
            id = str(len(rows))
            rows.append({"_id": id, "title": article["title"].replace("_", " "), "text": paragraph["context"]})
            for row in filter(lambda row: is_odd(row["id"]), paragraph["qas"]):
                turns = (row["question"],)
                spans = {(a["answer_start"], a["answer_start"] + len(a["text"])) for a in row["answers"]}
                if not row["is_impossible"]:
                    searches.append(Record(row["id"] + "/open", turns, OPEN, relevant={id: 1.0}))
                questions.append(
                    Record(
                        row["id"],
                        turns,
                        READING,
                        filters={"documents": [id]},
                        answerable=not row["is_impossible"],
                        answers=tuple(dict.fromkeys(a["text"] for a in row["answers"])),
                        evidence=(tuple(Place(id, start=s, end=e) for s, e in sorted(spans)),) if spans else (),
                    )
                )
    return Collection(rows, searches=searches, questions=questions)


def _predicted(record: Record) -> str:
    """Return the answering words, or the first statement where none are marked; nothing where the answer abstains."""
    answer = record.answer or {}
    if record.status != "answered":
        return ""
    return str(answer["short"] or answer["statements"][0]["text"])


def _reading(record: Record) -> bool:
    return record.part == READING


def _answer_cited(record: Record) -> float | None:
    """Tell whether the first citation holds an answer; None for what is no reading."""
    if not _reading(record):
        return None
    first = record.cited[:1]
    return float(
        any(c.start <= place.start and place.end <= c.end for c in first for ps in record.evidence for place in ps)
    )


def _answerable(record: Record) -> tuple[float, ...] | None:
    cited = _answer_cited(record)
    return (cited,) if cited is not None and record.answerable else None


def _measures() -> tuple[Measure, ...]:
    return (
        *retrieval(OPEN),
        Measure("reading: EM", lambda r: (exact_match(_predicted(r), r.answers),) if _reading(r) else None),
        Measure("reading: F1", lambda r: (token_f1(_predicted(r), r.answers),) if _reading(r) else None),
        Measure("answerable: first citation holds the answer", _answerable),
        Measure(
            "AUROC of answerability",
            lambda r: (r.confidence, float(bool(r.answerable))) if _reading(r) else None,
            auroc,
        ),
        *abstention(_answer_cited),
        *latency(),
    )


SUITE = Suite(_measures(), _collection)
