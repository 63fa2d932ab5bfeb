"""Find the passages for a query: three views choose the candidates, word by word matching orders the best of them.

    first    2 z(cosine of the passage) + z(BM25 of the passage) + z(BM25 of its document)
    second   z(late interaction) + 0.5 z(cosine) + 0.3 z(BM25 of its document) + 0.3 z(the better first score beside it)

Candidates are the union of each view's best VIEW_K; a score that a view did not give is that view's minimum. The RERANKED
best are scored anew: late interaction is the mean, over the query's word pieces, of the best match among the passage's,
by the encoder's vectors in context (ColBERT's MaxSim: Khattab and Zaharia, 2020). What stands beside a passage, and its
document, place it in its story. docs/design.md has the figures that chose the weights; nothing was tuned on TIME.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Lock

import numpy as np
from numpy.typing import NDArray

from corpus.errors import LibraryDamagedError, VectorServerError
from corpus.filters import Filters
from corpus.rows import encoded_text
from corpus.types import Passage
from index.encoder import Encoder, TokenVectors, Vectors
from index.indexes import Indexes
from index.library import Library

__all__ = ["VIEWS", "Found", "Hit", "Looked", "Retriever"]

VIEW_K = 100
DOCUMENT_PASSAGES = 20  # of each document that the document view found
RERANKED = 30  # 20 lose a point of nDCG@10 on MTRAG, 40 gain none
AT_ONCE = 10  # passages encoded before it is seen whether anybody looks, where several match
PATIENCE_S = 1.0  # how long passages wait for those who only look
REMEMBERED = 1_000  # passages whose word pieces are kept in memory, 0.2 MB each
WEIGHTS = {"cosine": 2.0, "bm25_passage": 1.0, "bm25_document": 1.0}
RERANKING_WEIGHTS = {"late_interaction": 1.0, "cosine": 0.5, "bm25_document": 0.3, "beside": 0.3}
VIEWS = (*WEIGHTS, "late_interaction")

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and its score, higher is better; `views` has each view's own score, None where it gave none.

    `tokens` are the word pieces of the title, a line end, and the passage, where they were matched.
    """

    passage: Passage
    score: float
    views: dict[str, float | None]
    tokens: TokenVectors | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """The hits, best first; how many documents a date filter left out for want of a date; the query's vector [dim]; how many
    documents were searched; whether by words alone, the server of the vectors being away.
    """

    hits: list[Hit]
    undated: int
    vector: Vectors
    searched: int
    by_words_only: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """What the views found of a query, before it is matched word by word."""

    asked: TokenVectors
    ranked: "_Ranking"
    candidates: dict[str, tuple[str, int]]  # the place (version key, ordinal) of each passage, by id
    undated: int
    searched: int  # documents
    by_words_only: bool = False  # the server of the vectors was away

    @property
    def best(self) -> list[str]:
        """The passages that will be matched word by word, best first."""
        return self.ranked.ids[:RERANKED]

    @property
    def keys(self) -> list[str]:
        """The versions ("id@version") that those stand in, best first."""
        return list(dict.fromkeys(self.candidates[id][0] for id in self.best))


