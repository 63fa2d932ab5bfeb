"""Score the sentences of the found passages against a question: one row of named features a sentence.

The feature that carries most is alignment: for each content word of the question the best match among the sentence's
words, by the encoder's vectors in context (the greedy matching of BERTScore: Zhang et al., 2020), weighted by idf. What
a sentence leaves out may stand right before it, or in its document's title, so both are matched too, for less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.attribution import attribute, has_pronoun_speaker
from assistant.question import Question, answer_spans
from corpus.types import Document, Span
from index.encoder import Encoder, TokenVectors, Vectors
from index.lexical import stems
from index.retriever import Hit

__all__ = ["FEATURES", "Candidate", "candidates", "features", "meets"]

FEATURES = (
    "cosine",  # of question and sentence
    "cosine_before",  # of question and the sentence with the one before it
    "align",  # idf-weighted mean, over the question's content words, of the best match in the sentence
    "align_around",  # the same, the sentence before and the title matched too
    "align_passage",  # the same, every sentence of the passage and the title matched
    "weakest",  # the worst-matched content word, the sentence before and the title matched too
    "cover",  # idf-weighted share of content words whose stem is in the sentence
    "cover_around",  # the same with the sentence before and the title
    "cover_document",  # the same with the whole document
    "names_missing",  # idf-weighted share of the question's names that the sentence and those around it lack
    "names_absent",  # the same for the whole document
    "numbers_missing",  # share of the question's numbers that the sentence and those around it lack
    "unmet",  # 1 if the sentence lacks what is asked for: a figure, a date, a name, the words of a certain speaker
    "unmet_figure",  # 1 if that is a figure, a date or a certain speaker's words, which can be told from the words best
    "length",  # ln of the number of words
)
BEFORE_WEIGHT = 0.9
TITLE_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: its span in its document, its passage's hit, the sentences that lead up to it, and the
    one after it.
    """

    document: Document
    start: int
    end: int
    hit: Hit
    before: tuple[Span, ...]
    after: Span | None

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def texts_before(self) -> list[str]:
        return [self.document.text[start:end] for start, end in self.before]

    @property
    def text_before(self) -> str:
        return self.texts_before[-1] if self.before else ""


def candidates(
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    beside: Mapping[str, tuple[tuple[Span, ...], tuple[Span, ...]]],
) -> list[Candidate]:
    """Return the sentences of the hits' passages, in the order of the hits.

    `beside` has the sentences of the passages before and after each passage, by the passage's id.
    """
    found = []
    for hit in hits:
        document = documents[f"{hit.passage.document_id}@{hit.passage.version}"]
        earlier, later = beside[hit.passage.id]
        sentences = (*hit.passage.sentences, *later[:1])
        for number, (start, end) in enumerate(hit.passage.sentences):
            after = sentences[number + 1] if number + 1 < len(sentences) else None
            found.append(Candidate(document, start, end, hit, (*earlier, *sentences[:number]), after))
    return found


def meets(candidate: Candidate, question: Question) -> bool:
    """Tell whether the sentence has the kind of answer that is asked for; true where anything may answer."""
    if question.wants == "statement":
        return _spoken_by(candidate, question.speaker)
    return question.wants == "anything" or bool(answer_spans(candidate.text, question))


def _spoken_by(candidate: Candidate, speaker: frozenset[str]) -> bool:
    """Tell whether the sentence is the speaker's: a cue gives it to him, by name or right before by role ("the minister,
    Ben Wallace, said"); or it is a quotation, or what "he" says, and he is named in it or in the sentence before.
    """
    text = candidate.text
    found = attribute(text, candidate.texts_before)
    if found is not None:
        subject = text[: found.content[0]] if found.content[0] else text[found.content[1] :]
        return bool(speaker & set(stems(f"{found.speaker} {subject}")))
    open_speech = any(mark in text for mark in '"“”') or has_pronoun_speaker(text)
    return open_speech and bool(speaker & set(stems(f"{candidate.text_before} {text}")))


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
    document_stems = {id(row.document): set(stems(f"{row.document.title} {row.document.text}")) for row in rows}
    matches = {text: _matches(asked, words, tokens[text]) for text in distinct}
    together: dict[str, Vectors] = {}
    for row, text in zip(rows, texts, strict=True):
        passage = row.hit.passage.id
        together[passage] = np.maximum(together.get(passage, TITLE_WEIGHT * matches[row.document.title]), matches[text])
    found = []
    for row, text, before, title in zip(rows, texts, befores, titles, strict=True):
        own = matches[text]
        around = np.maximum.reduce([own, BEFORE_WEIGHT * matches[before], TITLE_WEIGHT * matches[title]])
        here = set(stems(text))
        near = here | set(stems(f"{before} {title}"))
        both = tokens[text].whole + tokens[before].whole if before else tokens[text].whole
        unmet = not meets(row, question)
        found.append(
            [
                float(asked.whole @ tokens[text].whole),
                float(asked.whole @ both / np.linalg.norm(both)),
                float(own @ weights),
                float(around @ weights),
                float(together[row.hit.passage.id] @ weights),
                float(around.min()),
                _share(question, weights, here),
                _share(question, weights, near),
                _share(question, weights, document_stems[id(row.document)]),
                _names_missing(question, weights, near),
                _names_missing(question, weights, document_stems[id(row.document)]),
                _numbers_missing(question, near),
                float(unmet),
                float(unmet and question.wants in ("number", "duration", "date", "statement")),
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
