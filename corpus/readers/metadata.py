"""Turn stated metadata (front matter, sidecars, rows) into the fields of an Extract, and read dates. Nothing is guessed."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate

from corpus.dates import resolve
from corpus.errors import SourceError
from corpus.types import first_day, last_day

__all__ = ["iso_date", "metadata_fields", "names", "one_day", "read_day"]

ISO_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?=$|[T ])")
ALIASES = {
    "date": "published",
    "lastmod": "updated",
    "author": "authors",
    "site_name": "outlet",
    "lang": "language",
    "tag": "tags",
}
YEAR_FIRST = re.compile(r"\d{4}(?:[-/]?\d\d?)*(?:\D|$)")
ISO_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?=\D|$)(.*)", re.DOTALL)
MONTH = re.compile(r"(\d{4})(?:[-/](\d\d))?$")
IN_FIGURES = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})\b")
EARLIEST = date(1600, 1, 1)
LONGEST_DATE = 60  # characters
TEXTS = ("title", "outlet", "language")


def metadata_fields(stated: Mapping[str, object], where: str) -> dict[str, object]:
    """Return the fields of an Extract that `stated` sets; unknown keys are left out.

    Raises SourceError, naming `where`, if a date is no ISO 8601 date.
    """
    fields: dict[str, object] = {}
    for key, value in stated.items():
        name = ALIASES.get(str(key).lower(), str(key).lower())
        if value is None or value == "":
            continue
        if name in TEXTS:
            fields[name] = " ".join(str(value).split())
        elif name in ("published", "updated"):
            fields[name] = iso_date(value, where)
        elif name == "url" and re.fullmatch(r"https?://\S+", str(value).strip()):
            fields[name] = str(value).strip()
        elif name in ("authors", "tags"):
            fields[name] = names(value)
    return fields


def names(value: object) -> tuple[str, ...]:
    """Return a list of names from a list, or from one text with commas or semicolons."""
    parts = value if isinstance(value, list | tuple) else re.split(r"[;,]", str(value))
    return tuple(text for part in parts if (text := " ".join(str(part).split())))


def iso_date(value: object, where: str) -> str:
    """Return `value` as an ISO 8601 date of the precision it has. Raises SourceError if it is none."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    match = ISO_DATE.match(str(value).strip())
    try:
        if match:
            last_day(match.group())
            return match.group()
    except ValueError:
        pass
    raise SourceError(f"{where}: {value!r} is not a date. Write it as 2022-08-25, 2022-08 or 2022.")


def read_day(value: object) -> str | None:
    """Return a date written for machines as an ISO 8601 date of the precision it has; None where it leaves a doubt."""
    text = " ".join(str(value).split()) if isinstance(value, str | int) else ""
    if not text or len(text) > LONGEST_DATE:
        return None
    found = _iso(text) if YEAR_FIRST.match(text) else _english(text)
    try:
        if found and last_day(found) >= EARLIEST and first_day(found) <= datetime.now(UTC).date() + timedelta(days=1):
            return found
    except ValueError:
        pass
    return None


def one_day(days: Iterable[str | None]) -> str | None:
    """Return the day that all agree on, whoever tells none aside; None where they differ."""
    different = {day for day in days if day}
    return different.pop() if len(different) == 1 else None


def _iso(text: str) -> str | None:
    """Return an ISO date, or one of figures from the year down; what content systems put for none is none."""
    if match := ISO_DAY.match(text):
        year, month, day, rest = match.groups()
        placeholder = (year, month, day) == ("1970", "01", "01") and rest[:1] in ("T", " ")
        return None if placeholder else f"{year}-{month}-{day}"
    if match := MONTH.match(text):
        return "-".join(part for part in match.groups() if part)
    match = IN_FIGURES.match(text)
    return "{}-{:0>2}-{:0>2}".format(*match.groups()) if match else None


def _english(text: str) -> str | None:
    """Return the day of a mail's or a script's date ("Tue, 11 Feb 2020 10:00:00 GMT"), or of an English one."""
    if parsed := parsedate(text):
        return f"{parsed[0]:04}-{parsed[1]:02}-{parsed[2]:02}"
    days = {(when.first, when.last) for when in resolve(text, None)}
    first, last = days.pop() if len(days) == 1 else (None, None)
    return first if first and first == last else None
