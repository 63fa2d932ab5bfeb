"""Zip archives: each file in one is a document of its own. An archive in an archive is refused."""

from collections.abc import Iterator
from pathlib import Path

from corpus.errors import SourceError
from corpus.readers.members import cleaned, distinct, inside, read_member
from corpus.readers.package import MAX_TOTAL, open_archive
from corpus.types import SIDECAR, Extract

__all__ = ["MAX_FILES", "read_zip"]

MAX_FILES = 10_000
KIND = ".zip"


def read_zip(path: Path) -> Iterator[Extract | SourceError]:
    """Yield the documents in the files of a zip, their `row` the file's path in it; a bad file costs only itself.

    Hidden files and what macOS adds are left out; `x.txt.meta.toml` is the sidecar of `x.txt`. Raises SourceError if the
    archive is damaged, encrypted, in another archive, has too many files or unpacks to too much.
    """
    from corpus.readers import MAX_BYTES  # here, since it reads by this very reader

    if KIND in inside():
        raise SourceError(f"{path}: an archive in an archive is not read. Unpack the outer one and add what is in it.")
    with open_archive(path) as archive:
        names = [name for name in dict.fromkeys(archive.names) if not _is_hidden(name)]
        if len(names) > MAX_FILES:
            raise SourceError(
                f"{path}: {len(names):,} files in it, over {MAX_FILES:,}. Unpack it and add what you need."
            )
        if archive.encrypted:
            raise SourceError(f"{path}: the zip is encrypted. Unpack it with its password and add the files.")
        documents = [name for name in names if not name.endswith(SIDECAR)]
        if not documents:
            raise SourceError(f"{path}: no files in it. Add an archive that has some.")
        total, rows = 0, set[str]()
        for name in documents:
            row = distinct(cleaned(name), rows)
            try:
                data = archive.read(name, MAX_BYTES)
                sidecar = archive.read(name + SIDECAR) if name + SIDECAR in archive else None
            except SourceError as error:
                yield error
                continue
            total += len(data)
            if total > MAX_TOTAL:
                raise SourceError(f"{path}: it unpacks to over {MAX_TOTAL // 2**20} MB. Unpack it and add the files.")
            yield from read_member(data, (path, KIND), row, sidecar=sidecar)


def _is_hidden(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "__MACOSX" or any(part.startswith(".") and part != ".." and part != "." for part in parts)
