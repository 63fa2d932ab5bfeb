"""What of a statement must stand in the sentences it cites: figures, dates, names, and words in quotation marks.

These are rules, so that a changed figure or an invented name is caught whatever a learned measure says. The documents'
dates, titles and outlets, and the speakers that attribution found, count as told with the sentences; a figure must stand
in the sentences themselves.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.answer import Citation, Support
from assistant.question import read_question
from corpus.words import MONTH, MONTHS, WEEKDAY
from index.lexical import stems

__all__ = ["verdict"]

UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
} | {word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
WORD_NUMBER = re.compile(
    rf"\b(?:{'|'.join(UNITS)})(?:(?:[- ]|\sand\s)(?:{'|'.join(UNITS)}|hundred))*\b(?:\s(?P<scale>{'|'.join(SCALES)})\b)?",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"(?<![A-Za-z\d.,])(?<![A-Za-z][-–])(?P<digits>\d+(?:[.,]\d+)*)"
    rf"(?:(?=\s?(?:-|–|to|and|or)\s?[$€£]?\d[\d.,]*\s(?P<shared>{'|'.join(SCALES)})\b)|[\s-]?(?P<scale>{'|'.join(SCALES)})\b)?",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\s?(?:%|per\s?cent\b|percentage\b)", re.IGNORECASE)
YEAR = re.compile(r"(?<![\d.,$€£])(?:1[0-9]|20)\d\d\b(?![.,]?\d|\s?%)")
DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
DATE = re.compile(rf"\b(?:(?P<day>{DAY})\s(?:of\s)?)?(?P<month>{MONTH})(?!\w)(?:\s(?P<after>{DAY})\b(?!\d))?")
DAY_NAME = re.compile(rf"\b{WEEKDAY}\b")
QUOTED = re.compile(r"[\"“”„«](?P<words>[^\"“”„«»]+)[\"”“»]|(?<!\w)[‘'](?P<single>[^‘’']{3,})[’'](?!\w)")
SMALL = 10  # a number word up to this may be the writer's own count ("both", "three ministers")
PREFIX = 4  # letters: "Iran" stands for "Iranian", "Germany" for "German"


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure as it is written, its value, whether it is of a hundred, whether it is a word."""

    text: str
    value: float
    is_percent: bool
    is_word: bool


def verdict(statement: str, citations: Sequence[Citation]) -> tuple[Support, str | None]:
    """Return the best support that the wording allows, and what it lacks; "supported" where it lacks nothing."""
    where = "the cited sentence" if len(citations) == 1 else "the cited sentences"
    quotes = [citation.quote for citation in citations]
    lacks = [f'"{words}"' for words in _missing_quotations(statement, quotes)]
    lacks += _missing_figures(statement, quotes, is_word=False)
    lacks += _missing_dates(statement, citations)
    names, parts = _missing_names(statement, citations)
    lacks += names
    if lacks:
        return "unsupported", _told(lacks, where)
    doubts = _missing_figures(statement, quotes, is_word=True) + parts
    return ("partly", _told(doubts, where)) if doubts else ("supported", None)


def _told(lacks: Iterable[str], where: str) -> str:
    words = list(dict.fromkeys(lacks))
    return f"{', '.join(words)} {'is' if len(words) == 1 else 'are'} not in {where}"


def _missing_quotations(statement: str, quotes: Sequence[str]) -> list[str]:
    given = [f" {_bare(quote)} " for quote in quotes]
    claimed = [match["words"] or match["single"] for match in QUOTED.finditer(statement)]
    return [words for words in claimed if _bare(words) and not any(f" {_bare(words)} " in quote for quote in given)]