class Retriever:
    """Searches a library. Many may search at once: each is looked for soon, and they are matched one after the other."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._known: OrderedDict[str, TokenVectors] = (
            OrderedDict()
        )  # by what is encoded of a passage, the last used last
        self._known_by: Encoder | None = None
        self._last: tuple[int, Filters, set[str], int] | None = None
        self._lock = Lock()
        self._turn = Lock()  # of encoding passages, which takes long
        self._looks = Condition()  # who only looks goes before them
        self._looking = self._matching = 0

    def search(self, query: str, k: int, filters: Filters | None = None) -> Found:
        """Return the k passages that fit the query best, among those the filters allow."""
        return self.match(self.look(query, filters), k)

    def look(self, query: str, filters: Filters | None = None) -> Looked:
        """Return what the views find: a tenth of a search's time."""
        with self._going_first():
            try:
                return self._looked(query, filters)
            except LibraryDamagedError:  # once more: the library builds its indexes anew before it lends them again
                return self._looked(query, filters)

    def match(self, looked: Looked, k: int) -> Found:
        """Return the k passages that fit best of what was found, the best of them matched word by word."""
        ranked = looked.ranked
        ids, scores, tokens = self._reranked(looked.asked, ranked, looked.candidates)
        found = self.library.catalog.passages(ids[:k])
        scored = [(id, score) for id, score in zip(ids[:k], scores, strict=False) if id in found]
        hits = [Hit(found[id], score, ranked.views[id], tokens.get(id)) for id, score in scored]
        return Found(hits, looked.undated, _unit(looked.asked), looked.searched, looked.by_words_only)

    @contextmanager
    def _going_first(self) -> Iterator[None]:
        """Let nobody begin to encode passages during the block."""
        with self._looks:
            self._looking += 1
        try:
            yield
        finally:
            with self._looks:
                self._looking -= 1
                self._looks.notify_all()

    def _looked(self, query: str, filters: Filters | None) -> Looked:
        encoder = self.library.encoder()
        asked = encoder.encode_tokens([query])[0]
        with self.library.indexes() as indexes:
            if self.library.encoder() is encoder:
                allowed, undated = self._allowed(filters, indexes)
                nearest = self._nearest(_unit(asked), allowed, indexes)
                views = self._views(query, nearest or {}, allowed, indexes)
                candidates = self._candidates(views, allowed)
                ranking = _first_ranking(views, candidates)
                return Looked(asked, ranking, candidates, undated, len(allowed), nearest is None)
        return self._looked(query, filters)  # the library was encoded anew meanwhile

    def _allowed(self, filters: Filters | None, indexes: Indexes) -> tuple[set[str], int]:
        """Return what Catalog.allowed does; the last filter's is kept as long as the library does not change."""
        if filters is None or not filters.limits_documents:
            return indexes.live, 0
        if self._last is None or self._last[:2] != (indexes.generation, filters) or filters.speakers:
            self._last = (indexes.generation, filters, *self.library.catalog.allowed(filters))
        return self._last[2:]

    def _nearest(self, vector: Vectors, allowed: set[str], indexes: Indexes) -> dict[str, float] | None:
        """Return the cosines of the nearest among the allowed versions; None where the server of the vectors is away."""
        if allowed is not indexes.live:
            return dict(self.library.rows(indexes).search(vector, VIEW_K, allowed))
        try:
            return dict(indexes.vectors.search(vector, VIEW_K))
        except VectorServerError:
            return None

    def _views(
        self, query: str, nearest: dict[str, float], allowed: set[str], indexes: Indexes
    ) -> dict[str, dict[str, float]]:
        """Return each view's best among the allowed versions, id -> score; documents by version key."""
        return {
            "cosine": nearest,
            "bm25_passage": dict(indexes.passages.search(query, VIEW_K, allowed.__contains__)),
            "bm25_document": dict(indexes.documents.search(query, VIEW_K, allowed.__contains__)),
        }

    def _candidates(self, views: dict[str, dict[str, float]], allowed: set[str]) -> dict[str, tuple[str, int]]:
        """Return the place (version key, ordinal) of each passage that a view found, by itself or in one of its documents.

        What an interrupted writer left in an index, or another one has just taken out, is not allowed, so dropped here.
        """
        catalog = self.library.catalog
        of_documents = catalog.first_passages(list(views["bm25_document"]), DOCUMENT_PASSAGES)
        found = of_documents | catalog.places_of(list(views["cosine"] | views["bm25_passage"]))
        return {id: place for id, place in found.items() if place[0] in allowed}

    def _reranked(
        self, asked: TokenVectors, ranked: "_Ranking", candidates: dict[str, tuple[str, int]]
    ) -> tuple[list[str], list[float], dict[str, TokenVectors]]:
        """Return ids and scores, best first: the RERANKED first ones in their second order, then the others; and the
        word pieces of the former.
        """
        best, rest = ranked.ids[:RERANKED], ranked.ids[RERANKED:]
        passages = self.library.catalog.passages(best)
        best = [id for id in best if id in passages]
        if not best:
            return [], [], {}
        titles = self.library.catalog.titles(list({candidates[id][0] for id in best}))
        tokens = self._tokens([encoded_text(titles[candidates[id][0]], passages[id].text) for id in best])
        matched = [_late_interaction(asked, each) for each in tokens]
        columns = {
            "late_interaction": np.array(matched),
            "cosine": np.array([asked.whole @ each.whole / np.linalg.norm(each.whole) for each in tokens]),
            "beside": np.array([ranked.beside(id, candidates) for id in best]),
        }
        scores = sum(RERANKING_WEIGHTS[name] * _z(column) for name, column in columns.items())
        scores = scores + RERANKING_WEIGHTS["bm25_document"] * np.array([ranked.document[id] for id in best])
        for id, score in zip(best, matched, strict=True):
            ranked.views[id]["late_interaction"] = score
        order = sorted(range(len(best)), key=lambda i: (-scores[i], best[i]))
        under = scores.min() - ranked.scores[best[-1]]  # the others go on below, as far apart as they were
        ids = [best[i] for i in order] + rest
        scored = [*scores[order].tolist(), *(under + ranked.scores[id] for id in rest)]
        return ids, scored, dict(zip(best, tokens, strict=True))

    def _tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return the word pieces of each text; those used lately are not encoded again."""
        encoder = self.library.encoder()
        with self._lock:
            if encoder is not self._known_by:
                self._known.clear()
                self._known_by = encoder
            known = {text: self._known.pop(text) for text in dict.fromkeys(texts) if text in self._known}
            self._known.update(known)
        new = sorted((text for text in dict.fromkeys(texts) if text not in known), key=len)
        with self._looks:
            self._matching += 1
            at_once = AT_ONCE if self._matching > 1 else max(1, len(new))
        try:
            with self._turn:
                for start in range(0, len(new), at_once):
                    with self._looks:
                        self._looks.wait_for(lambda: not self._looking, PATIENCE_S)
                    some = new[start : start + at_once]
                    known |= zip(some, encoder.encode_tokens(some), strict=True)
        finally:
            with self._looks:
                self._matching -= 1
        with self._lock:
            self._known.update((text, known[text]) for text in new)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return [known[text] for text in texts]


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The first ranking: the ids, best first; by id the score, the standardised document view, each view's own score."""

    ids: list[str]
    scores: dict[str, float]
    document: dict[str, float]
    views: dict[str, dict[str, float | None]]
    at: dict[tuple[str, int], str]

    def beside(self, id: str, candidates: dict[str, tuple[str, int]]) -> float:
        """Return the better score of the passages right before and after; its own where it stands alone."""
        key, ordinal = candidates[id]
        beside = [self.at.get((key, ordinal + step)) for step in (-1, 1)]
        return max((self.scores[other] for other in beside if other is not None), default=self.scores[id])


