"""Conversations kept in the record: each question with its whole answer, so that what was quoted can be shown for good.

Written over a connection of their own (see Catalog.beside): a page and the command line keep them at the same time, also
while documents are being added, and no reader of the documents has to look anew. An owner sees only what is theirs; what
is another's does not exist. An answer is kept as its JSON, schema 1, and what that means is not known here.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from corpus.catalog import Catalog
from corpus.errors import NotFoundError, QuestionError

__all__ = ["LOCAL", "Conversation", "Conversations", "Exchange", "Summary"]

LOCAL = "local"  # the owner on one's own machine
LONGEST_TITLE = 200  # characters
ID_DIGITS = 12
TURNS = "SELECT question, answer, asked_at FROM turns WHERE conversation_id = ? ORDER BY ordinal"
FOUND_IN = """
SELECT c.id, c.title || ' ' || coalesce(group_concat(t.question || ' ' || coalesce(json_extract(t.answer, '$.text'), ''), ' '), '')
FROM conversations c LEFT JOIN turns t ON t.conversation_id = c.id WHERE c.owner = ? GROUP BY c.id
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

    def list(self, words: str = "") -> Sequence[Summary]:
        """Return the conversations, the newest first; with `words`, those where each begins a word, whatever its case.

        They are looked for in titles, questions and answers.
        """
        sql = (
            "SELECT c.id, c.title, c.created_at, c.updated_at, (SELECT count(*) FROM turns t WHERE t.conversation_id = c.id) "
            "FROM conversations c WHERE c.owner = ? ORDER BY c.updated_at DESC, c.rowid DESC"
        )
        with self._catalog.beside(writes=False) as db:
            found = [Summary(*row) for row in db.execute(sql, (self._owner,))]
            wanted = _words(words)
            if not wanted:
                return found if not words.strip() else []
            texts = {id: f" {' '.join(_words(text))}" for id, text in db.execute(FOUND_IN, (self._owner,))}
        return [one for one in found if all(f" {word}" in texts[one.id] for word in wanted)]

    def resolve(self, id: str) -> str:
        """Return a full id from its first characters. Raises NotFoundError if none or several fit."""
        sql = "SELECT id FROM conversations WHERE owner = ? AND substr(id, 1, ?) = ?"
        with self._catalog.beside(writes=False) as db:
            ids = [full for (full,) in db.execute(sql, (self._owner, len(id), id))] if id else []
        if len(ids) > 1:
            raise NotFoundError(f"{id}: {len(ids)} conversations begin with it. Write more of it.")
        if not ids:
            raise _missing(id)
        return str(ids[0])

    def read(self, id: str) -> Conversation:
        """Return a conversation. Raises NotFoundError."""
        about = "SELECT id, title, created_at, updated_at FROM conversations WHERE id = ? AND owner = ?"
        with self._catalog.beside(writes=False) as db:
            row = db.execute(about, (id, self._owner)).fetchone()
            if row is None:
                raise _missing(id)
            exchanges = [Exchange(asked, json.loads(answer), at) for asked, answer, at in db.execute(TURNS, (id,))]
        _, title, created_at, updated_at = row
        return Conversation(id, title, created_at, updated_at, tuple(exchanges))

    def keep(self, id: str | None, question: str, answer: Mapping[str, Any]) -> str:
        """Add a turn to a conversation, or begin one with it where `id` is None; return its id. Raises NotFoundError."""
        now = _now()
        with self._catalog.beside(writes=True) as db:
            if id is None:
                id = secrets.token_hex(ID_DIGITS // 2)
                sql = "INSERT INTO conversations (id, owner, title, created_at, updated_at) VALUES (?, ?, ?, ?, ?)"
                db.execute(sql, (id, self._owner, question[:LONGEST_TITLE], now, now))
            else:
                sql = "UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ? AND owner = ?"
                if not db.execute(sql, (now, id, self._owner)).rowcount:
                    raise _missing(id)
            next_one = "(SELECT coalesce(max(ordinal) + 1, 0) FROM turns WHERE conversation_id = ?)"
            row = (id, id, question, json.dumps(answer), now)
            db.execute(f"INSERT INTO turns VALUES (?, {next_one}, ?, ?, ?)", row)
        return id

    def rename(self, id: str, title: str) -> None:
        """Give a conversation another title. Raises NotFoundError; QuestionError if the title is empty."""
        words = " ".join(title.encode("utf-8", "replace").decode().split())[:LONGEST_TITLE]
        if not words:
            raise QuestionError("the title is empty. Write some words.")
        with self._catalog.beside(writes=True) as db:
            sql = "UPDATE conversations SET title = ? WHERE id = ? AND owner = ?"
            if not db.execute(sql, (words, id, self._owner)).rowcount:
                raise _missing(id)

    def delete(self, id: str) -> None:
        """Take a conversation out, with its turns. Raises NotFoundError."""
        with self._catalog.beside(writes=True) as db:
            if not db.execute("DELETE FROM conversations WHERE id = ? AND owner = ?", (id, self._owner)).rowcount:
                raise _missing(id)

    def take(self, given: Conversation) -> tuple[str, bool]:
        """Take in a conversation from elsewhere; return its id here, and whether it is new here.

        It keeps its id; where that is taken by another one, it gets one made from its turns. Where its turns are here
        already under either, further ones after them or not, nothing is written.
        """
        rows = [(turn.question, json.dumps(turn.answer), turn.asked_at) for turn in given.turns]
        made = hashlib.sha256(json.dumps([self._owner, rows]).encode()).hexdigest()[:ID_DIGITS]
        with self._catalog.beside(writes=True) as db:
            for id in (given.id, made):
                owner = db.execute("SELECT owner FROM conversations WHERE id = ?", (id,)).fetchone()
                kept = db.execute(f"{TURNS} LIMIT ?", (id, len(rows))).fetchall()
                if owner == (self._owner,) and kept == rows:
                    return id, False
                if owner is None:
                    break
            about = (id, self._owner, given.title, given.created_at, given.updated_at)
            db.execute(
                "INSERT INTO conversations (id, owner, title, created_at, updated_at) VALUES (?, ?, ?, ?, ?)", about
            )
            db.executemany("INSERT INTO turns VALUES (?, ?, ?, ?, ?)", [(id, at, *row) for at, row in enumerate(rows)])
        return id, True


def _words(text: str) -> Sequence[str]:
    return re.findall(r"\w+", text.casefold())


def _missing(id: str) -> NotFoundError:
    return NotFoundError(f"{id or 'an empty id'}: no such conversation. See onrecord conversations list.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
