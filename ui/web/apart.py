"""Work in a process of its own, at a lower priority: a suite or an examination takes minutes of both a processor and of
Python's lock, and the page is to answer meanwhile. It ends with the server, or when its job is stopped.
"""

import logging
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection

from corpus.errors import OnRecordError
from ui.web.jobs import Job, Stopped

__all__ = ["apart"]

NICE = 10
LOOK_S = 0.3  # between two looks at whether the job is to stop
Tell = Callable[[object], None]
log = logging.getLogger(__name__)


def apart(job: Job, work: Callable[..., None], *given: object) -> None:
    """Do `work(tell, *given)` in a process of its own, and let the job tell what it tells; all of it can be pickled.

    Raises Stopped, after the process has ended, and OnRecordError where the work does or the process dies.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, work, *given), daemon=True)
    process.start()
    theirs.close()
    try:
        while True:
            if job.is_stopping:
                raise Stopped
            if ours.poll(LOOK_S):
                kind, told = ours.recv()
                if kind == "done":
                    return
                if kind == "error":
                    raise OnRecordError(told)
                job.tell(told)
    except EOFError as error:
        raise OnRecordError("the work broke off. Why stands in the log of the server.") from error
    finally:
        process.terminate()
        process.join()
        ours.close()


def _work(pipe: Connection, work: Callable[..., None], *given: object) -> None:
    os.nice(NICE)
    try:
        work(lambda told: pipe.send(("told", told)), *given)
        pipe.send(("done", None))
    except OnRecordError as error:
        pipe.send(("error", str(error)))
