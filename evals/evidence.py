"""Find the words of gold evidence in the documents that hold them: what a suite quotes gets its offsets."""

import re
from dataclasses import replace

from corpus.errors import SourceError
from corpus.types import Document, Span
from evals.records import Place, Record, same_document
from index.library import Library

__all__ = ["find", "located"]


def located(record: Record, library: Library) -> Record:
    """Return the record with the offsets of its evidence, alternatives that stand nowhere left out.

    Raises SourceError where a piece of evidence is left with no alternative.
    """
    return replace(record, evidence=tuple(_piece(piece, record.id, library) for piece in record.evidence))


def _piece(piece: tuple[Place, ...], id: str, library: Library) -> tuple[Place, ...]:
    found = tuple(place for given in piece for place in _places(given, library))
    if not found:
        quotes = "; ".join(f"{place.quote!r} in {place.document}" for place in piece)
        raise SourceError(
            f"question {id}: its evidence is not in the library: {quotes}. Correct the quotation, or add the document."
        )
    return found


def _places(place: Place, library: Library) -> list[Place]:
    if place.start >= 0:
        return [place]
    found = []
    for document in _documents(place.document, library):
        span = find(place.quote, document.text)
        if span is not None:
            found.append(replace(place, document=document.source, start=span[0], end=span[1]))
    return found


def _documents(name: str, library: Library) -> list[Document]:
    ids = [entry.id for entry in library.list() if entry.id == name or same_document(entry.source, name)]
    return [library.catalog.document(id) for id in ids]


def find(quote: str, text: str) -> Span | None:
    """Return the first span of a quotation in a text, whatever the space between its words."""
    match = re.search(r"\s+".join(re.escape(word) for word in quote.split()), text)
    return match.span() if match else None
