"""What the English time expressions mean: the days, from where they are said.

A meaning takes a match of one of the patterns of `expressions` and a Context, and returns days, or None where the words
leave too much open. It raises ValueError or OverflowError where the calendar has no such day.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from corpus.days import Days, around, century, months, part_of, season, shifted, unit_of, week, years
from corpus.tense import Tense, nearest, pointed
from corpus.words import MONTHS

__all__ = [
    "CENTURIES",
    "COUNTS",
    "WEEKDAYS",
    "Context",
    "Meaning",
    "ago",
    "anchored",
    "day_in_figures",
    "day_of_month",
    "iso_day",
    "later",
    "near_day",
    "pointed_period",
    "rolling",
    "the_period",
    "weekday",
    "whole_century",
    "whole_decade",
    "whole_month",
    "whole_quarter",
    "whole_season",
    "whole_year",
]

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
COUNTS = {
    word: (n, n) for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}
COUNTS |= {"a": (1, 1), "an": (1, 1), "a couple of": (2, 2), "a few": (2, 6), "few": (2, 6), "several": (3, 9)}
PARTS = {"start": "early", "beginning": "early", "middle": "mid", "end": "late", "close": "late"}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "final": 4}
CENTURIES = "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first".split()
STEPS = {"last": -1, "previous": -1, "preceding": -1, "this": 0, "same": 0, "that": 0, "next": 1, "following": 1}
MONTH_NUMBERS = {name[:3]: number for number, name in enumerate(MONTHS.split(), 1)}
DAY_UNITS = ("day", "night", "morning", "afternoon", "evening")


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression is counted from: the day it was published, its clause's tense, the date named before it."""

    base: date | None
    tense: Tense
    anchor: Days | None


Meaning = Callable[[re.Match[str], Context], Days | None]


def day_in_figures(match: re.Match[str], context: Context) -> Days:
    """Mean a date in figures; 3/4/2022 is either of two days, and both are kept."""
    one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
    orders = [(one, two), (two, one)] if match["mark"] == "/" else [(two, one)]
    found = sorted(date(year, month, day) for month, day in orders if month <= 12)
    return found[0], found[-1]


def iso_day(match: re.Match[str], context: Context) -> Days:
    day = date.fromisoformat(match["iso"])
    return day, day


def day_of_month(match: re.Match[str], context: Context) -> Days | None:
    month, first = _month_number(match), int(match["day"])
    return _in_year(
        match, context, lambda year: (date(year, month, first), date(year, month, int(match["to"] or first)))
    )


def whole_month(match: re.Match[str], context: Context) -> Days | None:
    number = _month_number(match)
    return _in_year(match, context, lambda year: _part(match, months(year, number)))


def whole_season(match: re.Match[str], context: Context) -> Days | None:
    until = match["until"]
    if until:
        return season(match["season"], int(match["year"]))
    make = partial(season, match["season"].lower())
    if match["season"].lower() == "winter" and match["year"]:  # "the winter of 2019" ends in it or starts in it
        return _part(match, (date(int(match["year"]), 1, 1), make(int(match["year"]))[1]))
    return _in_year(match, context, lambda year: _part(match, make(year)))


def whole_quarter(match: re.Match[str], context: Context) -> Days | None:
    number = int(match["q"] or ORDINALS[match["nth"].lower()])
    return _in_year(match, context, lambda year: months(year, number * 3 - 2, 3))


def whole_year(match: re.Match[str], context: Context) -> Days:
    first = int(match["year"])
    to = match["to"]
    last = first if to is None else int(to) if len(to) == 4 else first // 100 * 100 + int(to)
    return _part(match, years(first, last))


def whole_decade(match: re.Match[str], context: Context) -> Days:
    first = int(match["tens"])
    return _part(match, years(first, first + (99 if first % 100 == 0 else 9)))


def whole_century(match: re.Match[str], context: Context) -> Days:
    name = match["nth"].lower()
    return _part(match, century(CENTURIES.index(name) + 15 if name in CENTURIES else int(name[:-2])))


def near_day(match: re.Match[str], context: Context) -> Days | None:
    """Mean yesterday, today, tonight, tomorrow, and what happened overnight."""
    base, words = context.base, match.group().lower()
    if base is None:
        return None
    step = -1 if "yesterday" in words else 1 if "tomorrow" in words else 0
    step *= 2 if words.startswith("the day ") else 1
    return base + timedelta(days=-1 if words in ("overnight", "last night") else step), base + timedelta(days=step)


def weekday(match: re.Match[str], context: Context) -> Days | None:
    base, number = context.base, WEEKDAYS.index(match["weekday"])
    if base is None:
        return None
    if match["week"]:
        day = week(base)[0] + timedelta(days=number + 7 * STEPS[match["week"]])
        return day, day
    options = [(day, day) for n in (-2, -1, 0, 1, 2) for day in (week(base)[0] + timedelta(days=number + 7 * n),)]
    if match["which"]:
        return pointed(match["which"], options, base, "week")
    past, future = [day for day in options if day[0] <= base][-1], next(day for day in options if day[0] >= base)
    return future if context.tense == "future" else past


