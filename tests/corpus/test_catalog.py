"""The record across schemas: an earlier one is brought forward whole, a later one refused, and readers wait for nobody."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

import pytest

from corpus.catalog import Catalog
from corpus.conversations import Conversations
from corpus.errors import LibraryDamagedError, NotFoundError
from corpus.schema import MIGRATIONS, SCHEMA, SCHEMA_VERSION

ANSWER = {
    "text": "Forty million dollars.",
    "citations": [{"document": {"id": "d1", "version": 1}, "start": 4, "end": 10}],
}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite3"


def early(record: Path, version: int) -> None:
    """Write a record as an OnRecord of that schema did: a document with two versions, its passages, a conversation."""
    with closing(sqlite3.connect(record)) as db, db:
        for script in (SCHEMA, *(MIGRATIONS[number] for number in range(2, version + 1))):
            db.executescript(script)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA user_version={version}")
        for number, state in ((1, "retired"), (2, "live")):
            row = ("d1", number, "/a.txt", "A", "The bridge was closed.", "2021-03-04", None, "[]", None, '["b"]', None)
            rest = ("text/plain", f"hash{number}", "original", "[]", "[]", 5, "2026-01-01", state)
            marks = ", ".join("?" * 19)
            columns = re.sub(r"\s+", " ", SCHEMA).partition("CREATE TABLE documents (")[2].partition(" PRIMARY")[0]
            names = re.findall(r"(\w+) (?:TEXT|INTEGER)", columns)
            db.execute(f"INSERT INTO documents ({', '.join(names)}) VALUES ({marks})", (*row, *rest))
            passage = (f"p{number}", "d1", number, 0, 0, 22, "[[0, 22]]", bytes(8))
            names = ["id", "document_id", "version", "ordinal", "start", "end", "sentences", "vector"]
            db.execute(f"INSERT INTO passages ({', '.join(names)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", passage)
        db.execute("INSERT INTO conversations VALUES ('c1', 'local', 'How much?', '2026-01-01', '2026-01-01')")
        db.execute(
            "INSERT INTO turns VALUES ('c1', 0, 'How much?', json(?), '2026-01-01')", (str(ANSWER).replace("'", '"'),)
        )


@pytest.fixture
def opened(record: Path) -> Iterator[Catalog]:
    with closing(Catalog(record)) as catalog:
        yield catalog


@pytest.mark.parametrize("version", [1, 2])
def test_an_earlier_record_is_brought_forward_and_keeps_everything(record: Path, version: int) -> None:
    early(record, version)
    with closing(Catalog(record)) as catalog:
        assert [entry.id for entry in catalog.entries()] == ["d1"]
        assert catalog.document("d1", 1).text == "The bridge was closed."
        assert [id for id, _, _ in catalog.vectors()] == ["p1", "p2"]
        assert sorted(catalog.unattributed()) == ["d1@1", "d1@2"]
        (turn,) = Conversations(catalog).read("c1").turns
        assert turn.answer == ANSWER
    with closing(sqlite3.connect(record.with_name(f"catalog.schema{version}.sqlite3"))) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (version,)
        assert copy.execute("SELECT count(*) FROM documents").fetchone() == (2,)


def test_a_migration_that_fails_changes_nothing(record: Path) -> None:
    early(record, 2)
    with closing(sqlite3.connect(record)) as db, db:
        db.execute("ALTER TABLE passages ADD COLUMN text_hash BLOB")  # which schema 3 adds, late among its changes
    with pytest.raises(
        LibraryDamagedError,
        match=rf"schema 2 could not be brought to {SCHEMA_VERSION} .*duplicate column.*Nothing was changed",
    ):
        Catalog(record)
    with closing(sqlite3.connect(record)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (2,)
        assert "url" not in [row[1] for row in db.execute("PRAGMA table_info(documents)")]


def test_a_record_of_a_later_schema_is_refused(record: Path) -> None:
    Catalog(record).close()
    with closing(sqlite3.connect(record)) as db:
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    with pytest.raises(LibraryDamagedError, match=f"its schema is {SCHEMA_VERSION + 1}, this OnRecord reads"):
        Catalog(record)


def test_a_record_opens_and_reads_while_a_transaction_is_open(record: Path) -> None:
    Catalog(record).close()
    with closing(sqlite3.connect(record, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO meta VALUES ('half', 'done')")
        started = perf_counter()
        with closing(Catalog(record)) as catalog:
            assert catalog.meta("half") is None and not catalog.entries()
            with pytest.raises(NotFoundError):
                Conversations(catalog).read("c1")
        assert perf_counter() - started < 5  # a wait would take 30 s
        writer.execute("ROLLBACK")


def test_a_copy_is_one_whole_file_also_while_somebody_writes(opened: Catalog, record: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(record, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO meta VALUES ('half', 'done')")
        opened.copy(tmp_path / "copy.sqlite3")
        writer.execute("ROLLBACK")
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.sqlite3"]
    with closing(Catalog(tmp_path / "copy.sqlite3")) as copy:
        assert (copy.meta("generation"), copy.meta("half")) == ("0", None)


def test_a_home_that_is_made_is_closed_to_others(tmp_path: Path) -> None:
    Catalog(tmp_path / "new" / "home" / "catalog.sqlite3").close()
    assert (tmp_path / "new" / "home").stat().st_mode & 0o777 == 0o700


def test_a_writer_begins_while_another_thread_reads(tmp_path: Path) -> None:
    with closing(Catalog(tmp_path / "catalog.sqlite3")) as catalog:
        with catalog.transaction():
            catalog.hash_texts()
        reading = catalog._db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
        assert next(reading) == (1,)  # a statement under way
        with catalog.transaction():
            catalog.hash_texts()
        reading.close()
