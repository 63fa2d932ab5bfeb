"""What is being added: how far it is as a whole and file by file, what came of it, and what the page shows of that."""

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from itertools import islice
from math import inf

from corpus.types import file_name
from index.ingest import Outcome
from index.reading import Progress
from index.sources import Note
from ui.tally import Tally
from ui.web.jobs import Job
from ui.web.naming import count
from ui.web.parts import alert

__all__ = ["KEPT", "SHOWN", "Addition", "additions", "reason_of", "short"]

KEPT = 10_000  # things told of one addition, that can be told again
SHOWN = 30  # files of one addition; of a folder of thousands the newest and the bad ones
WORDS = {
    "added": "added",
    "updated": "a new version",
    "unchanged": "already there",
    "moved": "moved",
    "duplicate": "the same as another",
    "failed": "not added",
    "missing": "gone, and kept",
    "retired": "retired",
}
ENDS = {"done": "Done", "stopped": "Stopped", "failed": "Broken off"}


@dataclass
class _Line:
    """What is shown of one file: its name, how much of it is read, what came of the documents in it."""

    name: str
    read: float | None = None
    counts: Counter[str] = field(default_factory=Counter)
    passages: int = 0
    why: str = ""


class Addition:
    """Something that is added by a job. Told by the thread that adds; shown from any.

    `names` are the inputs that are known before, by their places.
    """

    def __init__(self, title: str, names: Mapping[str, str] | None = None) -> None:
        self.title = title
        self.places = frozenset(names or ())
        self.tally = Tally()
        self.notes: dict[str, Note] = {}
        self.failed: dict[str, str] = {}
        self._names = dict(names or {})
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        self._lock = threading.Lock()
        self._heed: Callable[[], None] = lambda: None
        self.taken: float = inf  # the number up to which somebody has taken what was told, who is to miss nothing
        self._told: deque[tuple[int, Outcome | Note]] = deque()
        self._number = 0
        if len(self._names) <= SHOWN:
            self._lines.update((place, _Line(name)) for place, name in self._names.items())

    @contextmanager
    def going(self, heed: Callable[[], None]) -> Iterator[None]:
        """Let the time of the block count; `heed` is called wherever the adding may stop, and raises where it is to."""
        self._heed = heed
        self.tally.begin()
        try:
            yield
        finally:
            self.tally.end()

    def outcome(self, outcome: Outcome) -> None:
        place = self.place(outcome.source)
        with self._lock:
            self._tell(outcome)
            self.tally.outcome(outcome)
            line = self._line(place)
            line.counts[outcome.status] += 1
            line.passages += outcome.passages
            line.read = 1.0
            if outcome.status == "failed":
                why = reason_of(outcome, place)
                line.why = line.why or why
                self.failed.setdefault(place, why)
            self._shorten()

    def progress(self, progress: Progress) -> None:
        with self._lock:
            self.tally.progress(progress)
            self._line(progress.reading).read = progress.within
            self._shorten()
        self._heed()  # here and not at an outcome: those of a batch come together, once it is in

    def note(self, note: Note) -> None:
        with self._lock:
            self._tell(note)
        if len(self.notes) < SHOWN:
            self.notes.setdefault(note.message, note)

    def expect(self, number: int) -> None:
        self.tally.expect(number)

    def failures(self) -> dict[str, str]:
        """Return the places that failed, and why, since this was last asked."""
        with self._lock:
            given, self.failed = self.failed, {}
        return given

    def told(self, after: int) -> list[tuple[int, Outcome | Note]]:
        """Return what was told since the thing of this number, each with its own from 1 on; of long ago some may be missing."""
        with self._lock:
            first = self._told[0][0] if self._told else 1
            return [*islice(self._told, max(0, after + 1 - first), None)]

    def _tell(self, what: Outcome | Note) -> None:
        self._number += 1
        self._told.append((self._number, what))
        while len(self._told) > KEPT and self._told[0][0] <= self.taken:
            self._told.popleft()

    def place(self, source: str) -> str:
        """Return the place among those named before that a document is from, else its own."""
        if source in self._names:
            return source
        before = source.rpartition("#")[0]
        return before if before in self._names else source

    def _line(self, place: str) -> _Line:
        line = self._lines.get(place)
        if line is None:
            line = self._lines[place] = _Line(self.name(place))
        if len(self._names) > SHOWN or not self._names:
            self._lines.move_to_end(place)
        return line

    def name(self, place: str) -> str:
        """Return what to call a place."""
        return self._names.get(place) or short(place)

    def _shorten(self) -> None:
        """Let go of the line that has not changed for longest, of those that went well if there are some."""
        if len(self._lines) > SHOWN:
            good = next((place for place, line in self._lines.items() if not line.why), None)
            self._lines.pop(good if good is not None else next(iter(self._lines)))

    def lines(self) -> list[_Line]:
        """Return what is shown file by file: those named before in their order, else the newest first; the bad ones at the top."""
        with self._lock:
            lines = [*self._lines.values()]
        if not self._names or len(self._names) > SHOWN:
            lines.reverse()
        return sorted(lines, key=lambda line: not line.why)


