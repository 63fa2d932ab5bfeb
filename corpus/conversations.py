"""Conversations kept in the record: each question with its whole answer, so that what was quoted can be shown for good.

Written over a connection of their own (see Catalog.beside): a page and the command line keep them at the same time, also
while documents are being added, and no reader of the documents has to look anew. An owner sees only what is theirs; what
is another's does not exist. An answer is kept as its JSON, schema 1, and what that means is not known here. What is
discarded is not found any more, but can be restored for a day; whoever writes after that purges it.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from corpus.catalog import Catalog
from corpus.errors import NotFoundError, QuestionError
from corpus.schema import Connection

__all__ = ["LOCAL", "Conversation", "Conversations", "Exchange", "Summary", "missing", "now", "writing"]

LOCAL = "local"  # the owner on one's own machine
LONGEST_TITLE = 200  # characters
ID_DIGITS = 12
RESTORABLE = timedelta(days=1)
MINE = "id = ? AND owner = ? AND deleted_at IS NULL"
TURNS = "SELECT question, answer, asked_at FROM turns WHERE conversation_id = ? ORDER BY ordinal"
NEXT = "SELECT coalesce(max(ordinal) + 1, 0) FROM turns WHERE conversation_id = ?"
FOUND_IN = """
SELECT c.id, c.title || ' ' || coalesce(group_concat(t.question || ' ' || coalesce(json_extract(t.answer, '$.text'), ''), ' '), '')
FROM conversations c LEFT JOIN turns t ON t.conversation_id = c.id
WHERE c.owner = ? AND c.deleted_at IS NULL GROUP BY c.id
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as a list shows it; times are ISO 8601 in UTC."""

    id: str
    title: str
    created_at: str
    updated_at: str
    turns: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer's JSON."""

    question: str
    answer: Mapping[str, Any]
    asked_at: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, its turns in order."""

    id: str
    title: str
    created_at: str
    updated_at: str
    turns: tuple[Exchange, ...]


class Conversations:
    """The conversations of one owner. Ids are given in full, but for `resolve`."""

    def __init__(self, catalog: Catalog, owner: str = LOCAL) -> None:
        self._catalog = catalog
        self._owner = owner

    def list(self, words: str = "", most: int | None = None) -> Sequence[Summary]:
        """Return the conversations, the newest first; with `words`, those where each begins a word, whatever its case.

        They are looked for in titles, questions and answers. At most so many are returned, if `most` is given.
        """
        sql = (
            "SELECT c.id, c.title, c.created_at, c.updated_at, (SELECT count(*) FROM turns t WHERE t.conversation_id = c.id) "
            "FROM conversations c WHERE c.owner = ? AND c.deleted_at IS NULL ORDER BY c.updated_at DESC, c.rowid DESC"
        )
        with self._catalog.beside(writes=False) as db:
            found = [Summary(*row) for row in db.execute(sql, (self._owner,))]
            wanted = _words(words)
            if not wanted:
                return found[:most] if not words.strip() else []
            texts = {id: f" {' '.join(_words(text))}" for id, text in db.execute(FOUND_IN, (self._owner,))}
        fitting = (one for one in found if all(f" {word}" in texts[one.id] for word in wanted))
        return [*islice(fitting, most)]

    def resolve(self, id: str) -> str:
        """Return a full id from its first characters. Raises NotFoundError if none or several fit."""
        sql = "SELECT id FROM conversations WHERE owner = ? AND substr(id, 1, ?) = ? AND deleted_at IS NULL"
        with self._catalog.beside(writes=False) as db:
            ids = [full for (full,) in db.execute(sql, (self._owner, len(id), id))] if id else []
        if len(ids) > 1:
            raise NotFoundError(f"{id}: {len(ids)} conversations begin with it. Write more of it.")
        if not ids:
            raise missing(id)
        return str(ids[0])

    def read(self, id: str) -> Conversation:
        """Return a conversation. Raises NotFoundError."""
        about = f"SELECT id, title, created_at, updated_at FROM conversations WHERE {MINE}"
        with self._catalog.beside(writes=False) as db:
            row = db.execute(about, (id, self._owner)).fetchone()
            if row is None:
                raise missing(id)
            exchanges = [Exchange(asked, json.loads(answer), at) for asked, answer, at in db.execute(TURNS, (id,))]
        _, title, created_at, updated_at = row
        return Conversation(id, title, created_at, updated_at, tuple(exchanges))

    def keep(self, id: str | None, question: str, answer: Mapping[str, Any]) -> tuple[str, int]:
        """Add a turn to a conversation, or begin one with it where `id` is None; return its id and the turn's number in it.

        Raises NotFoundError.
        """
        at = now()
        with writing(self._catalog) as db:
            if id is None:
                id = secrets.token_hex(ID_DIGITS // 2)
                sql = "INSERT INTO conversations (id, owner, title, created_at, updated_at) VALUES (?, ?, ?, ?, ?)"
                db.execute(sql, (id, self._owner, question[:LONGEST_TITLE], at, at))
            else:
                sql = f"UPDATE conversations SET updated_at = max(updated_at, ?) WHERE {MINE}"
                if not db.execute(sql, (at, id, self._owner)).rowcount:
                    raise missing(id)
            (ordinal,) = db.execute(NEXT, (id,)).fetchone()
            db.execute("INSERT INTO turns VALUES (?, ?, ?, ?, ?)", (id, ordinal, question, json.dumps(answer), at))
        return id, int(ordinal)

    def rename(self, id: str, title: str) -> None:
        """Give a conversation another title. Raises NotFoundError; QuestionError if the title is empty."""
        words = " ".join(title.encode("utf-8", "replace").decode().split())[:LONGEST_TITLE]
        if not words:
            raise QuestionError("the title is empty. Write some words.")
        self._change(f"UPDATE conversations SET title = ? WHERE {MINE}", id, words)

    def discard(self, id: str) -> None:
        """Take a conversation out of sight; for a day it can be restored. Raises NotFoundError."""
        self._change(f"UPDATE conversations SET deleted_at = ? WHERE {MINE}", id, now())

    def restore(self, id: str) -> None:
        """Bring back a conversation that was discarded. Raises NotFoundError if there is none, or none any more."""
        self._change(
            "UPDATE conversations SET deleted_at = NULL WHERE id = ? AND owner = ? AND deleted_at NOT NULL", id
        )

    def delete(self, id: str) -> None:
        """Take a conversation out for good, with its turns and their ratings. Raises NotFoundError."""
        self._change(f"DELETE FROM conversations WHERE {MINE}", id)

    def take(self, given: Conversation) -> tuple[str, bool]:
        """Take in a conversation from elsewhere; return its id here, and whether it is new here.

        It keeps its id; where that is taken by another one, it gets one made from its turns. Where its turns are here
        already under either, further ones after them or not, nothing is written, but that what was discarded is restored.
        """
        rows = [(turn.question, json.dumps(turn.answer), turn.asked_at) for turn in given.turns]
        made = hashlib.sha256(json.dumps([self._owner, rows]).encode()).hexdigest()[:ID_DIGITS]
        with writing(self._catalog) as db:
            for id in (given.id, made):
                found = db.execute("SELECT owner, deleted_at FROM conversations WHERE id = ?", (id,)).fetchone()
                if found is None:
                    break
                owner, deleted_at = found
                if owner == self._owner and db.execute(f"{TURNS} LIMIT ?", (id, len(rows))).fetchall() == rows:
                    db.execute("UPDATE conversations SET deleted_at = NULL WHERE id = ?", (id,))
                    return id, deleted_at is not None
            about = (id, self._owner, given.title, given.created_at, given.updated_at)
            db.execute(
                "INSERT INTO conversations (id, owner, title, created_at, updated_at) VALUES (?, ?, ?, ?, ?)", about
            )
            db.executemany("INSERT INTO turns VALUES (?, ?, ?, ?, ?)", [(id, at, *row) for at, row in enumerate(rows)])
        return id, True

    def _change(self, sql: str, id: str, *values: str) -> None:
        """Change one conversation by a statement whose last values are its id and the owner. Raises NotFoundError."""
        with writing(self._catalog) as db:
            changed = db.execute(sql, (*values, id, self._owner)).rowcount
        if not changed:
            raise missing(id)


@contextmanager
def writing(catalog: Catalog) -> Iterator[Connection]:
    """Lend a connection to write conversations by, rid of what can no longer be restored. Raises as Catalog.beside."""
    with catalog.beside(writes=True) as db:
        oldest = (datetime.now(UTC) - RESTORABLE).isoformat(timespec="seconds")
        db.execute("DELETE FROM conversations WHERE deleted_at < ?", (oldest,))
        yield db


def _words(text: str) -> Sequence[str]:
    return re.findall(r"\w+", text.casefold())


def missing(id: str) -> NotFoundError:
    """Return what to tell of an id that none of the owner's conversations has."""
    return NotFoundError(f"{id or 'an empty id'}: no such conversation. See onrecord conversations list.")


def now() -> str:
    """Return the time in UTC, ISO 8601, as the record has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
