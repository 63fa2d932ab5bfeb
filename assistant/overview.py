"""Questions that want more than a fact: how something went, which there are, how two differ.

A chronology ("what has changed since June?", "how did the position of X develop?") is shown in the order of the dates that
its sentences tell of; a list ("which countries ...?") has each name once; a comparison has something on each of its sides.
All of them are dated, and take one sentence of a source before they take a second.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from assistant.answer import Answer
from assistant.question import Question, answer_spans
from assistant.quoting import Ranked, Run, run_of, same_fact, state
from assistant.ranking import Candidate, candidates
from corpus.dates import resolve
from corpus.types import Document, first_day, last_day
from index.lexical import stem, stems
from index.library import Library
from index.retriever import Hit

__all__ = ["Overview", "Period", "names_in", "openings", "overview", "overview_of", "period_of"]

Kind = Literal["chronology", "list", "comparison"]
CHRONOLOGY = re.compile(
    r"\bwhat(?:'s|’s| is| has| have| had)?(?: all)? (?:changed|new\b|happened (?:since|between|during|before|until|in|so far|next|then|afterwards))"
    r"|\bwhat (?:has|have|had) happened\b|\b(?:timeline|chronology|chronicle|sequence of events|course of events|history) of\b"
    r"|\bhow (?:did|does|do|has|have|had|was|were)\b.{2,120}\b(?:develop|developed|evolve|evolved|change|changed|shift|shifted|unfold|"
    r"unfolded|progress|progressed|go on|come about|move over time)\b|\bover time\b|\bstep by step\b",
    re.IGNORECASE,
)
PLURAL = r"(?!(?:was|is|has|does|this|his|its|us|news|politics)\b)[a-z]{2,}(?:[^su\Wi]s|ies|people|men|women)"
LIST = re.compile(
    rf"^\W*(?:and |but |so )?(?:which|what)(?: (?:other|different|\w+(?:an|ern|ish|al|ive|ed)))* {PLURAL}\b(?! of\b)"
    rf"|^\W*(?:and |but |so )?what (?:are|were|have been) (?:the|all|some of the) (?:\w+ )?{PLURAL}\b"
    rf"|^\W*who (?:are|were) (?:the|all)\b|^\W*(?:please )?(?:list|name|enumerate)\b",
    re.IGNORECASE,
)
COMPARISON = re.compile(r"\bcompar(?:e|es|ed|ison)\b|\bdiffer(?:s|ed|ences?)?\b|\bversus\b|\bvs\b", re.IGNORECASE)
POSITION = re.compile(
    r"\b(?:position|stance|view|views|line|opinion|attitude|policy|statements|rhetoric)\b", re.IGNORECASE
)
# Words that a question on the course of things may have without naming a subject.
NO_SUBJECT = frozenset(
    map(stem, "changed change happened new develop timeline chronology history events time everything news".split())
)

MOST = 8  # statements
MOST_WORDS = 240
NEAR = {"chronology": 0.2, "list": 0.25, "comparison": 0.1}  # as likely an answer as this, relative to the likeliest
A_SIDE = 2  # statements on each side of a comparison


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a question is limited to, ISO 8601, both included; None where it leaves an end open."""

    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    """What kind of overview a question wants, whose positions it is about, and whether it names any subject."""

    kind: Kind
    speaker: str | None
    has_subject: bool


def overview_of(question: Question) -> Overview | None:
    """Return what overview the question wants; None where it wants a fact."""
    text, names = question.text, names_in(question)
    if CHRONOLOGY.search(text):
        dated = {i for i, term in enumerate(question.terms) if _is_date(question, term.start)}
        subject = [term for i, term in enumerate(question.terms) if i not in dated and term.stem not in NO_SUBJECT]
        return Overview("chronology", names[0] if names and POSITION.search(text) else None, bool(subject))
    if COMPARISON.search(text) and len(names) > 1:
        return Overview("comparison", None, True)
    return Overview("list", None, True) if LIST.search(text) else None


def _is_date(question: Question, at: int) -> bool:
    return any(when.start <= at < when.end for when in resolve(question.text, None))


def period_of(question: Question, newest: str | None) -> Period | None:
    """Return the days between which an overview is to lie ("since June", "in 2021"), read as of the newest source."""
    found = [when for when in resolve(question.text, newest) if when.first and when.last]
    if not found:
        return None
    first, last = found[0], found[-1]
    if first.relation in ("since", "after"):
        return Period(
            first.first if first.relation == "since" else first.last, last.last if last is not first else None
        )
    if first.relation in ("until", "by", "before"):
        return Period(None, first.last if first.relation != "before" else first.first)
    return Period(first.first, last.last)


