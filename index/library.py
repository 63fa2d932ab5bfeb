"""The library: one home folder with the record and its indexes, changed by one writer at a time.

    home/catalog.sqlite3   the record          home/vectors/    Chroma, live passages
    home/originals/        every added file    home/lexical/    Tantivy, live and retired passages and documents
    home/writer.lock       who writes          home/encoder/    the converted encoder

Adding: read, segment, stage in the record, encode, keep the vectors, write the indexes, go live. A crash anywhere leaves
what was live before; the next writer takes out what was left unfinished.
"""

import errno
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from corpus.catalog import Catalog, Entry
from corpus.errors import DiskError, EncoderError, LibraryLockedError, NotFoundError
from corpus.filters import Filters
from corpus.readers import files_in
from corpus.types import Document, Input
from index.encoder import DEFAULT_MODEL, Encoder, load_encoder
from index.ingest import Draft, Outcome, batches, drafts, quotations
from index.lexical import LexicalIndex, Text
from index.vectors import Rows, VectorIndex

__all__ = ["Indexes", "Library"]

LOCK_WAIT_S = 0.2
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


@dataclass(slots=True)
class Indexes:
    """The open indexes as of one generation of the record. `live` holds the version keys that a plain search may find."""

    generation: int
    vectors: VectorIndex
    passages: LexicalIndex
    documents: LexicalIndex
    live: set[str]
    rows: Rows | None = None  # built when a filtered search first needs it

    def are_filled(self) -> bool:
        return all(index.count() for index in (self.vectors, self.passages, self.documents))


