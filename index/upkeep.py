"""What the writer before left undone, or an earlier OnRecord never did: the next writer does it before its own change.

Each of these may be broken off and done again.
"""

from collections.abc import Callable, Sequence

import numpy as np

from corpus.catalog import Catalog
from index.edits import retitle
from index.encoder import Encoder
from index.ingest import quotations
from index.shelf import Shelf

__all__ = ["attribute", "bring_back", "bring_up_to_date", "forget", "retitle_edited"]

BROUGHT_AT_ONCE = 100  # documents
GROUPED_AT_ONCE = 500  # documents; half a second in which nobody else writes to the record


def bring_up_to_date(catalog: Catalog, shelf: Shelf, encoder: Callable[[], Encoder]) -> None:
    """Leave nothing unfinished in the record, and nothing in the indexes that the record does not have.

    `encoder` is called where a text has to be encoded anew.
    """
    with catalog.transaction():
        catalog.drop_unfinished()
        catalog.drop_outlived()
    forget(catalog, shelf)
    retitle_edited(catalog, shelf, encoder)
    attribute(catalog)
    _group(catalog)
    with catalog.transaction():
        catalog.hash_texts()


def forget(catalog: Catalog, shelf: Shelf) -> None:
    """Let the indexes drop what the record no longer has, or no longer has live."""
    ids, keys = catalog.forgotten()
    if not ids:
        return
    with shelf.lent() as indexes:
        indexes.vectors.remove(ids)
        indexes.passages.write(removed=keys)
        indexes.documents.write(removed=keys)
    with catalog.transaction():
        catalog.clear_forgotten()


def bring_back(catalog: Catalog, shelf: Shelf, ids: Sequence[str]) -> None:
    """Let removed documents be live again: the record has their vectors, the lexical indexes have never lost them."""
    with catalog.transaction():
        keys = catalog.await_back(ids)
    with shelf.lent() as indexes:
        for start in range(0, len(keys), BROUGHT_AT_ONCE):
            rows = [row for key in keys[start : start + BROUGHT_AT_ONCE] for row in catalog.vectors_in(key)]
            if rows:
                vectors = np.frombuffer(b"".join(blob for _, blob in rows), np.float32).reshape(len(rows), -1)
                indexes.vectors.add([id for id, _ in rows], vectors)
    with catalog.transaction():
        catalog.bring_back(keys)


def retitle_edited(catalog: Catalog, shelf: Shelf, encoder: Callable[[], Encoder]) -> None:
    """Bring titles that were edited into the indexes."""
    keys = catalog.retitled()
    if not keys:
        return
    with shelf.lent() as indexes:
        for key in keys:
            retitle(key, catalog, indexes, encoder())
    with catalog.transaction():
        catalog.clear_retitled()


def attribute(catalog: Catalog) -> None:
    """Read anew who says what in the versions that were not read by the present rules."""
    for key in catalog.unattributed():
        document = catalog.versions([key])[key]
        said = quotations(document, catalog.passages_of(key))
        with catalog.transaction():
            catalog.attribute(document, said)


def _group(catalog: Catalog) -> None:
    """Put the documents that an earlier OnRecord added beside those that tell the same."""
    left = GROUPED_AT_ONCE
    while left == GROUPED_AT_ONCE:
        with catalog.transaction():
            left = catalog.group_some(GROUPED_AT_ONCE)
