"""Read what can be wrong word for word in a sentence: its figures, dates, names, and what stands in quotation marks.

Rules over English, no model. "Forty percent", "40%" and "40 per cent" are one figure, "two million" and "2,000,000" too;
"24 July 1969" and "July 24, 1969" one date. A month or a weekday is a date and no name.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.figures import Figure as Count
from assistant.figures import figures as counts
from corpus.dates import resolve
from corpus.types import Span
from corpus.words import CAPITAL, FUNCTION_WORDS, MONTH, MONTHS, WEEKDAY
from index.lexical import stem

__all__ = ["Facts", "Figure", "Name", "When", "facts", "figures", "folded", "has_name", "names", "quotations", "whens"]

PART = re.compile(
    r"\b(?:(?P<half>half)(?=\s(?:of|the)\b)|(?P<count>a|one|two|three)[\s-](?P<of>thirds?|quarters?)(?=\sof\b))",
    re.IGNORECASE,
)
DIGITS = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w,]*\w)")
CLOCK = re.compile(r"\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\b")
VAGUE = (
    (re.compile(r"\b(?:about|around|some|roughly|approximately|nearly|almost|close to|an estimated|circa|or so)\s\W?$", re.I), "about"),
    (re.compile(r"\b(?:more than|over|at least|above|upwards of|exceeding|no fewer than|a minimum of)\s\W?$", re.I), "over"),
    (re.compile(r"\b(?:less than|fewer than|under|at most|below|up to|no more than|a maximum of)\s\W?$", re.I), "under"),
)  # fmt: skip
ROUGHLY = 0.2  # "about 40" and 45 need not contradict each other
ROUNDING = 0.05  # a rounded figure may lie this far from the one it stands for

YEAR = r"(?:1[5-9]|20)\d\d"
DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
WHEN = re.compile(
    rf"\b(?P<y1>{YEAR})-(?P<m1>0[1-9]|1[0-2])(?:-(?P<d1>[0-3]\d))?\b"
    rf"|\b(?:(?P<d2>{DAY})(?:\sof)?\s)?(?P<m2>{MONTH})(?!\w)(?:\s(?P<d3>{DAY})\b(?!\d))?(?:,?\s(?:of\s)?(?P<y2>{YEAR})\b)?"
    rf"|(?<![\w.,$€£])(?<!\D-)(?P<y3>{YEAR})\b(?![,.]\d|\s?%|\s(?:people|percent|per cent|million|[a-z]+s)\b)"
)
MONTH_NUMBER = {name[:3].lower(): number for number, name in enumerate(MONTHS.split(), 1)}
MAY = re.compile(
    r"(?:\b(?:in|of|since|until|by|last|this|during|from|early|late|mid|and|to|on|before|after)[\s-]|\d )$", re.I
)

NAME = re.compile(rf"(?<![\w-]){CAPITAL}(?:\s(?:(?:of|the|de|van|von|der|bin|al)\s){{0,2}}{CAPITAL})*")
ROLES = frozenset(
    "president prime minister chancellor mayor senator mr mrs ms dr king queen prince sir general secretary foreign "
    "defence defense governor former judge professor captain colonel pope chairman chairwoman ambassador representative "
    "councillor councilor secretary-general us uk eu".split()
)
PARTICLES = frozenset("of the de van von der bin al and".split())
COMMON_END = re.compile(r"(?:s|ing|ed|ly|tion|ment|ness|ity)$")  # what opens a sentence and ends so is hardly a name
QUOTATION = re.compile(r"“([^“”]+)”|\"([^\"]+)\"")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its value, its unit ("percent", "dollar", "clock" in minutes, or ""), the stems of what it counts, the stem
    of the word before it, and how exactly it is meant: "", "about", "over" or "under". `is_label`: part of a name.
    """

    span: Span
    value: float
    unit: str
    things: frozenset[str]
    before: str
    vague: str
    is_label: bool
    bare: float  # the number as it is written, whatever its unit

    def met_by(self, other: "Figure") -> bool:
        """Tell whether the other figure bears this one out, rounding and "more than" allowed for."""
        if self.unit != other.unit and ((self.unit and other.unit) or "clock" in (self.unit, other.unit)):
            return False
        if not (self.unit and other.unit) and self.bare == other.bare:
            return True
        if self.value == other.value:
            return self.vague == other.vague or self.vague not in ("over", "under") or not other.vague
        if self.vague == "over":
            return self.value < other.value <= 1.5 * self.value and other.vague != "under"
        if self.vague == "under":
            return 0.5 * self.value <= other.value < self.value and other.vague != "over"
        return self.vague == "about" and self.rounds(other)

    def rounds(self, other: "Figure") -> bool:
        """Tell whether one of the figures may be the other one rounded."""
        near = abs(self.value - other.value) <= ROUNDING * max(self.value, other.value)
        rounded = any(round(b.value, -_zeros(a.value)) == a.value for a, b in ((self, other), (other, self)))
        return near and (rounded or "about" in (self.vague, other.vague))

    def against(self, other: "Figure") -> bool:
        """Tell whether the two figures cannot both be right, given that they are of the same thing."""
        if self.value == other.value or self.rounds(other):
            return False
        low, high = sorted((self, other), key=lambda figure: figure.value)
        if "about" in (low.vague, high.vague) and high.value - low.value <= ROUGHLY * high.value:
            return False
        return low.vague != "over" and high.vague != "under"

    def same_thing(self, other: "Figure") -> bool:
        """Tell whether both count the same, as far as the words beside them say."""
        if self.unit != other.unit or self.is_label or other.is_label:
            return False
        if self.things and other.things and self.unit in ("", "percent"):
            return bool(self.things & other.things)
        return bool(self.unit) or (bool(self.before) and self.before == other.before)


