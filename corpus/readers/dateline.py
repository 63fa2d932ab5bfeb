"""What the head of a text tells of itself: "By Ada Wherry", "Published: 25 August 2022", "LONDON, Aug 25, 2022 (Agency) -".

Only lines that are nothing else are read, only in the first lines, and of dates that differ none is taken. A dateline
without its year dates nothing: no year is guessed.
"""

import re
from collections.abc import Iterator, Mapping

from corpus.readers.bylines import people
from corpus.readers.metadata import one_day, read_day

__all__ = ["head_fields"]

LINES = 10  # that have words
LONGEST = 120  # characters of a line that is no sentence
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
DAY = rf"(?:{MONTH} \d{{1,2}},? \d{{4}}|\d{{1,2}} {MONTH},? \d{{4}}|\d{{4}}-\d\d-\d\d)"
WEEKDAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? )?"
PUBLISHED = re.compile(
    r"(?:(?:first )?(?:published|posted|issued)(?: (?:on|at|online))?|(?:publication|release|issue) date|date(?: published)?)"
    r"\s?[:–—-]\s*(?P<day>.+)|(?:first )?published(?: on)? (?P<plain>.+)",
    re.IGNORECASE,
)
UPDATED = re.compile(r"(?:last )?(?:updated|modified|revised)(?: (?:on|at))?\s?:?\s*(?P<day>.+)", re.IGNORECASE)
BYLINE = re.compile(r"(?:written )?by:? (?=[A-Z])|authors?\s?:", re.IGNORECASE)
DATELINE = re.compile(
    rf"(?P<place>[A-Z][A-Z .'’/-]*[A-Z](?:, [A-Z][A-Za-z. ]+)?),? (?:\([^()]{{2,40}}\) )?{WEEKDAY}(?P<day>{DAY})\s?"
    r"(?:\([^()]{2,40}\)\s?)?[-–—]{1,2}\s"
)
ALONE = re.compile(rf"{WEEKDAY}{DAY}(?:,? \d{{1,2}}[:.]\d\d.{{0,12}})?")


def head_fields(text: str) -> Mapping[str, object]:
    """Return what the first lines of a text tell: any of published, updated (ISO 8601 days) and authors."""
    lines = list(_first_lines(text))
    authors = [name for line in lines if BYLINE.match(line) for name in people([line])]
    dates = {"published": one_day(_published(lines)), "updated": one_day(_days(UPDATED, lines))}
    fields: dict[str, object] = {name: day for name, day in dates.items() if day}
    if fields.get("updated", "") == fields.get("published"):
        fields.pop("updated", None)
    return fields | ({"authors": tuple(dict.fromkeys(authors))} if authors else {})


def _first_lines(text: str) -> Iterator[str]:
    """Yield the first lines, each without more space than it needs; of a sentence that is long only its start."""
    found = 0
    for line in text[: LINES * 1000].split("\n"):
        words = " ".join(line.split())
        if words:
            yield words[: LONGEST + 1]
            found += 1
        if found == LINES:
            return


def _published(lines: list[str]) -> Iterator[str | None]:
    yield from _days(PUBLISHED, lines)
    yield from (read_day(match["day"]) for line in lines if (match := DATELINE.match(line)))
    below_byline = [line for before, line in zip(lines, lines[1:], strict=False) if BYLINE.match(before)]
    yield from (read_day(line) for line in below_byline[:1] if ALONE.fullmatch(line))


def _days(pattern: re.Pattern[str], lines: list[str]) -> Iterator[str | None]:
    for line in lines:
        match = pattern.fullmatch(line) if len(line) <= LONGEST else None
        if match:
            words = next(text for text in match.groupdict().values() if text)
            yield read_day(words) if _is_date(words) else None


def _is_date(words: str) -> bool:
    """Tell whether words are a date, its time of day and zone, and nothing else, whatever the order of its figures."""
    rest = re.sub(
        rf"{WEEKDAY}(?:{DAY}|\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{1,4}}|{MONTH} \d{{4}}|\d{{4}})", "", words, count=1
    )
    return rest != words and not re.search(r"[a-z]{4}", rest)