def _unit(encoded: TokenVectors) -> Vectors:
    return encoded.whole / np.linalg.norm(encoded.whole)


def _first_ranking(views: dict[str, dict[str, float]], candidates: dict[str, tuple[str, int]]) -> _Ranking:
    """Return the candidates by the weighted sum of their standardised views."""
    ids = list(candidates)
    total: Scores = np.zeros(len(ids))
    given: dict[str, dict[str, float | None]] = {id: {} for id in ids}
    document: Scores = np.zeros(len(ids))
    for name, scores in views.items():
        names = [candidates[id][0] for id in ids] if name == "bm25_document" else ids
        for id, own in zip(ids, names, strict=True):
            given[id][name] = scores.get(own)
        if scores and ids:
            lowest = min(scores.values())
            column = _z(np.array([scores.get(own, lowest) for own in names]))
            total += WEIGHTS[name] * column
            document = column if name == "bm25_document" else document
    for views_of in given.values():
        views_of["late_interaction"] = None
    scored = dict(zip(ids, total.tolist(), strict=True))
    ordered = sorted(ids, key=lambda id: (-scored[id], id))
    at = {place: id for id, place in candidates.items()}
    return _Ranking(ordered, scored, dict(zip(ids, document.tolist(), strict=True)), given, at)


def _late_interaction(asked: TokenVectors, passage: TokenVectors) -> float:
    """Return the mean, over the query's word pieces, of the best cosine among the passage's."""
    if not len(asked.vectors) or not len(passage.vectors):
        return 0.0
    return float((asked.vectors @ passage.vectors.T).max(axis=1).mean())


def _z(column: Scores) -> Scores:
    """Return a column standardised: mean 0 and, where it varies, standard deviation 1."""
    spread = column.std()
    standardised: Scores = (column - column.mean()) / (spread if spread > 1e-9 else 1.0)
    return standardised
