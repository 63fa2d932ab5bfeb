"""Who said what, in date order: the sentences that the record attributes to a speaker, on a subject if one is named."""

from assistant.answer import Citation
from assistant.dating import date_said, moved
from assistant.question import read_question
from assistant.ranking import FEATURES, LIKELY, candidates, features
from corpus.catalog import Quotation
from corpus.dates import resolve
from corpus.filters import Filters
from corpus.types import Document
from index.retriever import Retriever

__all__ = ["quotes"]

SUBJECT_K = 100  # passages among which sentences on a subject are looked for
ON_SUBJECT = 0.5  # alignment from which a sentence is on a subject: "retake Crimea" is 0.2 on territory, 1 on Crimea
UNDATED = "9999"  # sorts last


def quotes(retriever: Retriever, filters: Filters, subject: str | None = None) -> list[Citation]:
    """Return what the filters' speakers are made to say in the documents admitted, oldest first, undated last.

    With a subject, only the sentences that are on it. Raises LibraryLockedError if documents have first to be read for
    who says what while another process is writing.
    """
    library = retriever.library
    library.attribute()
    found = [q for q in library.catalog.quotations_by(filters.speakers) if q.said.probability >= LIKELY]
    allowed, _ = library.catalog.allowed(filters)
    if subject is not None:
        on_it = _on_subject(retriever, filters, subject)
        found = [quotation for quotation in found if (_key(quotation), quotation.start) in on_it]
    found = [quotation for quotation in found if _key(quotation) in allowed]
    documents = library.catalog.versions({_key(quotation) for quotation in found})
    found.sort(key=lambda q: (documents[_key(q)].published or UNDATED, q.document_id, q.start))
    return [_citation(marker, q, documents[_key(q)]) for marker, q in enumerate(found, 1)]


def _on_subject(retriever: Retriever, filters: Filters, subject: str) -> set[tuple[str, int]]:
    """Return the sentences on a subject, each by its version key ("id@version") and its start."""
    library = retriever.library
    hits = retriever.search(" ".join((*filters.speakers, subject)), SUBJECT_K, filters).hits
    documents = library.catalog.versions({f"{hit.passage.document_id}@{hit.passage.version}" for hit in hits})
    rows = [row for row in candidates(hits, documents, library.catalog) if row.said is not None]
    if not rows:
        return set()
    read = read_question(subject)
    with library.indexes() as indexes:
        idf = indexes.passages.idf({term.stem for term in read.terms})
    fits = features(read, rows, idf, library.encoder())[:, FEATURES.index("align")]
    near = [row for row, fit in zip(rows, fits, strict=True) if fit >= ON_SUBJECT]
    return {(f"{row.document.id}@{row.document.version}", row.start) for row in near}


def _key(quotation: Quotation) -> str:
    return f"{quotation.document_id}@{quotation.version}"


def _citation(marker: int, quotation: Quotation, document: Document) -> Citation:
    said, text = quotation.said, document.text[quotation.start : quotation.end]
    return Citation(
        marker,
        document,
        quotation.start,
        quotation.end,
        speaker=said.speaker,
        speech=said.speech,
        cue=said.cue,
        content=said.content,
        via=said.via,
        said_on=moved(date_said(text, said.cue, resolve(text, document.published)), quotation.start),
    )