@dataclass(frozen=True, slots=True)
class When:
    """A date as far as it is told: year, month and day, each None where left open."""

    span: Span
    year: int | None
    month: int | None
    day: int | None

    def parts(self) -> tuple[int | None, int | None, int | None]:
        return self.year, self.month, self.day

    def met_by(self, other: "When") -> bool:
        """Tell whether the other date says all that this one does; a month there may leave its year open."""
        parts = zip(self.parts(), other.parts(), strict=True)
        met = [mine in (None, theirs) for mine, theirs in parts]
        return met[1] and met[2] and (met[0] or (other.year is None and other.month is not None))

    def against(self, other: "When") -> bool:
        """Tell whether both say a year, a month, or a day of one month, and not the same."""
        differ = [None not in (a, b) and a != b for a, b in zip(self.parts(), other.parts(), strict=True)]
        return differ[0] or differ[1] or (differ[2] and self.month == other.month)


@dataclass(frozen=True, slots=True)
class Facts:
    """A text and what can be wrong in it word for word."""

    text: str
    figures: tuple[Figure, ...]
    whens: tuple["When", ...]
    names: tuple["Name", ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A name, and its words as they are compared: lower case, no accents, titles and particles left out."""

    span: Span
    text: str
    words: tuple[str, ...]


def facts(text: str, published: str | None = None, before: Sequence[str] = ()) -> Facts:
    """Return what a sentence states.

    `published` is the date of its document, for "this month" and dates without a year, `before` what leads up to it.
    """
    return Facts(text, tuple(figures(text)), tuple(whens(text, published, before)), tuple(names(text)))


def folded(text: str) -> str:
    """Return the text in lower case, without accents, its quotation marks and apostrophes straight."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bare.translate(str.maketrans("“”‘’", "\"\"''")).lower()


def figures(text: str) -> list[Figure]:
    """Return the figures of a sentence in order, those that are dates left out, and "one" too, which is mostly a pronoun."""
    found = [_clock(match) for match in CLOCK.finditer(text)]
    found += [_part(text, match) for match in PART.finditer(text)]
    dates = [when.span for when in whens(text)]
    for counted in counts(text):
        inside = any(low <= counted.start < high for low, high in dates) or _taken(counted.start, found)
        if not inside and text[counted.start : counted.end].lower() not in ("one", "zero"):
            found.append(_figure(text, counted))
    for match in DIGITS.finditer(text):
        if not any(low <= match.start() < high for low, high in dates) and not _taken(match.start(), found):
            value = float(match.group().replace(",", ""))
            found.append(Figure(match.span(), value, "", frozenset(), "", "", True, value))
    return _ranges(text, sorted(found, key=lambda figure: figure.span))


