"""The library: one home folder with the record and its indexes, changed by one writer at a time.

    home/catalog.sqlite3   the record          home/indexes/N/vectors/               Chroma, live passages
    home/originals/        every added file    home/indexes/N/{passages,documents}/  Tantivy, live and retired versions
    home/writer.lock       who writes          home/encoder/                         the converted encoder

Adding: read, segment, stage in the record, encode, keep the vectors, write the indexes, go live. A crash anywhere leaves
what was live before; the next writer takes out what was left unfinished. Indexes that are not as the last writer left
them are built anew from the record.
"""

import json
import logging
import os
import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from corpus.catalog import Catalog, Entry
from corpus.edits import Stated
from corpus.errors import EncoderError, LibraryDamagedError, LibraryLockedError, NotFoundError, SourceError
from corpus.filters import Filters
from corpus.folders import inputs_in
from corpus.inputs import Known
from corpus.rows import encoded_text, text_hash
from corpus.types import Document, Input
from corpus.versions import Version, history
from index.edits import retitle
from index.encoder import DEFAULT_MODEL, Encoder, Vectors, load_encoder
from index.indexes import INDEXES, Indexes, Serving, build, leftovers, open_indexes, remove, sealed
from index.ingest import BATCH_PASSAGES, Batch, Outcome, batches, drafts, failure, quotations
from index.interrupts import held_back
from index.lexical import Text
from index.lock import WriterLock
from index.reading import Progress, Work, confined, followed, readings, vanished
from index.vectors import Rows

__all__ = ["ORIGINALS", "RECORD", "Library"]

ENCODED_AT_ONCE = 2048  # texts: then it is looked whether they are still wanted
GROUPED_AT_ONCE = 500  # documents; half a second in which nobody else writes to the record
RECORD = "catalog.sqlite3"
ORIGINALS = "originals"
log = logging.getLogger(__name__)


