"""Score the sentences of the found passages against a question: one row of named features a sentence.

The feature that carries most is alignment: for each content word of the question the best match among the sentence's
words, by the encoder's vectors in the context of the passage (the greedy matching of BERTScore: Zhang et al., 2020),
weighted by idf. What a sentence leaves out may stand right before it, or in its document's title, so both are matched
too, for less. The vectors are those by which the retriever matched the passage, so nothing is encoded twice.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.closeness import closeness, near_answer
from assistant.question import Question, answer_spans
from corpus.attribution import Attribution, has_pronoun_speaker
from corpus.catalog import Catalog
from corpus.types import Document, Span, last_day
from index.encoder import Encoder, TokenVectors, Vectors
from index.lexical import stems
from index.retriever import Hit

__all__ = [
    "FEATURES",
    "LIKELY",
    "TELLING",
    "WHO_SAID",
    "Candidate",
    "Matched",
    "candidates",
    "denies",
    "features",
    "matched",
    "meets",
    "names_missing",
    "numbers_missing",
    "share",
    "term_weights",
    "told_once",
]

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
    "align_others",  # the alignment of the words that are neither names nor numbers: what is asked about them
    "weakest_own",  # the worst-matched content word in the sentence alone
    "behind_align",  # the alignment less the best sentence's
    "behind_cosine",  # the same of the cosine
    "elsewhere",  # idf-weighted mean of how much better another sentence matches each content word
    "opens",  # 1 if nothing in the document stands before it
    "position",  # ln of one plus the number of sentences before it, of its passage and of the one before
    "closeness",  # how close together the question's words stand in it
    "near_answer",  # idf-weighted closeness of the question's words to what is of the wanted kind
    "denial",  # 1 if the question denies something ("which ... do not ...?") and the sentence denies nothing
)
WHO_SAID = re.compile(
    r"\W*who\s(?:\w+\s)?(?:said|says|told|claimed|claims|wrote|warned|argued|announced|denied)\b", re.I
)
LIKELY = 0.5  # the probability from which a cue gives somebody words that are asked for
TELLING = ("number", "duration", "date", "statement")  # kinds of answer that can be told from the words best
BEFORE_WEIGHT = 0.9
TITLE_WEIGHT = 0.8
DENIES = re.compile(
    r"\b(?:no|not|never|nobody|none|nor|neither|cannot|without|refus\w+|den(?:y|ies|ied))\b|n['’]t\b", re.IGNORECASE
)


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
    said: Attribution | None = None  # by whom, as the record has it

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def texts_before(self) -> list[str]:
        return [self.document.text[start:end] for start, end in self.before]

    @property
    def text_before(self) -> str:
        return self.texts_before[-1] if self.before else ""


@dataclass(frozen=True, slots=True)
class Matched:
    """The best match of each of a question's terms, float32 [terms], in a candidate and around it, and its cosine."""

    own: Vectors
    before: Vectors
    title: Vectors
    passage: Vectors
    cosine: float
    cosine_before: float  # of the sentence and the one before together


def candidates(
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    catalog: Catalog,
) -> list[Candidate]:
    """Return the sentences of the hits' passages, in the order of the hits, with what the record has beside them."""
    found = []
    passages = [hit.passage for hit in hits]
    beside, said = catalog.sentences_beside(passages), catalog.quotations_in(passages)
    for hit in hits:
        key = f"{hit.passage.document_id}@{hit.passage.version}"
        document = documents[key]
        earlier, later = beside[hit.passage.id]
        sentences = (*hit.passage.sentences, *later[:1])
        for number, (start, end) in enumerate(hit.passage.sentences):
            after = sentences[number + 1] if number + 1 < len(sentences) else None
            ahead = (*earlier, *sentences[:number])
            found.append(Candidate(document, start, end, hit, ahead, after, said.get((key, start))))
    return found


def told_once(rows: Sequence[Candidate]) -> list[Candidate]:
    """Return the rows, of a sentence that several documents of one story have word for word the earliest alone.

    What is dated more exactly is earlier; what has no date comes last.
    """
    first: dict[tuple[str, str], Document] = {}
    for row in rows:
        known = first.setdefault(_told(row), row.document)
        if _day(row.document) < _day(known):
            first[_told(row)] = row.document
    return [row for row in rows if first[_told(row)].id == row.document.id]


