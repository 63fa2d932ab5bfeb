"""Who is being answered now: how many at most, and how one of them is stopped."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from corpus.errors import OnRecordError

__all__ = ["AT_ONCE", "Asking", "Run"]

# Questions under way on two cores; each that waits for its turn holds one of Gradio's 40 threads, which other pages need too.
AT_ONCE = 30
BUSY = (
    "Many are asking at the moment, so this question was not begun. It still stands in the box: ask again in a minute."
)


class Run:
    """A question under way."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.is_stopped = False


class Asking:
    """The questions under way, of all visitors. Used from any thread."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._runs: list[Run] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def is_full(self) -> bool:
        return len(self._runs) >= self._at_once

    @contextmanager
    def admitted(self, session: str) -> Iterator[Run]:
        """Count a question of a session (a tab) while the block lasts. Raises OnRecordError if too many are under way."""
        run = Run(session)
        with self._lock:
            if self.is_full:
                raise OnRecordError(BUSY)
            self._runs.append(run)
        try:
            yield run
        finally:
            with self._lock:
                self._runs.remove(run)

    def is_of(self, session: str) -> bool:
        """Tell whether a session has a question under way."""
        with self._lock:
            return any(run.session == session for run in self._runs)

    def stop(self, session: str) -> None:
        """Let what a session asks stop where it is."""
        with self._lock:
            for run in self._runs:
                run.is_stopped = run.is_stopped or run.session == session
