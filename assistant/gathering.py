"""Gather the sentences that speak for a claim, and measure how well they carry it together.

At most MOST_CITED sentences, each the one that adds most to what those before it match, and at most MOST_ADDED more that
have a figure, a date or a name which those lack. The measures are the features of two small logistic models (`checking`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.answer import Answer
from assistant.differences import Claim, Source, lacking, misquoted, read_source, said_by_another, shared
from assistant.facts import facts
from assistant.question import Question
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
    told_once,
)
from corpus.types import Span
from index.lexical import stems
from index.library import Library

__all__ = ["CHECKING_FEATURES", "Gathered", "gather", "given", "measured"]

MOST_CITED = 3
GAIN = 0.02  # of the weighted match: a further sentence is gathered if it adds this much
MOST_ADDED = 2
NEARLY, VERY_NEARLY = 0.3, 0.8  # of the best sentence's match, for one of the same, of another document to be added so
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
    "shared",  # share of the content words that the best of the sentences gathered has, or has the like of
    "shared_mean",  # the mean of that over the sentences gathered
    "stated_missing",  # share of the figures and dates, in any form, that the sentences gathered lack
    "named_missing",  # share of the names, by their last part too, that they lack
    "misquoted",  # 1 if something in quotation marks does not stand there
    "said_by_another",  # 1 if they let somebody else say it
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The sentences found for a claim, how each matches it, which of them speak for it together (the most telling first),
    those as sources, what of the claim these lack, and the features of their support, float64 [features].
    """

    claim: Claim
    rows: list[Candidate]
    matches: list[Matched]
    chosen: list[int]
    sources: list[Source]
    missing: list[Span]  # figures, dates and names
    misquoted: list[tuple[str, str | None]]  # with the nearest real words
    said_by: str | None  # another speaker
    features: NDArray[np.float64]

    @property
    def has_faults(self) -> bool:
        """Tell whether the claim states something, word for word, that the sentences do not bear out."""
        return bool(self.missing or self.misquoted or self.said_by)

    @property
    def lacks_names_alone(self) -> bool:
        """Tell whether nothing but names is missing."""
        names = {name.span for name in self.claim.facts.names}
        return not self.misquoted and not self.said_by and all(span in names for span in self.missing)

    def best(self, k: int) -> list[int]:
        """Return the numbers of the k rows that match the claim best."""
        fit = np.array([match.own for match in self.matches]) @ self.claim.weights
        return [int(i) for i in np.argsort(-fit)[:k]]


def gather(claim: Question, answer: Answer, library: Library) -> Gathered | None:
    """Return the sentences of the answer's hits that cover the claim together; None where the hits have none."""
    rows = told_once(candidates(answer.hits, answer.documents, library.catalog))
    if not rows:
        return None
    read = _read(claim, library)
    matches = matched(claim, rows, library.encoder())
    chosen = _cover(np.array([match.own for match in matches]), read.weights)
    return measured(read, rows, matches, _quoting(read, rows, _completed(read, rows, matches, chosen)))


def given(claim: Question, sentences: Sequence[Candidate], library: Library) -> Gathered:
    """Return the sentences, all of them, as what speaks for a claim. Raises ValueError if there are none."""
    if not sentences:
        raise ValueError(f"no sentences that could support {claim.text!r}")
    matches = matched(claim, sentences, library.encoder())
    return measured(_read(claim, library), list(sentences), matches, list(range(len(sentences))))


def _read(claim: Question, library: Library) -> Claim:
    with library.indexes() as indexes:
        weights = term_weights(claim, indexes.passages.idf({term.stem for term in claim.terms}))
    return Claim(claim, weights, facts(claim.text))