def _told(row: Candidate) -> tuple[str, str]:
    return row.document.story, " ".join(row.text.split())


def _day(document: Document) -> str:
    return last_day(document.published).isoformat() if document.published else "9999-12-31"


def meets(candidate: Candidate, question: Question) -> bool:
    """Tell whether the sentence has the kind of answer that is asked for; true where anything may answer."""
    if question.wants == "statement":
        return _spoken_by(candidate, question.speaker)
    if WHO_SAID.match(question.text) and candidate.said is not None:
        return True  # "he said": his name is in the attribution, if not in the sentence
    return question.wants == "anything" or bool(answer_spans(candidate.text, question))


def _spoken_by(candidate: Candidate, speaker: frozenset[str]) -> bool:
    """Tell whether the sentence is the speaker's: a cue gives it to him, by name or right before by role ("the minister,
    Ben Wallace, said"); or it is a quotation, or what "he" says, and he is named in it or in the sentence before.
    """
    text = candidate.text
    found = candidate.said
    if found is not None and found.probability >= LIKELY:
        start, end = found.content[0] - candidate.start, found.content[1] - candidate.start
        return bool(speaker & set(stems(f"{found.speaker} {text[:start] if start else text[end:]}")))
    open_speech = any(mark in text for mark in '"“”') or has_pronoun_speaker(text)
    return open_speech and bool(speaker & set(stems(f"{candidate.text_before} {text}")))


def features(
    question: Question, rows: Sequence[Candidate], idf: Mapping[str, float], encoder: Encoder
) -> NDArray[np.float64]:
    """Return the features of each candidate, float64 [n, len(FEATURES)]. `idf` holds the stems of the question's terms."""
    weights = term_weights(question, idf)
    documents = {id(row.document): row.document for row in rows}
    document_stems = {key: set(stems(f"{each.title} {each.text}")) for key, each in documents.items()}
    matches = matched(question, rows, encoder)
    words = [
        _of_words(question, weights, row, match, document_stems[id(row.document)])
        for row, match in zip(rows, matches, strict=True)
    ]
    return np.hstack([np.array(words), _of_place(question, weights, rows, matches)])


def _of_words(
    question: Question,
    weights: NDArray[np.float64],
    row: Candidate,
    match: Matched,
    in_document: set[str],
) -> list[float]:
    """Return a candidate's features as far as it can be judged by itself: those up to "length"."""
    here = set(stems(row.text))
    near = here | set(stems(f"{row.text_before} {row.document.title}"))
    around = np.maximum.reduce([match.own, BEFORE_WEIGHT * match.before, TITLE_WEIGHT * match.title])
    unmet = not meets(row, question)
    return [
        match.cosine,
        match.cosine_before,
        float(match.own @ weights),
        float(around @ weights),
        float(np.maximum(match.passage, TITLE_WEIGHT * match.title) @ weights),
        float(around.min()),
        share(question, weights, here),
        share(question, weights, near),
        share(question, weights, in_document),
        names_missing(question, weights, near),
        names_missing(question, weights, in_document),
        numbers_missing(question, near),
        float(unmet),
        float(unmet and question.wants in TELLING),
        float(np.log(1 + len(row.text.split()))),
    ]


def _of_place(
    question: Question, weights: NDArray[np.float64], rows: Sequence[Candidate], matches: Sequence[Matched]
) -> NDArray[np.float64]:
    """Return the candidates' features from "align_others" on: each beside the others, in its document, word by word."""
    own = np.array([match.own for match in matches])
    cosine = np.array([match.cosine for match in matches])
    align = own @ weights
    others = np.array([not question.is_name(t) and not t.word[0].isdigit() for t in question.terms]) * weights
    columns = [
        own @ others / others.sum() if others.sum() else align,
        own.min(axis=1),
        align - align.max(),
        cosine - cosine.max(),
        (own.max(axis=0) - own) @ weights,
        [float(not row.before) for row in rows],
        [float(np.log1p(len(row.before))) for row in rows],
        [closeness(row.text, question) for row in rows],
        [near_answer(row.text, question, weights) for row in rows],
        [float(denies(question.text) and not denies(row.text)) for row in rows],
    ]
    return np.column_stack(columns)


