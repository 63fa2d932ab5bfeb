"""Any collection in BEIR's form, a folder named with --data: document retrieval.

    corpus.jsonl   {"_id": "1", "title": "", "text": "..."}
    queries.jsonl  {"_id": "1", "text": "..."}
    qrels.tsv      query-id  corpus-id  score        (or qrels/test.tsv, with that header)

Scored as trec_eval scores (https://github.com/usnistgov/trec_eval): a document's rank is that of its best passage.
"""

import csv
import math
from pathlib import Path

from corpus.errors import SourceError
from evals.records import Record
from evals.suite import Collection, Suite, latency, read_jsonl, retrieval, set_folder

__all__ = ["SUITE", "beir_collection", "read_qrels"]


def beir_collection(folder: Path) -> Collection:
    """Return the collection in a folder: its rows, and a search for each query that has judgements. Raises SourceError."""
    judged = folder / "qrels.tsv" if (folder / "qrels.tsv").is_file() else folder / "qrels" / "test.tsv"
    relevant = read_qrels(judged)
    searches = [
        Record(str(query["_id"]), (str(query["text"]),), relevant=relevant[str(query["_id"])])
        for query in read_jsonl(folder / "queries.jsonl")
        if str(query["_id"]) in relevant
    ]
    return Collection(beir_rows(folder), searches=searches)


def beir_rows(folder: Path) -> list[dict[str, str]]:
    """Return the documents of corpus.jsonl, with nothing but what BEIR has."""
    rows = read_jsonl(folder / "corpus.jsonl")
    texts = [{"_id": str(row["_id"]), "title": row.get("title") or "", "text": str(row["text"])} for row in rows]
    return [row for row in texts if row["text"].strip()]  # BEIR's own sets have documents without a word


def read_qrels(path: Path) -> dict[str, dict[str, float]]:
    """Return the gain of each relevant document, by query; those judged 0 are left out. Raises SourceError."""
    relevant: dict[str, dict[str, float]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if not math.isfinite(float(row["score"])):
                    raise ValueError(f"score {row['score']}")
                if float(row["score"]) > 0:
                    relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = float(row["score"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"{path}: not judgements with the columns query-id, corpus-id and score ({error})."
        ) from error
    return relevant


def _collection(data: Path | None) -> Collection:
    return beir_collection(set_folder(data, "beir", "corpus.jsonl"))


SUITE = Suite((*retrieval(), *latency()), _collection)
