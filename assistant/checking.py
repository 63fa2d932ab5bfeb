"""Check a sentence against the sources: supported, partly supported, or unsupported, with the words that say so.

At most MOST_CITED sentences are gathered, each the one that adds most to what those before it match. How well they cover
the sentence together (its words by vectors in context and by stems, its names and numbers, its weakest word) goes into two
small logistic models, their weights in `weights.json` (made by evals/train.py): is it supported in full, and at all?
Whatever the models say, a figure, a date, a name, a quotation or a speaker that the sentences do not have keeps it from
being supported in full (see `differences`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.answer import Answer, Reason, Statement, Support
from assistant.differences import Source, lacking, misquoted, read_source, said_by_another
from assistant.facts import Facts, facts
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

__all__ = ["CHECKING_FEATURES", "Gathered", "Verdict", "check", "gather", "support_of"]

MOST_CITED = 3
GAIN = 0.02  # of the weighted match: a further sentence is gathered if it adds this much
MOST_ADDED = 2  # sentences beyond these that have a figure, date or name which they lack
NEARLY = 0.8  # of the best sentence's match, for one of another document to be added so
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
    """The sentences found for a claim, how each matches it, which of them speak for it together (the most telling first),
    and the features of that support, float64 [features].
    """

    claim: Question
    rows: list[Candidate]
    matches: list[Matched]
    weights: NDArray[np.float64]  # of the claim's terms
    chosen: list[int]
    features: NDArray[np.float64]

    @property
    def sentences(self) -> list[Candidate]:
        return [self.rows[number] for number in self.chosen]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well given sentences support a claim, why not in full, and what that was read from.

    `confidence` is the probability of full support by the measures, before what the words themselves rule out.
    """

    support: Support
    reason: str | None
    confidence: float
    features: NDArray[np.float64]


def check(claim: Question, answer: Answer, library: Library) -> Answer:
    """Return `answer` with the claim as its one statement: how well its hits support it, and the sentences that do.

    Its confidence is that of full support. Abstained where the hits have no sentence.
    """
    gathered = gather(claim, answer, library)
    if gathered is None:
        return replace(answer, reason=Reason("no_documents", "The library has no document that could support this."))
    verdict = _verdict(gathered)
    runs = [Run(sentence, sentence.start, sentence.end) for sentence in gathered.sentences]
    citations = tuple(cite(run, marker, claim) for marker, run in enumerate(runs, 1))
    statement = Statement(claim.text, tuple(c.marker for c in citations), verdict.support, verdict.reason)
    return replace(
        answer, status="answered", confidence=verdict.confidence, statements=(statement,), citations=citations
    )


def support_of(claim: Question, sentences: Sequence[Candidate], library: Library) -> Verdict:
    """Tell how well the sentences, by themselves, support a claim. Raises ValueError if there are none."""
    if not sentences:
        raise ValueError(f"no sentences that could support {claim.text!r}")
    weights = _weights(claim, library)
    matches = matched(claim, sentences, library.encoder())
    return _verdict(_gathered(claim, list(sentences), matches, weights, list(range(len(sentences)))))


def gather(claim: Question, answer: Answer, library: Library) -> Gathered | None:
    """Return the sentences of the answer's hits that cover the claim together; None where the hits have none."""
    rows = candidates(answer.hits, answer.documents, library.catalog)
    if not rows:
        return None
    weights = _weights(claim, library)
    matches = matched(claim, rows, library.encoder())
    own = np.array([match.own for match in matches])
    chosen = _completed(facts(claim.text), rows, own @ weights, _cover(own, weights))
    return _gathered(claim, rows, matches, weights, chosen)


def _gathered(
    claim: Question, rows: list[Candidate], matches: list[Matched], weights: NDArray[np.float64], chosen: list[int]
) -> Gathered:
    return Gathered(claim, rows, matches, weights, chosen, _features(claim, rows, matches, chosen, weights))


def _weights(claim: Question, library: Library) -> NDArray[np.float64]:
    with library.indexes() as indexes:
        return term_weights(claim, indexes.passages.idf({term.stem for term in claim.terms}))


def _verdict(gathered: Gathered) -> Verdict:
    full = float(logistic(model("supported"), CHECKING_FEATURES, gathered.features[None])[0])
    at_all = float(logistic(model("mentioned"), CHECKING_FEATURES, gathered.features[None])[0])
    sources = [read_source(sentence) for sentence in gathered.sentences]
    told = _faults(gathered.claim, sources)
    support: Support = "unsupported"
    given = dict(zip(CHECKING_FEATURES, gathered.features, strict=True))
    if full >= model("supported")["decision"]["threshold"] and not told:
        support = "supported"
    elif at_all >= model("mentioned")["decision"]["threshold"] and given["names_missing_all"] < 1:
        support = "partly"
    reason = None if support == "supported" else "; ".join(told) or _words_missing(gathered.claim, gathered.sentences)
    return Verdict(support, reason, full, gathered.features)


def _faults(claim: Question, sources: Sequence[Source]) -> list[str]:
    """Say in plain words what of the claim the sources do not bear out, word for word."""
    where = "the cited sentence" if len(sources) == 1 else "the cited sentences"
    told = [
        f"“{words}” is not in {where}" + (f", which has “{nearest}”" if nearest else "")
        for words, nearest in misquoted(claim.text, [source.candidate.text for source in sources])
    ]
    missing = list(dict.fromkeys(claim.text[start:end] for start, end in lacking(facts(claim.text), sources)))
    if missing:
        told.append(f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} not in {where}")
    speaker = said_by_another(claim.text, sources)
    return [*told, f"said by {speaker}"] if speaker else told


def _words_missing(claim: Question, sentences: Sequence[Candidate]) -> str:
    """Say which words of the claim the sentences lack."""
    near = {stem for row in sentences for stem in stems(f"{row.text} {row.document.title}")}
    words = list(dict.fromkeys(term.word for term in claim.terms if term.stem not in near))
    where = "the cited sentence" if len(sentences) == 1 else "the cited sentences"
    if not words:
        return f"the words stand apart in {where}"
    return f"{_listed(words)} {'is' if len(words) == 1 else 'are'} not in {where}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


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


def _completed(claim: Facts, rows: list[Candidate], fit: NDArray[np.float64], chosen: list[int]) -> list[int]:
    """Return the chosen rows with at most MOST_ADDED others that have a figure, date or name which those lack.

    Such a row is of a document that is cited already, or fits the claim nearly as well as the best.
    """
    sources = {i: read_source(rows[i]) for i in chosen}
    missing = lacking(claim, list(sources.values()))
    if not missing:
        return chosen
    cited = {rows[i].document.id for i in chosen}
    near = [i for i in np.argsort(-fit) if rows[i].document.id in cited or fit[i] >= NEARLY * fit.max()]
    others = {i: read_source(rows[i]) for i in near if i not in sources}
    while missing and others and len(sources) < len(chosen) + MOST_ADDED:
        left = {i: lacking(claim, [*sources.values(), other]) for i, other in others.items()}
        best = min(left, key=lambda i: len(left[i]))
        if len(left[best]) == len(missing):
            break
        sources[best], missing = others.pop(best), left[best]
    return list(sources)


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
