"""The record's rows as the types of the corpus, and back."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from corpus.attribution import Attribution
from corpus.types import Document, Passage, file_name

__all__ = [
    "COLUMNS",
    "ENTRIES",
    "QUOTATION",
    "Entry",
    "Quotation",
    "document_of",
    "encoded_text",
    "entry_of",
    "passage_of",
    "quotation_of",
    "row_of",
    "row_of_quotation",
    "text_hash",
]

COLUMNS = (
    "id, version, source, title, text, published, updated, authors, outlet, tags, language, media_type, content_hash, "
    "headings, pages, added_at, url, duplicate_group"
)
ENTRIES = (
    "SELECT d.id, d.version, d.source, d.title, d.published, d.outlet, d.tags, d.media_type, d.language, "
    "d.passages, d.tokens, d.added_at, "
    "d.duplicate_group FROM documents d"
)
QUOTATION = "document_id, version, start, end, speaker, cue, speech, content_start, content_end, via, source_start, source_end, probability"


@dataclass(frozen=True, slots=True)
class Entry:
    """A live document as a list shows it, without its text."""

    id: str
    version: int
    source: str
    title: str
    published: str | None
    outlet: str | None
    tags: tuple[str, ...]
    media_type: str
    language: str | None
    passages: int
    tokens: int
    added_at: str
    duplicate_group: str | None

    @property
    def name(self) -> str:
        """What to call the document where it is shown: its title, else its file."""
        return self.title or file_name(self.source)


def entry_of(row: Sequence[Any]) -> Entry:
    """Return a row of ENTRIES as what a list shows."""
    return Entry(*row[:6], tuple(json.loads(row[6])), *row[7:])  # type: ignore[call-arg]


@dataclass(frozen=True, slots=True)
class Quotation:
    """A sentence, its span in a document's text, and who says it there."""

    document_id: str
    version: int
    start: int
    end: int
    said: Attribution


def encoded_text(title: str, text: str) -> str:
    """Return what is encoded, and searched, of a passage; what is searched of a whole document."""
    return f"{title}\n{text}"


def text_hash(encoded: str) -> bytes:
    """Return the SHA-256 by which the vector of a text is found again."""
    return hashlib.sha256(encoded.encode("utf-8", "surrogatepass")).digest()


def row_of(d: Document) -> tuple[object, ...]:
    """Return a version as the columns of COLUMNS."""
    lists = json.dumps(d.headings), json.dumps(d.pages)
    return (
        *(d.id, d.version, d.source, d.title, d.text, d.published, d.updated, json.dumps(d.authors), d.outlet),
        *(json.dumps(d.tags), d.language, d.media_type, d.content_hash, *lists, d.added_at),
        *(d.url, d.duplicate_group),
    )


def document_of(row: Sequence[str]) -> Document:
    """Return the version in a row of COLUMNS."""
    id, version, source, title, text, published, updated, authors, outlet, tags, language, media_type, digest = row[:13]
    headings, pages, added_at, url, group = row[13:]
    return Document(
        *(id, int(version), source, title, text, published, updated, tuple(json.loads(authors)), outlet),
        *(tuple(json.loads(tags)), language, media_type, digest),
        *(tuple((start, end) for start, end in json.loads(headings)), tuple(json.loads(pages)), added_at),
        *(url, group),
    )


def row_of_quotation(q: Quotation) -> tuple[object, ...]:
    """Return a quotation as the columns of QUOTATION."""
    said = q.said
    via = json.dumps(said.via)
    return (
        q.document_id,
        q.version,
        q.start,
        q.end,
        said.speaker,
        said.cue,
        said.speech,
        *said.content,
        via,
        *said.source,
        said.probability,
    )


def quotation_of(row: Sequence[str]) -> Quotation:
    """Return the quotation in a row of QUOTATION."""
    speech: Literal["direct", "reported"] = "direct" if row[6] == "direct" else "reported"
    said = Attribution(row[4], row[5], (int(row[7]), int(row[8])), speech, tuple(json.loads(row[9])))
    said = replace(said, source=(int(row[10]), int(row[11])), probability=float(row[12]))
    return Quotation(row[0], int(row[1]), int(row[2]), int(row[3]), said)


def passage_of(row: Sequence[str]) -> Passage:
    """Return the passage in a row of id, document_id, version, ordinal, start, end, text, sentences."""
    sentences = tuple((start, end) for start, end in json.loads(row[7]))
    return Passage(row[0], row[1], int(row[2]), int(row[3]), int(row[4]), int(row[5]), row[6], sentences)
