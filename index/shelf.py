"""The indexes of one library: opened as they are needed, lent to one thread at a time, built anew where they are damaged.

Whoever writes has seen to them before; whoever reads looks first whether their files are as the last writer left them. What
only may be read is copied, since Chroma and Tantivy write to what they open. Where the vectors are on a Chroma server that
is away, the indexes are lent all the same: a search for vectors in them then raises VectorServerError.
"""

import logging
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.catalog import Catalog
from corpus.errors import LibraryDamagedError, LibraryLockedError, VectorServerError
from corpus.filters import Filters
from corpus.types import Document
from index.indexes import INDEXES, Indexes, Serving, build, leftovers, open_indexes, remove, sealed
from index.lock import WriterLock
from index.served import COLLECTION, Kept, ServedVectors
from index.server import CollectionError, VectorServer

__all__ = ["Shelf"]

log = logging.getLogger(__name__)


class Shelf:
    """Where a library's indexes are had. Nothing is open before they are first lent."""

    def __init__(self, home: Path, catalog: Catalog, writer: WriterLock, server: VectorServer | None = None) -> None:
        self._home = home
        self._catalog = catalog
        self._writer = writer
        self._served = ServedVectors(server, catalog) if server else None
        self.server = server  # that keeps the vectors; None where they are in files
        self._indexes: Indexes | None = None
        self._copy: TemporaryDirectory[str] | None = None  # of indexes that may only be read, or of none
        self._suspect: str | None = None  # why the indexes are not to be trusted, whatever their files say
        self._lock = threading.RLock()

    def close(self) -> None:
        """Let go of every file; what is lent is waited for."""
        with self._lock:
            self.put_down()
            if self._copy is not None:
                self._copy.cleanup()
            if self._served is not None:
                self._served.server.close()

    def put_down(self) -> None:
        """Close the indexes: they are opened anew when they are next lent."""
        with self._lock:
            if self._indexes is not None:
                self._indexes.vectors.close()
                self._indexes = None

    @contextmanager
    def lent(self) -> Iterator[Indexes]:
        """Lend the indexes as of the record's present generation, to one thread at a time.

        What is missing or damaged is first built anew. Raises LibraryDamagedError if damage shows while they are used: they
        are built anew when they are next lent.
        """
        with self._lock:
            if self._indexes is None or self._indexes.generation != self._catalog.generation() or self._must_look():
                self.put_down()
                self._indexes = self._opened()
            try:
                yield self._indexes
            except VectorServerError:  # what it broke off is noted in the record, until a writer has made it good
                raise
            except CollectionError:
                self._doubt()
                raise
            except BaseException as error:
                if self._writer.is_held() or isinstance(error, LibraryDamagedError):
                    self._suspect = f"a change was broken off ({type(error).__name__})"
                    self.put_down()
                raise

    @contextmanager
    def as_they_are(self) -> Iterator[Indexes]:
        """Lend the indexes opened anew, and built anew by no means. Raises LibraryDamagedError if they cannot be read."""
        with self._lock:
            self.put_down()
            if self.server is not None:
                self.server.look_again()
            opened = self._open()
            try:
                yield opened
            finally:
                opened.vectors.close()

    def damage(self, thorough: bool = False) -> str | None:
        """Return what of the indexes' files is not as the last writer left it, or None; `thorough` reads every file."""
        serving = Serving.read(self._catalog)
        if serving is None:
            return "there are no indexes yet"
        return self._suspect or serving.damage(self._home, self._served is not None, thorough)

    def vectors_missing(self) -> str | None:
        """Return that the vectors are not on the server where they should be, or None."""
        missing = self._served is not None and Kept.read(self._catalog).name is None
        return "the vectors are not on the server yet" if missing else None

    def rebuild(self) -> None:
        """Build the indexes anew from the record. Raises LibraryLockedError if another process is writing, VectorServerError."""
        with self._lock, self._writer.held("rebuilding the indexes"):
            if self._served is not None:
                self._served.server.look_again()
                self._served.fill(self._live())  # first: it may be away
            self._build()

    # What a writer does, who holds the lock.

    def make_sound(self) -> None:
        """Build the indexes anew if they are damaged, and delete what serves no more. Raises VectorServerError."""
        if self.damage() is not None:
            self._build()
        if self._served is not None:
            self._served.make_sound(self._live())
        self.sweep()

    def keep_up(self, documents: Sequence[Document]) -> None:
        """Let the open indexes count as those of the present generation: what moved it on is what was written to them."""
        if self._indexes is None:
            return
        generation = self._catalog.generation()
        if generation == self._indexes.generation + 1:
            self._indexes.generation = generation
            self._indexes.live |= {f"{d.id}@{d.version}" for d in documents}
            self._indexes.live -= {f"{d.id}@{d.version - 1}" for d in documents}
            self._indexes.rows = None

    def seal(self) -> None:
        """Note in the record how the indexes' files are left, unless a change of them was broken off."""
        before = Serving.read(self._catalog)
        if before is None or self._suspect:
            return
        after = sealed(self._home, before.folder, before.files)
        if after != before:
            with self._catalog.transaction():
                self._catalog.set_meta(INDEXES, after.written())
        if self._served is not None:
            self._served.leave()

    def sweep(self) -> None:
        """Delete the folders of indexes that do not serve."""
        serving = Serving.read(self._catalog)
        if serving is not None:
            remove(leftovers(self._home, serving))
        if self._served is not None:
            self._served.sweep()

    def built_from(self, coming: Catalog) -> dict[str, str]:
        """Build indexes for the record as it will be; return the words of the record's meta that let them serve."""
        live = self._live()
        name = self._served.filled(coming, live) if self._served else None
        serving = build(self._home, coming, live, self._served is not None)
        return {INDEXES: serving.written(), COLLECTION: Kept.read(self._catalog).serving(name).written()}

    def _build(self) -> None:
        """Build the indexes anew from the record, and let them serve."""
        self.put_down()
        serving = build(self._home, self._catalog, self._live(), self._served is not None)
        with self._catalog.transaction():
            self._catalog.serve(serving.written())
            if self._served is None:
                self._catalog.clear_forgotten()
                self._catalog.set_meta(COLLECTION, Kept.read(self._catalog).serving(None).written())
        self._suspect = None
        self.sweep()

    # Opening.

    def _opened(self) -> Indexes:
        """Return the indexes that serve, open. Only a writer, who has seen to them, and whom one works beside trust them unread."""
        writing = self._writer.is_held()
        if not writing and Serving.read(self._catalog) is None and not self._catalog.findable():
            return open_indexes(self._temporary(), self._catalog.generation(), set())  # nothing to find, or not yet
        problem = self.damage() if self._suspect or not writing else None
        problem = problem or self._problem_of_vectors()
        if problem is None:
            try:
                return self._open()
            except LibraryDamagedError as error:
                problem = str(error)
        try:
            return self._mended(problem)
        except LibraryLockedError as error:
            return self._open_beside(error)

    def _mended(self, problem: str) -> Indexes:
        """Return the indexes, built anew if the problem is there still when nobody else is writing, open."""
        with self._writer.held("rebuilding the indexes"):
            if self.damage() is not None or self._fails_to_open():
                if Serving.read(self._catalog) is not None:
                    log.warning("the indexes are built anew from the record: %s.", problem)
                self._build()
            self._mend_vectors()
            self.seal()
        return self._open()

    def _problem_of_vectors(self) -> str | None:
        """Return what speaks against the vectors on the server; None also where it is away."""
        if self._served is None or not self._served.must_be_checked():
            return None
        try:
            return self._served.problem(self._writer.is_held())
        except VectorServerError:
            return None

    def _mend_vectors(self) -> None:
        """Make the vectors on the server sound, unless it is away: then it is done when it is back."""
        if self._served is not None and self._served.must_be_checked():
            with suppress(VectorServerError):
                self._served.make_sound(self._live())

    def _must_look(self) -> bool:
        served = self._served
        return served is not None and served.must_be_checked() and Serving.read(self._catalog) is not None

    def _doubt(self) -> None:
        if self._served is not None:
            self._served.doubt()
        self.put_down()

    def _live(self) -> set[str]:
        return self._catalog.allowed(Filters())[0]

    def _open_beside(self, writer: LibraryLockedError) -> Indexes:
        """Return the indexes that somebody is changing, open. Raises the error if they do not serve yet."""
        if Serving.read(self._catalog) is None:
            raise writer
        try:
            opened = self._open()
        except LibraryDamagedError as error:
            raise writer from error
        self._suspect = None
        if self._served is not None:
            self._served.trust()
        return opened

    def _fails_to_open(self) -> bool:
        try:
            self._open().vectors.close()
        except LibraryDamagedError:
            return True
        return False

    def _open(self) -> Indexes:
        generation = self._catalog.generation()
        serving = Serving.read(self._catalog)
        folder = self._home / INDEXES / (serving.folder if serving else "none")
        if folder.is_dir() and not os.access(folder, os.W_OK):
            folder = self._copied(folder)
        return open_indexes(folder, generation, self._live(), self._served.index() if self._served else None)

    def _copied(self, folder: Path) -> Path:
        """Return a copy of indexes that may only be read."""
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
