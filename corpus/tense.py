"""Whether a clause speaks of the past or of what is to come, and so which March "in March" is."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

from corpus.days import Days, unit_of
from corpus.types import Span

__all__ = ["PAST", "Tense", "clause_at", "nearest", "pointed", "tense_at"]

Tense = Literal["past", "future"] | None
FAR_DAYS = 240  # from this on "in March" is the last or the next March only if the tense says which

CLAUSE_END = re.compile(
    r"[,;:()—–\"“”.!?]|\b(?:that|which|who|when|while|after|before|although|though|because|since|and|but|where|whereas)\b"
)
# "could not" is of the past; so is what "was due" then, or "might have" been.
FUTURE = re.compile(
    r"\b(?:(?:will|shall|would|could|can|may|might|should|must)(?!\snot\b)(?:\salso|\sonly|\sstill)?(?!\shave\b)|will|won't|"
    r"(?:is|are|be|being|[Nn]ot)\s(?:also\s|still\s|now\s)?(?:due|set|expected|planned|scheduled|likely|supposed|going)|"
    r"(?:is|are)\sto|plans?|hopes?|expects?|intends?|aims?|vows?|due|upcoming|coming|tomorrow|ahead)\b|['’]ll\b"
)
PAST = re.compile(
    r"\b(?:was|were|had|has|have|did|said|told|(?<!\bis\s)(?<!\bare\s)(?<!\bbe\s)[a-z]{2,}ed|began|begun|held|met|took|came|went|fell|rose|won|lost|left|made|"
    r"gave|got|saw|spoke|wrote|sent|shot|struck|built|broke|brought|bought|sold|led|ran|kept|found|became|fought|fled|flew|"
    r"stood|sat|knew|thought|died|drew|grew|hit|paid|sought|swore|chose|drove|froze|hid|rang|sank|sang|stole|"
    r"taught|threw|tore|woke|could\snot|would\snot|couldn't|wouldn't)\b"
)


PRESENT = re.compile(r"\b(?:is|are|am)\b")


def clause_at(sentence: str, start: int, end: int) -> Span:
    """Return the span of the clause that holds [start, end): from mark to mark, or to a word that opens the next."""
    ends = list(CLAUSE_END.finditer(sentence))
    low = max((mark.end() for mark in ends if mark.end() <= start), default=0)
    high = min((mark.start() for mark in ends if mark.start() >= end), default=len(sentence))
    return low, high


def tense_at(sentence: str, start: int, end: int) -> Tense:
    """Return the tense of the clause that holds [start, end), else of those after it, else of those before it.

    "In June, he said that it will go on" is of the past. None where no verb tells.
    """
    low, high = clause_at(sentence, start, end)
    after, before = CLAUSE_END.split(sentence[high:]), CLAUSE_END.split(sentence[:low])
    own = f"{sentence[low:start]} {sentence[end:high]}"
    clauses = [own] if PRESENT.search(own) else [own, *after, *reversed(before)]
    return next((tense for clause in clauses if (tense := _tense(clause))), None)


def _tense(words: str) -> Tense:
    if FUTURE.search(words):
        return "future"
    return "past" if PAST.search(words) else None


def nearest(options: Sequence[Days], base: date, tense: Tense) -> Days | None:
    """Return the last of the options that has begun, the first that is not over where the clause speaks of the future.

    None where that is so far off that the other may well be meant.
    """
    past = [days for days in options if days[0] <= base][-1]
    future = next(days for days in options if days[1] >= base)
    if tense == "future":
        return future if (future[0] - base).days < FAR_DAYS else None
    return past if tense == "past" or (base - past[1]).days < FAR_DAYS else None


def pointed(which: str, options: Sequence[Days], base: date, unit: str) -> Days | None:
    """Return which option "last", "this" or "next" points at, from `base`.

    "Last Tuesday" on a Friday may be this week's or the last week's Tuesday, so it is the range of both.
    """
    inside, words = unit_of(base, unit), which.lower().split()
    before, after = [days for days in options if days[1] < base], [days for days in options if days[0] > base]
    if words[-1] == "past":
        return before[-1]
    if words[-1] == "coming":
        return after[0]
    if words[0] == "last":
        return (before[-2][0] if before[-1][0] >= inside[0] else before[-1][0]), before[-1][1]
    if words[0] == "next":
        return after[0][0], (after[1][1] if after[0][0] <= inside[1] else after[0][1])
    holding = [days for days in options if days[0] <= base <= days[1]]
    return (holding or [days for days in options if inside[0] <= days[0] <= inside[1]])[0]
