"""Read the figures of a text, and tell whether two of them say the same, differ, or are of different things.

English only. "Forty percent" and "40%" are one figure; "about 40 percent" and "41 percent" do not contradict each other.
Precision before recall: where it is unclear what a figure counts, two figures do not differ. Dates are
read in corpus/dates.py.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.types import Span
from corpus.words import FUNCTION_WORDS, MONTH
from index.lexical import stem

__all__ = ["Figure", "figures", "figures_differ", "same_figures", "same_value"]

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
VALUES = dict(zip(ONES, range(20), strict=True)) | dict(zip(TENS, range(20, 100, 10), strict=True))
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
SCALES |= {"m": 1e6, "bn": 1e9, "k": 1e3}
WORD_NUMBER = rf"(?:{'|'.join([*ONES, *TENS])})"
SCALE = rf"(?:{'|'.join(scale for scale in SCALES if len(scale) > 2)})s?"
NUMBER = re.compile(
    rf"(?P<sign>[$€£])?(?:(?<![\w.,:])(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<tight>(?:bn|m|k)\b)?"
    rf"|\b(?P<words>(?:an?(?= {SCALE}\b)|{WORD_NUMBER})(?:[- ](?:and )?{WORD_NUMBER})*))"
    rf"(?![\w]|[,.]\d|:\d)(?P<scales>(?:[- ]{SCALE}\b)*)(?P<rest>(?: and (?:a half|{WORD_NUMBER}(?:[- ]{WORD_NUMBER})*)\b)?)",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\s?(?:%|percent\b|per cent\b|percentage points?\b)", re.IGNORECASE)
MONEY = "dollar euro pound franc crown yen rouble ruble yuan cent rupee".split()
CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound"}
TIMES = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "fortnight": 1_209_600}
TIMES |= {
    "month": 2_629_746,
    "year": 31_556_952,
    "decade": 315_569_520,
    "century": 3_155_695_200,
}  # mean lengths, seconds
ROUND = re.compile(
    r"\b(?:about|around|some|roughly|nearly|almost|approximately|up to|over|more than|at least|an estimated|as many as|"
    r"close to|just under|just over|fewer than|less than|under|under|well over|upwards of|circa|or so|at most)\s*$",
    re.IGNORECASE,
)
ROUGHLY = 0.06  # two figures of which one is rounded differ by more than this share
ALMOST = 0.005  # two figures that are not rounded: 1.5 million and 1,500,400
NOUN_WORDS = 3  # words after a figure, among which is what it counts
WORD = re.compile(r"\s?([^\W\d_][\w'’]*(?:-[\w'’]+)*)")

# Numbers that are part of a date, not figures.
DATED = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}(?:,? \d{{4}})?|\b{MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?"
    rf"|\b{MONTH},? \d{{4}}\b|\b\d{{4}}-\d\d-\d\d\b|\b(?:1[0-9]\d\d|20\d\d)\b(?! [a-z]+s\b)"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: its span, its value in its unit, the stems of the words after it, whether it is rounded.

    `unit` is "percent", a currency, "time" (seconds) or "" for a plain count, of which `counted` tells what is counted.
    """

    start: int
    end: int
    value: float
    unit: str
    counted: frozenset[str]
    rounded: bool


def figures(text: str) -> list[Figure]:
    """Return the figures of a text in its order, those inside dates and clock times left out."""
    taken = [match.span() for match in DATED.finditer(text)]
    found: list[Figure] = []
    for match in NUMBER.finditer(text):
        if _within(match.span(), taken):
            continue
        figure = _figure(text, match)
        if found and _goes_on(text, found[-1], figure):
            figure = replace(found[-1], end=figure.end, value=found.pop().value + figure.value)
        found.append(figure)
    return found


def _goes_on(text: str, first: Figure, second: Figure) -> bool:
    """Tell whether two figures are one: "21 hours and 36 minutes"."""
    both_times = first.unit == second.unit == "time" and first.value > second.value
    return both_times and re.fullmatch(r",? (?:and )?", text[first.end : second.start]) is not None


