"""A damaged index becomes one error, however the library that reads it tells: by its own errors or by a panic of its Rust."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import DiskError, LibraryDamagedError

__all__ = ["told_as_damage"]

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
        if DiskError.is_told_by(error):
            raise DiskError(folder, told) from error
        raise LibraryDamagedError(
            f"{folder}: the index cannot be read ({told}). Run onrecord doctor --repair."
        ) from error