def _taken(at: int, found: Sequence[Figure]) -> bool:
    return any(figure.span[0] <= at < figure.span[1] for figure in found)


def _clock(match: re.Match[str]) -> Figure:
    minutes = int(match["hour"]) * 60 + int(match["minute"])
    return Figure(match.span(), minutes, "clock", frozenset(), "", "", False, minutes)


def _part(text: str, match: re.Match[str]) -> Figure:
    """Return "half of", "a third of", "three quarters of" as percent."""
    count = {"a": 1, "one": 1, "two": 2, "three": 3}[(match["count"] or "a").lower()]
    value = 50.0 if match["half"] else round(100 * count / (3 if match["of"].lower().startswith("third") else 4), 1)
    return Figure(match.span(), value, "percent", frozenset(), "", _vague(text, match.start()) or "about", False, value)


def _figure(text: str, counted: Count) -> Figure:
    before = re.search(r"([^\W\d_][\w'’-]*)\s$", text[: counted.start])
    is_label = before is not None and before[1][0].isupper() and before.start(1) > 0 and not counted.unit
    word = stem(before[1]) if before else ""
    span = (counted.start, counted.end)
    digits = re.match(r"\d+(?:,\d{3})*(?:\.\d+)?", text[counted.start : counted.end])
    bare = float(digits.group().replace(",", "")) if digits and counted.unit == "time" else counted.value
    return Figure(span, counted.value, counted.unit, counted.counted, word, _vague(text, counted.start), is_label, bare)


def _vague(text: str, start: int) -> str:
    return next((name for pattern, name in VAGUE if pattern.search(text[:start])), "")


def _ranges(text: str, found: list[Figure]) -> list[Figure]:
    """Give "10" of "10 to 15 people" the unit and the thing of the second figure."""
    for number, (one, other) in enumerate(zip(found, found[1:], strict=False)):
        between = text[one.span[1] : other.span[0]]
        if not one.unit and not one.things and re.fullmatch(r"\s?(?:to|and|or|-|–)\s?", between):
            found[number] = replace(one, unit=other.unit, things=other.things)
    return found


def _zeros(value: float) -> int:
    """Return the number of zeros that a whole figure ends with."""
    digits = f"{value:.0f}" if value == int(value) else "1"
    return len(digits) - len(digits.rstrip("0"))


def whens(text: str, published: str | None = None, before: Sequence[str] = ()) -> list[When]:
    """Return the dates of a sentence in order.

    With the date of publication "this month" is one too, and "in July" has a year.
    """
    found = []
    for match in WHEN.finditer(text):
        if match.group() == "May" and not MAY.search(text[: match.start()]):
            continue
        year, day = match["y1"] or match["y2"] or match["y3"], match["d1"] or match["d2"] or match["d3"]
        month = int(match["m1"]) if match["m1"] else MONTH_NUMBER.get((match["m2"] or "")[:3].lower())
        number = int(re.sub(r"\D", "", day)) if day else None
        found.append(When(match.span(), int(year) if year else None, month, number))
    return _resolved(found, text, published, before) if published else found


def _resolved(found: list[When], text: str, published: str, before: Sequence[str]) -> list[When]:
    """Return the dates with their years, and what else of the sentence means a day, a month or a year."""
    meant = {(when.start, when.end): when.days for when in resolve(text, published, before)}
    dated = []
    for when in found:
        days = next((days for (low, high), days in meant.items() if low < when.span[1] and when.span[0] < high), None)
        dated.append(replace(when, year=when.year or (days[0].year if days else None)))
    others = [
        When(span, *parts)
        for span, days in meant.items()
        if days
        and (parts := _parts(*days))
        and not any(low < span[1] and span[0] < high for low, high in (w.span for w in found))
    ]
    return sorted(dated + others, key=lambda when: when.span)


