"""Check a sentence against the sources: supported, partly supported, or unsupported, with the words that say so.

At most MOST_CITED sentences are gathered, each the one that adds most to what those before it match. How well they cover
the sentence together (its words by vectors in context and by stems, its names and numbers, its weakest word) goes into two
small logistic models, their weights in `weights.json` (made by evals/train.py): is it supported in full, and at all? A
number that no sentence found has keeps it from being supported in full, and names of which none is found from being
supported at all, whatever the models say. What the sources contradict is not told from what they do not say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.answer import Answer, Reason, Statement, Support
from assistant.question import Question
from assistant.quoting import Run, cite, logistic, model
from assistant.ranking import (
    TITLE_WEIGHT,
    Candidate,
    Matched,
    candidates,
    matched,
    names_missing,
    numbers_missing,
    share,
    term_weights,
)
from index.lexical import stems
from index.library import Library

__all__ = ["CHECKING_FEATURES", "Gathered", "check", "gather"]

MOST_CITED = 3
GAIN = 0.02  # of the weighted match: a further sentence is gathered if it adds this much
UNMATCHED = 0.5  # cosine of a word's best match under which nothing speaks of it
CHECKING_FEATURES = (
    "align_one",  # idf-weighted mean, over the content words, of the best match in the best sentence
    "align",  # the same in the sentences gathered and their titles
    "align_all",  # the same in every sentence found
    "weakest",  # the worst-matched content word, in the sentences gathered
    "unmatched",  # idf-weighted share of content words that match under UNMATCHED
    "cover",  # idf-weighted share of content words whose stem is in the sentences gathered, or their titles
    "cover_all",  # the same in every sentence found
    "names_missing",  # idf-weighted share of the names that the sentences gathered and their titles lack
    "names_missing_all",  # the same of every sentence found
    "numbers_missing",  # share of the numbers that the sentences gathered lack
    "numbers_missing_all",  # the same of every sentence found
    "cosine",  # of the sentence and the best one
    "length",  # ln of the number of words
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The sentences that speak for a claim, the most telling first, and the features of their support."""

    sentences: list[Candidate]
    features: NDArray[np.float64]


def check(claim: Question, answer: Answer, library: Library) -> Answer:
    """Return `answer` with the claim as its one statement: how well its hits support it, and the sentences that do.

    Its confidence is that of full support. Abstained where the hits have no sentence.
    """
    gathered = gather(claim, answer, library)
    if gathered is None:
        return replace(answer, reason=Reason("no_documents", "The library has no document that could support this."))
    rows = gathered.features[None]
    full = float(logistic(model("supported"), CHECKING_FEATURES, rows)[0])
    at_all = float(logistic(model("mentioned"), CHECKING_FEATURES, rows)[0])
    support: Support = "unsupported"
    given = dict(zip(CHECKING_FEATURES, gathered.features, strict=True))
    if full >= model("supported")["decision"]["threshold"] and given["numbers_missing_all"] == 0:
        support = "supported"
    elif at_all >= model("mentioned")["decision"]["threshold"] and given["names_missing_all"] < 1:
        support = "partly"
    runs = [Run(sentence, sentence.start, sentence.end) for sentence in gathered.sentences]
    citations = tuple(cite(run, marker, claim) for marker, run in enumerate(runs, 1))
    statement = Statement(claim.text, tuple(c.marker for c in citations), support, _reason(claim, gathered, support))
    return replace(answer, status="answered", confidence=full, statements=(statement,), citations=citations)


def gather(claim: Question, answer: Answer, library: Library) -> Gathered | None:
    """Return the sentences of the answer's hits that cover the claim together; None where the hits have none."""
    beside = library.catalog.sentences_beside([hit.passage for hit in answer.hits])
    rows = candidates(answer.hits, answer.documents, beside)
    if not rows:
        return None
    with library.indexes() as indexes:
        idf = indexes.passages.idf({term.stem for term in claim.terms})
    weights = term_weights(claim, idf)
    matches = matched(claim, rows, library.encoder())
    chosen = _cover(np.array([match.own for match in matches]), weights)
    return Gathered([rows[i] for i in chosen], _features(claim, rows, matches, chosen, weights))


def _cover(own: NDArray[np.float64], weights: NDArray[np.float64]) -> list[int]:
    """Return the rows of `own` [n, terms] that together match the terms best, taken greedily."""
    chosen: list[int] = []
    covered = np.zeros(own.shape[1])
    while len(chosen) < MOST_CITED:
        totals = np.maximum(own, covered) @ weights
        best = int(totals.argmax())
        if chosen and totals[best] < covered @ weights + GAIN:
            break
        chosen.append(best)
        covered = np.maximum(covered, own[best])
    return chosen


def _features(
    claim: Question,
    rows: Sequence[Candidate],
    matches: Sequence[Matched],
    chosen: list[int],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    union = np.maximum.reduce([np.maximum(matches[i].own, TITLE_WEIGHT * matches[i].title) for i in chosen])
    everywhere = np.maximum.reduce([np.maximum(m.passage, TITLE_WEIGHT * m.title) for m in matches])
    near = {stem for i in chosen for stem in stems(f"{rows[i].text} {rows[i].document.title}")}
    found = {stem for row in rows for stem in stems(f"{row.text} {row.document.title}")}
    return np.array(
        [
            float(matches[chosen[0]].own @ weights),
            float(union @ weights),
            float(everywhere @ weights),
            float(union.min()),
            float((union < UNMATCHED) @ weights),
            share(claim, weights, near),
            share(claim, weights, found),
            names_missing(claim, weights, near),
            names_missing(claim, weights, found),
            numbers_missing(claim, near),
            numbers_missing(claim, found),
            matches[chosen[0]].cosine,
            float(np.log(1 + len(claim.text.split()))),
        ]
    )


def _reason(claim: Question, gathered: Gathered, support: Support) -> str | None:
    """Say what of the claim the sentences do not have: its numbers and names first."""
    if support == "supported":
        return None
    near = {stem for row in gathered.sentences for stem in stems(f"{row.text} {row.document.title}")}
    missing = [term for term in claim.terms if term.stem not in near]
    telling = [term.word for term in missing if term.word[0].isdigit() or claim.is_name(term)]
    words = telling or [term.word for term in missing]
    return f"not in the cited sentences: {', '.join(dict.fromkeys(words))}" if words else "the words stand apart"
