"""What could not be added, and what is still to be: kept in the record's table of inputs until it is in, or let be.

An input that is waiting is written down before it is touched, so that it is not forgotten where the adding breaks off,
even by a crash.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.catalog import Catalog

__all__ = ["WAITING", "Problem", "Problems"]

WAITING = "it has not been added yet, or not all of it. Try again to go on."

# Of an input that was never read nothing is left to be known.
TIDY = (
    "DELETE FROM inputs WHERE place = ? AND problem IS NULL AND original IS NULL AND checked_at IS NULL AND NOT follows"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """An input that is not in the library as it should be: its place, and why. `tags` are those it was to be given."""

    place: str
    kind: str  # file | page | feed
    reason: str
    tags: tuple[str, ...]
    is_followed: bool


class Problems:
    """The problems in a library's record. May be read and written while another process adds documents."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def expect(self, places: Iterable[str], kind: str, tags: Iterable[str]) -> None:
        """Note that inputs are about to be added, with these tags; `kind` is "feed" for what is then to be followed."""
        given = json.dumps([*tags])
        with self._catalog.beside(writes=True) as db:
            db.executemany(
                "INSERT INTO inputs (place, kind, tags, problem) VALUES (?, ?, ?, ?) ON CONFLICT (place) DO UPDATE SET "
                "problem = excluded.problem, tags = CASE WHEN follows THEN tags ELSE excluded.tags END",
                [(place, kind, given, WAITING) for place in places],
            )

    def settle(self, places: Iterable[str]) -> None:
        """Note that inputs wait no longer; a problem that was found with them since stays."""
        rows = [(place, WAITING) for place in places]
        with self._catalog.beside(writes=True) as db:
            db.executemany("UPDATE inputs SET problem = NULL WHERE place = ? AND problem = ?", rows)
            db.executemany(TIDY, [(place,) for place, _ in rows])

    def fail(self, reasons: Iterable[tuple[str, str]], kind: str, tags: Iterable[str]) -> None:
        """Note why inputs, (place, reason), could not be added, and which tags they were to be given."""
        given = json.dumps([*tags])
        with self._catalog.beside(writes=True) as db:
            db.executemany(
                "INSERT INTO inputs (place, kind, tags, problem) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (place) DO UPDATE SET problem = excluded.problem",
                [(place, kind, given, reason) for place, reason in reasons],
            )

    def dismiss(self, places: Iterable[str]) -> None:
        """Forget what is wrong with inputs."""
        rows = [(place,) for place in places]
        with self._catalog.beside(writes=True) as db:
            db.executemany("UPDATE inputs SET problem = NULL WHERE place = ?", rows)
            db.executemany(TIDY, rows)

    def list(self) -> list[Problem]:
        """Return the problems, by place."""
        with self._catalog.beside(writes=False) as db:
            rows = db.execute(
                "SELECT place, kind, problem, tags, follows FROM inputs WHERE problem IS NOT NULL ORDER BY place"
            ).fetchall()
        return [Problem(place, kind, why, tuple(json.loads(tags)), bool(f)) for place, kind, why, tags, f in rows]
