"""An edited title, brought into vectors and indexes: it is encoded and searched with every passage of its version.

The record has the new title at once, and notes which versions are still to be done; a writer that was interrupted leaves
the note to the next. Doing it twice changes nothing.
"""

from corpus.catalog import Catalog
from corpus.rows import encoded_text
from index.encoder import Encoder
from index.indexes import Indexes
from index.lexical import Text

__all__ = ["retitle"]


def retitle(key: str, catalog: Catalog, indexes: Indexes, encoder: Encoder) -> None:
    """Encode the passages of a version ("id@version") with its title, and write them into the record and every index."""
    document = catalog.versions([key])[key]
    found = catalog.passages_of(key)
    texts = [encoded_text(document.title, p.text) for p in found]
    if found:
        vectors = encoder.encode(texts)
        with catalog.transaction():
            catalog.reembed((p.id, vector.tobytes()) for p, vector in zip(found, vectors, strict=True))
        if key in indexes.live:
            indexes.vectors.add([p.id for p in found], vectors)
    indexes.passages.write([Text(p.id, key, text) for p, text in zip(found, texts, strict=True)], removed=[key])
    indexes.documents.write([Text(key, key, encoded_text(document.title, document.text))], removed=[key])
