"""What is written down of each question, and the run that keeps it: JSON Lines that can be scored again without answering.

A run has a section for each suite and system. A section is a header line ({"run": 2, "suite": ..., "system": ...,
settings, commit, time), a line for each record, and a closing line ({"end": ..., "seconds": ...}) that an interrupted
run lacks. A record holds all that scoring and the report need: the gold, what was found, the answer as its JSON.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.types import Span
from evals.metrics import covered

__all__ = ["FORMAT", "Cited", "Place", "Record", "Section", "read_run", "same_document"]

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A span of gold evidence in the document that `document` names (see same_document).

    Offsets into its text, or words to be found there, whatever the space between them, once the document is read.
    """

    document: str
    quote: str = ""
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation as the answer's JSON has it: the source of its document, its span, the speaker it names."""

    source: str
    start: int
    end: int
    quote: str
    speaker: str | None

    def overlaps(self, place: Place) -> bool:
        """Tell whether it shares a character with a place."""
        same = same_document(self.source, place.document)
        return same and self.start < place.end and place.start < self.end


@dataclass(frozen=True, slots=True)
class Record:
    """A question, its gold, and what came of it. A suite fills the first half, answering it the second.

    `part` tells a suite's kinds of question apart, `labels` what else the set says of it. `evidence` lists the pieces an
    answer needs, each as alternative places; `units` the sentences that citations are counted in; `relevant` the gain of
    each document that retrieval should find; `filters` are as in questions.jsonl, documents by the suite's own row ids.
    """

    id: str
    turns: tuple[str, ...]
    part: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, Any] = field(default_factory=dict)
    answerable: bool | None = None
    relevant: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[tuple[Place, ...], ...] = ()
    units: tuple[Place, ...] = ()
    answers: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    found: tuple[str, ...] = ()  # documents, best first
    hits: tuple[Mapping[str, Any], ...] = ()  # the best passages: source, text, score, views
    answer: Mapping[str, Any] | None = None  # schema 1
    values: Mapping[str, float] = field(default_factory=dict)  # what a suite measured by itself
    ms: float | None = None
    error: str | None = None  # where it could not be answered: unscored, which is not wrong

    @property
    def question(self) -> str:
        return self.turns[-1]

    @property
    def status(self) -> str:
        return str(self.answer["status"]) if self.answer else "failed"

    @property
    def confidence(self) -> float:
        return float(self.answer["confidence"]) if self.answer else 0.0

    @property
    def text(self) -> str:
        return str(self.answer["text"]) if self.answer else ""

    @property
    def cited(self) -> list[Cited]:
        """Return the answer's citations."""
        given = self.answer["citations"] if self.answer else ()
        return [Cited(c["document"]["source"], c["start"], c["end"], c["quote"], c["speaker"]) for c in given]

    def cited_in(self, document: str) -> list[Span]:
        """Return the spans that the answer cites of a document."""
        return [(c.start, c.end) for c in self.cited if same_document(c.source, document)]

    def coverage(self) -> list[float]:
        """Return for each piece of evidence the share of its best alternative's characters that the answer cites."""
        return [max(covered((p.start, p.end), self.cited_in(p.document)) for p in piece) for piece in self.evidence]

    def overlaps_evidence(self, cited: Cited) -> bool:
        """Tell whether a citation's span overlaps any gold evidence."""
        return any(cited.overlaps(place) for piece in self.evidence for place in piece)

    def as_json(self) -> str:
        """Return the record as a line of a run, what is empty left out."""
        given = asdict(self)
        kept = {name: value for name, value in given.items() if value not in (None, (), {}, "")}
        return json.dumps(kept, ensure_ascii=False)


def same_document(source: str, name: str) -> bool:
    """Tell whether `name` names the document from `source`: all of it, the end of its path, or its row's id."""
    return source == name or source.endswith(("/" + name, "#" + name))


@dataclass(frozen=True, slots=True)
class Section:
    """One suite of a run: what ran, its records, and how long it took; None where it was interrupted."""

    suite: str
    system: str
    header: Mapping[str, Any]
    records: list[Record]
    seconds: float | None = None


def read_run(path: Path) -> list[Section]:
    """Return the sections of a run file. Raises SourceError naming the line that is not a run's."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({error}). Give a run, as onrecord eval run writes one.") from error
    sections: list[Section] = []
    for number, row in _rows(path, lines):
        try:
            if "run" in row:
                if row["run"] != FORMAT:
                    raise SourceError(f"{path}: a run of format {row['run']}; {FORMAT} is read. Run the suite again.")
                section = Section(str(row["suite"]), str(row["system"]), row, [])
                if any((section.suite, section.system) == (other.suite, other.system) for other in sections):
                    raise ValueError(f"{section.suite} by {section.system} is in the run twice")
                sections.append(section)
            elif "end" in row:
                sections[-1] = replace(sections[-1], seconds=float(row["seconds"]))
            else:
                sections[-1].records.append(_record(row))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise SourceError(f"{path}:{number}: not a line of a run ({error!r}).") from error
    if not sections:
        raise SourceError(f"{path}: no run in it. Give a file that onrecord eval run wrote.")
    return sections


def _rows(path: Path, lines: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of the lines; a last one without its line end was cut off while it was written, so left out."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            if number == len(lines) > 1:
                return
            raise SourceError(f"{path}:{number}: not a line of a run: it is no JSON.") from error
        if not isinstance(row, dict):
            raise SourceError(f"{path}:{number}: not a line of a run: it is no JSON object.")
        yield number, row


def _record(row: Mapping[str, Any]) -> Record:
    unknown = set(row) - {f.name for f in fields(Record)}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    evidence = tuple(tuple(Place(**place) for place in piece) for piece in row.get("evidence", ()))
    units = tuple(Place(**place) for place in row.get("units", ()))
    lists = {name: tuple(row[name]) for name in ("turns", "answers", "wrong", "found", "hits") if name in row}
    if not lists.get("turns") or not all(isinstance(turn, str) for turn in lists["turns"]):
        raise ValueError("no turns")
    if not isinstance(row.get("ms", 0.0), int | float):
        raise ValueError(f"ms: {row['ms']!r}")
    return Record(**{**row, **lists, "evidence": evidence, "units": units})
