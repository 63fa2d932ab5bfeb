"""A child process that parses: started with limits, fed over a pipe, its seconds and bytes counted, and killed if it breaks them.

Memory, files and programs are held within the child, by corpus/confinement.py. Who works on what is decided in sandbox.
"""

import io
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from corpus.confinement import DONE, ERROR, MEMORY, READY

__all__ = ["MB", "Broken", "Child", "loaded"]

MB = 2**20
BYTES_A_SECOND = 10_000  # of results: they prolong a file's time, so that one of many documents is read to its end
TAIL_BYTES = 2000  # of what a parser printed, kept for the log
SECRET = re.compile("(KEY|TOKEN|SECRET|PASSWORD)S?$", re.IGNORECASE)
SERVE = "import sys; from corpus.confinement import serve; serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))"

log = logging.getLogger(__name__)


class Broken(Exception):
    """A child broke a limit or died; the message says how."""


class Child:
    """A process that does one job after the other, with so much memory, until it has done so many."""

    def __init__(self, memory_mb: int, most_jobs: int) -> None:
        self._memory_mb, self._most_jobs = memory_mb, most_jobs
        self._folder = TemporaryDirectory(prefix="onrecord-", ignore_cleanup_errors=True)
        self._pipe, theirs = Pipe()
        self._output, printed = os.pipe()
        given = (theirs.fileno(), memory_mb * MB, self._folder.name, os.getpid())
        with theirs:  # and not multiprocessing, which imports __main__ anew
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", SERVE, *map(str, given)],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env=_environment(self._folder.name),
            )
        os.close(printed)
        self._pid = os.pidfd_open(self._process.pid)  # a signal to it cannot reach a later process of the same number
        self._watched: list[Any] = [self._pipe, self._output]
        self._printed = b""
        self._jobs = 0
        self._peak = 0
        self._ready = self._broken = self._killed = False

    def done(self, request: bytes, most_seconds: float, most_bytes: int) -> Iterator[bytes]:
        """Have a job done; yield its messages. Raises Broken."""
        self._jobs += 1
        self._broken = True  # until it has ended well
        try:
            self._pipe.send_bytes(request)
        except OSError as error:
            raise self._death() from error
        seconds, output, ended = most_seconds, most_bytes, False
        while not ended:
            started = time.monotonic()
            message, size = self._received(seconds, output)
            seconds -= time.monotonic() - started - len(message) / BYTES_A_SECOND
            output -= size
            if seconds <= 0:
                raise Broken(f"reading it took more than {most_seconds:.0f} s")
            if output <= 0:
                raise Broken(f"more than {most_bytes // MB} MB come out of it")
            if message[:1] == MEMORY:
                raise Broken(f"reading it takes more than {self._memory_mb} MB of memory")
            ended = message[:1] in (DONE, ERROR)
            self._broken = not ended
            if message[:1] == DONE:
                self._peak = loaded(message)
            if message:
                yield message

    def _received(self, seconds: float, longest: int) -> tuple[bytes, int]:
        """Return the next message, or none where something else came or nothing in time, and how many bytes came."""
        ready = wait(self._watched, max(0, seconds))
        if self._output in ready:
            printed = os.read(self._output, 65536)
            self._printed = (self._printed + printed)[-TAIL_BYTES:]
            if not printed:
                self._watched.remove(self._output)
            return b"", len(printed)
        if self._pipe not in ready:
            return b"", 0
        try:
            message = self._pipe.recv_bytes(longest)
        except (EOFError, OSError) as error:
            if not self._pipe.readable:  # the message is longer
                return b"", longest
            raise self._death() from error
        if message == READY:
            self._ready = True
            return b"", 0
        return message, len(message)

    def _death(self) -> Broken:
        """Return how it died, it being dead or about to be."""
        wait([self._pid], 1)
        self.stop()
        if not self._ready:
            return Broken(f"the process that reads files did not start ({self._last_words()})")
        code = self._process.returncode
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return Broken(f"reading it broke off ({how}), perhaps for want of more than {self._memory_mb} MB of memory")

    def _last_words(self) -> str:
        return " ".join(self._printed.decode("utf-8", "replace").split()[-30:])

    def is_fit(self) -> bool:
        """Tell whether it may do another job."""
        fresh = self._jobs < self._most_jobs and self._peak < self._memory_mb * MB / 2
        return fresh and not self._broken and not self._killed

    def kill(self) -> None:
        """End the process, from any thread. It is not fit from then on, though what it has sent may tell that it was."""
        self._killed = True
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the process and what it left. Its thread alone may call this; a second call does nothing."""
        if self._pipe.closed:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._pipe.close()
        os.close(self._output)
        self._process.wait()
        os.close(self._pid)
        self._folder.cleanup()
        if self._printed:
            log.debug("a reader printed: %s", self._last_words())


class _Results(pickle.Unpickler):
    """Results may hold this program's own classes and nothing else: their sender has read what a stranger wrote."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] in ("corpus", "index"):
            found = super().find_class(module, name)
            if isinstance(found, type):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no result")


def loaded(message: bytes) -> Any:
    """Return what stands behind the first byte of a message."""
    content = io.BytesIO(message)
    content.seek(1)
    return _Results(content).load()


def _environment(folder: str) -> dict[str, str]:
    """Return this process's environment without its secrets, for a child that writes in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not SECRET.search(name)}
    # One thread, since each takes its share of the memory that is allowed.
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    imports = os.pathsep.join(str(Path(place).absolute()) for place in sys.path)
    return kept | threads | {"PYTHONPATH": imports, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": folder}
