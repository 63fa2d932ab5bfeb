"""RAMDocs: an ambiguous question, with documents that disagree: some are right, some misinform, some are noise.

    {"question": "What is the population of Broken Bow?", "documents": [{"text": "...", "type": "correct", "answer": "3,559
     people"}, ...], "gold_answers": ["3,559 people"], "wrong_answers": ["10,000 people"]}

The row's own documents are given. Strict, as the official scorer has it (https://github.com/HanNight/RAMDocs): every gold
answer stands in the answer and no wrong one; words are compared after SQuAD's normalisation. The odd rows are reported.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals.metrics import normalized, ratio, token_f1
from evals.records import Record
from evals.suite import Collection, Measure, Suite, is_odd, latency, read_jsonl, set_folder

__all__ = ["SUITE"]

HALF = 0.5  # F1 of words from which the marked ones are an answer's


def _collection(data: Path | None) -> Collection:
    rows, questions = [], []
    path = set_folder(data, "ramdocs", "questions.jsonl") / "questions.jsonl"
    for row in filter(lambda row: is_odd(row["question"]), read_jsonl(path)):
        id = hashlib.sha1(row["question"].encode()).hexdigest()[:12]
        documents = [{"_id": f"{id}-{n}", "title": "", "text": d["text"]} for n, d in enumerate(row["documents"])]
        rows += documents
        questions.append(
            Record(
                id,
                (row["question"],),
                filters={"documents": [document["_id"] for document in documents]},
                answers=tuple(row["gold_answers"]),
                wrong=tuple(dict.fromkeys(row["wrong_answers"])),  # told by two documents, it is one position still
            )
        )
    return Collection(rows, questions=questions)


def _shown(record: Record, answers: tuple[str, ...]) -> list[str]:
    """Return the answers that stand in the shown text, as whole words."""
    if record.status != "answered":
        return []
    text = f" {normalized(' '.join(s['text'] for s in (record.answer or {})['statements']))} "
    return [answer for answer in answers if f" {normalized(answer)} " in text]


def _marked(record: Record) -> tuple[float, ...] | None:
    """Tell how many of the statements that mark words as the answer mark words of a gold answer or a wrong one."""
    given = record.answer or {}
    citations = {citation["marker"]: citation for citation in given.get("citations", ())}
    firsts = [
        citations[statement["citations"][0]] for statement in given.get("statements", ()) if statement["citations"]
    ]
    marked = [_answering(citation) for citation in firsts if citation["answer"]]
    right = [words for words in marked if token_f1(words, (*record.answers, *record.wrong)) >= HALF]
    return (float(len(right)), float(len(marked))) if marked else None


def _answering(citation: Mapping[str, Any]) -> str:
    start, end = (at - citation["start"] for at in citation["answer"])
    return str(citation["quote"][start:end])


def _all(record: Record, most_wrong: int) -> tuple[float]:
    gold, wrong = _shown(record, record.answers), _shown(record, record.wrong)
    return (float(len(gold) == len(record.answers) and len(wrong) <= most_wrong),)


SUITE = Suite(
    (
        Measure("all gold shown, nothing wrong (strict)", lambda r: _all(r, 0)),
        Measure("all gold shown, at most one wrong", lambda r: _all(r, 1)),
        Measure("positions shown", lambda r: (float(len(_shown(r, r.answers))), float(len(r.answers))), ratio),
        Measure(
            "wrong answers shown", lambda r: (float(len(_shown(r, r.wrong))), float(len(r.wrong))), ratio, better=-1
        ),
        Measure("answering words marked are some answer's", _marked, ratio),
        Measure("abstained", lambda r: (float(r.status == "abstained"),), better=-1),
        *latency(),
    ),
    _collection,
)