class Library:
    """A home folder. Reading needs no lock; every change takes the writer's lock for as long as it lasts."""

    def __init__(self, home: Path, model: str = DEFAULT_MODEL, encoder: Encoder | None = None) -> None:
        """Open the library in `home`, or begin it. An `encoder` that is loaded already is used as it is."""
        self.home = home
        self.catalog = Catalog(home / "catalog.sqlite3")
        self._model = model
        self._encoder = encoder
        self._indexes: Indexes | None = None
        self._lock = threading.RLock()
        self._file_lock = FileLock(home / "writer.lock", timeout=LOCK_WAIT_S)

    def close(self) -> None:
        """Let go of every file."""
        with self._lock:
            self._close_indexes()
            self.catalog.close()

    def encoder(self) -> Encoder:
        """Return the encoder, loaded at first use. Raises EncoderError if the library's vectors are another's."""
        with self._lock:
            if self._encoder is None:
                encoder = load_encoder(self._model, self.home / "encoder")
                kept = self.catalog.meta("encoder")
                if kept is not None and json.loads(kept) != asdict(encoder.info):
                    theirs = json.loads(kept)["model"]
                    raise EncoderError(
                        f"the library was encoded with {theirs}, not {self._model}. Set ONRECORD_ENCODER={theirs}."
                    )
                self._encoder = encoder
            return self._encoder

    def list(self) -> Sequence[Entry]:
        """Return the live documents, newest publication first."""
        return self.catalog.entries()

    def resolve(self, id: str) -> str:
        """Return the full id of a live document from its first characters. Raises NotFoundError if none or several fit."""
        ids = self.catalog.ids_starting(id) if id else []
        if len(ids) != 1:
            what = (
                "no such document in the library"
                if not ids
                else f"{len(ids)} documents begin with it; write more of it"
            )
            raise NotFoundError(f"{id or 'an empty id'}: {what}. See onrecord list.")
        return ids[0]

    def show(self, id: str) -> Document:
        """Return a live document by its id or the start of it. Raises NotFoundError."""
        return self.catalog.document(self.resolve(id))

    @contextmanager
    def indexes(self) -> Iterator[Indexes]:
        """Lend the indexes as of the record's present generation, to one thread at a time.

        An index that is empty, its folder lost, is first built anew from the record.
        """
        with self._lock:
            generation = self.catalog.generation()
            if self._indexes is None or self._indexes.generation != generation:
                self._close_indexes()
                self._indexes = self._open_indexes(generation)
                if self._indexes.live and not self._indexes.are_filled():
                    with self._locked("rebuilding the indexes"):
                        self._rebuild(self._indexes)
            yield self._indexes

    def _rebuild(self, indexes: Indexes) -> None:
        """Fill empty indexes from the record."""
        rows = list(self.catalog.vectors())
        live = [(id, blob) for id, key, blob in rows if key in indexes.live]
        indexes.vectors.add([id for id, _ in live], np.array([np.frombuffer(blob, np.float32) for _, blob in live]))
        passages, documents = [], []
        for key in dict.fromkeys(key for _, key, _ in rows):
            document = self.catalog.document(*_parts(key))
            found = self.catalog.passages_of(key)
            passages += [Text(p.id, key, f"{document.title}\n{p.text}") for p in found]
            documents.append(Text(key, key, f"{document.title}\n{document.text}"))
        indexes.passages.write(passages, removed=[text.key for text in documents])
        indexes.documents.write(documents, removed=[text.key for text in documents])

    def rows(self, indexes: Indexes) -> Rows:
        """Return the vectors of every passage, for filtered search, built once a generation."""
        if indexes.rows is None:
            dimension = self.encoder().info.dimension
            indexes.rows = Rows.build(self.catalog.vectors(), dimension, self.home / "vectors")
        return indexes.rows

    def _open_indexes(self, generation: int) -> Indexes:
        return Indexes(
            generation,
            VectorIndex(self.home / "vectors"),
            LexicalIndex(self.home / "lexical" / "passages"),
            LexicalIndex(self.home / "lexical" / "documents"),
            self.catalog.allowed(Filters())[0],
        )

    def _close_indexes(self) -> None:
        if self._indexes is not None:
            self._indexes.vectors.close()
            self._indexes = None

    def attribute(self) -> None:
        """See to it that every document is attributed by the present rules; those that are not are read anew.

        Raises LibraryLockedError if there are some and another process is writing.
        """
        if self.catalog.unattributed():
            with self._locked("reading who says what"):
                self._attribute()

    def _attribute(self) -> None:
        for key in self.catalog.unattributed():
            document = self.catalog.document(*_parts(key))
            said = quotations(document, self.catalog.passages_of(key))
            with self.catalog.transaction():
                self.catalog.attribute(document, said)

    def add(
        self, paths: Iterable[Path], tags: Sequence[str] = (), report: Callable[[Outcome], None] | None = None
    ) -> Sequence[Outcome]:
        """Add files and the files in folders; report each as it goes live or fails. Bad ones cost only themselves.

        Raises LibraryLockedError if another process is writing.
        """
        outcomes = []

        def done(outcome: Outcome) -> None:
            outcomes.append(outcome)
            if report is not None:
                report(outcome)

        with self._writing("onrecord add"):
            inputs = map(Input.of, files_in(paths))
            for batch in batches(drafts(inputs, tuple(tags), self.catalog, self.home / "originals", done)):
                self._commit(batch)
                for draft in batch:
                    done(draft.outcome())
        return outcomes

    def remove(self, ids: Sequence[str]) -> None:
        """Take documents out, every version of them. Raises NotFoundError before anything is removed."""
        full = [self.resolve(id) for id in ids]
        with self._writing("onrecord remove"):
            with self.catalog.transaction():
                self.catalog.remove(full)
            self._forget()

    @contextmanager
    def _locked(self, command: str) -> Iterator[None]:
        """Hold the writer's lock; a process that wants it meanwhile is told of `command`. Raises LibraryLockedError."""
        note = self.home / "writer.json"
        try:
            self._file_lock.acquire()
        except Timeout as error:
            message = f"{self.home}: the library is being written by {_holder(note)}. Try again when it is done."
            raise LibraryLockedError(message) from error
        except OSError as error:
            raise DiskError(self.home, error.strerror) from error
        try:
            note.write_text(json.dumps({"pid": os.getpid(), "command": command, "since": _now()}))
            yield
        except OSError as error:  # the files that are read have errors of their own
            if error.errno not in UNWRITABLE:
                raise
            raise DiskError(self.home, error.strerror) from error
        finally:
            with suppress(OSError):
                note.unlink(missing_ok=True)
            self._file_lock.release()

    @contextmanager
    def _writing(self, command: str) -> Iterator[None]:
        """Hold the writer's lock, and first make good what an interrupted writer left."""
        with self._locked(command):
            with self.catalog.transaction():
                self.catalog.drop_unfinished()
            self._forget()
            self._attribute()
            yield

    def _commit(self, batch: Sequence[Draft]) -> None:
        """Take a batch of drafts through every state to live."""
        encoder = self.encoder()
        documents = [draft.document for draft in batch]
        with self.catalog.transaction():
            self.catalog.set_meta("encoder", json.dumps(asdict(encoder.info)))
            for draft in batch:
                self.catalog.stage(draft.document, draft.original, draft.tokens, draft.passages)
                self.catalog.attribute(draft.document, draft.quotations)
        found = [(passage, draft.document) for draft in batch for passage in draft.passages]
        ids = [passage.id for passage, _ in found]
        texts = [f"{document.title}\n{passage.text}" for passage, document in found]
        vectors = encoder.encode(texts)
        with self.catalog.transaction():
            self.catalog.embed(documents, zip(ids, (vector.tobytes() for vector in vectors), strict=True))
        with self.indexes() as indexes:
            keys = [f"{document.id}@{document.version}" for _, document in found]
            indexes.vectors.add(ids, vectors)
            indexes.passages.write([Text(*text) for text in zip(ids, keys, texts, strict=True)])
            indexes.documents.write(
                [Text(key, key, f"{d.title}\n{d.text}") for d in documents for key in [f"{d.id}@{d.version}"]]
            )
        with self.catalog.transaction():
            self.catalog.go_live(documents)
        self._forget()

    def _forget(self) -> None:
        """Let the indexes drop what the record no longer has, or no longer has live."""
        ids, keys = self.catalog.forgotten()
        if not ids:
            return
        with self.indexes() as indexes:
            indexes.vectors.remove(ids)
            indexes.passages.write(removed=keys)
            indexes.documents.write(removed=keys)
        with self.catalog.transaction():
            self.catalog.clear_forgotten()


def _parts(key: str) -> tuple[str, int]:
    """Return the id and the version of a version key ("id@version")."""
    id, _, version = key.rpartition("@")
    return id, int(version)


def _holder(note: Path) -> str:
    try:
        holder = json.loads(note.read_text())
        return f"{holder['command']} (process {holder['pid']}, since {holder['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
