"""What was read before, and as what it was found then, so that an unchanged file is not opened again.

A file's stamp is its size and its times, with those of its sidecar. As in git, a file written in the last moments before it
was read has none: it might be written again within the clock's tick and look the same, so its bytes are compared.
"""

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.rows import COLUMNS as DOCUMENT
from corpus.rows import document_of
from corpus.types import SIDECAR, Document

__all__ = ["Inputs", "Known", "Seen", "Stamp", "digest_of", "is_gone", "sidecar_digest", "stamp_of"]

TICK_NS = 2 * 10**9  # the coarsest clock of a file system in use (FAT)
COLUMNS = "place, original, sidecar, size, stamp, readers, twin, problem"


@dataclass(frozen=True, slots=True)
class Stamp:
    """How a file looks from outside; `is_settled` if it can not have been written again since without looking otherwise."""

    size: int
    text: str
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A live document, in short."""

    id: str
    source: str
    title: str
    content_hash: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was read: the SHA-256 of its bytes and of its sidecar's, its stamp, by which readers.

    `twin` is the source of the document that has its content already, `problem` what came of it that still stands.
    """

    place: str
    original: str
    sidecar: str
    size: int
    stamp: str | None
    readers: int
    twin: str | None = None
    problem: str | None = None


def stamp_of(path: Path) -> Stamp:
    """Return how a file looks now. Raises OSError."""
    status = os.stat(path)
    try:
        beside = os.stat(_sidecar_of(path))
    except OSError:
        beside = None
    every = (status, beside) if beside else (status,)
    text = " ".join(f"{each.st_size}:{each.st_mtime_ns}:{each.st_ctime_ns}" for each in every)
    newest = max(each.st_mtime_ns for each in every)
    return Stamp(status.st_size, text, newest < time.time_ns() - TICK_NS)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sidecar_digest(path: Path) -> str:
    """Return the SHA-256 of a file's sidecar, or nothing where it has none. Raises OSError."""
    sidecar = _sidecar_of(path)
    return digest_of(sidecar) if sidecar.is_file() else ""


def is_gone(place: str) -> bool:
    """Tell whether there surely is no file of this name any more; one that cannot be looked at may be there."""
    if not os.path.isabs(place):  # a page, or what was pasted
        return False
    try:
        os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _sidecar_of(path: Path) -> Path:
    return path.with_name(path.name + SIDECAR)


class Inputs:
    """The record's table of what was read. Writes belong into a transaction of the catalog's."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def seen(self, place: str) -> Seen | None:
        """Return a file as it was last read, if it was."""
        row = self._db.execute(f"SELECT {COLUMNS} FROM inputs WHERE place = ? AND kind = 'file'", (place,)).fetchone()
        return Seen(*row) if row and row[1] else None

    def of_size(self, size: int) -> list[Seen]:
        """Return the files of a size that were read."""
        rows = self._db.execute(f"SELECT {COLUMNS} FROM inputs WHERE size = ? AND kind = 'file'", (size,))
        return [Seen(*row) for row in rows if row[1]]

    def keep(self, seen: Seen) -> None:
        """Write how a file was read."""
        values = (seen.place, seen.original, seen.sidecar, seen.size, seen.stamp, seen.readers, seen.twin, seen.problem)
        self._db.execute(
            f"INSERT OR REPLACE INTO inputs ({COLUMNS}, kind) VALUES ({', '.join('?' * len(values))}, 'file')", values
        )

    def move(self, old: str, new: str) -> None:
        """Let what came from one place have come from another: the documents, all versions, and what was read."""
        self._db.execute(
            "UPDATE documents SET source = ? || substr(source, ?), input = ? WHERE input = ?",
            (new, len(old) + 1, new, old),
        )
        self._db.execute("DELETE FROM inputs WHERE place = ?", (old,))

    def documents(self, place: str) -> list[Known]:
        """Return the live documents that came from a place."""
        rows = self._db.execute(
            "SELECT id, source, title, content_hash, tags FROM documents WHERE input = ? AND state = 'live'", (place,)
        )
        return [Known(id, source, title, hash, tuple(json.loads(tags))) for id, source, title, hash, tags in rows]

    def latest(self, source: str) -> tuple[Document, bool] | None:
        """Return the newest version of what has this source, and whether it is live; None if none was added."""
        row = self._db.execute(
            f"SELECT {DOCUMENT}, state FROM documents WHERE source = ? ORDER BY state = 'live' DESC, added_at DESC, "
            "version DESC LIMIT 1",
            (source,),
        ).fetchone()
        return (document_of(row[:-1]), row[-1] == "live") if row else None

    def twins(self, content_hash: str) -> list[tuple[str, str]]:
        """Return the source and the place of each live document with this content."""
        rows = self._db.execute(
            "SELECT source, input FROM documents WHERE content_hash = ? AND state = 'live'", (content_hash,)
        )
        return [(source, place) for source, place in rows]

    def is_as_read(self, place: str) -> bool:
        """Tell whether what was read at a place is still there; of a page nothing else is known."""
        seen, path = self.seen(place), Path(place)
        if seen is None:
            return not is_gone(place)
        try:
            return stamp_of(path).text == seen.stamp or digest_of(path) == seen.original
        except OSError:
            return False

    def is_free(self, id: str) -> bool:
        """Tell whether no document has this id."""
        return self._db.execute("SELECT 1 FROM documents WHERE id = ? LIMIT 1", (id,)).fetchone() is None

    def below(self, folder: str) -> Iterator[str]:
        """Yield the places below a folder from which live documents came."""
        first, last = folder.rstrip("/") + "/", folder.rstrip("/") + "0"  # "0" comes after "/"
        rows = self._db.execute(
            "SELECT DISTINCT input FROM documents WHERE input >= ? AND input < ? AND state = 'live' ORDER BY input",
            (first, last),
        )
        yield from (place for (place,) in rows.fetchall())
