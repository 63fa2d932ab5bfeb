"""The library: one home folder with the record and its indexes, changed by one writer at a time.

    home/catalog.sqlite3   the record          home/indexes/N/vectors/               Chroma, live passages
    home/originals/        every added file    home/indexes/N/{passages,documents}/  Tantivy, live and retired versions
    home/writer.lock       who writes          home/encoder/                         the converted encoder
    home/pictures/         pages of PDFs, drawn again where they are gone

Adding: read, segment, stage in the record, encode, keep the vectors, write the indexes, go live. A crash anywhere leaves
what was live before; the next writer takes out what was left unfinished. Indexes that are not as the last writer left
them are built anew from the record.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from corpus.catalog import Catalog, Entry
from corpus.edits import Stated
from corpus.errors import EncoderError, NotFoundError, SourceError
from corpus.folders import inputs_in
from corpus.inputs import Known
from corpus.types import Document, Input
from corpus.versions import Version, history
from index.adding import Workers, commit, encoded, let_go, taking_back
from index.encoder import DEFAULT_MODEL, Encoder, load_encoder
from index.indexes import Indexes
from index.ingest import Outcome, batches, drafts, failure
from index.interrupts import held_back
from index.lock import WriterLock
from index.reading import Progress, Work, confined, followed, readings, vanished
from index.server import VectorServer
from index.shelf import Shelf
from index.upkeep import attribute, bring_back, bring_up_to_date, forget, retitle_edited
from index.vectors import Rows

__all__ = ["ORIGINALS", "RECORD", "Library"]

RECORD = "catalog.sqlite3"
ORIGINALS = "originals"


class Library:
    """A home folder. Reading needs no lock; every change takes the writer's lock for as long as it lasts."""

    def __init__(
        self, home: Path, model: str | None = None, encoder: Encoder | None = None, server: VectorServer | None = None
    ) -> None:
        """Open the library in `home`, or begin it, with the encoder of this name; without one, with its own.

        An `encoder` that is loaded already is used as it is. The vectors are on the `server`; without one in the home.
        """
        self.home = home
        self.catalog = Catalog(home / RECORD)
        self._writer = WriterLock(home)
        self.shelf = Shelf(home, self.catalog, self._writer, server)
        self._model = model
        self._encoder = encoder
        self._given = encoder is not None
        self._lock = threading.RLock()  # of the encoder

    def close(self) -> None:
        """Let go of every file."""
        self.shelf.close()
        self.catalog.close()

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
        self.shelf.put_down()
        with self._lock:
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
        """Lend the indexes as of the record's present generation, to one thread at a time (see Shelf.lent)."""
        with self.shelf.lent() as indexes:
            yield indexes

    def rows(self, indexes: Indexes) -> Rows:
        """Return the vectors of every passage, for filtered search, built once a generation."""
        if indexes.rows is None:
            dimension = self.encoder().info.dimension
            indexes.rows = Rows.build(self.catalog.vectors(), dimension, indexes.folder / "rows")
        return indexes.rows

    def original(self, name: str) -> Path:
        """Return where the bytes of an added file are kept; `name` is their SHA-256."""
        return self.home / ORIGINALS / name[:2] / name

    def attribute(self) -> None:
        """See to it that every document is attributed by the present rules; those that are not are read anew.

        Raises LibraryLockedError if there are some and another process is writing.
        """
        if self.catalog.unattributed():
            with self.held("reading who says what"):
                attribute(self.catalog)

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
        workers: Workers | None = None,
    ) -> Sequence[Outcome]:
        """Add files, the files in folders, and pages; report each as it goes live or fails. Bad ones cost only themselves.

        A document whose file is gone from a folder is kept and reported; with `prune` it is retired. `progress` is told
        how far reading is; the file of a page must last until this returns. `work` reads; `workers` read and encode,
        elsewhere. Raises LibraryLockedError if another process is writing. What is not live when it is interrupted is taken back.
        """
        paths = [*paths]
        outcomes: list[Outcome] = []
        lost: list[Known] = []

        def done(outcome: Outcome) -> None:
            outcomes.append(outcome)
            if report is not None:
                report(outcome)

        with self.writing("onrecord add"), taking_back(self.catalog, self.shelf):
            inputs = [*inputs_in(paths, ignored, lambda path, error: done(failure(path, error)))]
            found = readings(chain(inputs, pages), self.catalog.inputs, tags, prune, workers.work if workers else work)
            if progress is not None:
                found = followed(found, inputs, progress)
            drafted = drafts(found, tuple(tags), self.catalog, done, lost, self.home / ORIGINALS)
            encode = workers.encode if workers else None
            with closing(encoded(batches(drafted), self.catalog, self.encoder, encode)) as ready:
                for batch, vectors in ready:
                    with held_back():
                        commit(batch, vectors, self.catalog, self.shelf)
                        for draft in batch.drafts:
                            done(draft.outcome())
            lost += self._vanished(paths, inputs, done)
            for outcome in let_go(lost, prune, self.catalog, self.shelf):
                done(outcome)
        return outcomes

    def _vanished(
        self, paths: Iterable[Path], inputs: Iterable[Input], done: Callable[[Outcome], None]
    ) -> Iterator[Known]:
        """Yield the documents whose files are gone from the folders among `paths`, where `inputs` were a moment ago."""
        listed = {input.place for input in inputs}
        for folder in (path for path in paths if path.is_dir()):
            try:
                yield from vanished(self.catalog.inputs, folder, listed)
            except SourceError as error:
                done(failure(str(folder), error))

    def remove(self, ids: Sequence[str]) -> None:
        """Take documents out, every version of them. Raises NotFoundError before anything is removed."""
        full = [self.resolve(id) for id in ids]
        with self.writing("onrecord remove"):
            with self.catalog.transaction():
                self.catalog.remove(full)
            forget(self.catalog, self.shelf)

    def put_aside(self, ids: Sequence[str]) -> None:
        """Let nobody find documents any more; for a day they can be brought back. Raises NotFoundError before any is."""
        with self.writing("a removal"):
            full = [self.resolve(id) for id in ids]
            with self.catalog.transaction():
                self.catalog.put_aside(full)
            forget(self.catalog, self.shelf)

    def bring_back(self, ids: Sequence[str]) -> None:
        """Undo `put_aside`, all or nothing. Raises NotFoundError if one of the documents is not removed, or was long ago."""
        with self.writing("undoing a removal"):
            bring_back(self.catalog, self.shelf, ids)

    def edit(self, id: str, fields: Stated) -> Document:
        """Set what the user states of a document (see corpus.edits.stated_fields) and return it as it is then."""
        full = self.resolve(id)
        with self.writing("onrecord edit"):
            self.resolve(full)  # it may have been removed meanwhile
            with self.catalog.transaction():
                self.catalog.edit(full, fields)
            retitle_edited(self.catalog, self.shelf, self.encoder)
            attribute(self.catalog)
        return self.catalog.document(full)

    def writer(self) -> str | None:
        """Say who is writing, without waiting for them; None where nobody is."""
        return self._writer.writer()

    @contextmanager
    def held(self, command: str) -> Iterator[None]:
        """Hold the writer's lock and change nothing yet. Raises LibraryLockedError if another process is writing."""
        with self._writer.held(command):
            yield

    @contextmanager
    def writing(self, command: str) -> Iterator[None]:
        """Hold the writer's lock, and first make good what an interrupted writer left."""
        with self.held(command):
            self.shelf.make_sound()
            bring_up_to_date(self.catalog, self.shelf, self.encoder)
            try:
                yield
            finally:
                self.shelf.seal()


def _mismatch(theirs: str, asked: str) -> EncoderError:
    if theirs == asked:
        return EncoderError(
            f"{theirs} is not the model that the library was encoded with, though its name is the same. Run onrecord reindex."
        )
    return EncoderError(
        f"the library was encoded with {theirs}, not {asked}. Set ONRECORD_ENCODER={theirs}, "
        f"or run onrecord reindex --encoder {asked}."
    )
