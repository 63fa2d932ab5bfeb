"""The documents as a list: a page of it, sorted, searched and filtered by SQLite, whatever the library's size.

Read over a connection of its own (see Catalog.beside), so that a long list makes no answer wait; all that is sorted or
searched by stands in the index documents_state, so that no text is read. Text is found as it is written, in any case.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from corpus.catalog import Catalog
from corpus.errors import QuestionError
from corpus.removal import KEPT_FOR
from corpus.schema import Connection
from corpus.types import file_name, last_day

__all__ = ["COLUMNS", "KINDS", "Choices", "Listed", "Listing", "Month", "Shown", "View"]

OFFICE, OPEN = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
KINDS = {
    "PDF": ("application/pdf",),
    "Web page": ("text/html", "application/xhtml+xml", "multipart/related"),
    "Feed item": ("application/rss+xml",),
    "Word": (f"{OFFICE}wordprocessingml.document", "application/msword"),
    "Text": ("text/plain", "text/markdown", "text/x-rst", "application/rtf", f"{OPEN}text"),
    "Slides": (f"{OFFICE}presentationml.presentation", f"{OPEN}presentation"),
    "Table": (
        *(f"{OFFICE}spreadsheetml.sheet", f"{OPEN}spreadsheet", "application/vnd.ms-excel"),
        *("text/csv", "text/tab-separated-values"),
    ),
    "E-mail": ("message/rfc822", "application/mbox", "application/vnd.ms-outlook"),
    "E-book": ("application/epub+zip",),
    "Transcript": ("text/vtt", "application/x-subrip"),
    "Data": ("application/json", "application/jsonl"),
}
KIND_OF = {media_type: kind for kind, types in KINDS.items() for media_type in types}
OTHER_KIND = "Other"
COLUMNS = ("title", "outlet", "published", "kind", "passages", "state", "added")
SEARCHED = ("title", "outlet", "authors", "tags", "source")
MOST_WORDS = 8
LONGEST_SEARCH = 200  # characters
MOST_CHOICES = 500  # outlets, tags
LONGEST_PAGE = 200  # rows
BIG = 2**40  # pages: SQLite's numbers end at 2**63
OF_LISTED = (
    "d.id, d.version, d.source, d.title, d.published, d.outlet, d.media_type, d.passages, d.added_at, d.duplicate_group"
)
WITH_PROBLEM = "SELECT d.id FROM inputs i CROSS JOIN documents d ON d.input = i.place WHERE i.problem IS NOT NULL AND i.kind = 'file'"
Only = Literal["", "undated", "duplicates", "problems", "removed"]


@dataclass(frozen=True, slots=True)
class View:
    """Which documents are listed, and in which order. Dates are years, months or days; `story` is a duplicate group."""

    words: str = ""
    outlet: str = ""
    kind: str = ""
    tag: str = ""
    first: str = ""
    last: str = ""
    only: Only = ""
    story: str = ""
    sort: str = "published"
    descending: bool = True
    page: int = 1


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


@dataclass(frozen=True, slots=True)
class Month:
    """How many documents were published in a month ("2022-08") by an outlet; "" is every other outlet."""

    month: str
    outlet: str
    count: int


class Listing:
    """The lists of a library's documents."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def page(self, view: View, size: int) -> Shown:
        """Return a page of `size` rows. Raises QuestionError if a date of the view is none."""
        size = max(1, min(size, LONGEST_PAGE))
        where, given = _where(view)
        with self._catalog.beside(writes=False) as db:
            total = int(db.execute(f"SELECT count(*) FROM documents d WHERE {where}", given).fetchone()[0])
            page = max(1, min(view.page, -(-total // size), BIG))
            keys = _keys(db, view, (page - 1) * size, size, total)
            return Shown(tuple(_listed(db, keys)), page, total)

    def choices(self) -> Choices:
        """Return what there is to filter by."""
        live = "FROM documents d WHERE d.state = 'live'"
        most = f"GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {MOST_CHOICES}"
        with self._catalog.beside(writes=False) as db:
            outlets = db.execute(f"SELECT d.outlet {live} AND d.outlet IS NOT NULL {most}").fetchall()
            tags = db.execute(
                f"SELECT value FROM documents d, json_each(d.tags) WHERE d.state = 'live' AND d.tags != '[]' {most}"
            ).fetchall()
            types = {KIND_OF.get(one, OTHER_KIND) for (one,) in db.execute(f"SELECT DISTINCT d.media_type {live}")}
            count = db.execute(f"SELECT count(*) {live}").fetchone()[0]
            where, given = _where(View(only="removed"))
            removed = db.execute(f"SELECT count(*) FROM documents d WHERE {where}", given).fetchone()[0]
        kinds = tuple(kind for kind in (*KINDS, OTHER_KIND) if kind in types)
        return Choices(tuple(name for (name,) in outlets), kinds, tuple(tag for (tag,) in tags), count, removed)

    def by_month(self, view: View, most: int) -> tuple[list[Month], int]:
        """Return the documents of a view by month and outlet, in order, and how many have no month.

        Outlets beyond the `most` that published most are one, "".
        """
        where, given = _where(view)
        month = "substr(d.published, 1, 7)"
        with self._catalog.beside(writes=False) as db:
            top = db.execute(
                f"SELECT d.outlet FROM documents d WHERE {where} AND d.outlet IS NOT NULL AND length(d.published) >= 7 "
                "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ?",
                (*given, most),
            ).fetchall()
            rows = db.execute(
                f"SELECT {month}, CASE WHEN d.outlet IN (SELECT value FROM json_each(?)) THEN d.outlet ELSE '' END, count(*) "
                f"FROM documents d WHERE {where} AND length(d.published) >= 7 GROUP BY 1, 2 ORDER BY 1, 2",
                (json.dumps([outlet for (outlet,) in top]), *given),
            ).fetchall()
            without = db.execute(
                f"SELECT count(*) FROM documents d WHERE {where} AND coalesce(length(d.published), 0) < 7", given
            ).fetchone()[0]
        return [Month(*row) for row in rows], int(without)


def _where(view: View) -> tuple[str, list[object]]:
    """Return the condition on documents `d`, and what it is given. Raises QuestionError."""
    parts: list[str] = []
    given: list[object] = []

    def wanted(condition: str, *values: object) -> None:
        parts.append(condition)
        given.extend(values)

    if view.only == "removed":
        since = (datetime.now(UTC) - KEPT_FOR).isoformat(timespec="seconds")
        wanted("d.state = 'retired' AND d.removed_at >= ?", since)
        wanted("d.version = (SELECT max(version) FROM documents v WHERE v.id = d.id)")
    else:
        wanted("d.state = 'live'")
    for word in view.words[:LONGEST_SEARCH].split()[:MOST_WORDS]:
        likes = [_like(column, word) for column in SEARCHED]
        wanted("(" + " OR ".join(sql for sql, _ in likes) + ")", *(value for _, values in likes for value in values))
    if view.outlet:
        wanted("d.outlet = ?", view.outlet)
    if view.kind:
        types = KINDS.get(view.kind, tuple(KIND_OF) if view.kind == OTHER_KIND else ())
        within = "NOT IN" if view.kind == OTHER_KIND else "IN"
        wanted(f"d.media_type {within} (SELECT value FROM json_each(?))", json.dumps(types))
    if view.tag:
        wanted("EXISTS (SELECT 1 FROM json_each(d.tags) WHERE value = ?)", view.tag)
    if view.story:
        wanted("d.duplicate_group = ?", view.story)
    for name, date, sign in (("from", view.first, ">="), ("to", view.last, "<=")):
        if date:
            wanted(f"substr(d.published, 1, ?) {sign} ?", len(_date(name, date)), date)
    only = {
        "undated": "d.published IS NULL",
        "duplicates": "d.duplicate_group IS NOT NULL",
        "problems": f"d.id IN ({WITH_PROBLEM})",
    }
    parts += [only[view.only]] if view.only in only else []
    return " AND ".join(parts), given


def _date(name: str, date: str) -> str:
    try:
        last_day(date)
    except ValueError as error:
        raise QuestionError(f"{name}: {date[:40]!r} is not a date. Write it as 2022-08-25, 2022-08 or 2022.") from error
    return date


def _like(column: str, word: str) -> tuple[str, list[str]]:
    """Return the condition that a column holds a word in any case: SQLite's LIKE knows that of ASCII alone."""
    forms = [word] if word.isascii() else [*dict.fromkeys((word, word.lower(), word.upper(), word.capitalize()))]
    if column in ("authors", "tags"):  # kept as JSON
        forms += [escaped for form in forms if (escaped := json.dumps(form)[1:-1]) != form]
    values = ["%" + form.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for form in forms]
    return " OR ".join([f"d.{column} LIKE ? ESCAPE '\\'"] * len(values)), values


def _keys(db: Connection, view: View, offset: int, size: int, total: int) -> list[tuple[str, int]]:
    """Return the ids and versions of the rows of a page. What lies in the second half is counted from the end."""
    where, given = _where(view)
    back = offset > total // 2
    size = min(size, total - offset)
    if back:
        offset = max(0, total - offset - size)
    order = ", ".join(
        f"{column} {'DESC' if descending != back else 'ASC'}"
        for column, descending in _order(view.sort, view.descending)
    )
    rows = db.execute(
        f"SELECT d.id, d.version FROM documents d WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
        (*given, size, offset),
    ).fetchall()
    return rows[::-1] if back else rows


def _order(sort: str, descending: bool) -> list[tuple[str, bool]]:
    """Return what is sorted by, and whether downwards: what is unknown comes last either way."""
    cases = " ".join(f"WHEN '{media_type}' THEN '{kind}'" for media_type, kind in KIND_OF.items())
    columns = {
        "title": [("d.title = ''", False), ("d.title COLLATE NOCASE", descending)],
        "outlet": [("d.outlet IS NULL", False), ("d.outlet COLLATE NOCASE", descending)],
        "kind": [(f"CASE d.media_type {cases} ELSE '{OTHER_KIND}' END", descending)],
        "passages": [("d.passages", descending)],
        "added": [("d.added_at", descending)],
        "state": [
            (f"CASE WHEN d.id IN ({WITH_PROBLEM}) THEN 0 WHEN d.duplicate_group IS NULL THEN 2 ELSE 1 END", descending),
            ("d.duplicate_group", False),
        ],
    }
    published = [("d.published IS NULL", False), ("d.published", descending)]
    return [*columns.get(sort, published), ("d.id", False)]


def _listed(db: Connection, keys: Sequence[tuple[str, int]]) -> list[Listed]:
    """Return the rows of a page, in the order of its keys."""
    among = "id IN (SELECT value FROM json_each(?))", (json.dumps([id for id, _ in keys]),)
    problems = dict(db.execute(f"{WITH_PROBLEM.replace('d.id', 'd.id, i.problem', 1)} AND d.{among[0]}", among[1]))
    removed = dict(
        db.execute(f"SELECT id, removed_at FROM documents WHERE removed_at IS NOT NULL AND {among[0]}", among[1])
    )
    sql = f"SELECT {OF_LISTED} FROM documents d WHERE d.state IN ('live', 'retired') AND d.id = ? AND d.version = ?"
    rows = [db.execute(sql, key).fetchone() for key in keys]
    return [Listed(*row, problems.get(row[0]), removed.get(row[0])) for row in rows]  # type: ignore[call-arg]
