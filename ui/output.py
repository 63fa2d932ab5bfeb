"""What the terminal shows: answers, passages, and what comes of each document that is added."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

from assistant.answer import Answer, Citation, Position, Statement, day
from corpus.dates import When
from corpus.types import Document, file_name
from index.ingest import Outcome
from index.library import Library
from index.reading import Progress
from index.retriever import Found
from ui.tally import Tally
from ui.terminal import origin_line, problem, visible

if TYPE_CHECKING:
    from index.sources import Note  # which fetches, and asking needs none of that

__all__ = ["AddReport", "answer_text", "origin", "passages_json", "print_streamed", "quote_text"]

EVENT_S = 5  # of silence after which --json tells how far it is
DOUBTS = {
    "partly": "only partly supported",
    "contradicted": "the sources say otherwise",
    "unsupported": "not supported",
}


class AddReport:
    """Tells of documents as they go live, on a terminal below them a bar; or with `as_json` an event a line.

    A problem is one line on stderr in either case. With `quiet` what was told once, and what is unchanged, is not told again.
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self.quiet = False
        self._told: set[Outcome] = set()
        self._tally = Tally()
        self._last_event = monotonic()

    def __enter__(self) -> "AddReport":
        from rich.console import Console  # here, since it takes 0.1 s to import
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar
        from rich.table import Column

        name = TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True), markup=False)
        counted = TextColumn("{task.fields[counted]}", table_column=Column(no_wrap=True))
        self._bar = Bar(
            *(name, BarColumn(bar_width=20), counted),
            console=Console(stderr=True),
            transient=True,
            expand=True,
            disable=not sys.stderr.isatty(),
            redirect_stdout=sys.stdout.isatty(),  # else the documents would be written where the bar is
        )
        self._task = self._bar.add_task("", total=1, counted="")
        self._bar.start()
        return self

    def outcome(self, outcome: Outcome) -> None:
        self._tally.outcome(outcome)
        if self.quiet and (outcome.status == "unchanged" or outcome in self._told):
            return
        if not outcome.ok:
            self._told.add(outcome)
        if self._as_json:
            self._event({"event": "document", **asdict(outcome)})
        elif outcome.document_id and outcome.status in ("added", "updated", "moved", "retired"):
            name = visible(outcome.title or outcome.source)
            print(f"{outcome.document_id}  {outcome.status}  {outcome.passages:4} passages  {name}", flush=True)
        if not outcome.ok or outcome.status == "missing":
            problem(outcome.message or outcome.source)
        elif outcome.note and not self._as_json:
            problem(f"{outcome.title or outcome.source}: {outcome.note}.")
        self._show()

    def progress(self, progress: Progress) -> None:
        """Show what is being read, and how far that is."""
        if self.quiet:
            return
        self._tally.progress(progress)
        self._show()
        if self._as_json and monotonic() - self._last_event > EVENT_S:
            self._event({"event": "progress", "reading": progress.reading, **self._figures()})

    def _event(self, event: dict[str, object]) -> None:
        self._last_event = monotonic()
        print(json.dumps(event, ensure_ascii=False), flush=True)

    def note(self, note: "Note") -> None:
        problem(str(note))

    def expect(self, number: int) -> None:
        self._tally.expect(number)

    def _figures(self) -> dict[str, object]:
        told = self._tally
        return {
            "documents": told.documents,
            "passages": told.passages,
            "passages_per_s": told.passages_per_s,
            "seconds_left": told.seconds_left,
        }

    def _show(self) -> None:
        told = self._tally
        if self._bar.disable or told.read is None:
            return
        left = "" if told.seconds_left is None else f", {timedelta(seconds=told.seconds_left)} left"
        rate = f"{told.documents} documents, {told.passages} passages, {told.passages_per_s}/s{left}"
        self._bar.update(
            self._task, description=visible(file_name(told.read.reading)), counted=rate, completed=told.share
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()
        counts = ", ".join(f"{number} {status}" for status, number in sorted(self._tally.counts.items()))
        if self._as_json:
            self._event({"event": "done", "counts": self._tally.counts, "passages": self._tally.passages})
        elif counts:
            problem(f"{counts}; {self._tally.passages} passages.")


def answer_text(answer: Answer) -> str:
    """Return an answer as a terminal shows it: the statements, then what `_below` has."""
    shown = [*map(_statement_text, answer.statements)] or [answer.reason.message if answer.reason else ""]
    if answer.status == "failed":
        failure = f"The language model failed. {answer.reason.message if answer.reason else ''}"
        shown = [failure, "", "In the sources' own words:", *shown]
    return "\n".join([*shown, *_below(answer)])


def print_streamed(parts: Iterable[Statement | Answer]) -> Answer:
    """Print an answer as it comes, statement by statement, and return it."""
    printed: list[Statement] = []
    for part in parts:
        if isinstance(part, Statement):
            printed.append(part)
            print(_statement_text(part), flush=True)
        elif tuple(printed) != part.statements or not printed:
            print(("\n" if printed else "") + answer_text(part))
            return part
        else:
            print("\n".join(_below(part)).removeprefix("\n"))
            return part
    raise AssertionError("a stream ends with its answer")


def _statement_text(statement: Statement) -> str:
    """Return a statement with its markers, and what its sources do not bear out."""
    doubt = f"\n    ({DOUBTS[statement.support]}: {statement.reason})" if statement.support in DOUBTS else ""
    return statement.shown.rstrip() + doubt


def _below(answer: Answer) -> list[str]:
    """Return what stands below the statements: what differs, what is missing, the nearest passages where it abstains, each
    citation, what was left out.
    """
    lines = answer.below
    if answer.status == "partial" and answer.reason:
        lines += ["", answer.reason.message]
    if answer.status == "abstained" and answer.hits:
        lines += ["", "Nearest passages:"]
        for hit in answer.hits:
            document = answer.documents[f"{hit.passage.document_id}@{hit.passage.version}"]
            lines += [f"  {document.name} ({origin(document)})", f"    {_cut(hit.passage.text)}"]
    if answer.positions:
        lines += ["", "By date:", *(_position_line(position, answer) for position in answer.positions)]
    if answer.citations:
        lines += [""] + [_citation_line(citation) for citation in answer.citations]
    if answer.usage and answer.usage.passages_left_out:
        given, left_out = answer.usage.passages, answer.usage.passages_left_out
        lines.append(f"The model was given {given} of the {given + left_out} passages found: more do not fit.")
    if answer.filters.as_of:
        lines.append(
            f"As of {answer.filters.as_of}." + (f" {answer.undated} without a date left out." if answer.undated else "")
        )
    return lines


def _position_line(position: Position, answer: Answer) -> str:
    markers = [answer.statements[number].citations[0] for number in position.statements]
    stance = f" ({position.stance})" if position.stance else ""
    days = ", ".join(map(day, position.dates)) or day(None)
    return f"  {days}: {position.speaker}{stance} {''.join(f'[{marker}]' for marker in markers)}"


def _citation_line(citation: Citation) -> str:
    page = f", page {citation.page}" if citation.page else ""
    said = f", {_day_said(citation.said_on)}" if citation.said_on else ""
    speaker = f"{citation.speaker} ({citation.cue}{said}) - " if citation.speaker else ""
    return f"[{citation.marker}] {speaker}{origin(citation.document)}: {citation.document.name}{page}  {citation.document.id}"


def quote_text(citation: Citation) -> str:
    """Return a citation as a list of quotations shows it: the date, who says it to whom, the words, where they stand."""
    document = citation.document
    whom = f" to {', '.join(citation.via)}" if citation.via else ""
    page = f", page {citation.page}" if citation.page else ""
    words = " ".join(citation.quote.split())
    if not any(mark in words for mark in '"“”'):  # else the marks in it tell what is said
        words = f'"{words}"'
    return (
        f"{document.published or 'no date':10}  {citation.speaker} ({citation.cue}{whom})\n"
        f"  {words}\n"
        f"  {document.outlet or 'outlet unknown'}: {document.name}{page}  {document.id}"
    )


def _day_said(when: When) -> str:
    """Return "this month: July 2022", and of "July" just "July 2022"."""
    meant = when.meant or when.text
    return meant if meant.startswith(when.text) else f"{when.text}: {meant}"


def origin(document: Document) -> str:
    return origin_line(document.outlet, document.published)


def _cut(text: str, most: int = 200) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rsplit(" ", 1)[0] + " …"


def passages_json(found: Found, library: Library) -> Sequence[dict[str, object]]:
    """Return the hits as `onrecord search --json` prints them (docs/json.md)."""
    rows = []
    for hit in found.hits:
        passage = hit.passage
        document = library.catalog.document(passage.document_id, passage.version)
        rows.append(
            {
                "document_id": document.id,
                "version": document.version,
                "source": document.source,
                "title": document.title,
                "outlet": document.outlet,
                "published": document.published,
                "start": passage.start,
                "end": passage.end,
                "text": passage.text,
                "score": round(hit.score, 4),
                "views": {name: None if score is None else round(score, 4) for name, score in hit.views.items()},
                "by_words_only": found.by_words_only,
            }
        )
    return rows
