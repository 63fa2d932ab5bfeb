"""Removal with undo: a document that nobody finds any more, and that can be brought back for a day.

What was removed is retired, every version of it bears the time (UTC), and the vectors stay in the record, so that it comes
back without being encoded. After a day the next writer takes it out for good. A document that is added again comes back too.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from corpus.errors import NotFoundError
from corpus.schema import Connection

__all__ = ["KEPT_FOR", "awaited", "bring_back", "outlived", "put_aside"]

KEPT_FOR = timedelta(days=1)


def put_aside(db: Connection, ids: Sequence[str]) -> None:
    """Mark live documents as removed now, and retire them; what they came from counts as unread."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for id in ids:
        db.execute(
            "DELETE FROM inputs WHERE kind = 'file' AND place IN (SELECT input FROM documents WHERE id = ?)", (id,)
        )
        db.execute("UPDATE documents SET removed_at = ? WHERE id = ?", (now, id))
        db.execute("UPDATE documents SET state = 'retired' WHERE id = ? AND state = 'live'", (id,))


def awaited(db: Connection, ids: Sequence[str]) -> list[tuple[str, int]]:
    """Return the id and the version that comes back of each removed document. Raises NotFoundError if one is not removed."""
    found = []
    for id in dict.fromkeys(ids):
        (version,) = db.execute(
            "SELECT max(version) FROM documents WHERE id = ? AND state = 'retired' AND removed_at IS NOT NULL", (id,)
        ).fetchone()
        if version is None:
            raise NotFoundError(
                f"{id[:40]}: no removed document can be brought back by this id. After a day it is gone for good; "
                "add its source again."
            )
        found.append((id, int(version)))
    return found


def bring_back(db: Connection, keys: Sequence[tuple[str, int]]) -> None:
    """Let removed versions (id, version) be live again."""
    for key in keys:
        db.execute("UPDATE documents SET state = 'live' WHERE id = ? AND version = ?", key)
        db.execute("UPDATE documents SET removed_at = NULL WHERE id = ?", key[:1])


def outlived(db: Connection) -> list[str]:
    """Return the ids of the documents that were removed longer than a day ago."""
    before = (datetime.now(UTC) - KEPT_FOR).isoformat(timespec="seconds")
    rows = db.execute("SELECT DISTINCT id FROM documents WHERE removed_at IS NOT NULL AND removed_at < ?", (before,))
    return [id for (id,) in rows]
