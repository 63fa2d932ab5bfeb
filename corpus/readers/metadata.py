"""Turn stated metadata (front matter, sidecars, rows) into the fields of an Extract. Nothing is guessed."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from corpus.errors import SourceError
from corpus.types import last_day

__all__ = ["iso_date", "metadata_fields", "names"]

ISO_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?=$|[T ])")
ALIASES = {"date": "published", "author": "authors", "site_name": "outlet", "lang": "language", "tag": "tags"}
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
