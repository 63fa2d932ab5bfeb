"""Find the time expressions of a sentence, and the days that they can mean, given when it was published.

Rules for English, not a library: what is wanted is the whole range that the words leave open ("last month" is all of it)
and None where they leave too much, never one day presented as exact. "In March" without a year is the last March up to
publication, or the next one where its clause speaks of the future. A publication date that is only a month or a year
widens what is counted from it. "The previous day" counts from a date named before it, if there is one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from corpus.days import Days, spelled
from corpus.expressions import Expression, expressions
from corpus.meanings import Context
from corpus.tense import tense_at
from corpus.types import first_day, last_day

__all__ = ["Relation", "When", "in_words", "resolve"]

Relation = Literal["in", "since", "until", "by", "before", "after"]

RELATION = re.compile(r"\b(?P<relation>since|until|till|by|before|after|ahead of|prior to)\s(?:the\s)?$", re.IGNORECASE)
RELATIONS: dict[str, Relation] = {"till": "until", "ahead of": "before", "prior to": "before"}
RELATIONS |= {"since": "since", "until": "until", "by": "by", "before": "before", "after": "after"}
YEAR_FOLLOWS = re.compile(r"\W(?:\w+\W){0,2}?(?:in|of)\s(?:the\syear\s)?\d{4}\b")
SAYS_YEAR = re.compile(r"\d{4}|century")


@dataclass(frozen=True, slots=True)
class When:
    """A time expression: its span in the sentence, its words, and the days they can mean, ISO 8601, both included.

    `first` and `last` are None where the words do not tell. `relation` is the preposition before the words where it says
    more than "in": what was so "since June" began on one of the days of June.
    """

    start: int
    end: int
    text: str
    first: str | None
    last: str | None
    relation: Relation = "in"

    @property
    def meant(self) -> str | None:
        """The days in words, "July 2022"; None where the expression says them itself, or does not tell."""
        return spelled(*self.days) if self.days and not SAYS_YEAR.search(self.text) else None

    @property
    def days(self) -> Days | None:
        return (date.fromisoformat(self.first), date.fromisoformat(self.last)) if self.first and self.last else None


def resolve(sentence: str, published: str | None, before: Sequence[str] = ()) -> list[When]:
    """Return the time expressions of a sentence in their order, the longest where they overlap.

    `published` is an ISO 8601 date of any precision. `before` are the sentences that lead up to it, in order, for "the
    previous day".
    """
    earlier = _resolved(before[-1], published, None) if before else []
    return _resolved(sentence, published, earlier[0].days if len(earlier) == 1 else None)


def in_words(when: When) -> str:
    """Write the expression with the days it means, where it does not say so itself: "last month (July 2022)"."""
    meant = when.meant.removeprefix(f"{when.text} ") if when.meant else None
    return f"{when.text} ({meant})" if meant else when.text


def _resolved(sentence: str, published: str | None, anchor: Days | None) -> list[When]:
    bases = (first_day(published), last_day(published)) if published else (None, None)
    found: list[When] = []
    years: set[int] = set()
    for expression in expressions(sentence):
        start, end = expression.start, expression.end
        relation = _relation(sentence[:start])
        tense = tense_at(sentence, start, end)
        if tense is None and relation in ("by", "until", "before"):
            tense = "future"
        low, high = (_days(expression, Context(base, tense, anchor)) for base in bases)
        days = (low[0], high[1]) if low and high and low[0] <= high[1] else None
        if days and expression.open_year and (years - {days[0].year} or YEAR_FOLLOWS.match(sentence[end:])):
            days = None  # "born in 1930, he flew in July", "on an August day in 1856": the last August is not meant
        if not expression.open_year and SAYS_YEAR.search(sentence[start:end]) and days:
            years.add(days[0].year)
        first, last = (days[0].isoformat(), days[1].isoformat()) if days else (None, None)
        found.append(When(start, end, sentence[start:end], first, last, relation))
        anchor = days or anchor
    return found


def _days(expression: Expression, context: Context) -> Days | None:
    """Return what an expression means; None where it is no date of the calendar: 31 June, the year 0."""
    try:
        return expression.meaning(context)
    except (ValueError, OverflowError):
        return None


def _relation(ahead: str) -> Relation:
    match = RELATION.search(ahead)
    return RELATIONS[match["relation"].lower()] if match else "in"
