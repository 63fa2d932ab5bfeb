"""Find the English time expressions of a sentence: a pattern each, and what keeps a verb or a count from being one."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from corpus import meanings
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
OF_DAY = r"(?:\s(?:morning|afternoon|evening|night)\b)?"
PART = (
    r"(?:(?P<part>[Ee]arly|[Mm]id|[Ll]ate|(?:[Tt]he\s)?(?:very\s)?(?:end|close|start|beginning|middle|(?:first|second)\shalf|"
    r"(?:first|second|third|last|final)\sweek))(?:\s(?:of|in)\s|\s?-\s?|\s)(?:the\s)?)?"
)
WHICH = r"(?P<which>[Ll]ast|[Tt]his\s(?:past|coming)|[Tt]his|[Nn]ext)"
OF_YEAR = rf"(?:(?:\sof|,)?\s{YEAR}|(?:\sof)?\s(?P<of>last|this|next|the\ssame|that)\syear)?"
COUNT = "(?P<count>" + "|".join([r"\d{1,3}", *sorted(COUNTS, key=len, reverse=True)]) + ")"
UNIT = r"(?P<unit>hour|day|night|weekend|week|fortnight|month|quarter|year|decade)"


@dataclass(frozen=True, slots=True)
class Expression:
    """A time expression in a sentence. `open_year` says that its words leave open which year is meant."""

    start: int
    end: int
    meaning: Callable[[Context], Days | None]
    open_year: bool = False


TIMELY = re.compile(
    r"\b(?:in|of|on|since|from|until|till|by|before|after|during|through|throughout|between|to|and|for|around|about|late|"
    r"early|mid|last|next|this|that|year|years|fiscal|circa)[\s-](?:the\s)?$",
    re.IGNORECASE,
)
STRICTLY = re.compile(
    r"\b(?:in|since|from|until|till|by|before|after|during|between|year|years|circa)\s(?:the\s)?$|\b(?:from|between)\s1\d{3}\s"
    r"(?:to|and)\s$",
    re.IGNORECASE,
)
DETERMINED = re.compile(r"(?:\b(?:the|a|its|his|her|their|our|this)|['’]s)\s$", re.IGNORECASE)
COUNTED = re.compile(r"\s(?:(?:[a-z-]+\s)?[a-z]+(?<!s)s|people|men|women|children|percent|per cent)\b")
NAMESAKES = frozenset("March April May June August Jan Mar Apr Jun Aug".split())  # months that are names or verbs too
BEFORE_NAME = re.compile(r"(?:^|[^.!?:;,]\s)[A-Z][\w'’.]*\s$")


def _is_month(sentence: str, match: re.Match[str]) -> bool:
    """Tell a month from a verb ("May", "March") or a name ("Theresa May", "April Jones")."""
    if match["year"] or match["of"] or match["part"] or match["which"]:
        return True
    ahead, after = sentence[: match.start()], sentence[match.end() :]
    word = match["month"].rstrip(".")
    if word not in NAMESAKES and word in MONTHS.split():
        return True
    if TIMELY.search(ahead):
        return not re.match(r"\s[A-Z][a-z]+\s[a-z]", after) or word not in ("April", "June")
    if word not in MONTHS.split() or word == "May":
        return after.startswith(":") or (word == "May" and DETERMINED.search(ahead) is not None)
    return not BEFORE_NAME.search(ahead) and not re.match(r"\s(?:[A-Z]|on\b|into\b|through\b)", after)


def _is_day(sentence: str, match: re.Match[str]) -> bool:
    """Tell "June 20" from "in June 20 people": a count follows there."""
    counted = re.match(r"\s[a-z]", sentence[match.end() :]) and re.search(r"\b[Ii]n\s$", sentence[: match.start()])
    return bool(match["year"] or match["of"] or not counted)


def _is_year(sentence: str, match: re.Match[str]) -> bool:
    """Tell a year from a count ("2000 people") or a number ("alarm 1202")."""
    ahead, after, year = sentence[: match.start()], sentence[match.end() :], int(match["year"])
    if match["part"] or (match["to"] and year >= 1500):
        return True
    preposition = (TIMELY if year >= 1700 else STRICTLY).search(ahead) or re.search(r"\bAD\s$", ahead)
    if COUNTED.match(after) and (year % 50 == 0 or not (preposition or DETERMINED.search(ahead))):
        return False
    opens = re.search(r"(?:^[\W_]*|[(,–—;]\s?)$", ahead) and re.match(r"[\W_]|$", after)
    return bool(preposition or (year >= 1700 and (opens or DETERMINED.search(ahead))))


def _is_season(sentence: str, match: re.Match[str]) -> bool:
    """Tell the season from the verb and the noun: "the fall of Kabul", "a spring"."""
    if match["year"] or match["of"] or match["which"] or match["part"]:
        return True
    ahead = re.search(
        r"\b(?:in|since|until|by|during|before|after|of|from|over|through)\s(?:the\s)?$", sentence[: match.start()]
    )
    return ahead is not None and not re.match(r"\sof\b", sentence[match.end() :])


Guard = Callable[[str, re.Match[str]], bool]
RULES: tuple[tuple[re.Pattern[str], Meaning, Guard | None, bool], ...] = tuple(
    (re.compile(pattern), meaning, guard, open_year)
    for pattern, meaning, guard, open_year in (
        (r"\b(?P<iso>(?:1\d|20)\d\d-\d\d-\d\d)\b", meanings.iso_day, None, False),
        (
            r"\b(?P<one>[0-3]?\d)(?P<mark>[./])(?P<two>[0-3]?\d)(?P=mark)(?P<year>(?:1[6-9]|20)\d\d)\b",
            meanings.day_in_figures,
            None,
            False,
        ),
        (rf"(?<![\d.,:$€£])\b(?:{WDAY},?\s)?{DAY}(?:\sof)?\s{MON}{OF_YEAR}", meanings.day_of_month, None, True),
        (rf"\b(?:{WDAY},?\s)?{MON}\s(?:the\s)?{DAY}{OF_YEAR}", meanings.day_of_month, _is_day, True),
        (rf"\b{PART}(?:{WHICH}\s)?{MON}{OF_YEAR}", meanings.whole_month, _is_month, True),
        (
            rf"\b{PART}(?:{WHICH}\s)?(?P<season>(?i:{'|'.join(SEASONS)}))\b(?:{OF_YEAR}(?P<until>[/–-]\d\d(?:\d\d)?\b)?)",
            meanings.whole_season,
            _is_season,
            True,
        ),
        (
            rf"\b(?:Q(?P<q>[1-4])|(?:the\s)?(?P<nth>first|second|third|fourth|final)[\s-]quarter){OF_YEAR}\b",
            meanings.whole_quarter,
            None,
            True,
        ),
        (rf"(?<![\d$€£#/.,–-])\b{PART}{YEAR}(?:[-–/](?P<to>\d\d(?:\d\d)?)\b)?", meanings.whole_year, _is_year, False),
        (rf"\b{PART}(?P<tens>(?:1\d|20)\d0)['’]?s\b", meanings.whole_decade, None, False),
        (
            rf"\b{PART}(?P<nth>\d{{1,2}}(?:st|nd|rd|th)|{'|'.join(CENTURIES)})[\s-]century\b(?!\sBC)",
            meanings.whole_century,
            None,
            False,
        ),
        (
            r"\b(?i:the day before yesterday|the day after tomorrow|yesterday|today|tomorrow|tonight|overnight|last night|"
            r"this (?:morning|afternoon|evening))\b",
            meanings.near_day,
            None,
            False,
        ),
        (
            rf"\b(?:{PART}{WHICH}\s)?{WDAY}\b{OF_DAY}(?:(?:\sof)?\s(?P<week>last|this|next)\sweek)?",
            meanings.weekday,
            None,
            False,
        ),
        (
            rf"\b(?:(?P<edge>[Ee]arlier|[Ll]ater)\s)?{PART}{WHICH}\s(?P<unit>week|weekend|month|quarter|year|decade|century)\b",
            meanings.pointed_period,
            None,
            False,
        ),
        (
            rf"\b(?:(?:(?P<edge>[Ee]arlier|[Ll]ater)\sin\sthe\s)|{PART.removesuffix('?')})(?P<unit>week|month|year|decade|century)\b",
            meanings.the_period,
            None,
            False,
        ),
        (
            rf"\b[Tt]he\s(?P<which>past|last|next|coming)\s(?:{COUNT}\s)?{UNIT}s?\b",
            meanings.rolling,
            None,
            False,
        ),
        (
            rf"\b(?:(?P<about>(?i:more than|over|at least|nearly|almost|about|around|some|less than))\s)?(?i:{COUNT})\s{UNIT}s?"
            r"\s(?P<ago>ago\b|from\snow\b)",
            meanings.ago,
            None,
            False,
        ),
        (
            r"\b(?:[Tt]he\s(?P<which>previous|preceding|following|next|same)|[Tt]hat)\s"
            r"(?P<unit>day|night|morning|afternoon|evening|week|month|year|decade)\b",
            meanings.anchored,
            None,
            False,
        ),
        (rf"\b(?i:{COUNT})\s{UNIT}s?\s(?P<way>earlier|later)\b", meanings.later, None, False),
    )
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
    for pattern, meaning, guard, open_year in RULES:
        for match in pattern.finditer(sentence):
            if guard is None or guard(sentence, match):
                named = {**match.groupdict()}
                open_here = open_year and not (named.get("year") or named.get("of") or named.get("which"))
                end = match.start() + len(match.group().rstrip())
                found.append(Expression(match.start(), end, partial(meaning, match), open_here))
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
