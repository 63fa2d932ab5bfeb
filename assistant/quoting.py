"""Answer without a model: the fewest sentences of the sources that answer, verbatim, or none.

Two small logistic models over the features of `ranking`, their weights in `weights.json` (made by evals/train.py), say how
likely a sentence answers, and how likely the library does. Where a question asks for a figure, a date, a name or the words
of a certain speaker, only a sentence that has such leads the answer, if any has; if a sentence without a figure, a date or
the speaker's words fits better, the sources speak of the matter and are likely silent on what was asked.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.answer import Answer, Citation, Reason, Statement
from assistant.dating import by_time, dated
from assistant.figures import same_figures
from assistant.positions import MOST_ANSWERS, asks_short, laid_out, later_figure, other_answer
from assistant.question import Question, answer_spans
from assistant.ranking import FEATURES, LIKELY, TELLING, WHO_SAID, Candidate, candidates, features, meets, told_once
from assistant.stance import stance, turns
from corpus.attribution import has_pronoun_speaker
from corpus.dates import in_words
from corpus.types import Document
from corpus.words import is_called
from index.lexical import stem, stems
from index.library import Library
from index.retriever import Hit

__all__ = [
    "MOST_STATEMENTS",
    "Ranked",
    "Run",
    "attributed_to",
    "cite",
    "logistic",
    "model",
    "quote",
    "rank",
    "run_of",
    "same_fact",
    "state",
    "summary",
    "summary_names",
]

WEIGHTS = Path(__file__).parent / "weights.json"
MOST_STATEMENTS = 3
MOST_WORDS = 120  # of a whole answer, unless its first statement alone has more
NEAR = 0.35  # a further sentence is shown if it is at least this likely an answer, relative to the first
VOICES = 0.05  # the same for a yes-or-no question: what others say on it is shown even where it fits less well
FITTING = 0.7  # a sentence of the wanted kind must be this likely an answer, relative to the likeliest sentence of all
LACKING = 0.1  # of the confidence is left where none such is
RIVAL = 0.25  # a sentence that gives another answer is shown if it is at least this likely one, relative to the first
NEWER = 0.1  # the same for a later figure of the same matter
SAME = 0.6  # overlap of content words from which two sentences may be one fact
SAME_NAMES = 0.5  # and that of their names
NEAREST = 3  # passages shown with an abstention
# What a sentence opens with that takes up the one before it.
LEANS = re.compile(
    r"^[\"“”]?(?:He|She|It|They|His|Her|Its|Their|This|That|These|Those|Such|But|And|Yet|However|Both|Neither|Another|"
    r"One of (?:his|her|its|their|them|these|those)|(?:In|On|At|By) (?:that|this|those|these|the same)|"
    r"The (?:figure|number|latter|former))\b"
)
# "The plant is ...": which one, the sentence before may say.
THE_SAME = re.compile(
    r"^The (?P<noun>[a-z]\w+) (?:is|are|was|were|has|had|have|will|would|can|could|did|does|do|took|came)\b"
)
Model = Mapping[str, Mapping[str, float]]  # "mean", "scale" and "weight" of each feature by name, and its "bias"


@dataclass(frozen=True, slots=True)
class Ranked:
    """The candidate sentences, best first, the probability that each answers, and that the library does at all.

    `lacks_kind` says that what is asked for (a figure, a date, ...) is in none of the sentences that fit.
    """

    candidates: list[Candidate]
    probabilities: NDArray[np.float64]
    confidence: float
    lacks_kind: bool = False


@cache
def model(name: str) -> Model:
    """Return a model of weights.json: of the answering "sentence", the answerable "question", ..."""
    kept: Model = json.loads(WEIGHTS.read_text())[name]
    return kept


def logistic(given: Model, names: Sequence[str], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability of each row [n, features], kept off 0 and 1."""
    mean, scale, weight = (np.array([given[part][name] for name in names]) for part in ("mean", "scale", "weight"))
    z = (rows - mean) / scale @ weight + given["bias"]["bias"]
    probabilities: NDArray[np.float64] = np.clip(1 / (1 + np.exp(-z)), 1e-9, 1 - 1e-9)
    return probabilities