def overview(asked: Overview, question: Question, ranked: Ranked, period: Period | None, answer: Answer) -> Answer:
    """Return `answer` with the dated statements of an overview, from the sentences that are ranked."""
    likely = zip(ranked.candidates, ranked.probabilities, strict=True)
    least = NEAR[asked.kind] * float(max(ranked.probabilities, default=0.0))
    near = [candidate for candidate, probability in likely if probability >= least]
    if period is not None:
        near = [candidate for candidate in near if _lies_in(candidate, period)]
    if asked.kind == "comparison":
        groups = _sides(question, near)
    else:
        groups = _distinct(near, question if asked.kind == "list" else None)
    if asked.kind == "chronology":
        groups.sort(key=lambda group: (days_of(group[0].best) or ("9999", ""), group[0].start))
    if not groups:
        return answer
    told = state(question, groups, answer)
    dates = [date_of(group[0].best) for group in groups]
    dated = tuple(replace(s, date=date) for s, date in zip(told.statements, dates, strict=True))
    return replace(told, statements=dated, short=_names(question, groups) if asked.kind == "list" else None)


def openings(hits: Sequence[Hit], documents: Mapping[str, Document], library: Library) -> Ranked:
    """Return the first sentence of each hit, one of each story, in their order, as what answers for certain."""
    first: dict[str, Candidate] = {}
    for candidate in candidates(hits, documents, library.catalog):
        first.setdefault(candidate.document.story, candidate)
    return Ranked(list(first.values()), np.ones(len(first)), float(bool(first)))


def days_of(candidate: Candidate) -> tuple[str, str] | None:
    """Return the first and the last of the days that the sentence tells of first, else on which it was published.

    ISO 8601; None where neither is known.
    """
    published = candidate.document.published
    for when in resolve(candidate.text, published, candidate.texts_before):
        if when.first and when.last:
            return when.first, when.last
    return (first_day(published).isoformat(), last_day(published).isoformat()) if published else None


def date_of(candidate: Candidate) -> str | None:
    """Return the date of a sentence as precisely as it is known: a day, a month, a year, or months "2022-06/2022-08"."""
    days = days_of(candidate)
    if days is None:
        return None
    for shown in (days[0], days[0][:7], days[0][:4]):
        if (first_day(shown).isoformat(), last_day(shown).isoformat()) == days:
            return shown
    first, last = days[0][:7], days[1][:7]
    return first if first == last else f"{first}/{last}"


def _lies_in(candidate: Candidate, period: Period) -> bool:
    """Tell whether the sentence may be about a day of the period."""
    days = days_of(candidate)
    return days is not None and (period.first or "") <= days[1] and days[0] <= (period.last or "9999")


def names_in(question: Question) -> list[str]:
    """Return the names in a question, those joined by "and" apart."""
    return [name for start, end in question.names for name in re.split(r"\s+and\s+", question.text[start:end])]


def _distinct(near: Sequence[Candidate], names_for: Question | None) -> list[list[Run]]:
    """Return the sentences, the likeliest first, one of each document before a second of any; the same fact once.

    With `names_for` a sentence must name an answer that none before it names, where the question wants a name at all.
    """
    groups: list[list[Run]] = []
    known: set[str] = set()
    words = 0
    for candidate in _in_turns(near):
        twin = next((group for group in groups if same_fact(group[0].best, candidate)), None)
        run = run_of(candidate)
        size = len(candidate.document.text[run.start : run.end].split())
        if twin is not None:
            if candidate.document.id not in {other.best.document.id for other in twin}:
                twin.append(run)
            continue
        if len(groups) == MOST or (groups and words + size > MOST_WORDS) or any(g[0].overlaps(run) for g in groups):
            continue
        if names_for is not None and names_for.wants in ("person", "place"):
            new = _answers(candidate, names_for)
            if new <= known:
                continue
            known |= new
        groups.append([run])
        words += size
    return groups


def _in_turns(near: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield the best sentence of each document, then the second of each, and so on."""
    turns: dict[str, list[Candidate]] = {}
    for candidate in near:
        turns.setdefault(candidate.document.id, []).append(candidate)
    for number in range(max(map(len, turns.values()), default=0)):
        yield from (of_one[number] for of_one in turns.values() if number < len(of_one))


def _sides(question: Question, near: Sequence[Candidate]) -> list[list[Run]]:
    """Return the best sentences on each of the names that a comparison is between."""
    groups: list[list[Run]] = []
    for name in (set(stems(name)) for name in names_in(question)):
        about = [c for c in near if name <= set(stems(f"{c.text} {c.said.speaker if c.said else ''}"))]
        for group in _distinct(about, None)[:A_SIDE]:
            if not any(other[0].overlaps(group[0]) for other in groups):
                groups.append(group)
    return groups


def _answers(candidate: Candidate, question: Question) -> set[str]:
    return {candidate.text[start:end] for start, end in answer_spans(candidate.text, question)}


def _names(question: Question, groups: Sequence[Sequence[Run]]) -> str | None:
    """Return the names that a list consists of, each once, in the order of the statements; None where it has no names."""
    if question.wants not in ("person", "place"):
        return None
    spans = [(group[0].best.text, answer_spans(group[0].best.text, question)) for group in groups]
    found = [text[start:end] for text, several in spans for start, end in several]
    return ", ".join(dict.fromkeys(found)) or None
