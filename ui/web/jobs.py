"""Work that goes on behind the pages, whoever is watching: one piece after the other, each with what it has told so far.

Kept in memory alone: what a job has done stands in the library or in a run file, not here.
"""

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Literal

from corpus.errors import BusyError, OnRecordError

__all__ = ["MOST", "Job", "Jobs", "State", "Stopped"]

MOST = 100  # jobs that run or wait
KEPT = 20  # jobs that have ended and can still be looked at
KEPT_TOLD = 200  # things that a job has told last
CLOSING_S = 10.0  # a site that does not answer holds its job for a minute; the server does not wait for that
State = Literal["waiting", "running", "done", "failed", "stopped"]
log = logging.getLogger(__name__)


class Stopped(Exception):
    """Raised in a job's work where it is to stop."""


class Job:
    """A piece of work: what it is called, what it is `about`, how far it is, what it has told. Read from any thread."""

    def __init__(self, name: str, about: object = None) -> None:
        self.id = secrets.token_hex(8)
        self.name = name
        self.about = about
        self.state: State = "waiting"
        self.error: str | None = None
        self.exit_code = 0  # of a command that had failed so
        self.is_dismissed = False  # by a program: the page shows it until it is over
        self._told: deque[object] = deque(maxlen=KEPT_TOLD)
        self._stop = threading.Event()

    @property
    def told(self) -> Sequence[object]:
        """What the work has told last, in order; at most KEPT_TOLD things."""
        return tuple(self._told.copy())  # a copy is made in one step, whatever is told meanwhile

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "stopped")

    @property
    def is_stopping(self) -> bool:
        """Tell whether it is to stop, and has not yet."""
        return self._stop.is_set() and not self.is_over

    def tell(self, what: object) -> None:
        """Note how far the work is; called by the work itself. Raises Stopped if it is to stop."""
        self.heed()
        self._told.append(what)

    def heed(self) -> None:
        """Raise Stopped if the work is to stop; called by the work itself, as often as it can stop."""
        if self._stop.is_set():
            raise Stopped

    def rest(self, seconds: float) -> None:
        """Let time pass; called by the work itself. Raises Stopped as soon as it is to stop."""
        self._stop.wait(seconds)
        self.heed()

    def stop(self) -> None:
        """Let the work stop where it next tells or heeds."""
        self._stop.set()


class Jobs:
    """The jobs of one kind, done one at a time, in the order they came."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[tuple[Job, Callable[[Job], None]] | None] = SimpleQueue()
        self._jobs: dict[str, Job] = {}
        self._coming = 0  # for which there has to be room
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def check_room(self) -> None:
        """Raise BusyError where there is no room for another job, before anything is prepared for it."""
        with self.room():
            pass

    @contextmanager
    def room(self) -> Iterator[None]:
        """Keep room for a job that the block prepares and starts. Raises BusyError where MOST run or wait already."""
        with self._lock:
            if self._coming + sum(not job.is_over for job in self._jobs.values()) >= MOST:
                raise BusyError(f"{MOST} jobs are under way already, so nothing was begun. Try it again later.")
            self._coming += 1
        try:
            yield
        finally:
            with self._lock:
                self._coming -= 1

    def start(self, name: str, work: Callable[[Job], None], about: object = None) -> Job:
        """Let `work` be done when those before it are; it is given its job, to tell how far it is."""
        job = Job(name, about)
        with self._lock:
            over = [id for id, old in self._jobs.items() if old.is_over]
            for id in over[: max(0, len(over) - KEPT + 1)]:
                del self._jobs[id]
            self._jobs[job.id] = job
            self._waiting.put((job, work))
            if self._worker is None:  # a daemon: where the work hangs, the process ends all the same
                self._worker = threading.Thread(target=self._work, name="job", daemon=True)
                self._worker.start()
        return job

    def list(self) -> Sequence[Job]:
        """Return the jobs, the newest first."""
        with self._lock:
            return [*self._jobs.values()][::-1]

    def get(self, id: str) -> Job | None:
        """Return the job of this id, if it is still known."""
        with self._lock:
            return self._jobs.get(id)

    def forget(self, id: str) -> None:
        """Let a job that is over no longer be looked at."""
        with self._lock:
            job = self._jobs.get(id)
            if job is not None and job.is_over:
                del self._jobs[id]

    def close(self, within_s: float = CLOSING_S) -> None:
        """Let every job stop, and wait until the one that runs has, but no longer than `within_s`."""
        for job in self.list():
            job.stop()
        self._waiting.put(None)
        if self._worker is not None:
            self._worker.join(within_s)

    def _work(self) -> None:
        while (next_one := self._waiting.get()) is not None:
            self._do(*next_one)

    def _do(self, job: Job, work: Callable[[Job], None]) -> None:
        job.state = "running"
        try:
            job.heed()
            work(job)
            job.state = "done"
        except Stopped:
            job.state = "stopped"
        except OnRecordError as error:
            job.error, job.exit_code = str(error), error.exit_code
            job.state = "failed"  # last: whoever sees it may ask why
        except Exception:  # the jobs after it are to be done, whatever is wrong with this one
            job.exit_code = OnRecordError.exit_code
            job.error, job.state = "Something went wrong. What it was stands in the log of the server.", "failed"
            log.exception("job %s failed", job.id)  # its name may be a file's, which no log is told
