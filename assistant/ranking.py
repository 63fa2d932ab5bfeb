"""Score the sentences of the found passages against a question: one row of named features a sentence.

The feature that carries most is alignment: for each content word of the question the best match among the sentence's
words, by the encoder's vectors in context (the greedy matching of BERTScore: Zhang et al., 2020), weighted by idf. What
a sentence leaves out may stand right before it, or in its document's title, so both are matched too, for less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.question import Question, answer_spans
from corpus.types import Document, Span
from index.encoder import Encoder, TokenVectors, Vectors
from index.lexical import stems
from index.retriever import Hit

__all__ = ["FEATURES", "Candidate", "candidates", "features"]

FEATURES = (
    "cosine",  # of question and sentence
    "cosine_before",  # of question and the sentence with the one before it
    "align",  # idf-weighted mean, over the question's content words, of the best match in the sentence
    "align_around",  # the same, the sentence before and the title matched too
    "weakest",  # the worst-matched content word, the sentence before and the title matched too
    "cover",  # idf-weighted share of content words whose stem is in the sentence
    "cover_around",  # the same with the sentence before and the title
    "cover_document",  # the same with the whole document
    "names_missing",  # idf-weighted share of the question's names that the sentence and those around it lack
    "names_absent",  # the same for the whole document
    "numbers_missing",  # share of the question's numbers that the sentence and those around it lack
    "kind_met",  # 1 if the sentence has what is asked for (a date for "when"), 0 if not, 0.5 if anything may answer
    "kind_asked",  # 1 if the question says what kind of answer it wants
    "passage",  # the retriever's score of the passage, less that of the best passage
    "passage_cosine",  # of question and passage
    "length",  # ln of the number of words
)
BEFORE_WEIGHT = 0.9
TITLE_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: its span in its document, its passage's hit, and the sentences of the passage before it."""

    document: Document
    start: int
    end: int
    hit: Hit
    before: tuple[Span, ...]

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def texts_before(self) -> list[str]:
        return [self.document.text[start:end] for start, end in self.before]

    @property
    def text_before(self) -> str:
        return self.texts_before[-1] if self.before else ""


def candidates(hits: Sequence[Hit], documents: Mapping[str, Document]) -> list[Candidate]:
    """Return the sentences of the hits' passages, in the order of the hits."""
    found = []
    for hit in hits:
        document = documents[f"{hit.passage.document_id}@{hit.passage.version}"]
        for number, (start, end) in enumerate(hit.passage.sentences):
            found.append(Candidate(document, start, end, hit, hit.passage.sentences[:number]))
    return found


def features(
    question: Question, rows: Sequence[Candidate], idf: Mapping[str, float], encoder: Encoder
) -> NDArray[np.float64]:
    """Return the features of each candidate, float64 [n, len(FEATURES)]. `idf` holds the stems of the question's terms."""
    texts = [row.text for row in rows]
    befores = [row.text_before for row in rows]
    titles = [row.document.title for row in rows]
    distinct = list(dict.fromkeys([question.text, *texts, *befores, *titles]))
    tokens = dict(zip(distinct, encoder.encode_tokens(distinct), strict=True))
    weights = np.array([idf[term.stem] for term in question.terms])
    weights = weights / weights.sum() if weights.sum() else np.full(len(weights), 1 / len(weights))
    asked = tokens[question.text]
    words = [_pieces(asked, term.start, term.end) for term in question.terms]
    best = max(row.hit.score for row in rows)
    document_stems = {id(row.document): set(stems(f"{row.document.title} {row.document.text}")) for row in rows}
    found = []
    for row, text, before, title in zip(rows, texts, befores, titles, strict=True):
        own = _matches(asked, words, tokens[text])
        around = np.maximum(own, BEFORE_WEIGHT * _matches(asked, words, tokens[before]))
        around = np.maximum(around, TITLE_WEIGHT * _matches(asked, words, tokens[title]))
        here = set(stems(text))
        near = here | set(stems(f"{before} {title}"))
        both = tokens[text].whole + tokens[before].whole if before else tokens[text].whole
        met = bool(answer_spans(text, question))
        found.append(
            [
                float(asked.whole @ tokens[text].whole),
                float(asked.whole @ both / np.linalg.norm(both)),
                float(own @ weights),
                float(around @ weights),
                float(around.min()),
                _share(question, weights, here),
                _share(question, weights, near),
                _share(question, weights, document_stems[id(row.document)]),
                _names_missing(question, weights, near),
                _names_missing(question, weights, document_stems[id(row.document)]),
                _numbers_missing(question, near),
                0.5 if question.wants == "anything" else float(met),
                float(question.wants != "anything"),
                row.hit.score - best,
                row.hit.views.get("cosine") or 0.0,
                float(np.log(1 + len(text.split()))),
            ]
        )
    return np.array(found)


def _pieces(tokens: TokenVectors, start: int, end: int) -> list[int]:
    """Return the numbers of the word pieces that overlap [start, end)."""
    return [i for i, (low, high) in enumerate(tokens.spans) if low < end and high > start]


def _matches(asked: TokenVectors, words: Sequence[Sequence[int]], tokens: TokenVectors) -> Vectors:
    """Return for each of the question's words its best cosine with a piece of the other text, float32 [words]."""
    if not len(tokens.vectors):
        return np.zeros(len(words), dtype=np.float32)
    best = (asked.vectors @ tokens.vectors.T).max(axis=1)
    return np.array([best[list(pieces)].mean() if pieces else 0.0 for pieces in words], dtype=np.float32)


def _share(question: Question, weights: NDArray[np.float64], given: set[str]) -> float:
    return float(sum(weight for term, weight in zip(question.terms, weights, strict=True) if term.stem in given))


def _names_missing(question: Question, weights: NDArray[np.float64], given: set[str]) -> float:
    names = [(term, weight) for term, weight in zip(question.terms, weights, strict=True) if question.is_name(term)]
    total = sum(weight for _, weight in names)
    return float(sum(weight for term, weight in names if term.stem not in given) / total) if total else 0.0


def _numbers_missing(question: Question, given: set[str]) -> float:
    numbers = [term for term in question.terms if term.word[0].isdigit()]
    return sum(1.0 for term in numbers if term.stem not in given) / len(numbers) if numbers else 0.0
