"""The indexes of one library: opened as they are needed, lent to one thread at a time, built anew where they are damaged.

Whoever writes has seen to them before; whoever reads looks first whether their files are as the last writer left them. What
only may be read is copied, since Chroma and Tantivy write to what they open.
"""

import logging
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.catalog import Catalog
from corpus.errors import LibraryDamagedError, LibraryLockedError
from corpus.filters import Filters
from corpus.types import Document
from index.indexes import INDEXES, Indexes, Serving, build, leftovers, open_indexes, remove, sealed
from index.lock import WriterLock

__all__ = ["Shelf"]

log = logging.getLogger(__name__)


class Shelf:
    """Where a library's indexes are had. Nothing is open before they are first lent."""

    def __init__(self, home: Path, catalog: Catalog, writer: WriterLock) -> None:
        self._home = home
        self._catalog = catalog
        self._writer = writer
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
            if self._indexes is None or self._indexes.generation != self._catalog.generation():
                self.put_down()
                self._indexes = self._opened()
            try:
                yield self._indexes
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
        return self._suspect or serving.damage(self._home, thorough)

    def rebuild(self) -> None:
        """Build the indexes anew from the record. Raises LibraryLockedError if another process is writing."""
        with self._lock, self._writer.held("rebuilding the indexes"):
            self._build()

    # What a writer does, who holds the lock.

    def make_sound(self) -> None:
        """Build the indexes anew if they are damaged, and delete what serves no more."""
        if self.damage() is not None:
            self._build()
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

    def sweep(self) -> None:
        """Delete the folders of indexes that do not serve."""
        serving = Serving.read(self._catalog)
        if serving is not None:
            remove(leftovers(self._home, serving))

    def _build(self) -> None:
        """Build the indexes anew from the record, and let them serve."""
        self.put_down()
        serving = build(self._home, self._catalog, self._catalog.allowed(Filters())[0])
        with self._catalog.transaction():
            self._catalog.serve(serving.written())
            self._catalog.clear_forgotten()
        self._suspect = None
        self.sweep()

    # Opening.

    def _opened(self) -> Indexes:
        """Return the indexes that serve, open. Only a writer, who has seen to them, and whom one works beside trust them unread."""
        writing = self._writer.is_held()
        if not writing and Serving.read(self._catalog) is None and not self._catalog.findable():
            return open_indexes(self._temporary(), self._catalog.generation(), set())  # nothing to find, or not yet
        problem = self.damage() if self._suspect or not writing else None
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
            self.seal()
        return self._open()

    def _open_beside(self, writer: LibraryLockedError) -> Indexes:
        """Return the indexes that somebody is changing, open. Raises the error if they do not serve yet."""
        if Serving.read(self._catalog) is None:
            raise writer
        try:
            opened = self._open()
        except LibraryDamagedError as error:
            raise writer from error
        self._suspect = None
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
        return open_indexes(folder, generation, self._catalog.allowed(Filters())[0])

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
