"""Find the English time expressions of a sentence: a pattern each, what it means, and what else it may look like."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from corpus import lookalikes, meanings
from corpus.days import SEASONS, Days
from corpus.meanings import CENTURIES, COUNTS, WEEKDAYS, Context, Meaning
from corpus.words import MONTHS

__all__ = ["Expression", "expressions"]

MON = rf"(?P<month>{'|'.join(MONTHS.split())}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
YEAR = r"(?P<year>(?:1\d|20)\d\d)(?![\d:%]|[.,]\d|s\b|['’]s\b|\s?BC)"
NUMBER = r"(?:3[01]|[12]\d|0?[1-9])"
NTH = r"(?:st|nd|rd|th)?"
DAY = (
    rf"(?P<day>{NUMBER}){NTH}(?:\s?(?:-|–|to|until|through|and)\s?(?P<to>{NUMBER}){NTH})?(?!\d|[.,:]\d|%|\s?(?:-|–)\d)"
)
WDAY = rf"(?P<weekday>{'|'.join(WEEKDAYS)})"
PART_OF = (
    r"(?:(?P<part>(?:[Ee]arly|[Mm]id|[Ll]ate)(?=\sin\s|\s?-|\s)|(?:[Tt]he\s)?(?:very\s)?(?:end|close|start|beginning|middle|"
    r"(?:first|second)\shalf|(?:first|second|third|last|final)\sweek)(?=\sof\s))(?:\s(?:of|in)\s|\s?-\s?|\s))"
)
PART = rf"(?:{PART_OF}(?:the\s)?)?"
WHICH = r"(?P<which>[Ll]ast|[Tt]his\s(?:past|coming)|[Tt]his|[Nn]ext)"
OF_YEAR = rf"(?:(?:\sof|\s?,)?\s{YEAR}|(?:\sof)?\s(?P<of>last|this|next|the\ssame|that)\syear)?"
COUNT = "(?P<count>" + "|".join([r"\d{1,3}", *sorted(COUNTS, key=len, reverse=True)]) + ")"
UNIT = r"(?P<unit>hour|day|night|weekend|week|fortnight|month|quarter|year|decade)"


@dataclass(frozen=True, slots=True)
class Expression:
    """A time expression in a sentence. `open_year` says that its words leave open which year is meant."""

    start: int
    end: int
    meaning: Callable[[Context], Days | None]
    open_year: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern, what it means, how to tell it from what looks like it, and whether it can leave the year open."""

    pattern: re.Pattern[str]
    meaning: Meaning
    is_time: Callable[[str, re.Match[str]], bool]
    open_year: bool


def _rule(
    pattern: str,
    meaning: Meaning,
    is_time: Callable[[str, re.Match[str]], bool] = lambda sentence, match: True,
    open_year: bool = False,
) -> _Rule:
    return _Rule(re.compile(pattern), meaning, is_time, open_year)


