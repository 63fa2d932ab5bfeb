"""AVeriTeC dev: claims that fact-checkers judged, with the questions they asked, the answers they found, their verdict.

    {"claim": "...", "label": "Conflicting Evidence/Cherrypicking", "questions": [{"question": "...", "answers": [{"answer":
     "...", "answer_type": "Extractive", "source_url": "..."}]}]}

The answers, without their questions, are the corpus, what says that there is no answer left out; the claim alone is the
query, and its own answers are what should be found. Then each claim is asked: silence is right where there was not
enough evidence, and conflicting evidence should be shown from two answers at least. At last it is checked as a sentence
of a draft would be: "contradicted" stands for Refuted, "partly" for Conflicting, "not found" for Not Enough Evidence. The
claims were made to be judged by reasoning over the answers, so this is far from what a check by words does. The set's scorer
(https://github.com/MichSchli/AVeriTeC) compares generated questions and answers. The odd rows are reported.
"""

import hashlib
from pathlib import Path

from evals.metrics import ndcg_at_k
from evals.records import Place, Record
from evals.suite import (
    Collection,
    Measure,
    Suite,
    citation_precision,
    citation_recall,
    is_odd,
    latency,
    read_jsonl,
    retrieval,
    set_folder,
)
from evals.suites.wice import support_of

__all__ = ["SUITE"]

ASKED = "asked"
CHECKED = "checked"
CONFLICTING, NOT_ENOUGH = "Conflicting Evidence/Cherrypicking", "Not Enough Evidence"


def _collection(data: Path | None) -> Collection:
    rows: dict[str, dict[str, str]] = {}
    searches, questions, claims = [], [], []
    for number, row in enumerate(read_jsonl(set_folder(data, "averitec", "claims.jsonl") / "claims.jsonl")):
        texts = [
            " ".join(filter(None, (answer["answer"], answer.get("boolean_explanation"))))
            for question in row["questions"]
            for answer in question["answers"]
            if answer["answer_type"] != "Unanswerable"
        ]
        ids = {hashlib.sha1(text.encode()).hexdigest()[:12]: text for text in texts if text.strip()}
        rows |= {id: {"_id": id, "title": "", "text": text} for id, text in ids.items()}
        if not is_odd(row["claim"]):
            continue
        id = f"{number}-{hashlib.sha1(row['claim'].encode()).hexdigest()[:12]}"  # a claim may be there twice
        labels, relevant = {"label": row["label"]}, dict.fromkeys(ids, 1.0)
        searches.append(Record(id, (row["claim"],), labels=labels, relevant=relevant))
        evidence = tuple((Place(id, start=0, end=len(text)),) for id, text in ids.items())
        questions.append(
            Record(
                id + "/asked", (row["claim"],), ASKED, labels, answerable=row["label"] != NOT_ENOUGH, evidence=evidence
            )
        )
        claims.append(Record(id + "/checked", (row["claim"],), CHECKED, labels))
    return Collection(list(rows.values()), searches=searches, questions=questions, claims=claims)


VERDICTS = {"supported": "Supported", "contradicted": "Refuted", "partly": CONFLICTING, "unsupported": NOT_ENOUGH}


def _verdict_right(record: Record) -> tuple[float] | None:
    return (float(VERDICTS[support_of(record)] == record.labels["label"]),) if record.part == CHECKED else None


def _verdict_of(label: str) -> Measure:
    """Return the precision of a verdict: how often what is given it has that label."""

    def row(record: Record) -> tuple[float] | None:
        given = record.part == CHECKED and VERDICTS[support_of(record)] == label
        return (float(record.labels["label"] == label),) if given else None

    return Measure(f"checked, {label.lower()}: right where said", row)


def _labelled(label: str) -> Measure:
    def row(record: Record) -> tuple[float] | None:
        concerned = record.part == "" and record.relevant and record.labels["label"] == label
        return (ndcg_at_k(record.found, record.relevant, 10),) if concerned else None

    return Measure(f"{label.lower()}: nDCG@10", row)


def _both_sides(record: Record) -> tuple[float] | None:
    if record.part != ASKED or record.labels["label"] != CONFLICTING:
        return None
    return (float(sum(share > 0 for share in record.coverage()) >= 2),)


def _silent(record: Record) -> tuple[float] | None:
    if record.part != ASKED or record.labels["label"] != NOT_ENOUGH:
        return None
    return (float(record.status == "abstained"),)


SUITE = Suite(
    (
        *retrieval(),
        _labelled(CONFLICTING),
        Measure("conflicting: two answers or more cited", _both_sides),
        Measure("not enough evidence: abstained", _silent),
        Measure("checked: verdict right, of four", _verdict_right),
        *(_verdict_of(label) for label in VERDICTS.values()),
        citation_precision(),
        citation_recall(),
        *latency(),
    ),
    _collection,
)