def _within(span: Span, taken: Sequence[Span]) -> bool:
    return any(low <= span[0] < high for low, high in taken)


def _figure(text: str, match: re.Match[str]) -> Figure:
    start, end, value = match.start(), match.end(), _value(match)
    rounded = ROUND.search(text[:start]) is not None
    after = _words_after(text, end)
    unit = ""
    if percent := PERCENT.match(text, end):
        unit, end = "percent", percent.end()
    elif match["sign"]:
        unit = CURRENCIES[match["sign"]]
    elif named := next(((word, stop) for word, stop in after[:2] if _singular(word) in MONEY), None):
        unit, end = _singular(named[0]), named[1]
    elif after and (time := _singular(after[0][0].split("-")[0])) in TIMES:
        unit, end, value = "age" if after[0][0].endswith("-old") else "time", after[0][1], value * TIMES[time]
    words = _words_after(text, end) if not unit or text[end : end + 4] == " of " else []
    return Figure(start, end, value, unit, frozenset(stem(word) for word, _ in words), rounded)


def _singular(word: str) -> str:
    word = word.lower()
    return "century" if word == "centuries" else word.removesuffix("s")


def _words_after(text: str, end: int) -> list[tuple[str, int]]:
    """Return the content words right after a figure with their ends, up to a function word or a mark."""
    found: list[tuple[str, int]] = []
    at = end + 1 if text[end : end + 1] == "-" else end
    while len(found) < NOUN_WORDS and (word := WORD.match(text, at)):
        if word[1].lower() in FUNCTION_WORDS and not (word[1].lower() == "of" and not found):
            break
        if word[1].lower() != "of":
            found.append((word[1], word.end()))
        at = word.end()
    return found


def _value(match: re.Match[str]) -> float:
    if match["digits"]:
        value = float(match["digits"].replace(",", ""))
        value *= SCALES[match["tight"].lower()] if match["tight"] else 1.0
    else:
        value = _sum(match["words"])
    for scale in re.findall(r"[a-z]+", match["scales"].lower()):
        value *= SCALES[scale.removesuffix("s")]
    return value + (0.5 if "half" in match["rest"] else _sum(match["rest"]))


def _sum(words: str) -> float:
    """Return the value of "forty-one"; of "a", before a scale, 1."""
    found = [VALUES[word] for word in re.findall(r"[a-z]+", words.lower()) if word in VALUES]
    return float(sum(found)) if found or not words else 1.0


def same_value(one: Figure, other: Figure) -> bool:
    """Tell whether two figures can be the same number: equal, or near where one is rounded."""
    largest = max(abs(one.value), abs(other.value))
    rounded = one.rounded or other.rounded
    return abs(one.value - other.value) <= (ROUGHLY if rounded else ALMOST) * largest


def figures_differ(one: Figure, other: Figure, asked: frozenset[str] = frozenset()) -> bool:
    """Tell whether two figures of the same thing differ. `asked` are the stems of what the question counts."""
    if one.unit != other.unit or same_value(one, other):
        return False
    mine, theirs = one.counted, other.counted
    if one.unit and not (mine and theirs):
        return True
    return bool(mine & theirs) or (_counts(mine, asked) and _counts(theirs, asked))


def _counts(counted: frozenset[str], asked: frozenset[str]) -> bool:
    return not counted or bool(counted & asked)


def same_figures(one: str, other: str) -> bool:
    """Tell whether each figure of one text is in the other too, and their dates are written with the same numbers and names."""
    mine, theirs = figures(one), figures(other)
    dated = [
        {part for match in DATED.finditer(text) for part in re.findall(r"\w+", match.group())} for text in (one, other)
    ]
    return (
        all(any(same_value(each, given) for given in theirs) for each in mine)
        and all(any(same_value(each, given) for given in mine) for each in theirs)
        and dated[0] == dated[1]
    )
