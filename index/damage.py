"""A damaged index becomes one error, however the library that reads it tells: by its own errors or by a panic of its Rust."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import DiskError, LibraryDamagedError

__all__ = ["told_as_damage"]

LEAST_FREE = 4 * 2**20  # bytes; with less, what fails fails for want of room, whatever Chroma says of it
PANIC = "PanicException"  # pyo3's: a BaseException that cannot be imported


@contextmanager
def told_as_damage(folder: Path, *kinds: type[BaseException]) -> Iterator[None]:
    """Raise LibraryDamagedError for an error of these kinds, or for a panic, that the block raises while it uses `folder`.

    A disk that cannot be written is told as that, by DiskError.
    """
    try:
        yield
    except BaseException as error:
        if not isinstance(error, kinds) and type(error).__name__ != PANIC:
            raise
        told = " ".join(str(error).split())
        if DiskError.is_told_by(error) or _free(folder) < LEAST_FREE:
            raise DiskError(folder, told) from error
        raise LibraryDamagedError(
            f"{folder}: the index cannot be read ({told}). Run onrecord doctor --repair."
        ) from error


def _free(folder: Path) -> int:
    """Return the bytes that are free where the folder lies or would lie."""
    return shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free
