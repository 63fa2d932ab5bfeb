"""The documents as a list: a page of it, sorted, searched and filtered by SQLite, whatever the library's size.

Read over a connection of its own (see Catalog.beside), so that a long list makes no answer wait; all that is sorted or
searched by stands in the index documents_state, so that no text is read. Text is found as it is written, in any case.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.catalog import Catalog
from corpus.schema import Connection
from corpus.types import file_name
from corpus.views import KIND_OF, KINDS, OTHER_KIND, WITH_PROBLEM, View, condition, order

__all__ = ["Choices", "Listed", "Listing", "Shown"]

MOST_OUTLETS = 5
MOST_CHOICES = 500  # outlets, tags
LONGEST_PAGE = 200  # rows
BIG = 2**40  # pages: SQLite's numbers end at 2**63
OF_LISTED = "d.id, d.version, d.source, d.title, d.published, d.outlet, d.media_type, d.passages, d.added_at, d.duplicate_group, d.tags"


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in the list; `problem` is what went wrong when its file was last read, `removed_at` when it was removed,
    ISO 8601 in UTC.
    """

    id: str
    version: int
    source: str
    title: str
    published: str | None
    outlet: str | None
    media_type: str
    passages: int
    added_at: str
    duplicate_group: str | None
    tags: tuple[str, ...]
    problem: str | None
    removed_at: str | None

    @property
    def name(self) -> str:
        """What to call the document: its title, else its file."""
        return self.title or file_name(self.source)

    @property
    def kind(self) -> str:
        """A word for its media type."""
        return KIND_OF.get(self.media_type, OTHER_KIND)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the list: its rows, its number from 1 on (the last there is where the view's is beyond it), and all there
    are: documents that pass the view.
    """

    rows: tuple[Listed, ...]
    page: int
    total: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What the live documents can be filtered by, the most frequent first; and how many there are, live and removed."""

    outlets: tuple[str, ...]
    kinds: tuple[str, ...]
    tags: tuple[str, ...]
    documents: int
    removed: int


class Listing:
    """The lists of a library's documents."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._choices: tuple[int, Choices] | None = None  # as of a generation

    def page(self, view: View, size: int) -> Shown:
        """Return a page of `size` rows. Raises QuestionError if a date of the view is none."""
        size = max(1, min(size, LONGEST_PAGE))
        with self._catalog.beside(writes=False) as db:
            total = _total(db, view)
            page = max(1, min(view.page, -(-total // size), BIG))
            return Shown(tuple(_part(db, view, (page - 1) * size, size, total)), page, total)

    def part(self, view: View, offset: int, size: int) -> tuple[list[Listed], int]:
        """Return at most `size` rows from the one of this number on, the first being 0, and how many there are in all.

        The view's page is passed over. Raises QuestionError as `page` does.
        """
        with self._catalog.beside(writes=False) as db:
            total = _total(db, view)
            return _part(db, view, offset, min(size, LONGEST_PAGE), total) if offset < total else [], total

    def choices(self) -> Choices:
        """Return what there is to filter by, found out once a generation."""
        generation = self._catalog.generation()
        if self._choices is None or self._choices[0] != generation:
            self._choices = generation, self._found_choices()
        return self._choices[1]

    def _found_choices(self) -> Choices:
        live = "FROM documents d WHERE d.state = 'live'"
        most = f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST_CHOICES}"
        with self._catalog.beside(writes=False) as db:
            outlets = db.execute(f"SELECT d.outlet {live} AND d.outlet IS NOT NULL {most}").fetchall()
            tags = db.execute(
                f"SELECT value FROM documents d, json_each(d.tags) WHERE d.state = 'live' AND d.tags != '[]' {most}"
            ).fetchall()
            types = {KIND_OF.get(one, OTHER_KIND) for (one,) in db.execute(f"SELECT DISTINCT d.media_type {live}")}
            count = db.execute(f"SELECT count(*) {live}").fetchone()[0]
            where, given = condition(View(only="removed"))
            removed = db.execute(f"SELECT count(*) FROM documents d WHERE {where}", given).fetchone()[0]
        kinds = tuple(kind for kind in (*KINDS, OTHER_KIND) if kind in types)
        return Choices(tuple(name for (name,) in outlets), kinds, tuple(tag for (tag,) in tags), count, removed)

    def by_month(self, view: View) -> dict[tuple[str, str | None], int]:
        """Return how many documents of a view were published by (month, outlet).

        A month is "2022-08", "2022" where no more is known, "" where nothing is; the outlet None where it is not known, and ""
        for all but the MOST_OUTLETS that published most.
        """
        where, given = condition(view)
        sql = (
            f"SELECT d.outlet FROM documents d WHERE {where} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST_OUTLETS}"
        )
        with self._catalog.beside(writes=False) as db:
            top = json.dumps([outlet for (outlet,) in db.execute(sql, given)])
            rows = db.execute(
                "SELECT coalesce(substr(d.published, 1, 7), ''), "
                "iif(coalesce(d.outlet, '') IN (SELECT coalesce(value, '') FROM json_each(?)), d.outlet, ''), count(*) "
                f"FROM documents d WHERE {where} GROUP BY 1, 2",
                (top, *given),
            ).fetchall()
        return {(month, outlet): count for month, outlet, count in rows}


def _total(db: Connection, view: View) -> int:
    where, given = condition(view)
    return int(db.execute(f"SELECT count(*) FROM documents d WHERE {where}", given).fetchone()[0])


def _part(db: Connection, view: View, offset: int, size: int, total: int) -> list[Listed]:
    return _listed(db, _keys(db, view, offset, size, total))


def _keys(db: Connection, view: View, offset: int, size: int, total: int) -> list[tuple[str, int]]:
    """Return the ids and versions of the rows of a page. What lies in the second half is counted from the end."""
    where, given = condition(view)
    back = offset > total // 2
    size = min(size, total - offset)
    if back:
        offset = max(0, total - offset - size)
    sorting = ", ".join(
        f"{column} {'DESC' if descending != back else 'ASC'}"
        for column, descending in order(view.sort, view.descending)
    )
    rows = db.execute(
        f"SELECT d.id, d.version FROM documents d WHERE {where} ORDER BY {sorting} LIMIT ? OFFSET ?",
        (*given, size, offset),
    ).fetchall()
    return rows[::-1] if back else rows


def _listed(db: Connection, keys: Sequence[tuple[str, int]]) -> list[Listed]:
    """Return the rows of a page, in the order of its keys."""
    among = "id IN (SELECT value FROM json_each(?))", (json.dumps([id for id, _ in keys]),)
    problems = dict(db.execute(f"{WITH_PROBLEM.replace('d.id', 'd.id, i.problem', 1)} AND d.{among[0]}", among[1]))
    removed = dict(
        db.execute(f"SELECT id, removed_at FROM documents WHERE removed_at IS NOT NULL AND {among[0]}", among[1])
    )
    sql = f"SELECT {OF_LISTED} FROM documents d WHERE d.state IN ('live', 'retired') AND d.id = ? AND d.version = ?"
    rows = [db.execute(sql, key).fetchone() for key in keys]
    return [
        Listed(*row, tuple(json.loads(tags)), problems.get(row[0]), removed.get(row[0]))  # type: ignore[call-arg]
        for *row, tags in rows
    ]
