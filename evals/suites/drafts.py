"""Sentences of a draft about the sample corpus: supported, partly, contradicted, or not found, and by which document.

    {"id": "d15", "half": "dev", "sentence": "By 23 August, 43 cargo ships had left under the grain deal.", "support":
     "contradicted", "documents": ["negotiations/signals-of-interest.pdf", ...], "before": ["..."]}

Written for OnRecord, in words other than the sources'. Those of "dev" were read while the check was built; those of "test"
were written after its rules, and which of them fail was not looked at, so their figures are the honest ones. Any of the documents named
bears the verdict; `before` are the sentences that lead up to the one that is checked.
"""

from importlib.resources import files
from pathlib import Path

from evals.records import Record, same_document
from evals.suite import Collection, Measure, Suite, latency, read_jsonl
from evals.suites.wice import support_of

__all__ = ["SUITE"]

HALVES = ("dev", "test")
VERDICTS = {"supported": "supported", "partly": "partly", "contradicted": "contradicted", "unsupported": "not found"}


def _collection(data: Path | None) -> Collection:
    folder = Path(str(files("corpus").joinpath("samples")))
    rows = read_jsonl(Path(str(files("evals").joinpath("data/drafts.jsonl"))))
    claims = [
        Record(
            row["id"],
            (*row.get("before", ()), row["sentence"]),
            part=row["half"],
            labels={"support": row["support"]},
            relevant=dict.fromkeys(row["documents"], 1.0),
        )
        for row in rows
    ]
    return Collection(files=[folder / "apollo", folder / "negotiations"], claims=claims)


def _right(record: Record) -> float:
    return float(support_of(record) == record.labels["support"])


def _of_half(half: str) -> list[Measure]:
    def cited(record: Record) -> tuple[float] | None:
        if record.part != half or not record.relevant:
            return None
        return (float(any(same_document(c.source, id) for c in record.cited[:1] for id in record.relevant)),)

    return [
        Measure(f"{half}: verdict right", lambda r: (_right(r),) if r.part == half else None),
        *(_of_verdict(half, support) for support in VERDICTS),
        Measure(f"{half}: a document that bears the verdict is cited first", cited),
        Measure(
            f"{half}: falsely contradicted",
            lambda r: (
                (float(support_of(r) == "contradicted"),)
                if r.part == half and r.labels["support"] != "contradicted"
                else None
            ),
            better=-1,
        ),
    ]


def _of_verdict(half: str, support: str) -> Measure:
    def row(record: Record) -> tuple[float] | None:
        return (_right(record),) if (record.part, record.labels["support"]) == (half, support) else None

    return Measure(f"{half}, {VERDICTS[support]}: verdict right", row)


SUITE = Suite((*(measure for half in HALVES for measure in _of_half(half)), *latency()), _collection)