def measured(claim: Claim, rows: list[Candidate], matches: list[Matched], chosen: list[int]) -> Gathered:
    """Return the chosen rows with what of the claim they lack."""
    sources = [read_source(rows[i], matches[i]) for i in chosen]
    missing = lacking(claim, sources)
    wrong = misquoted(claim.facts.text, _texts([rows[i] for i in chosen]))
    speaker = said_by_another(claim.facts.text, sources)
    have = [shared(claim, source) for source in sources]
    stated = [*(figure.span for figure in claim.facts.figures), *(when.span for when in claim.facts.whens)]
    named = [name.span for name in claim.facts.names]
    lacks = [sum(span in missing for span in spans) / max(1, len(spans)) for spans in (stated, named)]
    words = [max(have), float(np.mean(have)), *lacks, float(bool(wrong)), float(speaker is not None)]
    features = np.array([*_cover_features(claim, rows, matches, chosen), *words])
    return Gathered(claim, rows, matches, chosen, sources, missing, wrong, speaker, features)


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


def _completed(claim: Claim, rows: Sequence[Candidate], matches: Sequence[Matched], chosen: list[int]) -> list[int]:
    """Return the chosen rows with at most MOST_ADDED others that have a figure, date or name which those lack.

    Such a row fits the claim nearly as well as the best, and nearer still where its document is not cited yet.
    """
    sources = {i: read_source(rows[i], matches[i]) for i in chosen}
    missing = lacking(claim, list(sources.values()))
    if not missing:
        return chosen
    cited = {rows[i].document.id for i in chosen}
    fit = np.array([match.own for match in matches]) @ claim.weights
    near = [
        int(i)
        for i in np.argsort(-fit)
        if fit[i] >= fit.max() * (NEARLY if rows[i].document.id in cited else VERY_NEARLY)
    ]
    others = {i: read_source(rows[i], matches[i]) for i in near if i not in sources}
    while missing and others and len(sources) < len(chosen) + MOST_ADDED:
        left = {i: lacking(claim, [*sources.values(), other]) for i, other in others.items()}
        best = min(left, key=lambda i: len(left[i]))
        if len(left[best]) == len(missing):
            break
        sources[best], missing = others.pop(best), left[best]
    return list(sources)


def _quoting(claim: Claim, rows: Sequence[Candidate], chosen: list[int]) -> list[int]:
    """Return the chosen rows and, where the claim quotes what none of them has, the one or two that have it."""
    text = claim.facts.text
    if not misquoted(text, _texts([rows[i] for i in chosen])):
        return chosen
    for number in range(len(rows)):
        for pair in ([number], [number, number + 1]):
            if pair[-1] < len(rows) and not misquoted(text, _texts([rows[i] for i in pair])):
                return list(dict.fromkeys([*pair, *chosen]))[: MOST_CITED + MOST_ADDED]
    return chosen


def _texts(sentences: Sequence[Candidate]) -> list[str]:
    """Return the sentences' texts, those that stand next to each other as one text too."""
    found = [sentence.text for sentence in sentences]
    for one in sentences:
        for other in sentences:
            text = one.document.text
            if one.document is other.document and one.end <= other.start and not text[one.end : other.start].strip():
                found.append(text[one.start : other.end])
    return found


def _cover_features(
    claim: Claim, rows: Sequence[Candidate], matches: Sequence[Matched], chosen: Sequence[int]
) -> list[float]:
    """Return the first features, how the claim's content words are matched, in the order of CHECKING_FEATURES."""
    question, weights = claim.question, claim.weights
    union = np.maximum.reduce([np.maximum(matches[i].own, TITLE_WEIGHT * matches[i].title) for i in chosen])
    everywhere = np.maximum.reduce([np.maximum(m.passage, TITLE_WEIGHT * m.title) for m in matches])
    near = {stem for i in chosen for stem in stems(f"{rows[i].text} {rows[i].document.title}")}
    found = {stem for row in rows for stem in stems(f"{row.text} {row.document.title}")}
    return [
        float(matches[chosen[0]].own @ weights),
        float(union @ weights),
        float(everywhere @ weights),
        float(union.min()),
        float((union < UNMATCHED) @ weights),
        share(question, weights, near),
        share(question, weights, found),
        names_missing(question, weights, near),
        names_missing(question, weights, found),
        numbers_missing(question, near),
        numbers_missing(question, found),
        matches[chosen[0]].cosine,
        float(np.log(1 + len(question.text.split()))),
    ]
