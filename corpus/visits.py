"""What was fetched from the web and when, and what is followed: the pages and feeds in the record's table of inputs.

A visit is kept only when the documents that came of it are in the record, so that what was broken off is fetched again.
"""

import json
from dataclasses import dataclass

from corpus.catalog import Catalog
from corpus.errors import NotFoundError

__all__ = ["Followed", "Held", "Visit", "Visits"]

COLUMNS = "place, kind, original, etag, last_modified, checked_at, problem"


@dataclass(frozen=True, slots=True)
class Visit:
    """How a page or feed was found when it was last asked for. `original` is the SHA-256 of what was added of it."""

    place: str
    kind: str  # page | feed
    original: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    checked_at: str | None = None  # None where it could not be had, and is to be asked for again
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """What `onrecord sync` asks for: a feed, or a page."""

    source: str
    kind: str
    tags: tuple[str, ...]
    checked_at: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """A live document that came from the web."""

    id: str
    source: str
    title: str
    tags: tuple[str, ...]


class Visits:
    """The visits in a library's record. May be read and written while another process adds documents."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def get(self, place: str) -> Visit | None:
        """Return the last visit to an address, or None."""
        with self._catalog.beside(writes=False) as db:
            row = db.execute(f"SELECT {COLUMNS} FROM inputs WHERE place = ? AND kind != 'file'", (place,)).fetchone()
        return Visit(*row) if row else None

    def keep(self, visits: list[Visit]) -> None:
        """Write how addresses were found; whether they are followed stays as it is."""
        if not visits:
            return
        columns = COLUMNS.split(", ")
        change = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
        with self._catalog.beside(writes=True) as db:
            db.executemany(
                f"INSERT INTO inputs ({COLUMNS}) VALUES ({', '.join('?' * len(columns))}) "
                f"ON CONFLICT (place) DO UPDATE SET {change}",
                [(v.place, v.kind, v.original, v.etag, v.last_modified, v.checked_at, v.problem) for v in visits],
            )

    def trouble(self, visit: Visit) -> None:
        """Note that an address could not be had, and why; what else is known of it stays."""
        with self._catalog.beside(writes=True) as db:
            db.execute(
                "INSERT INTO inputs (place, kind, checked_at, problem) VALUES (?, ?, ?, ?) ON CONFLICT (place) "
                "DO UPDATE SET problem = excluded.problem, checked_at = coalesce(excluded.checked_at, checked_at)",
                (visit.place, visit.kind, visit.checked_at, visit.problem),
            )

    def follow(self, place: str, kind: str, tags: tuple[str, ...]) -> None:
        """Let `onrecord sync` ask for an address, and give these tags to what comes of it."""
        with self._catalog.beside(writes=True) as db:
            db.execute(
                "INSERT INTO inputs (place, kind, follows, tags) VALUES (?, ?, 1, ?) "
                "ON CONFLICT (place) DO UPDATE SET follows = 1, kind = excluded.kind, tags = excluded.tags",
                (place, kind, json.dumps(tags)),
            )

    def unfollow(self, place: str) -> None:
        """Let an address be. Raises NotFoundError if it is not followed."""
        with self._catalog.beside(writes=True) as db:
            found = db.execute("UPDATE inputs SET follows = 0 WHERE place = ? AND follows", (place,)).rowcount
        if not found:
            raise NotFoundError(f"{place}: it is not followed. See onrecord sync --list.")

    def followed(self) -> list[Followed]:
        """Return what is followed, by address."""
        with self._catalog.beside(writes=False) as db:
            rows = db.execute(
                "SELECT place, kind, tags, checked_at, problem FROM inputs WHERE follows AND kind != 'file' ORDER BY place"
            ).fetchall()
        return [Followed(place, kind, tuple(json.loads(tags)), *rest) for place, kind, tags, *rest in rows]

    def holding(self, original: str) -> list[Held]:
        """Return the live documents that came from the web with these bytes."""
        with self._catalog.beside(writes=False) as db:
            rows = db.execute(
                "SELECT id, source, title, tags FROM documents WHERE original = ? AND state = 'live' "
                "AND (source LIKE 'http://%' OR source LIKE 'https://%')",
                (original,),
            ).fetchall()
        return [Held(id, source, title, tuple(json.loads(tags))) for id, source, title, tags in rows]

    def original_of(self, id: str) -> str | None:
        """Return the SHA-256 of the bytes that a live document came from, or None if there is none."""
        with self._catalog.beside(writes=False) as db:
            row = db.execute("SELECT original FROM documents WHERE id = ? AND state = 'live'", (id,)).fetchone()
        return row[0] if row else None

    def is_removed(self, place: str) -> bool:
        """Tell whether a page was added once and then removed, every version of it."""
        with self._catalog.beside(writes=False) as db:
            row = db.execute(
                "SELECT 1 FROM inputs i WHERE place = ? AND kind = 'page' AND original IS NOT NULL "
                "AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.original = i.original AND d.removed_at IS NULL)",
                (place,),
            ).fetchone()
        return row is not None

    def known_as(self, address: str) -> str:
        """Return the address under which a page is in the library already, by http or https; else the address itself."""
        scheme, _, rest = address.partition("://")
        twin = f"{'http' if scheme == 'https' else 'https'}://{rest}"
        with self._catalog.beside(writes=False) as db:
            rows = db.execute(
                "SELECT DISTINCT source FROM documents WHERE source IN (?, ?)", (address, twin)
            ).fetchall()
        known = {source for (source,) in rows}
        return twin if twin in known and address not in known else address
