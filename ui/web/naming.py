"""What things are called on the pages, and where a document is found on the site."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from assistant.answer import day
from corpus.catalog import Entry
from corpus.filters import Filters
from corpus.types import Document, Span

__all__ = ["byline", "count", "day", "entry_url", "in_filters", "source_url"]


def count(number: int, noun: str) -> str:
    """Return "1 document", "2 documents"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def byline(document: Document | Entry) -> str:
    """Return the outlet, where it is known, and the date, as text."""
    return ", ".join(filter(None, (document.outlet, day(document.published))))


def source_url(document: Document, start: int, end: int, answer: Span | None = None) -> str:
    """Return the address on the site of a version of a document at the words from `start` to `end`: it stays what it is.

    `answer` is the span of those among them that answer.
    """
    words = urlencode({"start": start, "end": end} | ({"answer": f"{answer[0]}-{answer[1]}"} if answer else {}))
    return f"/source/{quote(document.id, safe='')}/{document.version}?{words}#cited"


def entry_url(entry: Entry) -> str:
    """Return the address on the site of a document as a whole."""
    return f"/source/{quote(entry.id, safe='')}/{entry.version}"


def in_filters(filters: Filters) -> list[str]:
    """Return what a search was limited to, in words, a part each."""
    days = [
        (filters.as_of, "published by {}"),
        (filters.from_date, "published on or after {}"),
        (filters.to_date, "published on or before {}"),
    ]
    named: list[tuple[Sequence[str], str]] = [
        (filters.outlets, "in {}"),
        (filters.authors, "written by {}"),
        (filters.speakers, "said by {}"),
        (filters.tags, "tagged {}"),
    ]
    found = [form.format(day(given)) for given, form in days if given]
    found += [form.format(" or ".join(names)) for names, form in named if names]
    return found + ([f"in {count(len(filters.documents), 'chosen document')}"] if filters.documents else [])
