"""The whole library cut into passages and encoded anew, by another encoder or after the rules of cutting have changed.

What serves goes on serving until the new passages, their vectors and their indexes are all there; then the record turns
to them in one transaction. An attempt that is broken off is taken up where it stopped. What cites a document does so by its
version and its place in the text, so every citation stays what it was.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict

from corpus import renewal
from corpus.catalog import Catalog
from corpus.rows import encoded_text, text_hash
from corpus.segment import passages
from corpus.types import Document, Passage
from index.encoder import Encoder
from index.ingest import BATCH_PASSAGES
from index.library import Library
from index.upkeep import attribute

__all__ = ["encode_again", "reindex", "texts"]

Progress = Callable[[int, int], None]
Cut = tuple[str, list[tuple[Passage, str]]]  # a version's key, and its passages with what is encoded of each


def reindex(library: Library, encoder: Encoder, report: Progress = lambda done, total: None) -> int:
    """Make the passages, vectors and indexes anew with this encoder; return how many passages were encoded.

    `report` is told of how many versions out of all are done. Raises LibraryLockedError if another process is writing.
    """
    catalog = library.catalog
    info = json.dumps(asdict(encoder.info))
    with library.writing("onrecord reindex"):
        renewal.begin(catalog, info)
        encoded = 0
        for batch, done, total in _due(catalog):
            _prepare(catalog, encoder, batch)
            encoded += sum(len(cut) for _, cut in batch)
            report(done, total)
        with closing(renewal.coming(catalog)) as coming:
            words = library.shelf.built_from(coming)
        renewal.swap(catalog, {"encoder": info} | words)
        library.adopt(encoder)
        library.shelf.sweep()
        attribute(catalog)
    return encoded


def _due(catalog: Catalog) -> Iterator[tuple[list[Cut], int, int]]:
    """Yield the versions that are not prepared yet, some at a time, with the number of those done by then and of all."""
    keys = catalog.findable()
    batch: list[Cut] = []
    for done, key in enumerate(keys, 1):
        cut = _cut(catalog.versions([key])[key])
        if renewal.prepared(catalog, key) != {passage.id: text_hash(text) for passage, text in cut}:
            batch.append((key, cut))
        if sum(len(cut) for _, cut in batch) >= BATCH_PASSAGES:
            yield batch, done, len(keys)
            batch = []
    if batch:
        yield batch, len(keys), len(keys)


def _cut(document: Document) -> list[tuple[Passage, str]]:
    return [(passage, encoded_text(document.title, passage.text)) for passage in passages(document)]


def _prepare(catalog: Catalog, encoder: Encoder, batch: list[Cut]) -> None:
    found = [row for _, cut in batch for row in cut]
    vectors = encoder.encode([text for _, text in found])
    rows = [(p, vector.tobytes(), text_hash(text)) for (p, text), vector in zip(found, vectors, strict=True)]
    renewal.put(catalog, [key for key, _ in batch], rows)


def texts(catalog: Catalog, passage_ids: Sequence[str]) -> dict[str, str]:
    """Return what is encoded of each passage that the record holds, by its id."""
    found = catalog.passages(passage_ids)
    titles = catalog.titles(list({f"{p.document_id}@{p.version}" for p in found.values()}))
    return {id: encoded_text(titles[f"{p.document_id}@{p.version}"], p.text) for id, p in found.items()}


def encode_again(library: Library, passage_ids: Sequence[str]) -> None:
    """Make the vectors of some passages anew, in the record. The lock is held; the indexes have to be built after it."""
    for start in range(0, len(passage_ids), BATCH_PASSAGES):
        found = texts(library.catalog, passage_ids[start : start + BATCH_PASSAGES])
        vectors = library.encoder().encode(list(found.values()))
        with library.catalog.transaction():
            library.catalog.embed((), zip(found, (vector.tobytes() for vector in vectors), strict=True))
