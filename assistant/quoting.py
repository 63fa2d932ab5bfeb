"""Answer without a model: the fewest sentences of the sources that answer, verbatim, or none.

Two small logistic models over the features of `ranking` decide, their weights in `weights.json` (evals/train.py made
them, from the even rows of SQuAD 2.0): one says how likely a sentence answers, the other how likely the library does.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from assistant.answer import Answer, Citation, Position, Reason, Statement
from assistant.attribution import attribute
from assistant.question import Question, answer_spans
from assistant.ranking import FEATURES, Candidate, candidates, features
from corpus.types import Document
from index.lexical import stems
from index.library import Library
from index.retriever import Hit

__all__ = ["MOST_STATEMENTS", "Ranked", "quote", "rank", "summary"]

MOST_STATEMENTS = 3
MOST_WORDS = 60  # of a whole answer, unless its first statement alone has more
NEAR = 0.5  # a further sentence is shown if it is at least this likely an answer, relative to the first
SAME = 0.6  # overlap of content words from which two sentences are one fact
NEAREST = 3  # passages shown with an abstention
LEANS = re.compile(
    r"^[\"“']?(?:He|She|It|They|His|Her|Its|Their|This|That|These|Those|Such|But|And|Yet|However|The (?:figure|latter|former|same|two))\b"
)


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model: a bias and a weight for each standardised feature."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]
    bias: float

    def probability(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each row [n, features]."""
        z = (rows - self.mean) / self.scale @ self.weight + self.bias
        return np.asarray(1 / (1 + np.exp(-z)))


@dataclass(frozen=True, slots=True)
class Ranked:
    """The candidate sentences, best first, the probability that each answers, and that the library does at all."""

    candidates: list[Candidate]
    probabilities: NDArray[np.float64]
    confidence: float


@cache
def _models() -> tuple[Weights, Weights]:
    """Return the model of the answering sentence and the model of the answerable question."""
    kept = json.loads(files("assistant").joinpath("weights.json").read_text())
    return _weights(kept["sentence"], list(FEATURES)), _weights(kept["question"], list(summary_names()))


