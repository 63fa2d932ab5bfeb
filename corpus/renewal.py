"""Passages made anew for a whole record: written beside those that serve, then put in their place in one transaction.

They lie in a table of their own until then, so an attempt that is broken off leaves what serves as it is, and the next one
goes on with what is there already.
"""

import json
from collections.abc import Iterable, Mapping

from corpus.catalog import Catalog
from corpus.types import Passage

__all__ = ["begin", "coming", "prepared", "put", "swap"]

ENCODER = "next_encoder"  # the word of the record's meta for the encoder of the coming vectors
COLUMNS = "id, document_id, version, ordinal, start, end, sentences, vector, text_hash"
TABLE = """
CREATE TABLE IF NOT EXISTS passages_next (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL, version INTEGER NOT NULL,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, sentences TEXT NOT NULL, vector BLOB NOT NULL,
    text_hash BLOB NOT NULL, FOREIGN KEY (document_id, version) REFERENCES documents (id, version) ON DELETE CASCADE
)"""
# Versions whose sentences are other ones now: who says what in them is read anew.
CUT_ANEW = """
UPDATE documents SET attributed = 0 WHERE state IN ('live', 'retired') AND
(SELECT group_concat(sentences) FROM (SELECT sentences FROM passages p
    WHERE p.document_id = documents.id AND p.version = documents.version ORDER BY ordinal)) IS NOT
(SELECT group_concat(sentences) FROM (SELECT sentences FROM passages_next p
    WHERE p.document_id = documents.id AND p.version = documents.version ORDER BY ordinal))
"""


def begin(catalog: Catalog, encoder: str) -> None:
    """Make room for passages whose vectors are this encoder's; what another attempt prepared with another one goes."""
    with catalog.beside(writes=True) as db:
        db.execute(TABLE)
        db.execute("CREATE INDEX IF NOT EXISTS passages_next_document ON passages_next (document_id, version)")
        if catalog.meta(ENCODER) != encoder:
            db.execute("DELETE FROM passages_next")
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (ENCODER, encoder))


def prepared(catalog: Catalog, key: str) -> dict[str, bytes]:
    """Return the passages of a version ("id@version") that are there, with the hash of what was encoded of each."""
    id, _, version = key.rpartition("@")
    sql = "SELECT id, text_hash FROM passages_next WHERE document_id = ? AND version = ?"
    with catalog.beside(writes=False) as db:
        return dict(db.execute(sql, (id, int(version))).fetchall())


def put(catalog: Catalog, keys: Iterable[str], rows: Iterable[tuple[Passage, bytes, bytes]]) -> None:
    """Write the passages of some versions, (passage, vector, SHA-256 of what was encoded), in place of what is there of them."""
    with catalog.beside(writes=True) as db:
        for key in keys:
            id, _, version = key.rpartition("@")
            db.execute("DELETE FROM passages_next WHERE document_id = ? AND version = ?", (id, int(version)))
        db.executemany(
            f"INSERT INTO passages_next ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (p.id, p.document_id, p.version, p.ordinal, p.start, p.end, json.dumps(p.sentences), vector, digest)
                for p, vector, digest in rows
            ],
        )


def coming(catalog: Catalog) -> Catalog:
    """Return the record opened once more, as it will be: it reads the coming passages for those that serve."""
    return catalog.opened_with(f"CREATE TEMP VIEW passages AS SELECT row, {COLUMNS} FROM main.passages_next")


def swap(catalog: Catalog, meta: Mapping[str, str]) -> None:
    """Put the coming passages in the place of those that serve, and set `meta` with them, in one transaction."""
    with catalog.beside(writes=True) as db:
        db.execute(CUT_ANEW)
        db.execute("DELETE FROM passages")
        db.execute(f"INSERT INTO passages ({COLUMNS}) SELECT {COLUMNS} FROM passages_next ORDER BY row")
        db.execute("DROP TABLE passages_next")
        db.execute("DELETE FROM forgotten")
        db.execute("DELETE FROM meta WHERE key = ?", (ENCODER,))
        db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
        db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")