def pointed_period(match: re.Match[str], context: Context) -> Days | None:
    """Mean "last month", "earlier this year", "late next week"; "the past year" is the one that ends on the day."""
    base, which = context.base, match["which"].lower()
    if base is None:
        return None
    days = unit_of(shifted(base, STEPS[which], match["unit"]), match["unit"])
    edge = (match["edge"] or "").lower()
    if which == "this" and edge in ("earlier", "later"):
        return (days[0], base) if edge == "earlier" else (base, days[1])
    return _part(match, days)


def the_period(match: re.Match[str], context: Context) -> Days | None:
    """Mean "the end of the month", "earlier in the year": of the date named before, else of the publication."""
    anchor = context.anchor
    if anchor is None:
        if context.base is None:
            return None
        anchor = context.base, context.base
    days = unit_of(anchor[0], match["unit"])
    if anchor[1] > days[1]:
        return None
    edge = (match["edge"] or "").lower()
    if edge:
        return (days[0], anchor[0]) if edge == "earlier" else (anchor[1], days[1])
    days = _part(match, days)
    wrong = context.anchor is None and (days[0] > anchor[0] if context.tense == "past" else days[1] < anchor[0])
    return None if wrong else days


def rolling(match: re.Match[str], context: Context) -> Days | None:
    """Mean "the past two weeks", "the next ten days"; in a story of the past these are the next from then."""
    base, ahead = context.base, match["ahead"]
    if base is None or (ahead and context.tense == "past"):
        return None
    edge = shifted(base, _counts(match["count"] or match["many"] or "one")[1] * (1 if ahead else -1), match["unit"])
    return (base, edge) if ahead else (edge, base)


def ago(match: re.Match[str], context: Context) -> Days | None:
    base, unit, about = context.base, match["unit"], (match["about"] or "").lower()
    if base is None:
        return None
    low, high = _counts(match["count"])
    high += 1 if about in ("more than", "over", "at least") else 0
    if not match["ago"].startswith("ago"):
        return max(around(shifted(base, low, unit), unit)[0], base), around(shifted(base, high, unit), unit)[1]
    if about in ("less than", "within"):
        return shifted(base, -high, unit), base
    return around(shifted(base, -high, unit), unit)[0], min(around(shifted(base, -low, unit), unit)[1], base)


def anchored(match: re.Match[str], context: Context) -> Days | None:
    """Mean "the previous day", "that month": of the date named before, if it lies within one such unit."""
    if context.anchor is None:
        return None
    unit = "day" if match["unit"] in DAY_UNITS else match["unit"]
    days = unit_of(context.anchor[0], unit)
    if context.anchor[1] > days[1]:
        return None
    return unit_of(shifted(days[0], STEPS[match["which"] or "that"], unit), unit)


def later(match: re.Match[str], context: Context) -> Days | None:
    """Mean "two days later", "a month earlier": from the date named before."""
    if context.anchor is None:
        return None
    sign, unit, (low, high) = 1 if match["way"] == "later" else -1, match["unit"], _counts(match["count"])
    ends = [shifted(day, sign * count, unit) for day in context.anchor for count in (low, high)]
    exact = context.anchor == unit_of(context.anchor[0], unit)
    return (min(ends), max(ends)) if exact else (around(min(ends), unit)[0], around(max(ends), unit)[1])


def _month_number(match: re.Match[str]) -> int:
    return MONTH_NUMBERS[match["month"][:3]]


def _counts(words: str) -> tuple[int, int]:
    return (int(words), int(words)) if words.isdigit() else COUNTS[words.lower()]


def _part(match: re.Match[str], days: Days) -> Days:
    """Return the part of the days that the words before them name: "late", "the first half of", "the last week of"."""
    words = (match["part"] or "").lower().split()
    if not words:
        return days
    first, last = days
    if words[-1] == "week":
        first += timedelta(days=7 * (ORDINALS[words[-2]] - 1))
        return (
            (last - timedelta(days=6), last) if words[-2] in ("last", "final") else (first, first + timedelta(days=6))
        )
    if words[-1] == "half":
        middle = _middle(first, last)
        return (first, middle) if words[-2] == "first" else (middle + timedelta(days=1), last)
    return part_of(days, PARTS.get(words[-1], words[-1]))


def _middle(first: date, last: date) -> date:
    """Return the last day of the first half: the 15th of a month, the end of a month where there are several."""
    middle = first + (last - first) // 2
    if (last - first).days < 27:
        return middle
    return middle.replace(day=15) if (last - first).days < 31 else unit_of(middle - timedelta(days=15), "month")[1]


def _in_year(match: re.Match[str], context: Context, make: Callable[[int], Days]) -> Days | None:
    """Return what `make` makes of the year that the words name, else of the one that they mean."""
    if match["year"]:
        return make(int(match["year"]))
    if match["of"] in ("that", "the same"):
        return make(context.anchor[0].year) if context.anchor else None
    if context.base is None:
        return None
    if match["of"]:
        return make(context.base.year + STEPS[match["of"]])
    options = _options(make, context.base.year)
    which = match.groupdict().get("which")
    return pointed(which, options, context.base, "year") if which else nearest(options, context.base, context.tense)


def _options(make: Callable[[int], Days], year: int) -> list[Days]:
    """Return the days of the years around; 29 February is missing in most of them."""
    found = []
    for each in range(max(1, year - 9), min(year + 9, 9999)):
        try:
            found.append(make(each))
        except ValueError:
            continue
    return found