class Library:
    """A home folder. Reading needs no lock; every change takes the writer's lock for as long as it lasts."""

    def __init__(self, home: Path, model: str | None = None, encoder: Encoder | None = None) -> None:
        """Open the library in `home`, or begin it, with the encoder of this name; without one, with its own.

        An `encoder` that is loaded already is used as it is.
        """
        self.home = home
        self.catalog = Catalog(home / RECORD)
        self._model = model
        self._encoder = encoder
        self._given = encoder is not None
        self._indexes: Indexes | None = None
        self._copy: TemporaryDirectory[str] | None = None  # of indexes that may only be read, or of none
        self._suspect: str | None = None  # why the indexes are not to be trusted, whatever their files say
        self._lock = threading.RLock()
        self._writer = WriterLock(home)

    def close(self) -> None:
        """Let go of every file."""
        with self._lock:
            self._close_indexes()
            self.catalog.close()
            if self._copy is not None:
                self._copy.cleanup()

    def encoder(self) -> Encoder:
        """Return the encoder of the library's vectors, loaded at first use, and anew where another process has changed it.

        It is the one that was asked for; where none was, the one that the record names, else the default. Raises
        EncoderError if the one asked for is not the record's.
        """
        with self._lock:
            kept = self.catalog.meta("encoder")
            theirs = None if kept is None else json.loads(kept)
            if self._encoder is None or not (self._given or theirs in (None, asdict(self._encoder.info))):
                encoder = load_encoder(self.model(), self.home / "encoder")
                if theirs is not None and theirs != asdict(encoder.info):
                    raise _mismatch(theirs["model"], self.model())
                self._encoder = encoder
            return self._encoder

    def model(self) -> str:
        """Return the name of the encoder that was asked for; where none was, the one the record names, else the default."""
        kept = self.catalog.meta("encoder")
        return self._model or (str(json.loads(kept)["model"]) if kept else DEFAULT_MODEL)

    def adopt(self, encoder: Encoder) -> None:
        """Use this encoder from now on: the record's vectors have been made anew with it."""
        with self._lock:
            self._close_indexes()
            self._encoder, self._model = encoder, None

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

    def show(self, id: str, version: int | None = None) -> Document:
        """Return a live document, or an earlier version of it, by its id or the start of it. Raises NotFoundError."""
        return self.catalog.document(self.resolve(id), version)

    def history(self, id: str) -> Sequence[Version]:
        """Return every version of a live document, oldest first, by its id or the start of it. Raises NotFoundError."""
        return history(self.catalog.every_version(self.resolve(id)))

    def same_story(self, document: Document) -> Sequence[Entry]:
        """Return the other live documents that tell the same story, newest publication first."""
        group = document.duplicate_group
        return [entry for entry in self.catalog.entries(group) if entry.id != document.id] if group else []

    @contextmanager
    def indexes(self) -> Iterator[Indexes]:
        """Lend the indexes as of the record's present generation, to one thread at a time.

        What is missing or damaged is first built anew. Raises LibraryDamagedError if damage shows while they are used: they
        are built anew when they are next lent.
        """
        with self._lock:
            if self._indexes is None or self._indexes.generation != self.catalog.generation():
                self._close_indexes()
                self._indexes = self._opened()
            try:
                yield self._indexes
            except BaseException as error:
                if self._is_writing() or isinstance(error, LibraryDamagedError):
                    self._suspect = f"a change was broken off ({type(error).__name__})"
                    self._close_indexes()
                raise

    def _opened(self) -> Indexes:
        """Return the indexes that serve, open. Only a writer, who has seen to them, and whom one works beside trust them unread."""
        if not self._is_writing() and Serving.read(self.catalog) is None and not self.catalog.findable():
            return open_indexes(self._temporary(), self.catalog.generation(), set())  # nothing to find, or not yet
        problem = self.index_damage() if self._suspect or not self._is_writing() else None
        if problem is None:
            try:
                return self._open()
            except LibraryDamagedError as error:
                problem = str(error)
        try:
            with self.held("rebuilding the indexes"):
                if self.index_damage() is not None or self._fails_to_open():
                    if Serving.read(self.catalog) is not None:
                        log.warning("the indexes are built anew from the record: %s.", problem)
                    self._build()
                self._seal()
            return self._open()
        except LibraryLockedError as error:
            return self._open_beside(error)

    def _open_beside(self, writer: LibraryLockedError) -> Indexes:
        """Return the indexes that somebody is changing, open. Raises the error if they do not serve yet."""
        if Serving.read(self.catalog) is None:
            raise writer
        try:
            opened = self._open()
        except LibraryDamagedError as error:
            raise writer from error
        self._suspect = None
        return opened

    def index_damage(self, thorough: bool = False) -> str | None:
        """Return what of the indexes' files is not as the last writer left it, or None."""
        serving = Serving.read(self.catalog)
        if serving is None:
            return "there are no indexes yet"
        return self._suspect or serving.damage(self.home, thorough)

    def _fails_to_open(self) -> bool:
        try:
            self._open().vectors.close()
        except LibraryDamagedError:
            return True
        return False

    def _open(self) -> Indexes:
        generation = self.catalog.generation()
        serving = Serving.read(self.catalog)
        folder = self.home / INDEXES / (serving.folder if serving else "none")
        if folder.is_dir() and not os.access(folder, os.W_OK):
            folder = self._copied(folder)
        return open_indexes(folder, generation, self.catalog.allowed(Filters())[0])

    def _copied(self, folder: Path) -> Path:
        """Return a copy of indexes that may only be read: Chroma and Tantivy write to what they open."""
        copy = self._temporary() / folder.name
        shutil.copytree(folder, copy, copy_function=shutil.copyfile)
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o700)
        return copy

    def _temporary(self) -> Path:
        """Return an empty folder that is there until the next one, or until the library is closed."""
        if self._copy is not None:
            self._copy.cleanup()
        self._copy = TemporaryDirectory(prefix="onrecord-")
        return Path(self._copy.name)

    def _build(self) -> None:
        """Build the indexes anew from the record, and let them serve. The lock is held."""
        self._close_indexes()
        serving = build(self.home, self.catalog, self.catalog.allowed(Filters())[0])
        with self.catalog.transaction():
            self.catalog.serve(serving.written())
            self.catalog.clear_forgotten()
        self._suspect = None
        self._sweep()

    def _seal(self) -> None:
        """Note in the record how the indexes' files are left, unless a change of them was broken off. The lock is held."""
        before = Serving.read(self.catalog)
        if before is None or self._suspect:
            return
        after = sealed(self.home, before.folder, before.files)
        if after != before:
            with self.catalog.transaction():
                self.catalog.set_meta(INDEXES, after.written())

    def _sweep(self) -> None:
        """Delete the folders of indexes that do not serve. The lock is held."""
        serving = Serving.read(self.catalog)
        if serving is not None:
            remove(leftovers(self.home, serving))

    @contextmanager
    def as_they_are(self) -> Iterator[Indexes]:
        """Lend the indexes opened anew, and built anew by no means. Raises LibraryDamagedError if they cannot be read."""
        with self._lock:
            self._close_indexes()
            opened = self._open()
            try:
                yield opened
            finally:
                opened.vectors.close()

    def tidy(self) -> None:
        """Read anew who says what where that is due, and delete indexes that do not serve. The lock is held."""
        self._sweep()
        self._attribute()

    def rebuild(self) -> None:
        """Build the indexes anew from the record. Raises LibraryLockedError if another process is writing."""
        with self._lock, self.held("rebuilding the indexes"):
            self._build()

    def original(self, name: str) -> Path:
        """Return where the bytes of an added file are kept; `name` is their SHA-256."""
        return self.home / ORIGINALS / name[:2] / name

    def texts(self, passage_ids: Sequence[str]) -> dict[str, str]:
        """Return what is encoded of each passage that the record holds, by its id."""
        found = self.catalog.passages(passage_ids)
        titles = self.catalog.titles(list({f"{p.document_id}@{p.version}" for p in found.values()}))
        return {id: encoded_text(titles[f"{p.document_id}@{p.version}"], p.text) for id, p in found.items()}

    def encode_again(self, passage_ids: Sequence[str]) -> None:
        """Make the vectors of some passages anew, in the record. The lock is held; the indexes have to be built after it."""
        for start in range(0, len(passage_ids), BATCH_PASSAGES):
            texts = self.texts(passage_ids[start : start + BATCH_PASSAGES])
            vectors = self.encoder().encode(list(texts.values()))
            with self.catalog.transaction():
                self.catalog.embed((), zip(texts, (vector.tobytes() for vector in vectors), strict=True))

    def rows(self, indexes: Indexes) -> Rows:
        """Return the vectors of every passage, for filtered search, built once a generation."""
        if indexes.rows is None:
            dimension = self.encoder().info.dimension
            indexes.rows = Rows.build(self.catalog.vectors(), dimension, indexes.folder / "rows")
        return indexes.rows

    def _close_indexes(self) -> None:
        if self._indexes is not None:
            self._indexes.vectors.close()
            self._indexes = None

    def attribute(self) -> None:
        """See to it that every document is attributed by the present rules; those that are not are read anew.

        Raises LibraryLockedError if there are some and another process is writing.
        """
        if self.catalog.unattributed():
            with self.held("reading who says what"):
                self._attribute()

    def _attribute(self) -> None:
        for key in self.catalog.unattributed():
            document = self.catalog.document(*_parts(key))
            said = quotations(document, self.catalog.passages_of(key))
            with self.catalog.transaction():
                self.catalog.attribute(document, said)

    def _group(self) -> None:
        """Put the documents that an earlier OnRecord added beside those that tell the same."""
        left = GROUPED_AT_ONCE
        while left == GROUPED_AT_ONCE:
            with self.catalog.transaction():
                left = self.catalog.group_some(GROUPED_AT_ONCE)

    def add(
        self,
        paths: Iterable[Path],
        tags: Sequence[str] = (),
        report: Callable[[Outcome], None] | None = None,
        *,
        ignored: Sequence[str] = (),
        prune: bool = False,
        pages: Iterable[Input] = (),
        progress: Callable[[Progress], None] | None = None,
        work: Work = confined,
    ) -> Sequence[Outcome]:
        """Add files, the files in folders, and pages; report each as it goes live or fails. Bad ones cost only themselves.

        A document whose file is gone from a folder is kept and reported; with `prune` it is retired. `progress` is told
        how far reading is; the file of a page must last until this returns. Raises LibraryLockedError if another process is
        writing. What is not live when it is interrupted is taken back.
        """
        paths = [*paths]
        outcomes: list[Outcome] = []
        lost: list[Known] = []

        def done(outcome: Outcome) -> None:
            outcomes.append(outcome)
            if report is not None:
                report(outcome)

        with self.writing("onrecord add"), self._taking_back():
            inputs = [*inputs_in(paths, ignored, lambda path, error: done(failure(path, error)))]
            found = readings(chain(inputs, pages), self.catalog.inputs, tags, prune, work)
            if progress is not None:
                found = followed(found, inputs, progress)
            with closing(
                self._encoded(batches(drafts(found, tuple(tags), self.catalog, done, lost, self.home / ORIGINALS)))
            ) as encoded:
                for batch, vectors in encoded:
                    with held_back():
                        self._commit(batch, vectors)
                        for draft in batch.drafts:
                            done(draft.outcome())
            listed = {input.place for input in inputs}
            for folder in (path for path in paths if path.is_dir()):
                try:
                    lost += vanished(self.catalog.inputs, folder, listed)
                except SourceError as error:
                    done(failure(str(folder), error))
            for outcome in self._let_go(lost, prune):
                done(outcome)
        return outcomes

    def _let_go(self, lost: Sequence[Known], prune: bool) -> Iterator[Outcome]:
        """Yield what becomes of documents that are no longer where they came from; with `prune` they leave the search."""
        every = {known.id: known for known in lost}
        if prune and every:
            with held_back():
                with self.catalog.transaction():
                    self.catalog.retire([*every])
                self._forget()
        status = "retired" if prune else "missing"
        why = "found no longer, and kept for what cites it" if prune else "kept. To let go of it add again with --prune"
        for known in every.values():
            yield Outcome(known.source, status, known.id, known.title, message=f"{known.source}: it is gone; {why}.")

    @contextmanager
    def _taking_back(self) -> Iterator[None]:
        """Take what is not live out again if the block is interrupted or fails."""
        try:
            yield
        except BaseException:
            with held_back(), suppress(Exception):  # where that fails too, the next writer does it
                with self.catalog.transaction():
                    self.catalog.drop_unfinished()
                self._forget()
            raise

    def remove(self, ids: Sequence[str]) -> None:
        """Take documents out, every version of them. Raises NotFoundError before anything is removed."""
        full = [self.resolve(id) for id in ids]
        with self.writing("onrecord remove"):
            with self.catalog.transaction():
                self.catalog.remove(full)
            self._forget()

    def edit(self, id: str, fields: Stated) -> Document:
        """Set what the user states of a document (see corpus.edits.stated_fields) and return it as it is then."""
        full = self.resolve(id)
        with self.writing("onrecord edit"):
            with self.catalog.transaction():
                self.catalog.edit(full, fields)
            self._retitle()
        return self.catalog.document(full)

    def _retitle(self) -> None:
        """Bring titles that were edited into the indexes."""
        keys = self.catalog.retitled()
        if not keys:
            return
        with self.indexes() as indexes:
            for key in keys:
                retitle(key, self.catalog, indexes, self.encoder())
        with self.catalog.transaction():
            self.catalog.clear_retitled()

    def _is_writing(self) -> bool:
        return self._writer.is_held()

    @contextmanager
    def held(self, command: str) -> Iterator[None]:
        """Hold the writer's lock and change nothing yet. Raises LibraryLockedError if another process is writing."""
        with self._writer.held(command):
            yield

    @contextmanager
    def writing(self, command: str) -> Iterator[None]:
        """Hold the writer's lock, and first make good what an interrupted writer left."""
        with self.held(command):
            if self.index_damage() is not None:
                self._build()
            self._sweep()
            with self.catalog.transaction():
                self.catalog.drop_unfinished()
            self._forget()
            self._retitle()
            self._attribute()
            self._group()
            with self.catalog.transaction():
                self.catalog.hash_texts()
            try:
                yield
            finally:
                self._seal()

    def _encoded(self, found: Iterable[Batch]) -> Generator[tuple[Batch, Vectors], None, None]:
        """Stage the batches, and yield each with its passages' vectors: one is encoded while the one before is written."""
        stopped = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            before: tuple[Batch, Future[Vectors]] | None = None
            try:
                for batch in found:
                    ahead = batch, self._staged(batch, pool, stopped)
                    if before is not None:
                        yield before[0], before[1].result()
                    before = ahead
                if before is not None:
                    yield before[0], before[1].result()
            finally:
                stopped.set()
                pool.shutdown(cancel_futures=True)

    def _staged(self, batch: Batch, pool: ThreadPoolExecutor, stopped: threading.Event) -> "Future[Vectors]":
        """Write the drafts into the record, and have encoded what it has no vector of."""
        if not batch.drafts:
            return pool.submit(np.empty, (0, 0), np.float32)
        encoder = self.encoder()
        texts = [encoded_text(draft.document.title, p.text) for draft in batch.drafts for p in draft.passages]
        with self.catalog.transaction():
            self.catalog.set_meta("encoder", json.dumps(asdict(encoder.info)))
            known = self.catalog.vectors_of(set(map(text_hash, texts)))
            for draft in batch.drafts:
                self.catalog.stage(draft.document, draft.original, draft.tokens, draft.passages, draft.place)
                self.catalog.attribute(draft.document, draft.quotations)
        return pool.submit(_vectors, encoder, texts, known, stopped)

    def _commit(self, batch: Batch, vectors: Vectors) -> None:
        """Take a batch that is staged to live."""
        documents = [draft.document for draft in batch.drafts]
        found = [(passage, draft.document) for draft in batch.drafts for passage in draft.passages]
        ids = [passage.id for passage, _ in found]
        if documents:
            with self.catalog.transaction():
                self.catalog.embed(documents, zip(ids, (vector.tobytes() for vector in vectors), strict=True))
            with self.indexes() as indexes:
                keys = [f"{document.id}@{document.version}" for _, document in found]
                texts = [encoded_text(document.title, passage.text) for passage, document in found]
                indexes.vectors.add(ids, vectors)
                indexes.passages.write([Text(*each) for each in zip(ids, keys, texts, strict=True)])
                indexes.documents.write(
                    [Text(key, key, f"{d.title}\n{d.text}") for d in documents for key in [f"{d.id}@{d.version}"]]
                )
        with self.catalog.transaction():
            if documents:
                self.catalog.go_live(documents)
            for seen in batch.seen:
                self.catalog.inputs.keep(seen)
        if documents:
            self._keep_up(documents)
            self._forget()

    def _keep_up(self, documents: Sequence[Document]) -> None:
        """Let the open indexes count as those of the present generation: what moved it on is what was written to them."""
        if self._indexes is None:
            return
        generation = self.catalog.generation()
        if generation == self._indexes.generation + 1:
            self._indexes.generation = generation
            self._indexes.live |= {f"{d.id}@{d.version}" for d in documents}
            self._indexes.live -= {f"{d.id}@{d.version - 1}" for d in documents}
            self._indexes.rows = None

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


