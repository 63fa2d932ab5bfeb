"""The runs of the evaluation: where they are, what they found, their reports; and a suite that is run in a process of its own.

A run is named by a hash of its place: only what is listed can be read, whatever an address says.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING

from corpus.errors import NotFoundError, OnRecordError, SourceError
from ui.web.jobs import Job, Stopped
from ui.web.naming import count

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.responses import Response

    from evals.compare import Difference
    from evals.records import Section

__all__ = ["Run", "add_reports", "compared", "listed", "run_named", "run_suite", "runs_in", "tabled"]

FOLDER = "runs"  # in the home, and in the folder that the server was started in, where the command writes
MOST_LISTED = 50
LOOK_EVERY_S = 0.5
FIGURES = 4  # of a suite, in the list
CHANGES = 5  # questions named for each figure that changed
NICE = 10  # the suite gives way to those who ask
# A report has its styles in it; it has no script, and asks for nothing.
REPORT = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
}


@dataclass(frozen=True, slots=True)
class Run:
    """A run file: the id by which the page names it, and when it was written last."""

    id: str
    path: Path
    written: float

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def when(self) -> str:
        return f"{datetime.fromtimestamp(self.written):%-d %B %Y, %H:%M}"


def runs_in(home: Path) -> list[Run]:
    """Return the runs there are, the newest first."""
    found = []
    for folder in dict.fromkeys(((home / FOLDER).absolute(), Path(FOLDER).absolute())):
        for path in folder.glob("*.jsonl"):
            with suppress(OSError):  # it may be gone by now
                digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
                found.append(Run(digest, path, path.stat().st_mtime))
    return sorted(found, key=lambda run: -run.written)[:MOST_LISTED]


def run_named(home: Path, id: str) -> Run:
    """Return the run of this id. Raises NotFoundError."""
    for run in runs_in(home):
        if run.id == id:
            return run
    raise NotFoundError("there is no such run here any more. Look at the list again.")


def run_suite(job: Job, home: Path, suite: str) -> None:
    """Run a suite in a process of its own, and tell how many questions are answered. Raises SourceError if it fails."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{suite}.jsonl"
    command = [sys.executable, "-m", "ui.cli", "--home", str(home), "eval", "run", suite, "-o", str(path)]
    # Into a file: a pipe that nobody reads meanwhile stops who writes much into it.
    with (
        TemporaryFile("w+", encoding="utf-8", errors="replace") as heard,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=heard) as child,
    ):
        try:
            os.setpriority(os.PRIO_PROCESS, child.pid, NICE)
            while child.poll() is None:
                job.tell(_lines(path))
                job.rest(LOOK_EVERY_S)
        except Stopped:
            child.terminate()
            raise
        heard.seek(0)
        told = heard.read().strip().splitlines()
    if child.returncode:
        raise SourceError(told[-1] if told else f"{suite}: it ended with {child.returncode}, without a word.")


