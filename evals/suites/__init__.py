"""One benchmark a file; SUITES maps a name to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from assistant.assistant import Assistant
from evals.metrics import Figure
from evals.suites import samples, time

__all__ = ["SUITES", "Suite"]

Record = dict[str, object]


class Suite:
    """A benchmark: `run` answers its questions and yields a record each, `figures` scores records, also kept ones."""

    def __init__(
        self,
        run: Callable[[Assistant, Path | None], Iterator[Record]],
        figures: Callable[[list[Record]], list[Figure]],
    ) -> None:
        self.run = run
        self.figures = figures


SUITES = {"time": Suite(time.run, time.figures), "samples": Suite(samples.run, samples.figures)}
