"""The indexes over the record: opened, built anew from it, and sealed, so that damage is noticed before they are read.

A set of indexes lies in a folder of its own, indexes/N, and the record names the one that serves. Building anew fills
another folder; the record names it in one transaction; then the old one goes. A seal says how large each file was when a
writer left it, when it was changed and which SHA-256 it had: Chroma dies without a word of some damaged files, and does
not notice others. Chroma's SQLite file is not in the seal, since opening it writes to it.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from corpus.catalog import Catalog
from corpus.errors import LibraryDamagedError
from corpus.inputs import digest_of
from corpus.rows import encoded_text
from index.lexical import LexicalIndex, Text
from index.served import live_vectors
from index.server import ServerIndex
from index.vectors import CHROMA_FILE, GRAPH_FILE, Rows, VectorIndex

__all__ = ["INDEXES", "LEGACY", "Indexes", "Serving", "build", "leftovers", "open_indexes", "remove", "sealed"]

INDEXES = "indexes"  # the folder in the home, and the record's word for the set that serves
LEGACY = ("vectors", "lexical")  # folders in the home where the indexes lay up to schema 2
PARTS = ("vectors", "passages", "documents")
UNSEALED = (".lock", CHROMA_FILE, f"{CHROMA_FILE}-journal")  # how the names end of files that a reader may change
SQLITE_HEADER = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class FileSeal:
    """A file of an index as a writer left it: bytes, time of the last change in ns, SHA-256."""

    size: int
    modified_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Serving:
    """The folder under indexes/ that serves, and the seal of its files, by their path in it."""

    folder: str
    files: Mapping[str, FileSeal]

    @classmethod
    def read(cls, catalog: Catalog) -> "Serving | None":
        """Return what the record says; None where no indexes have been built."""
        kept = catalog.meta(INDEXES)
        if kept is None:
            return None
        stated = json.loads(kept)
        return cls(stated["folder"], {name: FileSeal(**seal) for name, seal in stated["files"].items()})

    def written(self) -> str:
        return json.dumps({"folder": self.folder, "files": {name: asdict(seal) for name, seal in self.files.items()}})

    def damage(self, home: Path, is_served: bool, thorough: bool = False) -> str | None:
        """Return what of the files is not as it was left, or None; `thorough` reads also those that look untouched.

        Where the vectors are served by a Chroma server there may be none in files, which would grow old; else there must.
        """
        folder = home / INDEXES / self.folder
        if (folder / PARTS[0]).is_dir() == is_served:
            return f"{folder}: its vectors are {'in files, not on the server' if is_served else 'not in files'}"
        present = {str(path.relative_to(folder)): path for path in _files(folder)}
        for name in sorted(self.files.keys() | present.keys()):
            if name not in present:
                return f"{folder / name}: the file is gone"
            if name not in self.files:
                return f"{folder / name}: the file was left behind by a change that was broken off"
            problem = _difference(present[name], self.files[name], thorough)
            if problem is not None:
                return f"{folder / name}: {problem}"
        if is_served:
            return None
        problem = _sqlite_problem(folder / "vectors" / CHROMA_FILE)
        return problem and f"{folder / 'vectors' / CHROMA_FILE}: {problem}"


def _difference(path: Path, seal: FileSeal, thorough: bool) -> str | None:
    stat = path.stat()
    if stat.st_size != seal.size:
        return f"it has {stat.st_size:,} bytes, not {seal.size:,}"
    if (thorough or stat.st_mtime_ns != seal.modified_ns) and digest_of(path) != seal.sha256:
        return "its bytes are not those that were written"
    return None


def _sqlite_problem(path: Path) -> str | None:
    """Tell by its first 100 bytes whether a SQLite file has the size that it says (sqlite.org/fileformat2.html, 1.3)."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError:
        return "the file is gone"
    if len(header) < 100 or not header.startswith(SQLITE_HEADER):
        return "it is no SQLite file"
    page_size = int.from_bytes(header[16:18], "big")
    stated = int.from_bytes(header[28:32], "big") * (65_536 if page_size == 1 else page_size)
    size = path.stat().st_size
    return None if size == stated else f"it has {size:,} bytes, and says {stated:,}"


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files that only a writer changes. A graph without its list of ids is none yet: whoever opens it writes it."""
    for part in PARTS:
        for path in (folder / part).rglob("*"):
            is_draft = part == PARTS[0] and not (path.parent / GRAPH_FILE).exists()
            if path.is_file() and not path.name.endswith(UNSEALED) and not is_draft:
                yield path


def sealed(home: Path, folder: str, before: Mapping[str, FileSeal]) -> Serving:
    """Return the serving folder with the seal of its files as they are; those that `before` knows are not read again."""
    found = {}
    for path in _files(home / INDEXES / folder):
        name, stat = str(path.relative_to(home / INDEXES / folder)), path.stat()
        known = before.get(name)
        unchanged = known is not None and (known.size, known.modified_ns) == (stat.st_size, stat.st_mtime_ns)
        found[name] = known if known and unchanged else FileSeal(stat.st_size, stat.st_mtime_ns, digest_of(path))
    return Serving(folder, found)


@dataclass(slots=True)
class Indexes:
    """The open indexes as of one generation of the record. `live` holds the version keys that a plain search may find."""

    generation: int
    folder: Path
    vectors: VectorIndex | ServerIndex
    passages: LexicalIndex
    documents: LexicalIndex
    live: set[str]
    rows: Rows | None = None  # built when a filtered search first needs it


def open_indexes(folder: Path, generation: int, live: set[str], served: ServerIndex | None = None) -> Indexes:
    """Return the indexes in `folder`, the vectors being there or `served`. Raises LibraryDamagedError if one cannot be read, or is empty though it may not be."""
    if not folder.is_dir():
        raise LibraryDamagedError(f"{folder}: the folder is gone. Run onrecord doctor --repair.")
    passages, documents = LexicalIndex(folder / PARTS[1]), LexicalIndex(folder / PARTS[2])
    vectors = served or VectorIndex(folder / PARTS[0])
    try:
        counts = (
            len(live) if isinstance(vectors, ServerIndex) else vectors.count(),
            passages.count(),
            documents.count(),
        )
        empty = [part for part, count in zip(PARTS, counts, strict=True) if not count]
        if live and empty:
            raise LibraryDamagedError(f"{folder / empty[0]}: the index is empty. Run onrecord doctor --repair.")
    except LibraryDamagedError:
        vectors.close()
        raise
    return Indexes(generation, folder, vectors, passages, documents, live)


def build(home: Path, catalog: Catalog, live: set[str], is_served: bool) -> Serving:
    """Fill a new folder from the record and return it, sealed; it does not serve until the record says so.

    Without the vectors where those are served by a Chroma server.
    """
    serving = Serving.read(catalog)
    taken = [path.name for path in (home / INDEXES).glob("*")] + ([serving.folder] if serving else [])
    # never a name that was used before: Chroma remembers the folders that this process has opened
    name = str(1 + max((int(each) for each in taken if each.isdecimal()), default=0))
    folder = home / INDEXES / name
    folder.mkdir(parents=True)
    if not is_served:
        vectors = VectorIndex(folder / PARTS[0])
        try:
            for ids, matrix in live_vectors(catalog, live):
                vectors.add(ids, matrix)
        finally:
            vectors.close()
    keys = catalog.findable()
    LexicalIndex(folder / PARTS[1]).write(_passages(catalog, keys))
    LexicalIndex(folder / PARTS[2]).write(_documents(catalog, keys))
    return sealed(home, name, {})


def _passages(catalog: Catalog, keys: Iterable[str]) -> Iterator[Text]:
    for key in keys:
        document = catalog.versions([key])[key]
        yield from (Text(p.id, key, encoded_text(document.title, p.text)) for p in catalog.passages_of(key))


def _documents(catalog: Catalog, keys: Iterable[str]) -> Iterator[Text]:
    for key in keys:
        document = catalog.versions([key])[key]
        yield Text(key, key, encoded_text(document.title, document.text))


def leftovers(home: Path, serving: Serving | None) -> list[Path]:
    """Return the folders of indexes in the home that do not serve."""
    found = [path for path in (home / INDEXES).glob("*") if serving is None or path.name != serving.folder]
    return sorted(found) + [home / name for name in LEGACY if (home / name).is_dir()]


def remove(folders: Iterable[Path]) -> None:
    """Delete folders of indexes; what cannot be deleted now is left to the next writer."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
