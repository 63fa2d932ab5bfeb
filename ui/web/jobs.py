"""Work that goes on behind the pages, whoever is watching: one piece after the other, each with what it has told so far.

Kept in memory alone: what a job has done stands in the library or in a run file, not here.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from corpus.errors import OnRecordError

__all__ = ["Job", "Jobs", "Stopped"]

KEPT = 20  # jobs that have ended and can still be looked at
State = Literal["waiting", "running", "done", "failed", "stopped"]
log = logging.getLogger(__name__)


class Stopped(Exception):
    """Raised by `Job.tell` where the job is to stop."""


class Job:
    """A piece of work: what it is called, how far it is, what it has told. Read from any thread."""

    def __init__(self, name: str) -> None:
        self.id = secrets.token_hex(8)
        self.name = name
        self.state: State = "waiting"
        self.error: str | None = None
        self._told: list[object] = []
        self._stop = threading.Event()

    @property
    def told(self) -> Sequence[object]:
        """What the work has told so far, in order."""
        return tuple(self._told)

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "stopped")

    def tell(self, what: object) -> None:
        """Note how far the work is; called by the work itself. Raises Stopped if it is to stop."""
        if self._stop.is_set():
            raise Stopped
        self._told.append(what)

    def stop(self) -> None:
        """Let the work stop at the next thing it tells."""
        self._stop.set()


class Jobs:
    """The jobs of one kind, done one at a time, in the order they came."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="job")
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, name: str, work: Callable[[Job], None]) -> Job:
        """Let `work` be done when those before it are; it is given its job, to tell how far it is."""
        job = Job(name)
        with self._lock:
            over = [id for id, old in self._jobs.items() if old.is_over]
            for id in over[: max(0, len(over) - KEPT + 1)]:
                del self._jobs[id]
            self._jobs[job.id] = job
        self._pool.submit(self._done, job, work)
        return job

    def list(self) -> Sequence[Job]:
        """Return the jobs, the newest first."""
        with self._lock:
            return [*self._jobs.values()][::-1]

    def get(self, id: str) -> Job | None:
        """Return the job of this id, if it is still known."""
        with self._lock:
            return self._jobs.get(id)

    def close(self) -> None:
        """Let every job stop, and wait until the one that runs has."""
        for job in self.list():
            job.stop()
        self._pool.shutdown(cancel_futures=True)

    def _done(self, job: Job, work: Callable[[Job], None]) -> None:
        job.state = "running"
        try:
            if job._stop.is_set():
                raise Stopped
            work(job)
            job.state = "done"
        except Stopped:
            job.state = "stopped"
        except OnRecordError as error:
            job.error, job.state = str(error), "failed"
        except BaseException:
            job.error, job.state = "Something went wrong. What it was stands in the log of the server.", "failed"
            log.exception("%s failed", job.name)
            raise