def summary_names() -> tuple[str, ...]:
    """Name the features of a question: the best sentence's own, and how the sentences stand to each other."""
    return (*FEATURES, "logit", "lead", "highest_cosine", "highest_align")


def summary(rows: NDArray[np.float64], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the features of a question from those of its sentences [n, features], float64 [len(summary_names())]."""
    logits = np.log(probabilities / (1 - probabilities))
    order = np.argsort(-logits, kind="stable")
    lead = logits[order[0]] - logits[order[1]] if len(order) > 1 else 0.0
    cosine, align = FEATURES.index("cosine"), FEATURES.index("align_around")
    return np.concatenate([rows[order[0]], [logits[order[0]], lead, rows[:, cosine].max(), rows[:, align].max()]])


def rank(
    question: Question,
    hits: Sequence[Hit],
    documents: Mapping[str, Document],
    library: Library,
    speakers: Sequence[str] = (),
    asked_on: str | None = None,
) -> Ranked:
    """Return the sentences of the hits, those of `speakers` alone if any are named, in the order in which they answer.

    `asked_on` is the day, ISO 8601, that "last month" in the question is counted from.
    """
    heard = candidates(hits, documents, library.catalog)
    rows = told_once([row for row in heard if not speakers or attributed_to(row, speakers)])
    if not rows:
        return Ranked([], np.zeros(0), 0.0)
    with library.indexes() as indexes:
        idf = indexes.passages.idf({term.stem for term in question.terms})
    found = features(question, rows, idf, library.encoder())
    probabilities = logistic(model("sentence"), FEATURES, found)
    confidence = float(logistic(model("question"), summary_names(), summary(found, probabilities)[None])[0])
    met = np.array([meets(row, question) for row in rows])
    fits = met.any() and bool(probabilities[met].max() >= FITTING * probabilities.max())
    lacks_kind = question.wants in (*TELLING, "person") and not fits
    probabilities = by_time(question, rows, probabilities, asked_on)
    order = np.lexsort((-probabilities, ~met))
    ranked = [rows[i] for i in order]
    return Ranked(ranked, probabilities[order], LACKING * confidence if lacks_kind else confidence, lacks_kind)


def attributed_to(candidate: Candidate, speakers: Sequence[str]) -> bool:
    """Tell whether the sentence is attributed to one of `speakers`."""
    said = candidate.said
    return said is not None and any(is_called(said.speaker, speaker) for speaker in speakers)


def quote(question: Question, ranked: Ranked, strictness: float, answer: Answer) -> Answer:
    """Return `answer` with the statements that answer the question; abstained where the confidence is under `strictness`."""
    answer = replace(answer, confidence=ranked.confidence)
    if not ranked.candidates or ranked.confidence < strictness:
        return replace(answer, status="abstained", reason=_silence(question, ranked), hits=answer.hits[:NEAREST])
    groups = _chosen(ranked, VOICES if question.is_polar else NEAR, asks_short(question))
    groups = _with_other_side(question, ranked, groups)
    return state(question, _with_other_answers(question, ranked, groups), answer)


def state(question: Question, groups: Sequence[Sequence["Run"]], answer: Answer) -> Answer:
    """Return `answer` with a statement for each group of runs that tell the same, the first one's words."""
    citations: list[Citation] = []
    statements = []
    for group in groups:
        first = len(citations) + 1
        citations.extend(cite(run, first + i, question) for i, run in enumerate(group))
        markers = tuple(range(first, len(citations) + 1))
        statements.append(Statement(_plain(citations[first - 1].quote), markers))
    told = replace(
        answer,
        status="answered",
        statements=tuple(statements),
        citations=tuple(citations),
        short=_short(citations),
    )
    return laid_out(question, told)


@dataclass(slots=True)
class Run:
    """Sentences of one document that are quoted as one: the best, and those right before or after it that are shown too."""

    best: Candidate
    start: int
    end: int

    def takes(self, other: Candidate) -> bool:
        """Tell whether `other` stands right before or after, or within, in the same voice; it is in the run from now on."""
        if other.document is not self.best.document or not _one_voice(self.best, other):
            return False
        gap = self.best.document.text[min(self.end, other.end) : max(self.start, other.start)]
        if gap.strip() or "\n\n" in gap:
            return False
        self.start, self.end = min(self.start, other.start), max(self.end, other.end)
        return True

    def overlaps(self, other: "Run") -> bool:
        return other.best.document is self.best.document and other.start < self.end and self.start < other.end


def run_of(candidate: Candidate, going_on: bool = False) -> Run:
    """Return the sentence as a run, with the one before it where it leans on that.

    With `going_on` also with the one after it where that leans on it: what is said next may turn or complete it.
    """
    run = Run(candidate, candidate.start, candidate.end)
    text, before, after = candidate.document.text, candidate.before, candidate.after
    if before and not text[before[-1][1] : candidate.start].strip() and _needs_before(candidate):
        run.start = before[-1][0]
    if after and not text[candidate.end : after[0]].strip():
        goes_on = going_on and LEANS.match(text[slice(*after)]) is not None  # what "he said" may be another's
        if goes_on or _left_open(candidate.text):
            run.end = after[1]
    return run


def _needs_before(candidate: Candidate) -> bool:
    """Tell whether a sentence cannot be understood, or is no whole quotation, without the one before it."""
    if _leans(candidate.text) or candidate.text.count("”") > candidate.text.count("“"):
        return True
    noun = THE_SAME.match(candidate.text)
    return noun is not None and stem(noun["noun"]) in stems(candidate.text_before)


def _left_open(sentence: str) -> bool:
    """Tell whether a quotation goes on behind the sentence."""
    return sentence.count("“") > sentence.count("”") or (sentence.count('"') % 2 == 1 and not sentence.endswith('"'))


def _leans(sentence: str) -> bool:
    """Tell whether a sentence opens with what takes up the one before it."""
    return LEANS.match(sentence) is not None or has_pronoun_speaker(sentence)


def _chosen(ranked: Ranked, near: float, by_name: bool) -> list[list[Run]]:
    """Return what is to be quoted, best first, each with the runs of other documents that tell the same."""
    groups: list[list[Run]] = []
    words = 0
    for candidate, probability in zip(ranked.candidates, ranked.probabilities, strict=True):
        if probability < near * ranked.probabilities[0]:
            continue
        twin = next((group for group in groups if same_fact(group[0].best, candidate, by_name)), None)
        if twin is not None:
            if candidate.document.story not in {run.best.document.story for run in twin}:
                twin.append(run_of(candidate))
            continue
        size = len(candidate.text.split())
        if groups and words + size > MOST_WORDS:
            continue
        if any(group[0].takes(candidate) for group in groups):
            words += size
            continue
        run = run_of(candidate, going_on=not groups)
        if len(groups) < MOST_STATEMENTS and not any(group[0].overlaps(run) for group in groups):
            groups.append([run])
            words += len(candidate.document.text[run.start : run.end].split())
    return groups


def _with_other_side(question: Question, ranked: Ranked, groups: list[list[Run]]) -> list[list[Run]]:
    """Return the groups, the last of three giving way to the best sentence of the side that none of them takes, if any."""
    sides = {stance(question, group[0].best.text) for group in groups} - {None}
    if len(sides) != 1:
        return groups
    for candidate, probability in zip(ranked.candidates, ranked.probabilities, strict=True):
        side = stance(question, candidate.text) if probability >= VOICES * ranked.probabilities[0] else None
        if side is not None and side not in sides:
            return [*groups[: MOST_STATEMENTS - 1], [run_of(candidate)]]
    return groups


def _with_other_answers(question: Question, ranked: Ranked, groups: list[list[Run]]) -> list[list[Run]]:
    """Return the groups, and those of further documents that give another answer and fit about as well.

    A later figure of the same matter need not fit as well: what was true before is not told without it.
    """
    by_name = asks_short(question)
    shown = [cite(group[0], 0, question) for group in groups]
    for candidate, probability in zip(ranked.candidates, ranked.probabilities, strict=True):
        share = probability / ranked.probabilities[0]
        if len(shown) >= MOST_ANSWERS or share < NEWER:
            break
        run = run_of(candidate)
        other = cite(run, 0, question)
        if share < RIVAL and not later_figure(question, other, shown[0]):
            continue
        if any(same_fact(group[0].best, candidate, by_name) for group in groups):
            continue
        if all(other_answer(question, other, one) for one in shown):
            shown.append(other)
            groups = [*groups, [run]]
    return groups


def same_fact(one: Candidate, other: Candidate, by_name: bool = False) -> bool:
    """Tell whether two sentences share most of their words, half of their names and all of their figures, neither turning
    the other's sense, and no two people saying them; with `by_name`, whether neither names what the other does not.
    """
    if turns(one.text) % 2 != turns(other.text) % 2 or _said_apart(one, other):
        return False
    mine, theirs = set(stems(one.text)), set(stems(other.text))
    named, others = _names(one.text), _names(other.text)
    if _overlap(mine, theirs) < SAME or _overlap(named, others) < (1.0 if by_name else SAME_NAMES):
        return False
    return same_figures(one.text, other.text)


def _overlap(mine: set[str], theirs: set[str]) -> float:
    """Return how much of the smaller set is in the other; all of it where that is empty."""
    return len(mine & theirs) / min(len(mine), len(theirs)) if mine and theirs else 1.0


def _names(sentence: str) -> set[str]:
    """Return the words with a capital, but for the one that opens the sentence."""
    return set(re.findall(r"(?<=\s)[A-ZÀ-ÖØ-Þ]\w+", sentence))


def _one_voice(one: Candidate, other: Candidate) -> bool:
    """Tell whether two sentences are both the outlet's own, or both of one speaker."""
    mine, theirs = (c.said if c.said and c.said.probability >= LIKELY else None for c in (one, other))
    if mine is None or theirs is None:
        return mine is theirs
    return is_called(mine.speaker, theirs.speaker) or is_called(theirs.speaker, mine.speaker)


def _said_apart(one: Candidate, other: Candidate) -> bool:
    """Tell whether each sentence is given to a speaker, and those are not by name the same."""
    if one.said is None or other.said is None:
        return False
    mine, theirs = one.said.speaker, other.said.speaker
    return not is_called(mine, theirs) and not is_called(theirs, mine)


def cite(run: Run, marker: int, question: Question) -> Citation:
    """Return the citation of a run: its words, the answering ones among them, the speaker of its best sentence."""
    candidate = run.best
    text = candidate.text
    spans = answer_spans(text, question)
    answer = (candidate.start + spans[0][0], candidate.start + spans[0][1]) if spans else None
    citation = Citation(marker, candidate.document, run.start, run.end, answer)
    said = candidate.said
    if said is not None and (said.probability >= LIKELY or WHO_SAID.match(question.text)):
        citation = replace(
            citation, speaker=said.speaker, speech=said.speech, cue=said.cue, content=said.content, via=said.via
        )
    return dated(citation, candidate, question)


def _short(citations: Sequence[Citation]) -> str | None:
    """Return the answering words of the first citation, if it has such, a date with the days it means."""
    first = citations[0]
    if first.when and first.answer == (first.when.start, first.when.end):
        return _plain(in_words(first.when))
    return _plain(first.document.text[slice(*first.answer)]) if first.answer else None


WANTED = {
    "person": "a name that answers",
    "date": "a date for it",
    "number": "a figure for it",
    "duration": "how long it was",
    "place": "a place for it",
    "statement": "words of the speaker on it",
}


def _silence(question: Question, ranked: Ranked) -> Reason:
    """Say what was looked for and what of it stands nowhere near."""
    if not ranked.candidates:
        return Reason("no_documents", "The library has no document that could answer this.")
    near = {word for candidate in ranked.candidates for word in stems(f"{candidate.text} {candidate.document.title}")}
    missing = tuple(term.word for term in question.terms if term.stem not in near)
    if missing:
        return Reason(
            "not_mentioned",
            f"The library does not answer this. Nothing near it mentions: {', '.join(missing)}.",
            missing,
        )
    if ranked.lacks_kind:
        return Reason(
            "not_told",
            f"The library does not answer this: the passages nearest to it do not give {WANTED[question.wants]}.",
        )
    return Reason("weak_evidence", "The library does not answer this: no passage fits the question well enough.")


def _plain(text: str) -> str:
    return " ".join(text.split())
