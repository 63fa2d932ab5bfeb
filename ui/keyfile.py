"""Files of secrets, one a line, that nobody else of the machine can read; read again when they have changed."""

import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from corpus.errors import SettingsError

__all__ = ["KeyFile", "read_lines", "write_lines"]

REREAD_AFTER_S = 1.0
T = TypeVar("T")
log = logging.getLogger(__name__)


def read_lines(path: Path, made_by: str) -> list[tuple[str, str]]:
    """Return the lines that are not empty, each with where it stands. `made_by` is the command that makes such a file.

    Raises SettingsError if it is not there, no text, or can be read by others.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & 0o077:
                raise SettingsError(
                    f"{path}: other users of this machine can read or change it (mode {mode & 0o777:o}). "
                    f"Run: chmod 600 {path}"
                )
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(f"{path}: {reason}. Make it with: {made_by}") from error
    return [(f"{path}, line {number}", line.strip()) for number, line in enumerate(lines, 1) if line.strip()]


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write the file anew, for its owner alone; whoever reads it sees the old one or the new. Raises SettingsError."""
    path = path.resolve()  # a link stays one
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written: {error.strerror}. Name another with --file.") from error


class KeyFile(Generic[T]):
    """What stands in a file of secrets by now. `clock` is in seconds.

    Raises SettingsError if it cannot be read at first. While it cannot be read later, there is nothing in it: nobody is let in.
    """

    def __init__(
        self, path: Path, read: Callable[[Path], dict[str, T]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._read = read
        self._clock = clock
        self._looked = -REREAD_AFTER_S
        self._stamp: object = None
        self._entries = read(path)

    @property
    def entries(self) -> dict[str, T]:
        """What stands in the file, read again at most once a second."""
        now = self._clock()
        if now - self._looked >= REREAD_AFTER_S:
            self._looked = now
            self._reread()
        return self._entries

    def _reread(self) -> None:
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)
            if stamp != self._stamp:
                self._entries, self._stamp = self._read(self._path), stamp
        except (OSError, SettingsError) as error:
            if self._entries:
                log.error("nobody is let in: %s", error)
            self._entries, self._stamp = {}, None
