"""TIME: 423 world-news articles of 1963 and 83 questions with relevance judgements, in BEIR's form. Document retrieval.

    corpus.jsonl   {"_id": "1", "title": "", "text": "THE ALLIES AFTER NASSAU IN DECEMBER 1960, ..."}
    queries.jsonl  {"_id": "1", "text": "KENNEDY ADMINISTRATION PRESSURE ON NGO DINH DIEM ..."}
    qrels.tsv      query-id  corpus-id  score

Scored as trec_eval scores (https://github.com/usnistgov/trec_eval): a document's rank is that of its best passage.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from assistant.assistant import Assistant
from corpus.errors import SourceError
from evals.metrics import Figure, figure, mrr_at_k, ndcg_at_k, success_at_k

__all__ = ["figures", "run"]

DEPTH = 400  # passages, of which the first 10 documents are taken
KEPT = 10


def run(assistant: Assistant, data: Path | None) -> Iterator[dict[str, object]]:
    """Yield a record for each query: its relevant documents and the ids found, best first. `data` holds time/."""
    folder = _folder(data)
    assistant.library.add([folder / "corpus.jsonl"])
    ids = {entry.id: entry.source.rpartition("#")[2] for entry in assistant.library.list()}
    relevant: dict[str, dict[str, float]] = {}
    with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = float(row["score"])
    for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        query = json.loads(line)
        hits = assistant.retriever.search(query["text"], DEPTH).hits
        found = list(dict.fromkeys(ids[hit.passage.document_id] for hit in hits))[:KEPT]
        yield {"id": query["_id"], "question": query["text"], "gold": relevant.get(query["_id"], {}), "found": found}


def figures(records: list[dict[str, object]]) -> list[Figure]:
    """Return nDCG@10, MRR@10, success@1 and success@5."""
    pairs: list[tuple[list[str], dict[str, float]]] = [(r["found"], r["gold"]) for r in records]  # type: ignore[misc]
    return [
        figure("nDCG@10", [ndcg_at_k(found, gold, 10) for found, gold in pairs]),
        figure("MRR@10", [mrr_at_k(found, gold, 10) for found, gold in pairs]),
        figure("success@1", [success_at_k(found, gold, 1) for found, gold in pairs]),
        figure("success@5", [success_at_k(found, gold, 5) for found, gold in pairs]),
    ]


def _folder(data: Path | None) -> Path:
    folder = (data or Path()) / "time"
    if not (folder / "corpus.jsonl").is_file() and data is not None:
        folder = data  # the set's own folder was named
    if not (folder / "corpus.jsonl").is_file():
        raise SourceError(f"{folder}: no corpus.jsonl of TIME in it. Name the folder that holds time/ with --data.")
    return folder