def _bare(text: str) -> str:
    """Return the words alone, in small letters: marks around them may differ."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _missing_figures(statement: str, quotes: Sequence[str], is_word: bool) -> list[str]:
    given = {(figure.value, figure.is_percent) for quote in quotes for figure in _figures(quote)}
    found = [f for f in _figures(_without_dates(statement)) if (f.is_word and f.value <= SMALL) == is_word]
    return [f.text for f in found if (f.value, f.is_percent) not in given and not (f.is_word and f.value == 1)]


def _without_dates(text: str) -> str:
    return YEAR.sub(" ", DATE.sub(" ", text))


def _figures(text: str) -> list[_Figure]:
    found = []
    for match in NUMBER.finditer(text):
        scale = match["scale"] or match["shared"] or ""
        value = _value(match["digits"]) * SCALES.get(scale.lower(), 1)
        found.append(_figure(text, match, value, is_word=False))
    for match in WORD_NUMBER.finditer(text):
        value = _spelled(match.group().lower())
        found.append(_figure(text, match, value, is_word=True))
    return found


def _figure(text: str, match: re.Match[str], value: float, is_word: bool) -> _Figure:
    percent = PERCENT.match(text, match.end())
    return _Figure(text[match.start() : percent.end() if percent else match.end()], value, percent is not None, is_word)


def _value(digits: str) -> float:
    """Return the number: a comma before three digits only parts the thousands."""
    whole = re.sub(r",(?=\d{3}(?:\D|$))", "", digits).replace(",", ".")
    try:
        return float(whole)
    except ValueError:  # "3.4.2021"
        return float(re.sub(r"\D", "", whole))


def _spelled(words: str) -> float:
    """Return the value of a spelled number: "four hundred and twenty thousand" is 420,000."""
    total = 0
    for word in re.findall(r"[a-z]+", words):
        if word in UNITS:
            total += UNITS[word]
        elif word in SCALES:
            total = max(total, 1) * SCALES[word]
    return float(total)


def _missing_dates(statement: str, citations: Sequence[Citation]) -> list[str]:
    """Return the years, months with their days, and days of the week that no sentence has, nor its document's date."""
    given = [citation.quote for citation in citations]
    dated = [_written(citation.document.published) for citation in citations if citation.document.published]
    years = {match.group() for text in (*given, *dated) for match in YEAR.finditer(text)}
    months = {date for text in (*given, *dated) for date in _months(text)}
    known = {(month, None) for month, _ in months} | months
    missing = [m.group() for m in DATE.finditer(statement) if not _is_modal(m) and not known >= set(_months(m.group()))]
    missing += [m.group() for m in YEAR.finditer(statement) if m.group() not in years]
    weekdays = {match.group()[:3] for text in given for match in DAY_NAME.finditer(text)}
    return missing + [m.group() for m in DAY_NAME.finditer(statement) if m.group()[:3] not in weekdays]


def _is_modal(date: re.Match[str]) -> bool:
    """Tell the verb "May" from the month: the month has a number beside it."""
    return date["month"] == "May" and not date["day"] and not date["after"]


def _months(text: str) -> list[tuple[str, str | None]]:
    """Return the months named in a text, by their first three letters, each with its day where one stands there."""
    found = []
    for match in DATE.finditer(text):
        day = match["day"] or match["after"]
        found.append((match["month"][:3], re.sub(r"\D", "", day).lstrip("0") if day else None))
    return found


def _written(published: str) -> str:
    """Return an ISO date of any precision in words: 2022-08-25 is "25 August 2022"."""
    year, month, day = [*published.split("-"), "", ""][:3]
    return " ".join(filter(None, (day.lstrip("0"), MONTHS.split()[int(month) - 1] if month else "", year)))


def _missing_names(statement: str, citations: Sequence[Citation]) -> tuple[list[str], list[str]]:
    """Return the names of which no word is told with the sentences, and the words of other names that are not."""
    told = " ".join(_told_with(citation) for citation in citations)
    given = set(stems(told)) | {initials.lower() for initials in _initials(told)}
    acronyms = set(re.findall(r"\b[A-Z]{2,}\b", told.replace(".", "")))
    names, parts = [], []
    for start, end in read_question(statement).names:
        name = statement[start:end]
        words = [word for word in name.split() if stems(word) and not (DATE.match(word) or DAY_NAME.match(word))]
        missing = [word for word in words if not any(_same(mine, its) for mine in stems(word) for its in given)]
        if not missing or _initials(name) & acronyms:
            continue
        if len(missing) == len(words):
            names.append(" ".join(words))
        else:
            parts += missing
    return names, parts


def _told_with(citation: Citation) -> str:
    document = citation.document
    told = (citation.quote, citation.speaker, *citation.via, document.outlet, document.title, *document.authors)
    return " . ".join(filter(None, told))


def _initials(text: str) -> set[str]:
    """Return the initials of the capitalised words in a row, two and more of them: "United Nations" is "UN"."""
    found = set()
    for run in re.findall(r"[A-Z]\w*(?:\s(?:(?:of|the|and|for)\s){0,2}[A-Z]\w*)+", text):
        letters = "".join(word[0] for word in run.split() if word[0].isupper())
        found |= {letters[i:j] for i in range(len(letters)) for j in range(i + 2, len(letters) + 1)}
    return found


def _same(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= PREFIX and long.startswith(short))
