"""TIME: 423 world-news articles of 1963 and 83 questions with relevance judgements. Document retrieval; all rows reported.

    corpus.jsonl   {"_id": "1", "title": "", "text": "THE ALLIES AFTER NASSAU IN DECEMBER 1960, ..."}
    queries.jsonl  {"_id": "1", "text": "KENNEDY ADMINISTRATION PRESSURE ON NGO DINH DIEM ..."}
    qrels.tsv      query-id  corpus-id  score

Scored as trec_eval scores (https://github.com/usnistgov/trec_eval). A guard: nothing is tuned to it.
"""

from pathlib import Path

from evals.suite import Collection, Suite, latency, retrieval, set_folder
from evals.suites.beir import beir_collection

__all__ = ["SUITE"]


def _collection(data: Path | None) -> Collection:
    return beir_collection(set_folder(data, "time", "corpus.jsonl"))


SUITE = Suite((*retrieval(), *latency()), _collection)
