"""How far adding is: what came of the documents so far, how fast it goes, how long it may still take."""

from dataclasses import dataclass, field
from time import monotonic

from index.ingest import Outcome
from index.reading import Progress

__all__ = ["Tally"]

TELLING_S = 2  # after which the time left can be told


@dataclass
class Tally:
    """Counts while something is added. Written by one thread; read by any."""

    counts: dict[str, int] = field(default_factory=dict)  # documents, by what came of them
    passages: int = 0
    expected: int = 0  # addresses that are asked for; their sizes are not known before
    read: Progress | None = None
    started: float = field(default_factory=monotonic)
    ended: float | None = None

    def outcome(self, outcome: Outcome) -> None:
        self.counts[outcome.status] = self.counts.get(outcome.status, 0) + 1
        self.passages += outcome.passages

    def progress(self, progress: Progress) -> None:
        self.read = progress

    def expect(self, number: int) -> None:
        self.expected += number

    def begin(self) -> None:
        """Let the time run from now."""
        self.started = monotonic()

    def end(self) -> None:
        """Let no more time pass."""
        self.ended = monotonic()

    @property
    def documents(self) -> int:
        return sum(self.counts.values())

    @property
    def seconds(self) -> float:
        return max((self.ended or monotonic()) - self.started, 0.001)

    @property
    def share(self) -> float:
        """What share of all there is lies behind, 0 to 1: of the bytes of files, or of the addresses."""
        if self.expected:
            return min(1.0, self.documents / self.expected)
        return self.read.share if self.read else 0.0

    @property
    def passages_per_s(self) -> float:
        return round(self.passages / self.seconds, 1)

    @property
    def seconds_left(self) -> int | None:
        """How long it may still take; None as long as that cannot be told."""
        if not self.share or self.seconds <= TELLING_S:
            return None
        return round(self.seconds * (1 - self.share) / self.share)