def _weights(kept: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> Weights:
    columns = [np.array([kept[part][name] for name in names]) for part in ("mean", "scale", "weight")]
    return Weights(columns[0], columns[1], columns[2], kept["bias"]["bias"])


def summary_names() -> tuple[str, ...]:
    """Name the features of a question: the best sentence's own, and how the sentences stand to each other."""
    return (*FEATURES, "probability", "lead", "highest_cosine", "highest_align")


def summary(rows: NDArray[np.float64], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the features of a question from those of its sentences [n, features], float64 [len(summary_names())]."""
    order = np.argsort(-probabilities, kind="stable")
    second = probabilities[order[1]] if len(order) > 1 else 0.0
    logit = float(np.log(probabilities[order[0]] / (1 - probabilities[order[0]])))
    cosine, align = FEATURES.index("cosine"), FEATURES.index("align_around")
    rest = [logit, float(probabilities[order[0]] - second), float(rows[:, cosine].max()), float(rows[:, align].max())]
    return np.concatenate([rows[order[0]], rest])


def rank(
    question: Question,
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    library: Library,
    speakers: Sequence[str] = (),
) -> Ranked:
    """Return the sentences of the hits, those of `speakers` alone if any are named, in the order in which they answer."""
    rows = [row for row in candidates(hits, documents) if not speakers or _spoken_by(row, speakers)]
    if not rows:
        return Ranked([], np.zeros(0), 0.0)
    with library.indexes() as indexes:
        idf = indexes.passages.idf({term.stem for term in question.terms})
    sentence_model, question_model = _models()
    found = features(question, rows, idf, library.encoder())
    probabilities = np.clip(sentence_model.probability(found), 1e-9, 1 - 1e-9)
    confidence = float(question_model.probability(summary(found, probabilities)[None])[0])
    order = np.argsort(-probabilities, kind="stable")
    return Ranked([rows[i] for i in order], probabilities[order], confidence)


def _spoken_by(candidate: Candidate, speakers: Sequence[str]) -> bool:
    """Tell whether the sentence is attributed to one of `speakers`, by all the words of a name."""
    found = attribute(candidate.text, candidate.texts_before)
    said_by = set(stems(found.speaker)) if found else set()
    return any(set(stems(speaker)) <= said_by for speaker in speakers)


def quote(question: Question, ranked: Ranked, strictness: float, answer: Answer) -> Answer:
    """Return `answer` with the statements that answer the question; abstained where the confidence is under `strictness`."""
    answer = replace(answer, confidence=ranked.confidence)
    if ranked.confidence < strictness:
        return replace(answer, status="abstained", reason=_silence(question, ranked), hits=answer.hits[:NEAREST])
    groups = _chosen(ranked)
    citations: list[Citation] = []
    statements = []
    for group in groups:
        first = len(citations) + 1
        citations.extend(_citation(candidate, first + i, question) for i, candidate in enumerate(group))
        lead = citations[first - 1]
        statements.append(Statement(_plain(lead.quote), tuple(range(first, len(citations) + 1))))
    return replace(
        answer,
        status="answered",
        statements=tuple(statements),
        citations=tuple(citations),
        positions=_positions(statements, citations),
        short=_short(citations),
    )


def _chosen(ranked: Ranked) -> list[list[Candidate]]:
    """Return the sentences to show, best first, each with those of other documents that tell the same."""
    groups: list[list[Candidate]] = []
    words = 0
    for candidate, probability in zip(ranked.candidates, ranked.probabilities, strict=True):
        if probability < NEAR * ranked.probabilities[0]:
            break
        twin = next((group for group in groups if _same_fact(group[0], candidate)), None)
        if twin is not None:
            if candidate.document.id not in {other.document.id for other in twin}:
                twin.append(candidate)
            continue
        size = len(candidate.text.split())
        if groups and (len(groups) == MOST_STATEMENTS or words + size > MOST_WORDS):
            continue
        groups.append([candidate])
        words += size
    return groups


def _same_fact(one: Candidate, other: Candidate) -> bool:
    """Tell whether two sentences share most of their words, and all of their figures."""
    mine, theirs = set(stems(one.text)), set(stems(other.text))
    numbers = {w for w in mine if w[0].isdigit()} == {w for w in theirs if w[0].isdigit()}
    return numbers and len(mine & theirs) >= SAME * min(len(mine), len(theirs))


def _citation(candidate: Candidate, marker: int, question: Question) -> Citation:
    """Return the citation of a sentence, the one before brought along where it leans on that, its speaker found."""
    text = candidate.text
    start = candidate.before[-1][0] if candidate.before and LEANS.match(text) else candidate.start
    spans = answer_spans(text, question)
    answer = (candidate.start + spans[0][0], candidate.start + spans[0][1]) if spans else None
    found = attribute(text, candidate.texts_before)
    citation = Citation(marker, candidate.document, start, candidate.end, answer)
    if found is None:
        return citation
    content = (candidate.start + found.content[0], candidate.start + found.content[1])
    return replace(citation, speaker=found.speaker, speech=found.speech, cue=found.cue, content=content, via=found.via)


def _positions(statements: Sequence[Statement], citations: Sequence[Citation]) -> tuple[Position, ...]:
    """Return the speakers side by side, by date, where there are two or more of them."""
    spoken: dict[str, list[tuple[str, int]]] = {}
    for number, statement in enumerate(statements):
        for marker in statement.citations:
            citation = citations[marker - 1]
            if citation.speaker:
                spoken.setdefault(citation.speaker, []).append((citation.document.published or "", number))
    if len(spoken) < 2:
        return ()
    ordered = sorted(spoken.items(), key=lambda item: (min(item[1])[0] or "9999", item[0]))
    return tuple(
        Position(
            speaker,
            tuple(dict.fromkeys(date for date, _ in said if date)),
            tuple(dict.fromkeys(number for _, number in said)),
        )
        for speaker, said in ordered
    )


def _short(citations: Sequence[Citation]) -> str | None:
    """Return the answering words of the first citation, if it has such."""
    first = citations[0]
    return _plain(first.document.text[slice(*first.answer)]) if first.answer else None


def _silence(question: Question, ranked: Ranked) -> Reason:
    """Say what was looked for and which of its words stand nowhere near."""
    near = {word for candidate in ranked.candidates for word in stems(f"{candidate.text} {candidate.document.title}")}
    missing = tuple(term.word for term in question.terms if term.stem not in near)
    message = "The library does not answer this."
    if not ranked.candidates:
        message = "The library has no document that could answer this."
    elif missing:
        message += f" Nothing near it mentions: {', '.join(missing)}."
    return Reason("no_evidence", message, missing)


def _plain(text: str) -> str:
    return " ".join(text.split())
