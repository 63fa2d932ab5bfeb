"""What is wrong with a record: SQLite's own checks, and what OnRecord takes for granted of documents and passages.

Read in one transaction over a connection of its own, so that a writer at work neither waits nor is seen half done.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.catalog import Catalog
from corpus.segment import passage_id

__all__ = ["Unsound", "examined"]

NAMED = 3  # ids in a message
NORM_OFF = 1e-3  # a unit vector's length, as float32


@dataclass(frozen=True, slots=True)
class Unsound:
    """What is wrong, by kind, each in words; `vectors` are the ids of the passages whose vector has to be made anew."""

    record: tuple[str, ...]
    documents: tuple[str, ...]
    passages: tuple[str, ...]
    vectors: tuple[str, ...]
    unfinished: int
    removed: int
    unattributed: int
    inputs: tuple[tuple[str, str], ...]  # places, and what went wrong when they were last read


def examined(catalog: Catalog, dimension: int | None) -> Unsound:
    """Return what is wrong with the record; vectors have to have `dimension` numbers, where that is known."""
    with catalog.beside(writes=False) as db:
        checks = [row[0] for row in db.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
        lost = [
            f"{table}: a row belongs to no row of {parent}"
            for table, _, parent, _ in db.execute("PRAGMA foreign_key_check")
        ]
        misplaced, vectors = [], []
        keys = db.execute("SELECT id, version FROM documents WHERE state IN ('live', 'retired')").fetchall()
        for key in keys:
            text = db.execute("SELECT text FROM documents WHERE id = ? AND version = ?", key).fetchone()[0]
            rows = db.execute(
                "SELECT id, start, end, sentences, vector FROM passages WHERE document_id = ? AND version = ?", key
            )
            for id, start, end, sentences, vector in rows:
                if not _stands(id, key, start, end, text, sentences):
                    misplaced.append(id)
                if not _is_unit(vector, dimension):
                    vectors.append(id)
        return Unsound(
            (*checks, *dict.fromkeys(lost)),
            tuple(_documents(*(db.execute(sql).fetchall() for sql in (LIVES, EMPTY, BOTH)))),
            (f"{_named(misplaced)}: not the words of the document that the passage names",) if misplaced else (),
            tuple(vectors),
            db.execute(UNFINISHED).fetchone()[0],
            db.execute(REMOVED).fetchone()[0],
            len(catalog.unattributed()),
            tuple(db.execute("SELECT place, problem FROM inputs WHERE problem IS NOT NULL ORDER BY place")),
        )


LIVES = "SELECT id, sum(state = 'live') AS lives FROM documents WHERE state IN ('live', 'retired') GROUP BY id HAVING lives > 1"
EMPTY = (
    "SELECT id FROM documents d WHERE state = 'live' AND NOT EXISTS "
    "(SELECT 1 FROM passages p WHERE p.document_id = d.id AND p.version = d.version)"
)
UNFINISHED = "SELECT count(*) FROM documents WHERE state IN ('staged', 'embedded')"

REMOVED = "SELECT count(DISTINCT id) FROM documents WHERE removed_at IS NOT NULL"
BOTH = "SELECT id FROM documents WHERE removed_at IS NOT NULL AND state = 'live'"


def _documents(
    lives: Sequence[tuple[str, int]], empty: Sequence[tuple[str]], both: Sequence[tuple[str]]
) -> Iterator[str]:
    for id, count in lives:
        yield f"{id}: {count} live versions; it may have one"
    if empty:
        yield f"{_named([id for (id,) in empty])}: without any passage, so never found"
    if both:
        yield f"{_named([id for (id,) in both])}: live, and marked as removed"


def _stands(id: str, key: tuple[str, int], start: int, end: int, text: str, sentences: str) -> bool:
    """Tell whether a passage is a span of its document, its sentences spans of it, and its id the one that follows from it."""
    inside = 0 <= start < end <= len(text)
    spans = all(start <= low < high <= end for low, high in json.loads(sentences))
    return inside and spans and id == passage_id(*key, start, text[start:end])


def _is_unit(vector: bytes | None, dimension: int | None) -> bool:
    if vector is None or len(vector) % 4 or not vector or (dimension is not None and len(vector) != 4 * dimension):
        return False
    norm = float(np.linalg.norm(np.frombuffer(vector, np.float32)))
    return abs(norm - 1) <= NORM_OFF  # not so for NaN either


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more