def _vectors(encoder: Encoder, texts: Sequence[str], known: dict[bytes, bytes], stopped: threading.Event) -> Vectors:
    """Return the texts' vectors, float32 [n, dim]; only those are encoded that the record has none of."""
    hashes = [text_hash(text) for text in texts]
    wanted = {hash: text for hash, text in zip(hashes, texts, strict=True) if hash not in known}
    new = [*wanted]
    for start in range(0, len(new), ENCODED_AT_ONCE):
        some = new[start : start + ENCODED_AT_ONCE]
        if not stopped.is_set():
            vectors = encoder.encode([wanted[hash] for hash in some])
            known |= zip(some, (vector.tobytes() for vector in vectors), strict=True)
    if stopped.is_set():
        return np.empty((0, encoder.info.dimension), np.float32)
    return np.array([np.frombuffer(known[hash], np.float32) for hash in hashes])


def _mismatch(theirs: str, asked: str) -> EncoderError:
    if theirs == asked:
        return EncoderError(
            f"{theirs} is not the model that the library was encoded with, though its name is the same. Run onrecord reindex."
        )
    return EncoderError(
        f"the library was encoded with {theirs}, not {asked}. Set ONRECORD_ENCODER={theirs}, "
        f"or run onrecord reindex --encoder {asked}."
    )


def _parts(key: str) -> tuple[str, int]:
    """Return the id and the version of a version key ("id@version")."""
    id, _, version = key.rpartition("@")
    return id, int(version)
