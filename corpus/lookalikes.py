"""Tell a time expression from what looks like one: a verb, a name, a count. Each takes the sentence and the match."""

import re

from corpus.words import MONTHS

__all__ = [
    "is_century",
    "is_day",
    "is_month",
    "is_near_day",
    "is_pointed",
    "is_season",
    "is_weekday",
    "is_year",
]

TIMELY = re.compile(
    r"\b(?:in|of|on|since|from|until|till|by|before|after|during|through|throughout|between|to|and|for|around|about|late|"
    r"early|mid|last|next|this|that|year|years|fiscal|circa|born|died)[\s-](?:the\s)?$",
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


def is_month(sentence: str, match: re.Match[str]) -> bool:
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


def is_day(sentence: str, match: re.Match[str]) -> bool:
    """Tell "June 20" from "in June 20 people": a count follows there."""
    counted = re.match(r"\s[a-z]", sentence[match.end() :]) and re.search(r"\b[Ii]n\s$", sentence[: match.start()])
    return bool(match["year"] or match["of"] or not counted)


def is_year(sentence: str, match: re.Match[str]) -> bool:
    """Tell a year from a count ("2000 people") or a number ("alarm 1202")."""
    ahead, after, year = sentence[: match.start()], sentence[match.end() :], int(match["year"])
    if match["part"] or (match["to"] and year >= 1500):
        return True
    preposition = (TIMELY if year >= 1700 else STRICTLY).search(ahead) or re.search(r"\bAD\s$", ahead)
    if COUNTED.match(after) and (year % 50 == 0 or not (preposition or DETERMINED.search(ahead))):
        return False
    opens = re.search(r"(?:^[\W_]*|[(,–—;]\s?)$", ahead) and re.match(r"[\W_]|$", after)
    return bool(preposition or (year >= 1700 and (opens or DETERMINED.search(ahead))))


def is_pointed(sentence: str, match: re.Match[str]) -> bool:
    """Tell "last year" from "his last year at school"."""
    return not re.search(
        r"(?:\b(?:[Hh]is|[Hh]er|[Tt]heir|[Ii]ts|[Mm]y|[Oo]ur|[Yy]our)|['’]s)\s$", sentence[: match.start()]
    )


def is_weekday(sentence: str, match: re.Match[str]) -> bool:
    """Tell a day of the week from a name: "Good Friday", "the Sunday Times"."""
    ahead, after = sentence[: match.start()], sentence[match.end() :]
    named = re.search(r"[A-Z][\w'’.]*\s$", ahead) or re.match(r"\s[A-Z]", after)
    if (
        re.search(r"\b(?:every|each)\s$", ahead)
        or after.startswith("s")
        or (named and re.search(r"\b[Tt]he\s$", ahead))
    ):
        return False
    return bool(match["which"] or match["week"] or TIMELY.search(ahead) or not named)


def is_near_day(sentence: str, match: re.Match[str]) -> bool:
    """Tell the day from a name: "USA Today", "The Tonight Show"."""
    return match.group()[0].islower() or re.search(r"(?:^|[.!?:;,—–\"“‘'(])\W*$", sentence[: match.start()]) is not None


def is_century(sentence: str, match: re.Match[str]) -> bool:
    """Tell the century from its turn, of which it is open how far it goes."""
    return not sentence[: match.start()].endswith("turn of the ")


def is_season(sentence: str, match: re.Match[str]) -> bool:
    """Tell the season from the verb and the noun: "the fall of Kabul", "a spring"."""
    if match["year"] or match["of"] or match["which"] or match["part"]:
        return True
    ahead = re.search(
        r"\b(?:in|since|until|by|during|before|after|of|from|over|through)\s(?:the\s)?$", sentence[: match.start()]
    )
    return ahead is not None and not re.match(r"\sof\b", sentence[match.end() :])
