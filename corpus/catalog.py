"""The record: documents, their versions and states, passages with their vectors, conversations, in one SQLite file.

Vectors and lexical indexes are rebuilt from here, never the other way round. A document version moves
staged -> embedded -> live -> retired; only live ones are found, retired ones stay citable, and those of a document that was
removed may come back (corpus/removal.py). `generation` counts the changes that a reader must see. `forgotten` names passages that the indexes still have to drop (the vector index alone,
where their version is retired): it is written in the same transaction as the change that makes them stale, so a crash
between the two stores is made good by the next writer.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from corpus import edits, removal
from corpus.attribution import Attribution
from corpus.errors import NotFoundError, SettingsError
from corpus.facets import Facets, facets
from corpus.filters import Filters
from corpus.groups import loosen, place, ungrouped
from corpus.inputs import Inputs
from corpus.rows import (
    COLUMNS,
    ENTRIES,
    QUOTATION,
    Entry,
    Quotation,
    document_of,
    encoded_text,
    entry_of,
    passage_of,
    quotation_of,
    row_of,
    row_of_quotation,
    text_hash,
)
from corpus.schema import connected, copy, prepare
from corpus.speakers import Speakers
from corpus.types import Document, Passage, Span

__all__ = ["Catalog", "Entry", "Quotation"]

RULES = 8  # of attribution; raised whenever they find something else, so that every document is read anew
RETITLED = "retitled"  # the word of `meta` under which the versions are noted whose title the indexes lack
AT_ONCE = 500  # bound variables in one statement


class Catalog:
    """The open record. One connection; reads may come from any thread, writes only from the one writer."""

    def __init__(self, path: Path) -> None:
        """Open the record at `path`, or begin it. Raises LibraryDamagedError if the file is no record of this version."""
        try:
            path.parent.mkdir(
                mode=0o700, parents=True, exist_ok=True
            )  # other users of the machine have no business there
            self._path = path
            self._db = connected(path)
            # Now: while another thread reads, SQLite lets no function be made.
            self._db.create_function("text_hash", 1, text_hash, deterministic=True)
        except (OSError, sqlite3.OperationalError) as error:
            raise SettingsError(
                f"{path.parent}: cannot be used as a library's home ({_why(error)}). Name another with --home."
            ) from error
        prepare(self._db, path)
        self.inputs = Inputs(self._db)
        self.speaking = Speakers(self._quoted, self._stamp)

    def close(self) -> None:
        self._db.close()

    def opened_with(self, statement: str) -> "Catalog":
        """Return the record opened once more, after a statement that is for that connection alone."""
        other = Catalog(self._path)
        other._db.execute(statement)
        return other

    def copy(self, path: Path) -> None:
        """Write what the record holds now to a file of its own, all or nothing; others may go on writing meanwhile."""
        copy(self._db, path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block writes, or nothing of it. Raises DiskError if it cannot be written."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # SQLite ends it by itself where the disk is full
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def beside(self, writes: bool) -> Iterator[sqlite3.Connection]:
        """Lend a connection of its own, and commit what the block writes by it, or nothing of it.

        For what is no document: it may be read and written from any thread, and while another process adds documents;
        SQLite's own lock is waited for. Raises LibraryLockedError if that is held for longer than BUSY_S, and OnRecordError
        if the file cannot be written.
        """
        db = connected(self._path)
        try:
            db.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
            yield db
            db.execute("COMMIT")
        finally:
            db.close()  # what was not committed is rolled back

    # What a writer does, in the order of a document's life.

    def stage(
        self, document: Document, original: str, tokens: int, passages: Sequence[Passage], place: str | None = None
    ) -> None:
        """Write a version and its passages, not to be found yet.

        `original` is the hash of the kept bytes, `place` that of the input it came from, its source where none is named.
        """
        stated = self.stated(document.id)
        self._db.execute(
            f"INSERT INTO documents ({COLUMNS}, original, tokens, input, passages, state) VALUES ({', '.join('?' * 22)}, 'staged')",
            (*row_of(document), original, tokens, place or document.source, len(passages)),
        )
        self._db.execute(  # what the user stated holds for every later version
            "UPDATE documents SET stated = ? WHERE id = ? AND version = ?",
            (json.dumps(stated, ensure_ascii=False), document.id, document.version),
        )
        self._db.executemany(
            "INSERT INTO passages (id, document_id, version, ordinal, start, end, sentences, text_hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(p.id, p.document_id, p.version, p.ordinal, p.start, p.end, json.dumps(p.sentences)),
                    text_hash(encoded_text(document.title, p.text)),
                )
                for p in passages
            ],
        )

    def attribute(self, document: Document, quotations: Iterable[Quotation]) -> None:
        """Write who says what in a version, in place of what was known of it."""
        key = (document.id, document.version)
        self._db.execute("DELETE FROM attributions WHERE document_id = ? AND version = ?", key)
        self._db.executemany(
            f"INSERT OR IGNORE INTO attributions VALUES ({', '.join('?' * 13)})",
            map(row_of_quotation, quotations),
        )
        self._db.execute("UPDATE documents SET attributed = ? WHERE id = ? AND version = ?", (RULES, *key))

    def embed(self, documents: Iterable[Document], vectors: Iterable[tuple[str, bytes]]) -> None:
        """Keep the vectors, (passage id, float32 bytes), of staged documents."""
        self._db.executemany("UPDATE passages SET vector = ? WHERE id = ?", [(blob, id) for id, blob in vectors])
        self._db.executemany(
            "UPDATE documents SET state = 'embedded' WHERE id = ? AND version = ?",
            [(d.id, d.version) for d in documents],
        )

    def go_live(self, documents: Iterable[Document]) -> None:
        """Let searches find these versions, and no longer the ones they replace."""
        documents = list(documents)
        freed = loosen(self._db, [document.id for document in documents])
        for document in documents:
            key = (document.id, document.version)
            self._forget_vectors("d.id = ? AND d.version < ? AND d.state = 'live'", key)
            self._db.execute("UPDATE documents SET state = 'retired' WHERE id = ? AND version < ?", key)
            self._db.execute("UPDATE documents SET state = 'live' WHERE id = ? AND version = ?", key)
            if document.version > 1:  # added again, it is removed no longer
                self._db.execute("UPDATE documents SET removed_at = NULL WHERE id = ?", key[:1])
        place(self._db, [*(document.id for document in documents), *freed])
        self._next_generation()

    def edit(self, id: str, fields: edits.Stated) -> None:
        """Write what the user states of a live document, and note the versions whose title must be encoded anew."""
        keys = edits.edit(self._db, id, fields)
        self.set_meta(RETITLED, json.dumps(list(dict.fromkeys((*self.retitled(), *keys)))))
        self._next_generation()

    def reembed(self, vectors: Iterable[tuple[str, bytes]]) -> None:
        """Keep the vectors, (passage id, float32 bytes), of passages whose title has changed."""
        rows = [(blob, id) for id, blob in vectors]
        self._db.executemany("UPDATE passages SET vector = ?, text_hash = NULL WHERE id = ?", rows)

    def clear_retitled(self) -> None:
        self.set_meta(RETITLED, "[]")
        self._next_generation()

    def group_some(self, most: int) -> int:
        """Put at most so many documents that were never compared into their groups; return how many there were."""
        ids = ungrouped(self._db, most)
        place(self._db, ids)
        return len(ids)

    def remove(self, ids: Sequence[str]) -> None:
        """Take documents out, every version of them; what they came from counts as unread."""
        freed = loosen(self._db, ids)
        for id in ids:
            self._db.execute(
                "DELETE FROM inputs WHERE kind = 'file' AND place IN (SELECT input FROM documents WHERE id = ?)", (id,)
            )
            self._drop("document_id = ?", "id = ?", (id,))
        place(self._db, freed)
        self._next_generation()

    def retire(self, ids: Sequence[str]) -> None:
        """Let searches find these documents no longer; what cites them still finds their versions."""
        freed = loosen(self._db, ids)
        for id in ids:
            self._forget_vectors("d.id = ? AND d.state = 'live'", (id,))
            self._db.execute("UPDATE documents SET state = 'retired' WHERE id = ? AND state = 'live'", (id,))
            self._db.execute(  # that it is gone from its file was the problem
                "UPDATE inputs SET problem = NULL WHERE kind = 'file' AND place IN (SELECT input FROM documents WHERE id = ?)",
                (id,),
            )
        place(self._db, freed)
        self._next_generation()

    def put_aside(self, ids: Sequence[str]) -> None:
        """Let nobody find these live documents any more; for a day they can be brought back (see corpus.removal)."""
        freed = loosen(self._db, ids)
        for id in ids:
            self._forget_vectors("d.id = ? AND d.state = 'live'", (id,))
        removal.put_aside(self._db, ids)
        place(self._db, freed)
        self._next_generation()

    def await_back(self, ids: Sequence[str]) -> list[tuple[str, int]]:
        """Return the versions (id, version) to come back of removed documents, whose vectors may be in the index from now on.

        Should they never be live the next writer drops those again. Raises NotFoundError if a document is not removed.
        """
        keys = removal.awaited(self._db, ids)
        for key in keys:
            self._forget_vectors("d.id = ? AND d.version = ?", key)
        return keys

    def bring_back(self, keys: Sequence[tuple[str, int]]) -> None:
        """Let searches find removed versions (id, version) again, whose vectors are in the index."""
        removal.bring_back(self._db, keys)
        self._db.executemany("DELETE FROM forgotten WHERE key = ? || '@' || ?", keys)
        place(self._db, [id for id, _ in keys])
        self._next_generation()

    def drop_outlived(self) -> None:
        """Take out the documents that were removed longer than a day ago."""
        ids = removal.outlived(self._db)
        for id in ids:
            self._drop("document_id = ?", "id = ?", (id,))
        if ids:
            self._next_generation()

    def move(self, old: str, new: str) -> None:
        """Let the documents that came from the place `old` have come from `new`."""
        self.inputs.move(old, new)
        self._next_generation()

    def hash_texts(self) -> None:
        """Give the passages of an earlier OnRecord the hash of their text, by which their vectors are found again."""
        self._db.execute(
            "UPDATE passages SET text_hash = (SELECT text_hash(d.title || char(10) || "
            "substr(d.text, passages.start + 1, passages.end - passages.start)) FROM documents d "
            "WHERE d.id = passages.document_id AND d.version = passages.version) WHERE text_hash IS NULL"
        )

    def drop_unfinished(self) -> None:
        """Take out the versions that an interrupted writer left staged or embedded."""
        unfinished = self._db.execute(
            "SELECT id, version FROM documents WHERE state IN ('staged', 'embedded')"
        ).fetchall()
        for key in unfinished:
            self._drop("document_id = ? AND version = ?", "id = ? AND version = ?", key)

    def _forget_vectors(self, versions: str, given: tuple[object, ...]) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO forgotten SELECT p.id, p.document_id || '@' || p.version, 1 FROM passages p "
            f"JOIN documents d ON d.id = p.document_id AND d.version = p.version WHERE {versions}",
            given,
        )

    def _drop(self, passages: str, documents: str, key: tuple[object, ...]) -> None:
        self._db.execute(
            f"INSERT OR REPLACE INTO forgotten SELECT id, document_id || '@' || version, 0 FROM passages WHERE {passages}",
            key,
        )
        self._db.execute(f"DELETE FROM documents WHERE {documents}", key)

    def _next_generation(self) -> None:
        self._db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")

    def forgotten(self) -> tuple[list[str], list[str]]:
        """Return what the indexes have yet to drop: ids of passages, and the version keys that are gone altogether."""
        ids = [id for (id,) in self._db.execute("SELECT passage_id FROM forgotten")]
        return ids, [key for (key,) in self._db.execute("SELECT DISTINCT key FROM forgotten WHERE NOT retired")]

    def clear_forgotten(self) -> None:
        self._db.execute("DELETE FROM forgotten")

    def sort_again(self) -> None:
        """Let SQLite make its own indexes anew, should they differ from the tables. Raises LibraryDamagedError if it cannot."""
        self._db.execute("REINDEX")

    def serve(self, indexes: str) -> None:
        """Name the indexes that readers open from now on."""
        self.set_meta("indexes", indexes)
        self._next_generation()

    def renew(self) -> None:
        """Let readers open the indexes anew."""
        self._next_generation()

    def forget_meta(self, key: str) -> None:
        self._db.execute("DELETE FROM meta WHERE key = ?", (key,))

    def as_one_file(self) -> None:
        """Leave no log beside the file when it is closed, so that the file alone is the record."""
        self._db.execute("PRAGMA journal_mode=DELETE")

    def set_meta(self, key: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
        )

    # What readers ask.

    def stated(self, id: str) -> edits.Stated:
        """Return what the user stated of a document, by field."""
        return edits.stated(self._db, id)

    def retitled(self) -> list[str]:
        """Return the keys ("id@version") of the versions whose title was edited and is not in the indexes yet."""
        noted = json.loads(self.meta(RETITLED) or "[]")
        return [key for key in noted if key in set(self.findable())] if noted else []

    def meta(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def generation(self) -> int:
        """Return the number of changes made so far that a reader must see."""
        return int(self.meta("generation") or 0)

    def entries(self, group: str | None = None) -> list[Entry]:
        """Return the live documents, or those of a group, newest publication first, undated ones last."""
        within, given = (" AND d.duplicate_group = ?", (group,)) if group else ("", ())
        order = "ORDER BY d.published IS NULL, d.published DESC, d.title, d.id"
        return [*map(entry_of, self._db.execute(f"{ENTRIES} WHERE d.state = 'live'{within} {order}", given))]

    def entries_of(self, keys: Sequence[str]) -> list[Entry]:
        """Return what a list shows of these versions ("id@version"), in their order."""
        ids = sorted({key.rpartition("@")[0] for key in keys})
        found = {
            f"{entry.id}@{entry.version}": entry for entry in map(entry_of, self._in(f"{ENTRIES} WHERE d.id IN", ids))
        }
        return [found[key] for key in keys if key in found]

    def entries_with(self, ids: Sequence[str]) -> list[Entry]:
        """Return the live documents with these ids, in no order."""
        return [*map(entry_of, self._in(f"{ENTRIES} WHERE d.state = 'live' AND d.id IN", ids))]

    def called(self, words: str, most: int) -> list[Entry]:
        """Return live documents with all of these words in their title (or source, where they have none), newest first."""
        wanted = words.casefold().split()
        named = " AND instr(fold(iif(d.title = '', d.source, d.title)), ?)" * len(wanted)
        order = "ORDER BY d.published IS NULL, d.published DESC, d.title, d.id LIMIT ?"
        return [*map(entry_of, self._db.execute(f"{ENTRIES} WHERE d.state = 'live'{named} {order}", (*wanted, most)))]

    def facets(self) -> Facets:
        """Return the outlets, authors and tags of the live documents."""
        return facets(self._db)

    def is_empty(self) -> bool:
        """Tell whether there is no live document."""
        return self._db.execute("SELECT 1 FROM documents WHERE state = 'live' LIMIT 1").fetchone() is None

    def count(self) -> tuple[int, int]:
        """Return the numbers of live documents and of their passages."""
        return (
            self._db.execute("SELECT count(*) FROM documents WHERE state = 'live'").fetchone()[0],
            self._db.execute(
                "SELECT count(*) FROM passages p JOIN documents d ON d.id = p.document_id AND d.version = p.version "
                "WHERE d.state = 'live'"
            ).fetchone()[0],
        )

    def conversations(self) -> int:
        """Return the number of conversations, whoever keeps them."""
        return int(self._db.execute("SELECT count(*) FROM conversations WHERE deleted_at IS NULL").fetchone()[0])

    def document(self, id: str, version: int | None = None) -> Document:
        """Return a version of a document, live or retired; the live one where none is named. Raises NotFoundError."""
        which, key = ("state = 'live'", (id,)) if version is None else ("version = ?", (id, version))
        row = self._db.execute(f"SELECT {COLUMNS} FROM documents WHERE id = ? AND {which}", key).fetchone()
        if row is None:
            if version is not None and self.latest(id) is not None:
                raise NotFoundError(f"{id}: it has no version {version}. See onrecord show {id} --versions.")
            raise NotFoundError(f"{id}: no such document in the library. See onrecord list.")
        return document_of(row)

    def every_version(self, id: str) -> list[Document]:
        """Return the versions of a document, live and retired, the oldest first."""
        sql = f"SELECT {COLUMNS} FROM documents WHERE id = ? AND state IN ('live', 'retired') ORDER BY version"
        return [document_of(row) for row in self._db.execute(sql, (id,))]

    def versions(self, keys: Iterable[str]) -> dict[str, Document]:
        """Return the versions ("id@version"), live or retired, by key. Raises NotFoundError."""
        places = {key: key.rpartition("@") for key in keys}
        return {key: self.document(id, int(version)) for key, (id, _, version) in places.items()}

    def newest_first(self, keys: Iterable[str]) -> list[str]:
        """Return those of the versions ("id@version") whose date is known, the newest first."""
        dates = {key: date for key, date in self._of("published", keys) if date is not None}
        return sorted(dates, key=lambda key: (dates[key], key), reverse=True)

    def newest(self) -> str | None:
        """Return the newest publication date of a live document, or None where none is known."""
        row = self._db.execute("SELECT max(published) FROM documents WHERE state = 'live'").fetchone()
        return None if row is None else row[0]

    def oldest(self) -> str | None:
        """Return the oldest publication date of a live document, or None where none is known."""
        row = self._db.execute("SELECT min(published) FROM documents WHERE state = 'live'").fetchone()
        return None if row is None else row[0]

    def ids_starting(self, prefix: str) -> list[str]:
        """Return the ids of live documents that begin with `prefix`."""
        rows = self._db.execute(
            "SELECT id FROM documents WHERE state = 'live' AND substr(id, 1, ?) = ?", (len(prefix), prefix)
        )
        return [id for (id,) in rows]

    def latest(self, id: str) -> Document | None:
        """Return the highest version of a document, or None if it is not known."""
        row = self._db.execute(
            f"SELECT {COLUMNS} FROM documents WHERE id = ? ORDER BY version DESC LIMIT 1", (id,)
        ).fetchone()
        return None if row is None else document_of(row)

    def version_of_content(self, content_hash: str, id: str, version: int) -> Document | None:
        """Return a version, live or retired, that has this content, the one named if it has; None where there is none."""
        row = self._db.execute(
            f"SELECT {COLUMNS} FROM documents WHERE content_hash = ? AND state IN ('live', 'retired') "
            "ORDER BY id = ? AND version = ? DESC, state = 'live' DESC, id LIMIT 1",
            (content_hash, id, version),
        ).fetchone()
        return None if row is None else document_of(row)

    def allowed(self, filters: Filters) -> tuple[set[str], int]:
        """Return the keys ("id@version") of the versions that a search may find, and how many documents have no date.

        As of a day, a document is seen in its newest version published by then; unknown dates are left out and counted.
        """
        if not filters.limits_documents:
            rows = self._db.execute("SELECT id || '@' || version FROM documents WHERE state = 'live'")
            return {key for (key,) in rows}, 0
        sql, given = filters.versions()
        if filters.speakers:
            sql += " AND (id, version) IN (SELECT document_id, version FROM attributions WHERE speaker IN (SELECT value FROM json_each(?)))"
            given.append(json.dumps(self.speaking.named(filters.speakers)))
        allowed = {f"{id}@{version}" for id, version in self._db.execute(sql, given)}
        return allowed, self._undated() if filters.as_of else 0

    def _undated(self) -> int:
        sql = "SELECT count(*) FROM documents WHERE state IN ('live', 'retired') AND published IS NULL"
        return int(self._db.execute(sql).fetchone()[0])

    def _quoted(self) -> Iterator[tuple[str, int]]:
        """Yield everybody whom a version makes say something, with the number of times that a live one does."""
        yield from self._db.execute(
            "SELECT speaker, sum(d.state = 'live') FROM attributions a "
            "CROSS JOIN documents d ON d.id = a.document_id AND d.version = a.version GROUP BY speaker"
        )

    def _stamp(self) -> tuple[int, int]:
        """Return what changes with the record, whoever writes to it."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0]), self._db.total_changes

    def places_of(self, passage_ids: Sequence[str]) -> dict[str, tuple[str, int]]:
        """Return the version key ("id@version") and the ordinal of each passage that the record holds."""
        sql = "SELECT id, document_id || '@' || version, ordinal FROM passages WHERE id IN"
        return {id: (key, int(ordinal)) for id, key, ordinal in self._in(sql, passage_ids)}

    def first_passages(self, keys: Sequence[str], most: int) -> dict[str, tuple[str, int]]:
        """Return the version key and the ordinal of each of the first `most` passages of each version, by passage id."""
        sql = f"SELECT id, document_id || '@' || version, ordinal FROM passages WHERE ordinal < {most:d} AND document_id IN"
        wanted = set(keys)
        rows = self._in(sql, sorted({key.rpartition("@")[0] for key in keys}))
        return {id: (key, int(ordinal)) for id, key, ordinal in rows if key in wanted}

    def titles(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the title of each version ("id@version")."""
        return dict(self._of("title", keys))

    def stories(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the group of those versions ("id@version") that are in one, by key."""
        return {key: group for key, group in self._of("duplicate_group", keys) if group is not None}

    def origins(self, keys: Iterable[str]) -> list[tuple[str | None, str | None]]:
        """Return the publication date and the outlet of each version ("id@version"), in no order."""
        outlets = dict(self._of("outlet", keys := list(keys)))
        return [(published, outlets[key]) for key, published in self._of("published", keys)]

    def _of(self, column: str, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield key and column of each version ("id@version"). By their ids: looking for the keys would read all documents."""
        wanted = set(keys)
        ids = sorted({key.rpartition("@")[0] for key in wanted})
        for key, value in self._in(f"SELECT id || '@' || version, {column} FROM documents WHERE id IN", ids):
            if key in wanted:
                yield key, value

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """Return the passages that the record holds, by id."""
        sql = (
            "SELECT p.id, p.document_id, p.version, p.ordinal, p.start, p.end, "
            "substr(d.text, p.start + 1, p.end - p.start), p.sentences "
            "FROM passages p JOIN documents d ON d.id = p.document_id AND d.version = p.version WHERE p.id IN"
        )
        return {row[0]: passage_of(row) for row in self._in(sql, passage_ids)}

    def sentences_beside(self, passages: Sequence[Passage]) -> dict[str, tuple[tuple[Span, ...], tuple[Span, ...]]]:
        """Return the sentences of the passages before and after each passage, by its id; none beyond the document."""
        sql = "SELECT sentences FROM passages WHERE document_id = ? AND version = ? AND ordinal = ?"

        def sentences(p: Passage, ordinal: int) -> tuple[Span, ...]:
            row = self._db.execute(sql, (p.document_id, p.version, ordinal)).fetchone()
            return tuple((start, end) for start, end in json.loads(row[0])) if row else ()

        return {p.id: (sentences(p, p.ordinal - 1), sentences(p, p.ordinal + 1)) for p in passages}

    def passages_of(self, key: str) -> list[Passage]:
        """Return the passages of a version ("id@version"), in order."""
        id, _, version = key.rpartition("@")
        sql = (
            "SELECT p.id, p.document_id, p.version, p.ordinal, p.start, p.end, "
            "substr(d.text, p.start + 1, p.end - p.start), p.sentences "
            "FROM passages p JOIN documents d ON d.id = p.document_id AND d.version = p.version "
            "WHERE p.document_id = ? AND p.version = ? ORDER BY p.ordinal"
        )
        return [passage_of(row) for row in self._db.execute(sql, (id, int(version)))]

    def unattributed(self) -> list[str]:
        """Return the keys ("id@version") of the versions that were not yet read by the present rules of attribution."""
        rows = self._db.execute("SELECT id || '@' || version FROM documents WHERE attributed != ?", (RULES,))
        return [key for (key,) in rows]

    def speakers(self) -> list[str]:
        """Return everybody that a live document makes say something, by name."""
        sql = "SELECT DISTINCT speaker FROM attributions a JOIN documents d ON d.id = a.document_id AND d.version = a.version"
        return [name for (name,) in self._db.execute(f"{sql} WHERE d.state = 'live' ORDER BY speaker")]

    def quotations_by(self, speakers: Sequence[str]) -> list[Quotation]:
        """Return what these say in any live or retired version, in the order of the documents."""
        found = self._in(f"SELECT {QUOTATION} FROM attributions WHERE speaker IN", self.speaking.named(speakers))
        return sorted(map(quotation_of, found), key=lambda q: (q.document_id, q.version, q.start))

    def quotations_in(self, passages: Sequence[Passage]) -> dict[tuple[str, int], Attribution]:
        """Return who says the sentences of these passages, by version key ("id@version") and the sentence's start."""
        sql = f"SELECT {QUOTATION} FROM attributions WHERE document_id = ? AND version = ? AND start >= ? AND start < ?"
        rows = (self._db.execute(sql, (p.document_id, p.version, p.start, p.end)) for p in passages)
        found = (quotation_of(row) for some in rows for row in some)
        return {(f"{q.document_id}@{q.version}", q.start): q.said for q in found}

    def quotations_over(self, id: str, version: int, span: Span) -> list[Quotation]:
        """Return who says the sentences of a version that a span touches, in order."""
        sql = f"SELECT {QUOTATION} FROM attributions WHERE document_id = ? AND version = ? AND start < ? AND end > ? ORDER BY start"
        return [quotation_of(row) for row in self._db.execute(sql, (id, version, span[1], span[0]))]

    def states(self, id: str) -> dict[int, tuple[str, str]]:
        """Return the state (live or retired) of each version of a document and when it was added, the oldest first."""
        sql = "SELECT version, state, added_at FROM documents WHERE id = ? AND state IN ('live', 'retired') ORDER BY version"
        return {version: (state, added) for version, state, added in self._db.execute(sql, (id,))}

    def removed_at(self, id: str) -> str | None:
        """Return when a document was removed, in UTC, where that may still be undone; None where it was not, or for good."""
        row = self._db.execute("SELECT max(removed_at) FROM documents WHERE id = ?", (id,)).fetchone()
        return None if row is None else row[0]

    def original_of(self, id: str, version: int) -> str | None:
        """Return the SHA-256 of the kept file that a version came from, or None if there is no such version."""
        row = self._db.execute("SELECT original FROM documents WHERE id = ? AND version = ?", (id, version)).fetchone()
        return None if row is None else str(row[0])

    def originals(self) -> list[str]:
        """Return the names of the kept files, their SHA-256: those that a version came from. Of a copy no bytes are kept."""
        sql = "SELECT DISTINCT original FROM documents ORDER BY 1"
        return [name for (name,) in self._db.execute(sql)]

    def findable(self) -> list[str]:
        """Return the keys ("id@version") of the live and retired versions."""
        rows = self._db.execute("SELECT id || '@' || version FROM documents WHERE state IN ('live', 'retired')")
        return [key for (key,) in rows]

    def vectors_of(self, hashes: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the vectors, float32 bytes, that the record has of texts, by their hash (see text_hash)."""
        sql = "SELECT text_hash, vector FROM passages WHERE vector IS NOT NULL AND text_hash IN"
        return {hash: vector for hash, vector in self._in(sql, list(hashes))}  # type: ignore[misc, arg-type] # noqa: C416

    def vectors(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield (passage id, version key, float32 bytes) of every live or retired passage, in the order of rows.

        By a cross join SQLite reads the passages as they lie; else it takes the documents first, and sorts all vectors.
        """
        yield from self._db.execute(
            "SELECT p.id, p.document_id || '@' || p.version, p.vector FROM passages p "
            "CROSS JOIN documents d ON d.id = p.document_id AND d.version = p.version "
            "WHERE d.state IN ('live', 'retired') ORDER BY p.row"
        )

    def live_vectors_of(self, passage_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the vectors, float32 bytes, of those of the passages that are live, by id."""
        sql = (
            "SELECT p.id, p.vector FROM passages p JOIN documents d ON d.id = p.document_id AND d.version = p.version "
            "WHERE d.state = 'live' AND p.vector IS NOT NULL AND p.id IN"
        )
        return dict(self._in(sql, passage_ids))  # type: ignore[arg-type]

    def count_vectors(self) -> int:
        """Return how many live passages have a vector."""
        sql = (
            "SELECT count(*) FROM passages p JOIN documents d ON d.id = p.document_id AND d.version = p.version "
            "WHERE d.state = 'live' AND p.vector IS NOT NULL"
        )
        return int(self._db.execute(sql).fetchone()[0])

    def sample(self, count: int) -> list[str]:
        """Return the ids of about so many passages, evenly spread over all, and of as many of the last."""
        last = int(self._db.execute("SELECT coalesce(max(row), 0) FROM passages").fetchone()[0])
        sql = "SELECT id FROM passages WHERE row >= ? ORDER BY row LIMIT 1"
        spread = (self._db.execute(sql, (last * i // count,)).fetchone() for i in range(count if last else 0))
        newest = self._db.execute("SELECT id FROM passages ORDER BY row DESC LIMIT ?", (count,))
        return list(dict.fromkeys(id for (id,) in (*spread, *newest)))

    def unsettled(self) -> set[str]:
        """Return the ids of passages that an index may have or lack: of versions on their way to live, and to be dropped."""
        sql = (
            "SELECT passage_id FROM forgotten UNION SELECT p.id FROM passages p "
            "JOIN documents d ON d.id = p.document_id AND d.version = p.version WHERE d.state IN ('staged', 'embedded')"
        )
        return {id for (id,) in self._db.execute(sql)}

    def vectors_in(self, version: tuple[str, int]) -> list[tuple[str, bytes]]:
        """Return (passage id, float32 bytes) of each passage of a version (id, version) that has a vector."""
        sql = "SELECT id, vector FROM passages WHERE document_id = ? AND version = ? AND vector IS NOT NULL"
        return self._db.execute(sql, version).fetchall()

    def _in(self, sql: str, values: Sequence[str]) -> Iterator[tuple[str, ...]]:
        for start in range(0, len(values), AT_ONCE):
            some = values[start : start + AT_ONCE]
            yield from self._db.execute(f"{sql} ({', '.join('?' * len(some))})", some)


def _why(error: OSError | sqlite3.Error) -> str:
    """Return what hindered, without an error's number and file."""
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
