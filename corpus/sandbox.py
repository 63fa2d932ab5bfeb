"""Run parsers in child processes with limits: a hostile file costs its own process, never the library.

A child is started when it is first needed and reused, so what a parser imports stays loaded. It is fed over a pipe by a
thread of the parent, which counts the seconds and the bytes; memory is held by the kernel (corpus/confinement.py). One
that breaks a limit, crashes or hangs is killed, and the next file gets a new one.
"""

import io
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import Pipe
from multiprocessing.connection import wait
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Generic, TypeVar

from corpus.confinement import DONE, ERROR, ITEM, MEMORY, READY
from corpus.errors import OnRecordError, SourceError
from corpus.readers import read
from corpus.types import Extract

__all__ = ["Limits", "Sandbox", "reading"]

P = TypeVar("P")
T = TypeVar("T")

MB = 2**20
AHEAD_BYTES = 16 * MB  # of results that a child may be ahead of whoever takes them
LARGE_FILE = 100 * MB
BYTES_A_SECOND = 10_000  # of results: they prolong a file's time, so that one of many documents is read to its end
TAIL_BYTES = 2000  # of what a parser printed, kept for the log
SECRET = re.compile("(KEY|TOKEN|SECRET|PASSWORD)S?$", re.IGNORECASE)
CHILD = "import sys; from corpus.confinement import serve; serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost. One of over 100 MB may take twice the seconds and the output, one of over 200 three times.

    `seconds` are those the child is waited for, not those it waits; results prolong them. `output_mb` is of pickled results
    and printed text.
    """

    seconds: float = 60
    memory_mb: int = 900  # allocated; with the code of the libraries, a process then stays below 1 GB
    output_mb: int = 200
    files: int = 1000  # until a process is replaced, whatever leaked in it


def reading(workers: int = 1) -> "Sandbox[Path, Extract | SourceError]":
    """Return a sandbox for corpus.readers.read."""
    return Sandbox(read, workers=workers)


class Sandbox(Generic[P, T]):
    """A pool of child processes that run `work`, a generator function of a module other than __main__.

    `path` is the file that an argument is read from, whose size scales the limits; errors name it, or what `name` tells.
    Close the sandbox, or use it as a context manager. Threads may share it.
    """

    def __init__(
        self,
        work: Callable[[P], Iterator[T]],
        limits: Limits = Limits(),
        workers: int = 1,
        path: Callable[[P], str | Path] = str,
        name: Callable[[P], str] | None = None,
    ) -> None:
        if work.__module__ == "__main__":
            raise ValueError(f"{work.__qualname__} is of the main program, which a child does not import")
        self._work = work
        self._limits = limits
        self._path, self._name = path, name or path
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._open: set[_Job] = set()
        self._most_workers = workers
        self._workers: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> "Sandbox[P, T]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, argument: P) -> Iterator[T]:
        """Yield what the work yields for the argument, as it comes.

        Raises the OnRecordError that the work raised, and SourceError if it broke a limit, crashed, or failed otherwise.
        """
        for _, items in self.run_all([argument], ahead=0):
            yield from items

    def run_all(self, arguments: Iterable[P], ahead: int = 1) -> Iterator[tuple[P, Iterator[T]]]:
        """Yield each argument with its items, in order, while up to `ahead` further ones are worked on.

        An error is raised where the items are taken. Items that are not taken before the next argument are dropped.
        """
        waiting: deque[tuple[P, _Job]] = deque()
        left = iter(arguments)
        try:
            while True:
                waiting.extend((each, self._submit(each)) for each in islice(left, ahead + 1 - len(waiting)))
                if not waiting:
                    return
                argument, job = waiting[0]
                yield argument, job.items()
                self._end(job)
                waiting.popleft()
        finally:
            for _, job in waiting:
                self._end(job)

    def close(self) -> None:
        """End the children, and whatever they are at."""
        with self._lock:
            self._closed = True
            for job in self._open:
                job.cancel()
            for _ in self._workers:
                self._jobs.put(None)
        for worker in self._workers:
            worker.join()

    def _submit(self, argument: P) -> "_Job":
        path = self._path(argument)
        share = 1 + (os.path.getsize(path) // LARGE_FILE if os.path.isfile(path) else 0)
        job = _Job((self._work, argument, _working_folder()), str(self._name(argument)), self._limits, share)
        with self._lock:
            if self._closed:
                raise ValueError("the sandbox is closed")
            if len(self._workers) < self._most_workers:
                self._workers.append(threading.Thread(target=_do_all, args=(self._jobs,), daemon=True))
                self._workers[-1].start()
            self._open.add(job)
            self._jobs.put(job)
        return job

    def _end(self, job: "_Job") -> None:
        job.cancel()
        with self._lock:
            self._open.discard(job)


class _Job:
    """One argument: its limits, and its messages on their way from the thread that receives them to the one that takes them."""

    def __init__(self, request: tuple[object, ...], name: str, limits: Limits, share: int) -> None:
        self.request = pickle.dumps(request, protocol=5)
        self.name, self.limits = name, limits
        self.seconds, self.output = limits.seconds * share, limits.output_mb * share * MB
        self._cancelled = False
        self._child: _Child | None = None  # while one works on it
        self._messages: deque[bytes | SourceError] = deque()
        self._held = 0  # bytes
        self._changed = threading.Condition()

    def given_to(self, child: "_Child | None") -> bool:
        """Note which child works on it, if one does; tell whether the job is still wanted."""
        with self._changed:
            self._child = child
            return not self._cancelled

    def put(self, message: bytes | SourceError) -> None:
        """Hand a message on, once fewer than AHEAD_BYTES wait to be taken."""
        with self._changed:
            self._changed.wait_for(lambda: self._held < AHEAD_BYTES or self._cancelled)
            self._messages.append(message)
            self._held += len(message) if isinstance(message, bytes) else 0
            self._changed.notify_all()

    def items(self) -> Iterator[Any]:
        """Yield the items as they come; raise the error that ends them, if one does."""
        while (message := self._taken())[:1] != DONE:
            item = _loaded(message)
            if message[:1] == ITEM:
                yield item
            elif isinstance(item, OnRecordError):
                raise item
            else:
                raise self.error(f"it is damaged or malformed ({item})", "Save it anew, or as text.")

    def _taken(self) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._messages or self._cancelled)
            if self._cancelled:
                raise ValueError(f"{self.name}: it is no longer being read")
            message = self._messages.popleft()
            if isinstance(message, SourceError):
                raise message
            self._held -= len(message)
            self._changed.notify_all()
            return message

    def cancel(self) -> None:
        """Take nothing more of it; a child that is at it is killed."""
        with self._changed:
            self._cancelled = True
            if self._child is not None:
                self._child.kill()
            self._changed.notify_all()

    def error(self, what: str, way_out: str) -> SourceError:
        return SourceError(f"{self.name}: {what}. {way_out}")


def _do_all(jobs: "SimpleQueue[_Job | None]") -> None:
    """Do jobs until None comes, with one child after another. A child dies with the thread that started it."""
    child: _Child | None = None
    while (job := jobs.get()) is not None:
        try:
            child = child or _Child(job.limits)
            if job.given_to(child):
                for message in child.done(job):
                    if message[:1] != ITEM:
                        job.given_to(None)  # first, or whoever takes this and cancels would kill a child that is fit
                    job.put(message)
        except _Broken as broken:
            job.put(job.error(str(broken), "Split it, or save it as text, and add that."))
        finally:
            job.given_to(None)
        if child is not None and not child.is_fit():
            child.stop()
            child = None
    if child is not None:
        child.stop()


class _Broken(Exception):
    """A child broke a limit or died; the message says how."""


class _Child:
    """A process that does one job after the other."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._folder = TemporaryDirectory(prefix="onrecord-", ignore_cleanup_errors=True)
        self._pipe, theirs = Pipe()
        self._output, printed = os.pipe()
        given = (theirs.fileno(), limits.memory_mb * MB, self._folder.name, os.getpid())
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-c",
                    CHILD,
                    *map(str, given),
                ],  # and not multiprocessing: that imports __main__ anew
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
        self._files = 0
        self._peak = 0
        self._ready = self._broken = self._killed = False

    def done(self, job: _Job) -> Iterator[bytes]:
        """Have a job done; yield its messages. Raises _Broken."""
        self._files += 1
        self._broken = True  # until it has ended well
        try:
            self._pipe.send_bytes(job.request)
        except OSError as error:
            raise self._death() from error
        seconds, output, ended = job.seconds, job.output, False
        while not ended:
            started = time.monotonic()
            message, size = self._received(seconds, output)
            seconds -= time.monotonic() - started - len(message) / BYTES_A_SECOND
            output -= size
            if seconds <= 0:
                raise _Broken(f"reading it took more than {job.seconds:.0f} s")
            if output <= 0:
                raise _Broken(f"more than {job.output // MB} MB come out of it")
            if message[:1] == MEMORY:
                raise _Broken(f"reading it takes more than {self._limits.memory_mb} MB of memory")
            ended = message[:1] in (DONE, ERROR)
            self._broken = not ended
            if message[:1] == DONE:
                self._peak = _loaded(message)
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

    def _death(self) -> _Broken:
        """Return how it died, it being dead or about to be."""
        wait([self._pid], 1)
        self.stop()
        if not self._ready:
            return _Broken(f"the process that reads files did not start ({self._last_words()})")
        code = self._process.returncode
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return _Broken(
            f"reading it broke off ({how}), perhaps for want of more than {self._limits.memory_mb} MB of memory"
        )

    def _last_words(self) -> str:
        return " ".join(self._printed.decode("utf-8", "replace").split()[-30:])

    def is_fit(self) -> bool:
        """Tell whether it may do another job."""
        fresh = self._files < self._limits.files and self._peak < self._limits.memory_mb * MB / 2
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


def _loaded(message: bytes) -> Any:
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


def _working_folder() -> str | None:
    with suppress(FileNotFoundError):
        return os.getcwd()
    return None
