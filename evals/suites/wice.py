"""WiCE dev: a claim of an encyclopedia and the page it cites, in sentences: is it supported, partly, or not?

    {"claim": "Arnold is currently the publisher ...", "evidence": ["(meta data) TITLE: About Us", ...], "label":
     "partially_supported", "supporting_sentences": [[5, 15], [15, 17]], "meta": {"id": "dev02986", ...}}

The whole page is given. F1 of supported against the rest, and accuracy of the three, as the set's paper has them
(https://github.com/ryokamoi/wice). No page contradicts its claim, so a contradiction is a false one. The odd rows are
reported.
"""

from pathlib import Path

from evals.metrics import auroc, f1
from evals.records import Place, Record
from evals.suite import Collection, Measure, Suite, is_odd, latency, read_jsonl, set_folder

__all__ = ["LABELS", "SUITE", "page", "support_of"]

LABELS = {"supported": "supported", "partially_supported": "partly", "not_supported": "unsupported"}


def page(id: str, sentences: list[str]) -> tuple[str, list[Place]]:
    """Return the sentences as a page, a line each, and where each stands in it."""
    text, places = "", []
    for sentence in sentences:
        places.append(Place(id, start=len(text), end=len(text) + len(sentence)))
        text += sentence + "\n"
    return text, places


def _collection(data: Path | None) -> Collection:
    rows, claims = [], []
    for row in read_jsonl(set_folder(data, "wice", "claims.jsonl") / "claims.jsonl"):
        id = row["meta"]["id"]
        if not is_odd(id):
            continue
        text, places = page(id, row["evidence"])
        rows.append({"_id": id, "title": "", "text": text})
        gold = row["supporting_sentences"][0] if row["supporting_sentences"] else []
        claims.append(
            Record(
                id,
                (row["claim"],),
                labels={"support": LABELS[row["label"]]},
                filters={"documents": [id]},
                evidence=tuple((places[number],) for number in gold),
            )
        )
    return Collection(rows, claims=claims)


def support_of(record: Record) -> str:
    """Return the verdict of the check; "unsupported" where it found nothing to check against."""
    statements = (record.answer or {}).get("statements") or [{"support": "unsupported"}]
    return str(statements[0]["support"])


SUITE = Suite(
    (
        Measure(
            "supported: F1",
            lambda r: (float(support_of(r) == "supported"), float(r.labels["support"] == "supported")),
            f1,
        ),
        Measure("three-way accuracy", lambda r: (float(support_of(r) == r.labels["support"]),)),
        Measure("falsely contradicted", lambda r: (float(support_of(r) == "contradicted"),), better=-1),
        Measure("AUROC of supported", lambda r: (r.confidence, float(r.labels["support"] == "supported")), auroc),
        *latency(),
    ),
    _collection,
)
