"""Check a sentence against the sources: supported, partly supported, contradicted, or not found, and by which words.

Two small logistic models, their weights in `weights.json` (made by evals/train.py), read how well the sentences gathered
for it carry it together: in full, and at all? Whatever they say, a figure, a date, a name, a quotation or a speaker that
those sentences do not have keeps it from being supported in full (`differences`), and what one of the best-matching
sentences tells otherwise is contradicted (`contradiction`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.answer import Answer, Reason, Statement, Support
from assistant.contradiction import contradiction
from assistant.differences import read_source
from assistant.gathering import CHECKING_FEATURES, Gathered, gather, given
from assistant.question import Question
from assistant.quoting import Run, cite, logistic, model
from assistant.ranking import Candidate
from index.lexical import stems
from index.library import Library

__all__ = ["Verdict", "check", "support_of", "verdict"]

SURE = 0.4  # probability of full support from which a name that the sentences lack does not speak against it
MOST_COMPARED = 8  # sentences, the best matching, that may contradict a claim


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well sentences support a claim, why not in full, and what that was read from.

    `confidence` is the probability of full support by the measures, before what the words themselves rule out.
    `sentences` carry the verdict, the most telling first: what contradicts the claim before all others.
    """

    support: Support
    reason: str | None
    confidence: float
    features: NDArray[np.float64]
    sentences: tuple[Candidate, ...]


def check(claim: Question, answer: Answer, library: Library) -> Answer:
    """Return `answer` with the claim as its one statement: how well its hits support it, and the sentences that do.

    Its confidence is that of full support. Abstained where the hits have no sentence.
    """
    gathered = gather(claim, answer, library)
    if gathered is None:
        return replace(answer, reason=Reason("no_documents", "The library has no document that could support this."))
    found = verdict(gathered)
    runs = [Run(sentence, sentence.start, sentence.end) for sentence in found.sentences]
    citations = tuple(cite(run, marker, claim) for marker, run in enumerate(runs, 1))
    statement = Statement(answer.question, tuple(c.marker for c in citations), found.support, found.reason)
    return replace(answer, status="answered", confidence=found.confidence, statements=(statement,), citations=citations)


def support_of(claim: Question, sentences: Sequence[Candidate], library: Library) -> Verdict:
    """Tell how well the sentences, by themselves, support a claim. Raises ValueError if there are none."""
    return verdict(given(claim, sentences, library))


def verdict(gathered: Gathered) -> Verdict:
    """Return the verdict on a claim by what was gathered for it."""
    full, at_all = (
        float(logistic(model(name), CHECKING_FEATURES, gathered.features[None])[0])
        for name in ("supported", "mentioned")
    )
    sentences = [gathered.rows[i] for i in gathered.chosen]
    best = gathered.best(MOST_COMPARED)
    compared = [read_source(gathered.rows[i], gathered.matches[i]) for i in best]
    against = contradiction(gathered.claim, gathered.missing, compared)
    if against is not None:
        first = gathered.rows[best[against.number]]
        sentences = [first, *(sentence for sentence in sentences if sentence is not first)]
        return Verdict("contradicted", against.reason, full, gathered.features, tuple(sentences))
    told = _faults(gathered)
    only_names = gathered.lacks_names_alone and full >= SURE
    if full >= model("supported")["decision"]["threshold"] and (not told or only_names):
        return Verdict("supported", None, full, gathered.features, tuple(sentences))
    support: Support = "partly" if at_all >= model("mentioned")["decision"]["threshold"] else "unsupported"
    reason = "; ".join(told) or _words_missing(gathered.claim.question, sentences)
    return Verdict(support, reason, full, gathered.features, tuple(sentences))


def _faults(gathered: Gathered) -> list[str]:
    """Say in plain words what of the claim the sentences do not bear out, word for word."""
    told = [
        _is_not_in([f"“{words}”"], gathered.sources) + (f", which has “{nearest}”" if nearest else "")
        for words, nearest in gathered.misquoted
    ]
    if gathered.missing:
        text = gathered.claim.facts.text
        told.append(_is_not_in([text[start:end] for start, end in gathered.missing], gathered.sources))
    return [*told, f"said by {gathered.said_by}"] if gathered.said_by else told


def _words_missing(claim: Question, sentences: Sequence[Candidate]) -> str:
    """Say which words of the claim the sentences lack."""
    near = {stem for row in sentences for stem in stems(f"{row.text} {row.document.title}")}
    words = [term.word for term in claim.terms if term.stem not in near]
    return _is_not_in(words, sentences) if words else "the words stand apart in the sources"


def _is_not_in(words: Sequence[str], cited: Sequence[object]) -> str:
    once = list(dict.fromkeys(word.strip(" .,") for word in words))
    listed = " and ".join(filter(None, (", ".join(once[:-1]), once[-1])))
    return f"{listed} {'is' if len(once) == 1 else 'are'} not in the cited sentence{'s'[: len(cited) > 1]}"
