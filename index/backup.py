"""A library in one file, and back: the record, with documents, conversations and vectors, and the originals.

The file is a tar archive, compressed where its name ends with .gz. Its first member, manifest.json, names every other one
with its size and SHA-256. The indexes and the encoder are not in it: the first are built anew, the second is converted
anew. Settings are not either, since a key may be among them.
"""

import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from corpus.catalog import Catalog
from corpus.errors import LibraryDamagedError, OnRecordError, SettingsError
from corpus.inputs import digest_of
from corpus.schema import SCHEMA_VERSION
from index.indexes import INDEXES, LEGACY
from index.library import ORIGINALS, RECORD, Library
from index.lock import WriterLock
from index.served import COLLECTION

__all__ = ["Contents", "Kept", "back_up", "restore"]

FORMAT = 1  # of the archive
MANIFEST = "manifest.json"
LONGEST_MANIFEST = 2**30  # bytes; a million originals take 150 MB
BLOCK = 2**20
ORIGINAL = re.compile(rf"{ORIGINALS}/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})")
BROKEN = (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the archive: bytes and SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds; `missing` are the originals, by their SHA-256, that the library had lost or changed."""

    made_at: str
    schema: int
    documents: int
    passages: int
    conversations: int
    files: Mapping[str, Kept]
    missing: tuple[str, ...] = ()


def back_up(library: Library, file: Path, replaces: bool = False) -> Contents:
    """Write the library to `file`, all or nothing, also while somebody is writing to it.

    Raises SettingsError if the file is there already and is not to be replaced, or its folder is not there.
    """
    if file.exists() and not replaces:
        raise SettingsError(f"{file}: the file is there already. Name another, or replace it with --force.")
    if not file.parent.is_dir():
        raise SettingsError(f"{file.parent}: no such folder. Name one that is there.")
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".onrecord-") as folder:
            record, draft = Path(folder) / RECORD, Path(folder) / "draft"
            library.catalog.copy(record)  # first: every original that it names was kept before it was named
            contents, paths = _contents(record, library)
            with draft.open("wb") as raw:
                _pack(raw, _compression(file), contents, paths)
                raw.flush()
                os.fsync(raw.fileno())
            draft.replace(file)
            _sync(file.parent)
    except OSError as error:
        raise OnRecordError(f"{file}: the backup could not be written ({error}). Nothing was changed.") from error
    return contents


def _compression(file: Path) -> str:
    return "w:gz" if file.suffix in (".gz", ".tgz") else "w"


def _contents(record: Path, library: Library) -> tuple[Contents, dict[str, Path]]:
    """Return what goes into the archive, and where each file of it lies."""
    with closing(Catalog(record)) as catalog:
        originals, (documents, passages), conversations = catalog.originals(), catalog.count(), catalog.conversations()
        catalog.as_one_file()
    paths = {f"{ORIGINALS}/{name[:2]}/{name}": library.original(name) for name in originals}
    files = {RECORD: _kept(record)}
    missing = []
    for name, path in paths.items():
        kept = _kept(path) if path.is_file() else None
        if kept is not None and kept.sha256 == path.name:
            files[name] = kept
        else:
            missing.append(path.name)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    contents = Contents(made_at, SCHEMA_VERSION, documents, passages, conversations, files, tuple(missing))
    return contents, {RECORD: record} | paths


def _kept(path: Path) -> Kept:
    return Kept(path.stat().st_size, digest_of(path))


def _pack(raw: IO[bytes], mode: str, contents: Contents, paths: Mapping[str, Path]) -> None:
    manifest = json.dumps({"onrecord_backup": FORMAT, **asdict(contents)}).encode()
    with tarfile.open(fileobj=raw, mode=mode, format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
        archive.addfile(_member(MANIFEST, len(manifest)), io.BytesIO(manifest))
        for name, kept in contents.files.items():
            with paths[name].open("rb") as file:
                archive.addfile(_member(name, kept.size), file)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    return member


def restore(home: Path, file: Path, replaces: bool = False) -> tuple[Contents, Path | None]:
    """Make the library in an archive the one of `home`; return its contents, and where what was there has been moved.

    Nothing in the home is touched before every file of the archive has been read and found right. Raises SettingsError if
    the home has a library that is not to be replaced, LibraryDamagedError if the archive is not whole or not one of ours.
    """
    if os.path.lexists(home / RECORD) and not replaces:
        raise SettingsError(f"{home}: there is a library already. Name another home, or move it aside with --force.")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=".restoring-") as folder:
            contents = _unpacked(file, Path(folder))
            _check_record(Path(folder) / RECORD, contents)
            with WriterLock(home).held("onrecord restore"):
                aside = _moved_aside(home)
                _move_in(Path(folder), home)
    except OSError as error:
        raise OnRecordError(f"{home}: the library could not be restored ({error}).") from error
    return contents, aside


def _unpacked(file: Path, folder: Path) -> Contents:
    """Unpack an archive whose every file is named, has its size and its SHA-256, into a folder. Raises LibraryDamagedError."""
    try:
        with tarfile.open(file, "r:gz" if _is_gzip(file) else "r:") as archive:
            contents = _manifest(archive)
            left = dict(contents.files)
            while (member := archive.next()) is not None:
                with _named(member.name):
                    _unpack(archive, member, left.pop(member.name), folder)
    except FileNotFoundError as error:
        raise SettingsError(f"{file}: no such file. Name a backup.") from error
    except BROKEN as error:
        told = str(error) or type(error).__name__
        raise LibraryDamagedError(
            f"{file}: not a whole backup ({told}). Nothing was changed; take another one."
        ) from error
    if left:
        raise LibraryDamagedError(f"{file}: {min(left)} is missing. Nothing was changed; take another backup.")
    return contents


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except KeyError:
        raise ValueError(f"{name!r} is not in its list, or twice") from None


def _is_gzip(file: Path) -> bool:
    with file.open("rb") as raw:
        return raw.read(2) == b"\x1f\x8b"


def _manifest(archive: tarfile.TarFile) -> Contents:
    first = archive.next()
    if first is None or first.name != MANIFEST or not first.isreg() or first.size > LONGEST_MANIFEST:
        raise ValueError("it does not begin with a list of what it holds")
    content = archive.extractfile(first)
    stated = json.loads(content.read() if content else b"")
    if stated.pop("onrecord_backup") != FORMAT:
        raise ValueError("a later OnRecord made it: update this one")
    files = {name: Kept(**kept) for name, kept in stated.pop("files").items()}
    for name, kept in files.items():
        match = ORIGINAL.fullmatch(name)
        if name != RECORD and (match is None or match[2] != kept.sha256):
            raise ValueError(f"{name!r} does not belong into a library")
    if RECORD not in files:
        raise ValueError("it has no record")
    return Contents(**{**stated, "files": files, "missing": tuple(stated["missing"])})


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, kept: Kept, folder: Path) -> None:
    """Write a member below `folder`, under a name that the manifest was found to allow. Raises ValueError."""
    if not member.isreg() or member.size != kept.size:
        raise ValueError(f"{member.name!r} is not the file that its list names")
    source, digest = archive.extractfile(member), hashlib.sha256()
    path = folder / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as target:
        while block := source.read(BLOCK) if source else b"":
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    if digest.hexdigest() != kept.sha256:
        raise ValueError(f"{member.name!r} has other bytes than were backed up")


def _check_record(record: Path, contents: Contents) -> None:
    with closing(Catalog(record)) as catalog:
        if catalog.count() != (contents.documents, contents.passages):
            raise LibraryDamagedError(
                "the backup's record has not the documents that its list names. Nothing was changed."
            )
        with catalog.transaction():
            catalog.forget_meta(INDEXES)
            catalog.forget_meta(COLLECTION)
        catalog.as_one_file()


def _moved_aside(home: Path) -> Path | None:
    """Move a library that is there into a folder of its own in the home; return that."""
    there = [home / name for name in (ORIGINALS, INDEXES, *LEGACY, f"{RECORD}-wal", f"{RECORD}-shm", RECORD)]
    there = [path for path in there if os.path.lexists(path)]
    if not there:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    aside = Path(tempfile.mkdtemp(dir=home, prefix=f"replaced-{stamp}-"))
    for path in reversed(there):  # the record first: without it there is no library, and nothing half replaced
        path.rename(aside / path.name)
    return aside


def _move_in(folder: Path, home: Path) -> None:
    """Move what was unpacked into the home, the record last: from then on there is a library."""
    if (folder / ORIGINALS).is_dir():
        (folder / ORIGINALS).rename(home / ORIGINALS)
    _sync(home)
    (folder / RECORD).rename(home / RECORD)
    _sync(home)


def _sync(folder: Path) -> None:
    """Have the names in a folder written to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
