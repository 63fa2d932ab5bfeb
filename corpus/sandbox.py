"""Run parsers in child processes with limits: a hostile file costs its own process, never the library.

A child is started when it is first needed and reused, so what a parser imports stays loaded. A thread of the parent feeds it
(corpus/child.py). One that breaks a limit, crashes or hangs is killed, and the next file gets a new one.
"""

import os
import pickle
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, TypeVar

from corpus.child import MB, Broken, Child, loaded
from corpus.confinement import DONE, ITEM
from corpus.errors import OnRecordError, SourceError
from corpus.readers import read
from corpus.types import Extract

__all__ = ["Limits", "Sandbox", "reading"]

P = TypeVar("P")
T = TypeVar("T")

AHEAD_BYTES = 16 * MB  # of results that a child may be ahead of whoever takes them
LARGE_FILE = 100 * MB


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
        self._child: Child | None = None  # while one works on it
        self._messages: deque[bytes | SourceError] = deque()
        self._held = 0  # bytes
        self._changed = threading.Condition()

    def given_to(self, child: Child | None) -> bool:
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
            item = loaded(message)
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
    child: Child | None = None
    while (job := jobs.get()) is not None:
        try:
            child = child or Child(job.limits.memory_mb, job.limits.files)
            if job.given_to(child):
                for message in child.done(job.request, job.seconds, job.output):
                    if message[:1] != ITEM:
                        job.given_to(None)  # first, or whoever takes this and cancels would kill a child that is fit
                    job.put(message)
        except Broken as broken:
            job.put(job.error(str(broken), "Split it, or save it as text, and add that."))
        except OSError as error:  # too many of them run, or there is no memory for one
            what = f"no process could be started to read it ({error.strerror or error})"
            job.put(job.error(what, "Give it room for processes and memory, and add it again."))
        finally:
            job.given_to(None)
        if child is not None and not child.is_fit():
            child.stop()
            child = None
    if child is not None:
        child.stop()


def _working_folder() -> str | None:
    with suppress(FileNotFoundError):
        return os.getcwd()
    return None
