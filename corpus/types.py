"""The nouns of the corpus: what a reader extracts, what the record keeps, what is searched.

Offsets are Unicode code points into `Document.text`, half open. Dates are ISO 8601 texts of the precision that is known
("2022-08-25", "2022-08" or "2022"); None is unknown, never today.
"""

import calendar
import os
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath

__all__ = [
    "PASTED",
    "SIDECAR",
    "Document",
    "Extract",
    "Input",
    "Passage",
    "Span",
    "Told",
    "file_name",
    "first_day",
    "last_day",
    "place_of",
]

Span = tuple[int, int]
SIDECAR = ".meta.toml"  # after the name of the file that it tells of
PASTED = "pasted:"  # what text without a file is called, before its digest


@dataclass(frozen=True, slots=True)
class Extract:
    """What a reader takes from one source: its text and what the source says about itself."""

    text: str
    title: str
    media_type: str
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    outlet: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    url: str | None = None  # where it was published
    headings: tuple[Span, ...] = ()
    pages: tuple[int, ...] = ()
    row: str | None = None  # the id of a row in a file of many documents


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody else says of a document, a feed of its pages: believed where the document is silent.

    `media_type` is set where the text is not the document's own page but what the feed gave of it.
    """

    title: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """Something to be read: its place (a file's full path, a page's canonical address) and the file that has its bytes."""

    place: str
    path: Path
    url: str | None = None  # where a page was fetched from; None for a file
    media_type: str | None = None  # the Content-Type that came with a page; None for a file
    told: Told | None = None

    @property
    def name(self) -> str | None:
        """What to call what is in a temporary file; None where the file's own name tells."""
        return None if self.place == Input.of(self.path).place else self.place

    @classmethod
    def of(cls, path: Path) -> "Input":
        """Return a file of this machine as an input; its name may be in any bytes."""
        return cls(place_of(os.path.realpath(path)), path)

    def completed(self, extract: Extract) -> Extract:
        """Return what was read, with what is told of it where it is silent; a title that is but the place's last part is none."""
        told = self.told
        if told is None:
            return extract
        last = PurePosixPath(self.place.partition("?")[0]).stem
        return replace(
            extract,
            title=(extract.title if extract.title != last else None) or told.title or extract.title,
            published=extract.published or told.published,
            updated=extract.updated or told.updated,
            authors=extract.authors or told.authors,
            media_type=told.media_type or extract.media_type,
        )


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one source. Its text never changes; a changed source is a new version.

    `headings` are spans of `text`; `pages` are the offsets at which pages start, empty where there are none.
    `duplicate_group` is the id of the first of the documents that tell the same story almost word for word; None stands alone.
    """

    id: str
    version: int
    source: str
    title: str
    text: str
    published: str | None
    updated: str | None
    authors: tuple[str, ...]
    outlet: str | None
    tags: tuple[str, ...]
    language: str | None
    media_type: str
    content_hash: str
    headings: tuple[Span, ...]
    pages: tuple[int, ...]
    added_at: str
    url: str | None = None
    duplicate_group: str | None = field(default=None, compare=False)  # of the library, not of the document

    @property
    def name(self) -> str:
        """What to call the document where it is shown: its title, else its file."""
        return self.title or file_name(self.source)

    @property
    def story(self) -> str:
        """What counts as one source: the group of those that tell the same, else the document by itself."""
        return self.duplicate_group or self.id

    def page_of(self, offset: int) -> int | None:
        """Return the number, from 1, of the page that holds `offset`; None where the document has no pages."""
        started = [number for number, start in enumerate(self.pages, 1) if start <= offset]
        return started[-1] if started else None


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences, the unit of retrieval. `sentences` are spans of the document's text, headings excluded."""

    id: str
    document_id: str
    version: int
    ordinal: int
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]


def place_of(path: str) -> str:
    """Return a file's path as a text that can be stored and shown; bytes that are no UTF-8 are written as \\xff."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def file_name(source: str) -> str:
    """Return the last part of a source, with the row in it if there is one: "corpus.jsonl#7"."""
    return source.rpartition("/")[2]


def first_day(published: str) -> date:
    """Return the first day that `published` may mean: 2022-08 is 2022-08-01. Raises ValueError if it is no ISO date."""
    year, month, day = ([int(part) for part in published.split("-")] + [1, 1])[:3]
    return date(year, month, day)


def last_day(published: str) -> date:
    """Return the last day that `published` may mean: 2022-08 is 2022-08-31. Raises ValueError if it is no ISO date."""
    first = first_day(published)
    parts = published.count("-") + 1
    month = 12 if parts == 1 else first.month
    return first if parts == 3 else date(first.year, month, calendar.monthrange(first.year, month)[1])
