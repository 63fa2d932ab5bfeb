"""Which live documents tell the same story: a group has the id of the document that it began with.

A document joins a group if it tells the story of that first document. It is compared with no other, so a chain of edits
cannot swallow the library, and only documents that stand alone or first have their bands in the record, so a story in a
thousand papers costs no more than one in two. Groups are changed in the transaction that lets documents go live, or
takes them out. A retired version keeps the group that it was in.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from corpus.duplicates import bands, is_same_story, may_be_same, shingles, signature

__all__ = ["loosen", "place", "ungrouped"]

MOST_COMPARED = 50  # signatures, those that share most bands


def loosen(db: sqlite3.Connection, ids: Sequence[str]) -> list[str]:
    """Prepare live documents for leaving their groups, and return the others whose group began with one of them.

    Those are in no group then: they must be placed anew.
    """
    leaving, freed = set(ids), []
    for id in ids:
        row = db.execute(
            "SELECT duplicate_group, signature FROM documents WHERE id = ? AND state = 'live'", (id,)
        ).fetchone()
        if row is None or row[1] is None:
            continue
        group, kept = row
        stay = [other for other in _members(db, group) if other not in leaving]
        if group is None or group == id:
            db.executemany("DELETE FROM bands WHERE key = ? AND document_id = ?", [(key, id) for key in bands(kept)])
            freed += stay
        if group == id or len(stay) == 1:
            for other in stay:
                _set_group(db, other, None)
    return freed


def place(db: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Put each live document, which is in no group, into the group whose story it tells, in this order."""
    for id in ids:
        found = shingles(_text(db, id))
        kept = signature(found)
        db.execute("UPDATE documents SET signature = ? WHERE id = ? AND state = 'live'", (kept, id))
        first = _first_of_story(db, found, kept)
        if first is None:
            db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", [(key, id) for key in bands(kept)])
        else:
            _set_group(db, first, first)
        _set_group(db, id, first)


def ungrouped(db: sqlite3.Connection, most: int) -> list[str]:
    """Return at most so many live documents that were never compared: those that an earlier OnRecord added."""
    rows = db.execute("SELECT id FROM documents WHERE state = 'live' AND signature IS NULL LIMIT ?", (most,))
    return [id for (id,) in rows]


def _first_of_story(db: sqlite3.Connection, found: frozenset[int], kept: bytes) -> str | None:
    """Return the document, one that stands alone or first, which tells the same story; None where there is none."""
    keys = bands(kept)
    rows = db.execute(
        f"SELECT document_id FROM bands WHERE key IN ({', '.join('?' * len(keys))}) "
        "GROUP BY document_id ORDER BY count(*) DESC, document_id LIMIT ?",
        (*keys, MOST_COMPARED),
    ).fetchall()
    for (id,) in rows:
        (theirs,) = db.execute("SELECT signature FROM documents WHERE id = ? AND state = 'live'", (id,)).fetchone()
        if may_be_same(kept, theirs) and is_same_story(found, shingles(_text(db, id))):
            return str(id)
    return None


def _text(db: sqlite3.Connection, id: str) -> str:
    (text,) = db.execute("SELECT text FROM documents WHERE id = ? AND state = 'live'", (id,)).fetchone()
    return str(text)


def _members(db: sqlite3.Connection, group: str | None) -> list[str]:
    """Return the live documents of a group, the first added first; none of no group."""
    rows = db.execute("SELECT id FROM documents WHERE duplicate_group = ? AND state = 'live' ORDER BY rowid", (group,))
    return [id for (id,) in rows]


def _set_group(db: sqlite3.Connection, id: str, group: str | None) -> None:
    db.execute("UPDATE documents SET duplicate_group = ? WHERE id = ? AND state = 'live'", (group, id))
