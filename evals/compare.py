"""Compare runs and hold them to floors: what got better or worse, question by question, and whether that is chance.

Two runs are compared by paired bootstrap: the questions both hold are resampled together, and a difference is significant
where its 95 % interval leaves out 0 (Berg-Kirkpatrick, Burkett and Klein, 2012). The intervals are not corrected for
how many figures are compared: of twenty that changed by chance alone, one may seem to have changed.
"""

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.errors import SettingsError, SourceError
from evals.metrics import RESAMPLES
from evals.records import Record, Section
from evals.suite import Figure, Measure, figures, interval
from evals.suites import measures_of, suite_named

__all__ = ["Change", "Difference", "Floor", "Lost", "compare", "lost", "missed", "read_gate", "scored"]


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose value of a measure differs between two runs."""

    id: str
    question: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in two runs over the n questions both answered; `low` and `high` bound the difference at 95 %."""

    suite: str
    system: str
    name: str
    before: float
    after: float
    low: float
    high: float
    n: int
    better: int
    wins: tuple[Change, ...]
    losses: tuple[Change, ...]

    @property
    def verdict(self) -> str:
        """Return "better" or "worse" where the difference is significant, else "same"; "differs" for what is no merit."""
        if math.isnan(self.low) or self.low <= 0 <= self.high:
            return "same"
        if not self.better:
            return "differs"
        return "better" if (self.low > 0) == (self.better > 0) else "worse"


@dataclass(frozen=True, slots=True)
class Floor:
    """A figure that a gate holds: at least `value`, at most where lower is better; `found` is None where it was not run."""

    suite: str
    name: str
    value: float
    found: Figure | None

    @property
    def is_met(self) -> bool:
        """Tell whether the figure is there, every question was scored, and the value is on the right side."""
        if self.found is None or self.found.unscored or math.isnan(self.found.value):
            return False
        return self.found.value <= self.value if self.found.better < 0 else self.found.value >= self.value


def scored(section: Section) -> list[Figure]:
    """Return the figures of a section, made from its records alone. Raises SettingsError if its suite is unknown."""
    return figures(section.records, measures_of(section))


@dataclass(frozen=True, slots=True)
class Lost:
    """What a second run lacks of a section: questions it could not answer, though the first could, and those not in it."""

    suite: str
    system: str
    broken: int
    missing: int


def lost(before: Sequence[Section], after: Sequence[Section]) -> list[Lost]:
    """Return what keeps two runs from being compared in full, for each section of the first where there is such."""
    later = {(section.suite, section.system): section for section in after}
    found = []
    for one in before:
        other = later.get((one.suite, one.system))
        asked = {(record.id, record.turns): record for record in other.records} if other else {}
        missing = [record for record in one.records if (record.id, record.turns) not in asked]
        broken = [r for r in one.records if r.error is None and (r.id, r.turns) in asked and asked[r.id, r.turns].error]
        if missing or broken:
            found.append(Lost(one.suite, one.system, len(broken), len(missing)))
    return found


def compare(before: Sequence[Section], after: Sequence[Section]) -> list[Difference]:
    """Return the differences of all measures of the sections that both runs have. Raises SourceError if they share none."""
    later = {(section.suite, section.system): section for section in after}
    shared = [(one, later[one.suite, one.system]) for one in before if (one.suite, one.system) in later]
    found = [difference for one, other in shared for difference in _differences(one, other)]
    if not found:
        raise SourceError(
            "the two runs share no suite with questions that both answered. Compare runs of the same suites."
        )
    return found


def _differences(before: Section, after: Section) -> Iterator[Difference]:
    for measure in measures_of(before):
        rows = [(one, row) for one, row in measure.rows(before.records) if one.error is None]
        others = {(o.id, o.turns): row for o, row in measure.rows(after.records) if o.error is None}
        both = [(one, row, others[one.id, one.turns]) for one, row in rows if (one.id, one.turns) in others]
        if both:
            yield _difference(before, measure, both)


def _difference(
    section: Section, measure: Measure, both: Sequence[tuple[Record, tuple[float, ...], tuple[float, ...]]]
) -> Difference:
    mine, theirs = (np.array([row[at] for row in both], dtype=np.float64) for at in (1, 2))
    draws = np.random.default_rng(0).integers(0, len(both), (RESAMPLES, len(both)))
    spread = np.array([measure.statistic(theirs[draw]) - measure.statistic(mine[draw]) for draw in draws])
    changes = [Change(r.id, r.question, a[0], b[0]) for r, a, b in both if a[0] != b[0]]
    sign = measure.better or 1
    return Difference(
        section.suite,
        section.system,
        measure.name,
        measure.statistic(mine),
        measure.statistic(theirs),
        *interval(spread),
        len(both),
        measure.better,
        tuple(change for change in changes if (change.after - change.before) * sign > 0),
        tuple(change for change in changes if (change.after - change.before) * sign < 0),
    )


def read_gate(path: Path) -> dict[str, dict[str, float]]:
    """Return the floors of a gate file: TOML, a table a suite, a number a figure. Raises SettingsError."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: not a gate file ({error}). Write a TOML table for each suite.") from error
    if not given:
        raise SettingsError(f"{path}: no floors in it. Write a TOML table for each suite.")
    for suite, floors in given.items():
        if not isinstance(floors, dict) or not floors or not all(map(_is_number, floors.values())):
            raise SettingsError(f'{path}: [{suite}] must hold lines such as "nDCG@10" = 0.80.')
        known = {measure.name for measure in suite_named(suite).measures if measure.better}
        unknown = [name for name in floors if name not in known]
        if unknown:
            raise SettingsError(
                f"{path}: [{suite}] has no figure {unknown[0]!r}. There are {', '.join(sorted(known))}."
            )
    return given


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def missed(gate: Mapping[str, Mapping[str, float]], sections: Sequence[Section]) -> list[Floor]:
    """Return the floors that OnRecord's own figures miss; so does one not run to its end, or with unscored questions."""
    done = [section for section in sections if section.system == "onrecord" and section.seconds is not None]
    own = {section.suite: scored(section) for section in done}
    floors = [
        Floor(suite, name, value, next((figure for figure in own.get(suite, []) if figure.name == name), None))
        for suite, wanted in gate.items()
        for name, value in wanted.items()
    ]
    return [floor for floor in floors if not floor.is_met]