def _parts(first: date, last: date) -> tuple[int, int | None, int | None] | None:
    """Return a range of days as year, month and day, None where it is none of the three."""
    if first == last:
        return first.year, first.month, first.day
    if (first.year, first.month) == (last.year, last.month) and first.day == 1 and last.day >= 28:
        return first.year, first.month, None
    whole = first.year == last.year and (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    return (first.year, None, None) if whole else None


def names(text: str) -> list[Name]:
    """Return the names of a sentence in order: runs of capitals, but for what only opens the sentence, and dates."""
    dates = [when.span for when in whens(text)]
    found = []
    for match in NAME.finditer(text):
        for start, end in _undated(text, match.span(), dates):
            run = text[start:end]
            first = run.split()[0]
            if counts(first):
                continue
            if first.lower() in FUNCTION_WORDS | PARTICLES or (start == 0 and " " not in run and _opens(first)):
                start += len(first) + 1
                run = text[start:end]
            if words := _name_words(run):
                found.append(Name((start, end), run, words))
    return found


def _undated(text: str, span: Span, dates: Sequence[Span]) -> Iterator[Span]:
    """Yield what a run of capitals has besides dates and weekdays."""
    start, end = span
    cuts = [(max(start, low), high) for low, high in dates if low < end and start < high]
    cuts += [(start + m.start(), start + m.end()) for m in re.finditer(r"(?<=\w)['’]s?(?=\s)", text[start:end])]
    cuts += [(start + m.start(), start + m.end()) for m in re.finditer(rf"\b{WEEKDAY}\b", text[start:end])]
    for low, high in sorted(cuts):
        if text[start:low].strip():
            yield start, start + len(text[start:low].rstrip())
        start = min(end, high + 1)
    if text[start:end].strip():
        yield start, end


def _opens(word: str) -> bool:
    """Tell whether a word that opens a sentence may be any noun: "Schools were closed"."""
    return COMMON_END.search(word) is not None


def _name_words(run: str) -> tuple[str, ...]:
    words = [re.sub(r"'s?$", "", word) for word in folded(run).split()]
    bare = [word.strip(".,") if word.count(".") < 2 else word.replace(".", "") for word in words]
    kept = tuple(word for word in bare if word and word not in PARTICLES)
    return tuple(word for word in kept if word not in ROLES) or kept


def has_name(name: Name, given: Sequence[Name], text: str) -> bool:
    """Tell whether a text, whose names are given, has the name: in full, by its last part, or by its initials.

    The last part beside another first name is somebody else.
    """
    plain = re.findall(
        r"\w+(?:-\w+)*", DOTTED.sub(lambda m: m.group().replace(".", ""), folded(text).replace("'s", ""))
    )
    mine = set(name.words)
    alike = [set(other.words) for other in given if other.words[-1] == name.words[-1]]
    if any(len(other.words) > 1 and set(other.words) < mine for other in given):
        return True
    if len(name.words) > 1 and alike:
        return any(mine <= theirs or theirs <= mine for theirs in alike)
    if all(any(_same_word(word, other) for other in plain) for word in name.words):
        return True
    return any(_initials(name.words, other.words) or _initials(other.words, name.words) for other in given)


DOTTED = re.compile(r"\b(?:\w\.){2,}")
DEMONYM = re.compile(r"(?:ian|ean|an|ish|ese|ic|i|n)$")


def _same_word(one: str, other: str) -> bool:
    """Tell whether two words are one, or a country and its people: "Turkey" and "Turkish"."""
    if one == other or stem(one) == stem(other):
        return True
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    people = [word for word in (one, other) if DEMONYM.search(word) and len(word) - shared <= 3]
    return shared >= 4 and bool(people) and max(len(one), len(other)) - shared <= 3 and len(one) != len(other)


def _initials(short: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return len(short) == 1 and len(words) > 1 and short[0] == "".join(word[0] for word in words)


def quotations(text: str) -> list[Span]:
    """Return the spans of what stands in quotation marks, the marks left out."""
    return [match.span(1) if match[1] is not None else match.span(2) for match in QUOTATION.finditer(text)]
