"""Write runs as one page of HTML that needs nothing else: their figures side by side, plots, and the failures to read.

A column is a system of a run. The page has no script and asks for nothing; what it shows of documents is escaped. Whether
two runs differ by more than chance is `compare`'s to tell.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from corpus.errors import OnRecordError, SourceError
from evals.cases import Group, groups
from evals.drawing import DASHES, STYLES, Plot
from evals.plots import Series, plots
from evals.records import Section, read_run
from evals.suite import Figure, Measure, figures
from evals.suites import measures_of

__all__ = ["write_report"]


@dataclass(frozen=True, slots=True)
class Run:
    """A run file: the letter that names it where there are several, and what its sections were made with, mostly one."""

    letter: str
    path: Path
    sections: list[Section]

    @property
    def origins(self) -> list[Mapping[str, Any]]:
        """Return a header for each commit, version and settings that the sections have."""
        keys = ("commit", "version", "settings_hash")
        return list(
            {tuple(map(section.header.get, keys)): section.header for section in reversed(self.sections)}.values()
        )


@dataclass(frozen=True, slots=True)
class Column:
    """A system of a run in a suite; its style is the same in the whole page."""

    label: str
    style: int
    section: Section


@dataclass(frozen=True, slots=True)
class Row:
    """A measure's figure in each column, None where it concerns none of its records; intervals are drawn from 0 to `top`."""

    name: str
    better: int
    figures: list[Figure | None]
    top: float


@dataclass(frozen=True, slots=True)
class Chapter:
    """What the page tells of a suite; `note` says why there is nothing but its columns."""

    name: str
    id: str
    columns: list[Column]
    rows: list[Row]
    plots: list[Plot]
    groups: list[Group]
    note: str = ""


def write_report(runs: Sequence[Path], output: Path) -> None:
    """Write the report of one run or more. Raises SourceError for what is no run, or cannot be written."""
    if output.resolve() in {path.resolve() for path in runs}:
        raise SourceError(f"{output}: that is the run itself. Name another page with -o.")
    read = [Run(letter, path, read_run(path)) for letter, path in zip(_letters(len(runs)), runs, strict=True)]
    chapters = [_chapter(number, columns) for number, columns in enumerate(_columns(read))]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"number": _number, "seconds": _seconds}
    questions = {(section.suite, record.id) for run in read for section in run.sections for record in section.records}
    page = environment.get_template("report.html").render(
        runs=read, chapters=chapters, questions=len(questions), dashes=DASHES
    )
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{output}: cannot be written ({error}). Name a file with -o.") from error


def _letters(count: int) -> list[str]:
    """Return a name for each run, none for one alone."""
    return [f"{ascii_uppercase[at % 26]}{at // 26 or ''}" for at in range(count)] if count > 1 else [""] * count


def _columns(runs: Sequence[Run]) -> list[list[Column]]:
    """Return the columns of each suite; a run's system has one style throughout."""
    systems = dict.fromkeys((run.letter, section.system) for run in runs for section in run.sections)
    styles = {system: number % STYLES for number, system in enumerate(systems)}
    suites: dict[str, list[Column]] = {}
    for run in runs:
        for section in run.sections:
            label = f"{run.letter} · {section.system}" if run.letter else section.system
            suites.setdefault(section.suite, []).append(Column(label, styles[run.letter, section.system], section))
    return list(suites.values())


def _chapter(number: int, columns: list[Column]) -> Chapter:
    name, id = columns[0].section.suite, f"suite-{number}"
    try:
        measures = measures_of(columns[0].section)
    except OnRecordError as error:
        return Chapter(name, id, columns, [], [], [], f"Not scored, since the suite cannot be read: {error}")
    series = [
        Series(column.label, column.style, [record for record in column.section.records if record.error is None])
        for column in columns
    ]
    sections = [column.section for column in columns]
    return Chapter(name, id, columns, _rows(sections, measures), plots(measures, series), groups(sections, measures))


def _rows(sections: Sequence[Section], measures: Sequence[Measure]) -> list[Row]:
    by_name = [{figure.name: figure for figure in figures(section.records, measures)} for section in sections]
    rows = []
    for measure in measures:
        row = [found.get(measure.name) for found in by_name]
        highs = [figure.high for figure in row if figure and not math.isnan(figure.high)]
        if any(row):
            rows.append(Row(measure.name, measure.better, row, max([1.0, *highs])))
    return rows


def _number(value: float) -> str:
    """Return a figure with as many digits as one reads: 0.812, 4.00, 163."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def _seconds(value: float) -> str:
    """Return a duration in words: 41 s, 3 min 5 s."""
    minutes, seconds = divmod(round(value), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"