def reason_of(outcome: Outcome, place: str) -> str:
    """Return why something was not added, without the place that the message begins with."""
    message = outcome.message or "it could not be added."
    for name in (outcome.source, place):
        message = message.removeprefix(f"{name}: ")
    return message.replace(place, short(place))


def short(place: str) -> str:
    """Return what to call a place: an address, or the name of a file without the folders of this machine."""
    return file_name(place) if place.startswith("/") else place


def additions(jobs: Iterable[Job]) -> str:
    """Return what there is to see of the jobs that add, the newest first."""
    return "".join(_addition(job, job.about) for job in jobs if isinstance(job.about, Addition))


def _addition(job: Job, addition: Addition) -> str:
    tally = addition.tally
    over = job.is_over
    title = escape(addition.title)
    act, label = ("dismiss", "Dismiss") if over else ("stop", "Stop")
    button = (
        f'<button type="button" data-do="{act}" data-job="{job.id}" aria-label="{label}: {title}">{label}</button>'
        if not job.is_stopping
        else ""
    )
    bar = _bar(tally.share if tally.read or tally.documents else None, f"All of: {title}") if not over else ""
    error = alert(job.error) if job.error else ""
    state = f'<p class="quiet" role="status">{_state(job, addition)}</p>'
    figures = f'<p class="said">{_figures(job, tally)}</p>' if job.state != "waiting" else ""
    return (
        f'<section class="addition {job.state}" aria-label="{title}"><div class="top"><h3>{title}</h3>{button}</div>'
        f"{state}{bar}{figures}{error}{_notes(addition)}{_lines(addition, over)}</section>"
    )


def _state(job: Job, addition: Addition) -> str:
    """Return in a few words how it stands: it is read out when it changes, so no figure is in it until the end."""
    if not job.is_over:
        waiting = "Waits for what is being added before it."
        return waiting if job.state == "waiting" else "Stopping…" if job.is_stopping else "Adding…"
    counts = addition.tally.counts
    told = ", ".join(f"{counts[status]:,} {words}" for status, words in WORDS.items() if counts.get(status))
    return f"{ENDS[job.state]}: {told or 'nothing was added'}."


def _figures(job: Job, tally: Tally) -> str:
    if job.is_over:
        return f"{count(tally.passages, 'passage')} in {timedelta(seconds=round(tally.seconds))}"
    parts = [count(tally.documents, "document"), count(tally.passages, "passage")]
    if tally.passages:
        parts.append(f"{tally.passages_per_s:,} passages a second")
    if tally.seconds_left is not None:
        parts.append(f"about {timedelta(seconds=tally.seconds_left)} left")
    return " · ".join(parts)


def _bar(share: float | None, label: str) -> str:
    value = "" if share is None else f' value="{share:.3f}"'
    return f'<progress max="1"{value} aria-label="{label}"></progress>'


def _notes(addition: Addition) -> str:
    """Return the notes, with a button to follow a feed."""
    rows = []
    for note in [*addition.notes.values()]:
        feed = escape(note.feed or "")
        follow = f' <button type="button" data-do="follow" data-feed="{feed}">Follow {feed}</button>' if feed else ""
        rows.append(f'<p class="notice">{escape(note.message)}{follow}</p>')
    return "".join(rows)


def _lines(addition: Addition, over: bool) -> str:
    lines = addition.lines()
    if not lines:
        return ""
    more = len(addition.places) - len(lines)
    rest = f'<li class="quiet">and {count(more, "file")} more</li>' if more > 0 else ""
    listed = f'<ul class="files" tabindex="0" aria-label="File by file">{"".join(map(_line, lines))}{rest}</ul>'
    return f"<details><summary>File by file</summary>{listed}</details>" if over else listed


def _line(line: _Line) -> str:
    name = f"<b>{escape(line.name)}</b>"
    if line.counts:
        told = ", ".join(
            words if number == 1 and len(line.counts) == 1 else f"{number:,} {words}"
            for status, words in WORDS.items()
            if (number := line.counts[status])
        )
        passages = f", {count(line.passages, 'passage')}" if line.passages else ""
        why = f": {escape(line.why)}" if line.why else ""
        sign = "✕" if line.why else "✓"
        return (
            f'<li class="{"bad" if line.why else "ok"}"><span aria-hidden="true">{sign}</span>'
            f"<span>{name} <span>{told}{passages}{why}</span></span></li>"
        )
    state = "waits" if line.read is None else "is read" if line.read >= 1 else "reading"
    return (
        f'<li><span aria-hidden="true"></span><span>{name} <span>{state}</span>'
        f"{_bar(line.read or 0.0, escape(line.name))}</span></li>"
    )