def term_weights(question: Question, idf: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the share of each of the question's terms in their sum of idf, float64 [terms]."""
    weights = np.array([idf[term.stem] for term in question.terms])
    return weights / weights.sum() if weights.sum() else np.full(len(weights), 1 / len(weights))


def matched(question: Question, rows: Sequence[Candidate], encoder: Encoder) -> list[Matched]:
    """Return how each candidate matches the question."""
    asked = encoder.encode_tokens([question.text])[0]
    words = [_pieces(asked, term.start, term.end) for term in question.terms]
    tokens = _tokens({row.hit.passage.id: row for row in rows}, encoder)
    found = []
    for row in rows:
        title, passage, own, before = _parts(row, tokens[row.hit.passage.id])
        of_title, of_passage, of_own, of_before = (
            _matches(asked, words, each) for each in (title, passage, own, before)
        )
        both = np.concatenate([own, before])
        cosines = _cosine(asked.whole, own), _cosine(asked.whole, both)
        found.append(Matched(of_own, of_before, of_title, of_passage, *cosines))
    return found


def _tokens(passages: Mapping[str, Candidate], encoder: Encoder) -> dict[str, TokenVectors]:
    """Return the word pieces of each candidate's title and passage, those that the retriever left out encoded here."""
    missing = [id for id, row in passages.items() if row.hit.tokens is None]
    texts = [f"{passages[id].document.title}\n{passages[id].hit.passage.text}" for id in missing]
    encoded = dict(zip(missing, encoder.encode_tokens(texts), strict=True))
    return {id: row.hit.tokens or encoded[id] for id, row in passages.items()}


def _parts(row: Candidate, tokens: TokenVectors) -> tuple[Vectors, Vectors, Vectors, Vectors]:
    """Return the pieces [pieces, dim] of the title, the passage, the sentence, and the one before it in the passage."""
    body = len(row.document.title) + 1
    shift = body - row.hit.passage.start
    before = row.before[-1] if row.before and row.before[-1][0] >= row.hit.passage.start else (0, 0)
    spans = (0, body - 1), (body, body + len(row.hit.passage.text)), (row.start + shift, row.end + shift)
    *parts, ahead = (
        tokens.vectors[_pieces(tokens, *span)] for span in (*spans, (before[0] + shift, before[1] + shift))
    )
    title, passage, own = parts
    return title, passage, own, ahead if before[1] else ahead[:0]


def _pieces(tokens: TokenVectors, start: int, end: int) -> list[int]:
    """Return the numbers of the word pieces that overlap [start, end)."""
    return [i for i, (low, high) in enumerate(tokens.spans) if low < end and high > start]


def _matches(asked: TokenVectors, words: Sequence[Sequence[int]], pieces: Vectors) -> Vectors:
    """Return for each of the question's words its best cosine with a piece of the other text, float32 [words]."""
    if not len(pieces):
        return np.zeros(len(words), dtype=np.float32)
    best = (asked.vectors @ pieces.T).max(axis=1)
    return np.array([best[list(mine)].mean() if mine else 0.0 for mine in words], dtype=np.float32)


def _cosine(asked: Vectors, pieces: Vectors) -> float:
    """Return the cosine of the question and the mean of the pieces, which is how the encoder makes a text's vector."""
    mean = pieces.mean(axis=0) if len(pieces) else np.zeros_like(asked)
    norm = np.linalg.norm(mean) * np.linalg.norm(asked)
    return float(asked @ mean / norm) if norm else 0.0


def denies(text: str) -> bool:
    """Tell whether a text has a word that denies."""
    return DENIES.search(text) is not None


def share(question: Question, weights: NDArray[np.float64], given: set[str]) -> float:
    return float(sum(weight for term, weight in zip(question.terms, weights, strict=True) if term.stem in given))


def names_missing(question: Question, weights: NDArray[np.float64], given: set[str]) -> float:
    names = [(term, weight) for term, weight in zip(question.terms, weights, strict=True) if question.is_name(term)]
    total = sum(weight for _, weight in names)
    return float(sum(weight for term, weight in names if term.stem not in given) / total) if total else 0.0


def numbers_missing(question: Question, given: set[str]) -> float:
    numbers = [term for term in question.terms if term.word[0].isdigit()]
    return sum(1.0 for term in numbers if term.stem not in given) / len(numbers) if numbers else 0.0