RULES = (
    _rule(r"\b(?P<iso>(?:1\d|20)\d\d-\d\d-\d\d)(?![\d-])", meanings.iso_day),
    _rule(
        r"\b(?P<one>[0-3]?\d)(?P<mark>[./])(?P<two>[0-3]?\d)(?P=mark)(?P<year>(?:1[6-9]|20)\d\d)\b",
        meanings.day_in_figures,
    ),
    _rule(rf"(?<![\d.,:$€£])\b(?:{WDAY},?\s)?{DAY}(?:\sof)?\s{MON}{OF_YEAR}", meanings.day_of_month, open_year=True),
    _rule(
        rf"\b(?:{WDAY},?\s)?{MON}\s(?:the\s)?{DAY}{OF_YEAR}", meanings.day_of_month, lookalikes.is_day, open_year=True
    ),
    _rule(rf"\b{PART}(?:{WHICH}\s)?{MON}{OF_YEAR}", meanings.whole_month, lookalikes.is_month, open_year=True),
    _rule(
        rf"\b{PART}(?:{WHICH}\s)?(?P<season>(?i:{'|'.join(SEASONS)}))\b(?:{OF_YEAR}(?P<until>[/–-]\d\d(?:\d\d)?\b)?)",
        meanings.whole_season,
        lookalikes.is_season,
        open_year=True,
    ),
    _rule(
        rf"\b(?:Q(?P<q>[1-4])|(?:the\s)?(?P<nth>first|second|third|fourth|final)[\s-]quarter){OF_YEAR}\b",
        meanings.whole_quarter,
        open_year=True,
    ),
    _rule(
        rf"(?<![\d$€£#/.,–-])\b(?:{PART_OF})?{YEAR}(?:[-–/](?P<to>\d\d(?:\d\d)?)\b)?",
        meanings.whole_year,
        lookalikes.is_year,
    ),
    _rule(rf"\b{PART}(?P<tens>(?:1\d|20)\d0)['’]?s\b", meanings.whole_decade),
    _rule(
        rf"\b{PART}(?P<nth>\d{{1,2}}(?:st|nd|rd|th)|{'|'.join(CENTURIES)})[\s-]century\b(?!\sBC)",
        meanings.whole_century,
        lookalikes.is_century,
    ),
    _rule(
        r"\b(?:[Tt]he day before yesterday|[Tt]he day after tomorrow|[Yy]esterday|[Tt]oday|[Tt]omorrow|[Tt]onight|"
        r"[Oo]vernight|[Ll]ast night|[Tt]his (?:morning|afternoon|evening))\b",
        meanings.near_day,
        lookalikes.is_near_day,
    ),
    _rule(
        rf"\b(?:{PART}{WHICH}\s)?{WDAY}\b(?:\s(?:morning|afternoon|evening|night))?(?:(?:\sof)?\s(?P<week>last|this|next)\sweek)?",
        meanings.weekday,
        lookalikes.is_weekday,
    ),
    _rule(
        rf"\b(?:(?P<edge>[Ee]arlier|[Ll]ater)\s)?{PART}{WHICH}\s(?P<unit>week|weekend|month|quarter|year|decade|century)\b",
        meanings.pointed_period,
        lookalikes.is_pointed,
    ),
    _rule(
        rf"\b(?:(?:(?P<edge>[Ee]arlier|[Ll]ater)\sin\sthe\s)|{PART_OF}(?:the\s)?)(?P<unit>week|month|year|decade|century)\b",
        meanings.the_period,
    ),
    _rule(
        rf"\b[Tt]he\s(?:(?P<which>past|last)\s(?:{COUNT}\s)?|(?P<ahead>next|coming)\s{COUNT.replace('count', 'many')}\s)"
        rf"{UNIT}s?\b(?!\sof\b)",
        meanings.rolling,
    ),
    _rule(
        rf"\b(?:(?P<about>(?i:more than|over|at least|nearly|almost|about|around|some|less than|within))\s)?(?i:{COUNT})\s{UNIT}s?"
        r"\s(?P<ago>ago\b|from\snow\b)",
        meanings.ago,
    ),
    _rule(
        r"\b(?:[Tt]he\s(?P<which>previous|preceding|following|next|same)|[Tt]hat)\s"
        r"(?P<unit>day|night|morning|afternoon|evening|week|month|year|decade)\b",
        meanings.anchored,
    ),
    _rule(rf"\b(?i:{COUNT})\s{UNIT}s?\s(?P<way>earlier|later)\b", meanings.later),
)
HINT = re.compile(
    r"\d|(?i:day|night|overnight|morrow|morning|week|month|quarter|year|decade|century|ago|spring|summer|autumn|fall|winter)"
    rf"|{MON}"
)
RANGE = re.compile(r"\s?(?:to|through|until|till|[-–—])\s?(?:the\s)?")


def expressions(sentence: str) -> Iterator[Expression]:
    """Yield the time expressions of a sentence in their order; of those that overlap, the first, and of these the longest."""
    if HINT.search(sentence) is None:
        return
    waiting: Expression | None = None
    for found in _longest(sentence):
        if waiting and _spans_from(sentence, waiting, found):
            meaning = partial(_range, waiting.meaning, found.meaning)
            waiting = Expression(waiting.start, found.end, meaning, found.open_year)
            continue
        if waiting:
            yield waiting
        waiting = found
    if waiting:
        yield waiting


def _longest(sentence: str) -> Iterator[Expression]:
    found = []
    for rule in RULES:
        for match in filter(partial(rule.is_time, sentence), rule.pattern.finditer(sentence)):
            named = match.groupdict()
            open_year = rule.open_year and not (named["year"] or named["of"] or named.get("which"))
            end = match.start() + len(match.group().rstrip())
            found.append(Expression(match.start(), end, partial(rule.meaning, match), open_year))
    at = 0
    for expression in sorted(found, key=lambda each: (each.start, -each.end)):
        if expression.start >= at:
            yield expression
            at = expression.end


def _spans_from(sentence: str, one: Expression, other: Expression) -> bool:
    """Tell whether the two are the ends of a range: "March to May", "between March and May"."""
    between = sentence[one.end : other.start]
    bound = re.search(r"\bbetween\s(?:the\s)?$", sentence[: one.start], re.IGNORECASE) and between.strip() == "and"
    return bool(bound or RANGE.fullmatch(between))


def _range(
    one: Callable[[Context], Days | None], other: Callable[[Context], Days | None], context: Context
) -> Days | None:
    """Mean a range from `one` to `other`: where `one` leaves its year open, it is the nearest before the other's end."""
    last = other(context)
    first = one(Context(last[1], "past", context.anchor)) if last else None
    return (first[0], last[1]) if first and last else None