def _lines(path: Path) -> int:
    """Return how many questions stand in a run that is being written: its lines without the header's."""
    try:
        return max(0, path.read_bytes().count(b"\n") - 1)
    except FileNotFoundError:
        return 0


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Raise SourceError where a run is not in its form: any program may have written it."""
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise SourceError(f"{what}: it is not in the form of a run ({error!r}). Run the suite again.") from error


def listed(home: Path) -> str:
    """Return the table of the runs."""
    runs = runs_in(home)
    if not runs:
        return '<p class="quiet">No suite has been run yet.</p>'
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Run", "Written", "Figures", "Report"))
    return f'<div class="wide"><table class="facts"><tr>{head}</tr>{"".join(map(_row, runs))}</table></div>'


def _row(run: Run) -> str:
    from evals.records import read_run

    try:
        with _reading(run.path.name):
            figures = "<br>".join(map(_summary, read_run(run.path)))
        report = f'<a href="/evaluation/{run.id}" target="source">Open</a>'
    except OnRecordError as error:
        figures, report = f'<span class="doubt">{escape(str(error))}</span>', ""
    return f'<tr><th scope="row">{escape(run.name)}</th><td>{run.when}</td><td>{figures}</td><td class="open">{report}</td></tr>'


def _summary(section: "Section") -> str:
    from evals.compare import scored

    told = [f"{f.name} {_number(f.value)} (n {f.n})" for f in scored(section)[:FIGURES]]
    ended = "" if section.seconds is not None else "not run to its end; "
    asked = count(len(section.records), "question")
    return f"<b>{escape(section.suite)}</b>, {escape(section.system)}: {ended}{asked}; {escape('; '.join(told))}"


def compared(home: Path, before: str, after: str) -> str:
    """Return two runs beside each other: each figure, whether it differs by more than chance, and the questions that did it.

    Raises NotFoundError, SourceError.
    """
    from evals.compare import compare, lost
    from evals.records import read_run

    earlier, later = (read_run(run_named(home, id).path) for id in (before, after))
    with _reading("one of the runs"):
        found = compare(earlier, later)
    notes = "".join(
        f'<p class="notice failed">{escape(f"{n.suite}, {n.system}: {n.broken} questions that the first run answered fail in the second, {n.missing} are not in it.")}</p>'
        for n in lost(earlier, later)
    )
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Suite", "Figure", "Before", "After", "Difference, 95 %", "n", "Verdict")
    )
    worse, better = (sum(d.verdict == word for d in found) for word in ("worse", "better"))
    lead = f'<p class="notice" role="status">{count(len(found), "figure")}: {worse} worse, {better} better.</p>'
    rows = "".join(map(_difference, found))
    return f'{lead}{notes}<div class="wide"><table class="facts"><tr>{head}</tr>{rows}</table></div>'


def _difference(d: "Difference") -> str:
    signs = {"better": "▲ better", "worse": "▼ worse"}
    cells = (d.name, _number(d.before), _number(d.after), f"{d.low:+.3f} to {d.high:+.3f}", str(d.n))
    questions = "".join(
        f"<li>{word} {escape(change.id)}: {change.before:.3g} → {change.after:.3g} {escape(change.question)}</li>"
        for word, changes in (("lost", d.losses), ("won", d.wins))
        for change in changes[:CHANGES]
    )
    why = f"<details><summary>Questions</summary><ul>{questions}</ul></details>" if d.verdict in signs else ""
    row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    verdict = escape(signs.get(d.verdict, d.verdict))
    return f'<tr><th scope="row">{escape(d.suite)}, {escape(d.system)}</th>{row}<td>{verdict}{why}</td></tr>'


def tabled(jobs: Sequence[Job]) -> str:
    """Return how far the suites are that were started here."""
    return "".join(map(_job, jobs))


def _job(job: Job) -> str:
    answered = count(int(str(job.told[-1])), "question") if job.told else "no question"
    told = {
        "waiting": "waits for the one before it",
        "running": f"running: {answered} answered so far",
        "done": "done: the run is in the list",
        "failed": f"failed: {job.error}",
        "stopped": f"stopped after {answered}",
    }[job.state]
    stop = "" if job.is_over else f' <button type="button" data-do="stop" data-id="{job.id}">Stop</button>'
    role = ' role="alert"' if job.state == "failed" else ""
    kind = "notice failed" if job.state == "failed" else "notice"
    return f'<p class="{kind}"{role}><strong>{escape(job.name)}</strong> {escape(told)}{stop}</p>'


def add_reports(server: "FastAPI", home: Path) -> None:
    """Add the route of a run's report."""
    from fastapi.responses import HTMLResponse

    @server.get("/evaluation/{id}")
    def report(id: str) -> "Response":
        from evals.report import write_report

        try:
            run = run_named(home, id)
            with TemporaryDirectory() as folder, _reading(run.path.name):
                page = Path(folder) / "report.html"
                write_report([run.path], page)
                return HTMLResponse(page.read_text(encoding="utf-8"), 200, REPORT)
        except OnRecordError as error:
            body = f'<!doctype html><html lang="en"><title>No report</title><p>{escape(str(error))}</p></html>'
            return HTMLResponse(body, 404, REPORT)

    report.__annotations__["return"] = HTMLResponse


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}"
