"""The writer's lock: one process changes a library at a time, and another that wants to is told which one does.

The operating system holds the lock and lets go of it when its holder dies. A note beside it, writer.json, says who the
holder is; it is never taken for the lock.
"""

import errno
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.errors import DiskError, LibraryLockedError

__all__ = ["WriterLock"]

WAIT_S = 0.2
NOBODY = "another process"  # that has not said who it is
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


class WriterLock:
    """The lock of a home. Each thread holds it for itself; whoever holds it may take it again."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._note = home / "writer.json"
        self._lock = FileLock(home / "writer.lock", timeout=WAIT_S)

    def is_held(self) -> bool:
        """Tell whether this thread holds the lock."""
        return self._lock.is_locked

    def writer(self) -> str | None:
        """Say who holds the lock, as its note tells, without asking for the lock; None where nobody does."""
        told = self._holder() if self._note.exists() else NOBODY
        return None if told == NOBODY else told

    @contextmanager
    def held(self, command: str) -> Iterator[None]:
        """Hold the lock; who wants it meanwhile is told of `command`.

        Raises LibraryLockedError if another process or thread has it, DiskError if the disk cannot be written, also where
        that shows while it is held.
        """
        if self.is_held():
            yield
            return
        try:
            self._lock.acquire()
        except Timeout as error:
            message = f"{self._home}: the library is being written by {self._holder()}. Try again when it is done."
            raise LibraryLockedError(message) from error
        except OSError as error:
            raise DiskError(self._home, error.strerror) from error
        try:
            self._sign(command)
            yield
        except OSError as error:  # the files that are read have errors of their own
            if error.errno not in UNWRITABLE:
                raise
            raise DiskError(self._home, error.strerror) from error
        finally:
            with suppress(OSError):
                self._note.unlink(missing_ok=True)
            self._lock.release()

    def _sign(self, command: str) -> None:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        note = {"pid": os.getpid(), "command": command, "host": socket.gethostname(), "since": since}
        self._note.write_text(json.dumps(note))

    def _holder(self) -> str:
        """Say who holds the lock, as far as the note tells: its writer may have died, and another not signed yet."""
        try:
            holder = json.loads(self._note.read_text())
            if holder["host"] == socket.gethostname() and not _is_alive(int(holder["pid"])):
                return NOBODY
            return f"{holder['command']} (process {holder['pid']} on {holder['host']}, since {holder['since']})"
        except (OSError, ValueError, KeyError, TypeError):
            return NOBODY


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True
