"""Find the passages for a query: three views, standardised and summed.

    2 z(cosine of the passage) + z(BM25 of the passage) + z(BM25 of its document)

Candidates are the union of each view's best VIEW_K; a score that a view did not give is that view's minimum. The weights
and the union were chosen on TIME (docs/design.md has the figures); the document view places a passage in its story.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.filters import Filters
from corpus.types import Passage
from index.encoder import Vectors
from index.library import Indexes, Library

__all__ = ["Found", "Hit", "Retriever"]

VIEW_K = 100
DOCUMENT_PASSAGES = 20  # of each document that the document view found
WEIGHTS = {"cosine": 2.0, "bm25_passage": 1.0, "bm25_document": 1.0}


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and its score, higher is better; `views` has each view's own score, None where it gave none."""

    passage: Passage
    score: float
    views: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Found:
    """The hits, best first; how many documents a date filter left out for want of a date; the query's vector [dim]."""

    hits: list[Hit]
    undated: int
    vector: Vectors


class Retriever:
    """Searches a library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def search(self, query: str, k: int, filters: Filters | None = None) -> Found:
        """Return the k passages that fit the query best, among those the filters allow."""
        vector = self.library.encoder().encode([query])[0]
        with self.library.indexes() as indexes:
            limited = filters is not None and filters.limits_documents
            allowed, undated = self.library.catalog.allowed(filters) if filters and limited else (indexes.live, 0)
            views = self._views(query, vector, allowed, indexes)
            candidates = self._candidates(views, allowed)
        if not candidates:
            return Found([], undated, vector)
        scored = _standardised_sum(views, list(candidates), list(candidates.values()))
        best = sorted(scored, key=lambda row: (-row[1], row[0]))[:k]
        found = self.library.catalog.passages([id for id, _, _ in best])
        return Found([Hit(found[id], score, given) for id, score, given in best if id in found], undated, vector)

    def _views(self, query: str, vector: Vectors, allowed: set[str], indexes: Indexes) -> dict[str, dict[str, float]]:
        """Return each view's best among the allowed versions, id -> score; documents by version key."""
        if allowed is indexes.live:
            nearest = indexes.vectors.search(vector, VIEW_K)
        else:
            nearest = self.library.rows(indexes).search(vector, VIEW_K, allowed)
        return {
            "cosine": dict(nearest),
            "bm25_passage": dict(indexes.passages.search(query, VIEW_K, allowed.__contains__)),
            "bm25_document": dict(indexes.documents.search(query, VIEW_K, allowed.__contains__)),
        }

    def _candidates(self, views: dict[str, dict[str, float]], allowed: set[str]) -> dict[str, str]:
        """Return the version key of each passage that a view found, by itself or in one of its documents.

        What an interrupted writer left in an index, or another one has just taken out, is not allowed, so dropped here.
        """
        catalog = self.library.catalog
        of_documents = catalog.first_passages(list(views["bm25_document"]), DOCUMENT_PASSAGES)
        found = of_documents | catalog.keys_of(list(views["cosine"] | views["bm25_passage"]))
        return {id: key for id, key in found.items() if key in allowed}


def _standardised_sum(
    views: dict[str, dict[str, float]], passages: Sequence[str], documents: Sequence[str]
) -> list[tuple[str, float, dict[str, float | None]]]:
    """Return (passage id, score, each view's score) of every candidate."""
    total: NDArray[np.float64] = np.zeros(len(passages))
    given: list[dict[str, float | None]] = [{} for _ in passages]
    for name, scores in views.items():
        ids = documents if name == "bm25_document" else passages
        for row, id in zip(given, ids, strict=True):
            row[name] = scores.get(id)
        if scores:
            lowest = min(scores.values())
            column = np.array([scores.get(id, lowest) for id in ids])
            spread = column.std()
            total += WEIGHTS[name] * (column - column.mean()) / (spread if spread > 1e-9 else 1.0)
    return list(zip(passages, total.tolist(), given, strict=True))
