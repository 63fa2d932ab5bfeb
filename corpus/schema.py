"""The record's tables, and how a record of an earlier OnRecord is brought to them."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from corpus.errors import DiskError, LibraryDamagedError, LibraryLockedError, OnRecordError

__all__ = ["BUSY_S", "MIGRATIONS", "SCHEMA", "SCHEMA_VERSION", "Connection", "connected", "copy", "prepare"]

Connection = sqlite3.Connection

SCHEMA_VERSION = 5
BUSY_S = 30  # how long a write waits for another process's transaction
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    published TEXT, updated TEXT, authors TEXT NOT NULL, outlet TEXT, tags TEXT NOT NULL, language TEXT,
    media_type TEXT NOT NULL, content_hash TEXT NOT NULL, original TEXT NOT NULL, headings TEXT NOT NULL,
    pages TEXT NOT NULL, tokens INTEGER NOT NULL, added_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('staged', 'embedded', 'live', 'retired')),
    PRIMARY KEY (id, version)
);
CREATE INDEX documents_state ON documents (state);
CREATE INDEX documents_content ON documents (content_hash);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL, version INTEGER NOT NULL,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, sentences TEXT NOT NULL, vector BLOB,
    FOREIGN KEY (document_id, version) REFERENCES documents (id, version) ON DELETE CASCADE
);
CREATE INDEX passages_document ON passages (document_id, version);
CREATE TABLE forgotten (passage_id TEXT PRIMARY KEY, key TEXT NOT NULL, retired INTEGER NOT NULL);
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE TABLE turns (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, ordinal INTEGER NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL, asked_at TEXT NOT NULL, PRIMARY KEY (conversation_id, ordinal)
);
INSERT INTO meta VALUES ('generation', '0');
"""
# What each schema added to the one before, by its number. `attributed` says by which rules a version was read; `input` is
# the file or address that a document came from, `stated` holds the fields that the user set, `text_hash` is the SHA-256 of
# what was encoded, so that a text's vector is found again. `inputs` is what was read, and as what it was found then. `bands`
# finds texts that are almost alike (corpus/groups.py). What was deleted or removed may be brought back for a while from
# `deleted_at` or `removed_at` on, times in UTC; `ratings` is what a reader thought of an answer. What a list of the documents
# is sorted and searched by is all in one index: reading their rows would read their texts.
MIGRATIONS = {
    2: """
CREATE TABLE attributions (
    document_id TEXT NOT NULL, version INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    speaker TEXT NOT NULL, cue TEXT NOT NULL, speech TEXT NOT NULL, content_start INTEGER NOT NULL,
    content_end INTEGER NOT NULL, via TEXT NOT NULL, source_start INTEGER NOT NULL, source_end INTEGER NOT NULL,
    probability REAL NOT NULL, PRIMARY KEY (document_id, version, start),
    FOREIGN KEY (document_id, version) REFERENCES documents (id, version) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX attributions_speaker ON attributions (speaker);
ALTER TABLE documents ADD COLUMN attributed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX documents_attributed ON documents (attributed);
""",
    3: """
ALTER TABLE documents ADD COLUMN url TEXT;
ALTER TABLE documents ADD COLUMN duplicate_group TEXT;
ALTER TABLE documents ADD COLUMN signature BLOB;
ALTER TABLE documents ADD COLUMN stated TEXT NOT NULL DEFAULT '{}';
ALTER TABLE documents ADD COLUMN input TEXT;
UPDATE documents SET input = CASE instr(source, '.jsonl#') WHEN 0 THEN source ELSE substr(source, 1, instr(source, '.jsonl#') + 5) END;
CREATE INDEX documents_input ON documents (input);
CREATE INDEX documents_source ON documents (source);
CREATE INDEX documents_group ON documents (duplicate_group);
DROP INDEX documents_state;
CREATE INDEX documents_state ON documents (state, id, version, published, outlet, authors, tags, source);
CREATE INDEX documents_unsigned ON documents (state) WHERE signature IS NULL;
CREATE TABLE bands (key INTEGER NOT NULL, document_id TEXT NOT NULL, PRIMARY KEY (key, document_id)) WITHOUT ROWID;
ALTER TABLE passages ADD COLUMN text_hash BLOB;
CREATE INDEX passages_text ON passages (text_hash);
CREATE TABLE inputs (
    place TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('file', 'page', 'feed')), follows INTEGER NOT NULL DEFAULT 0,
    tags TEXT NOT NULL DEFAULT '[]', original TEXT, sidecar TEXT, size INTEGER, stamp TEXT, readers INTEGER, twin TEXT,
    etag TEXT, last_modified TEXT, checked_at TEXT, problem TEXT
);
CREATE INDEX inputs_size ON inputs (size);
""",
    4: """
ALTER TABLE conversations ADD COLUMN deleted_at TEXT;
CREATE TABLE ratings (
    conversation_id TEXT NOT NULL, ordinal INTEGER NOT NULL, good INTEGER NOT NULL, reason TEXT NOT NULL, rated_at TEXT NOT NULL,
    PRIMARY KEY (conversation_id, ordinal),
    FOREIGN KEY (conversation_id, ordinal) REFERENCES turns (conversation_id, ordinal) ON DELETE CASCADE
);
ALTER TABLE documents ADD COLUMN removed_at TEXT;
""",
    5: """
ALTER TABLE documents ADD COLUMN passages INTEGER NOT NULL DEFAULT 0;
UPDATE documents SET passages = (SELECT count(*) FROM passages p WHERE p.document_id = documents.id AND p.version = documents.version);
DROP INDEX documents_state;
CREATE INDEX documents_state ON documents (state, id, version, published, outlet, authors, tags, source, title, media_type, added_at, duplicate_group, passages);
CREATE INDEX documents_removed ON documents (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX inputs_problem ON inputs (place) WHERE problem IS NOT NULL;
""",
}


DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")
DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")


class _Cursor(sqlite3.Cursor):
    """A cursor that tells of a damaged, locked or unwritable record by the errors that are meant for the user."""

    def execute(self, *given: Any) -> Self:
        with _told(self):
            return super().execute(*given)

    def executemany(self, *given: Any) -> Self:
        with _told(self):
            return super().executemany(*given)

    def fetchone(self) -> Any:
        with _told(self):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with _told(self):
            return super().fetchall()

    def __next__(self) -> Any:
        try:  # without a context manager: it is called for every row
            return super().__next__()
        except sqlite3.DatabaseError as error:
            raise _error(error, self) from error


class _Connection(sqlite3.Connection):
    path: Path | str = ""

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, *given: Any) -> Any:
        return self.cursor().execute(*given)  # SQLite's own takes a plain cursor

    def executemany(self, *given: Any) -> Any:
        return self.cursor().executemany(*given)


@contextmanager
def _told(cursor: sqlite3.Cursor) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _error(error, cursor) from error


def _error(error: sqlite3.DatabaseError, cursor: sqlite3.Cursor) -> Exception:
    """Return what to tell of an error of SQLite's; itself where it is a mistake of ours."""
    path = getattr(cursor.connection, "path", "")
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(LOCKED):
        return LibraryLockedError(f"{path}: the record has been locked by another process for {BUSY_S} s. Try again.")
    if name.startswith(DAMAGED):
        return LibraryDamagedError(f"{path}: the record cannot be read ({error}). Run onrecord doctor.")
    if name.startswith(DISK):
        return DiskError(path, error)
    return error


def connected(path: Path) -> sqlite3.Connection:
    """Return a connection to the record at `path`, whose transactions the caller begins and ends.

    On a disk that is read-only the connection is one that reads.
    """
    db = _connection(path, timeout=BUSY_S)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("SELECT count(*) FROM sqlite_master")
    except OnRecordError:
        db.close()
        log = path.with_name(f"{path.name}-wal")
        if os.access(path.parent, os.W_OK) or not path.is_file() or (log.exists() and log.stat().st_size):
            raise
        # a write-ahead log needs a file beside it; without a log the record does not change as long as this disk is so
        db = _connection(f"{path.absolute().as_uri()}?immutable=1", uri=True)
    db.create_function("fold", 1, str.casefold, deterministic=True)
    return db


def _connection(path: Path | str, **options: Any) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, factory=_Connection, **options)
    db.path = path
    return db


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Bring the record to the present schema, in one transaction; before that an earlier one is copied beside.

    A record that is there already is not written to, so nobody is waited for. Raises LibraryDamagedError.
    """
    version = _version(db, path)
    if version == SCHEMA_VERSION:
        return
    if version:
        copy(db, path.with_name(f"{path.stem}.schema{version}{path.suffix}"))
    db.execute("BEGIN IMMEDIATE")
    try:
        _migrate(db, _version(db, path))
        db.execute("COMMIT")
    except (sqlite3.Error, OnRecordError) as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        if not version:
            raise
        raise LibraryDamagedError(
            f"{path}: its schema {version} could not be brought to {SCHEMA_VERSION} ({error}). Nothing was changed."
        ) from error


def _version(db: sqlite3.Connection, path: Path) -> int:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise LibraryDamagedError(
            f"{path}: its schema is {version}, this OnRecord reads {SCHEMA_VERSION}. Update OnRecord."
        )
    return version


def _migrate(db: sqlite3.Connection, version: int) -> None:
    scripts = [] if version else [SCHEMA]
    scripts += [script for number, script in MIGRATIONS.items() if number > version]
    for statement in ";\n".join(scripts).split(";\n"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def copy(db: sqlite3.Connection, path: Path) -> None:
    """Write what the record holds now to a file of its own, all or nothing; others may go on writing meanwhile."""
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    target = sqlite3.connect(draft, isolation_level=None)
    try:
        db.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    finally:
        target.close()
    draft.replace(path)
