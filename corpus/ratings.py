"""What a reader thought of answers, kept with their turns: good or not, and why. Each may be changed and taken back.

A rating belongs to whom the conversation belongs to, and goes where it goes: out of sight, back, away for good. It does
not go along in an evidence pack.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corpus.catalog import Catalog
from corpus.conversations import LOCAL, Conversations, Exchange, missing, now, writing

__all__ = ["BETWEEN", "REASONS", "Rated", "Rating", "Ratings"]

REASONS = ("wrong", "not the question", "old", "missing a side")  # offered with a thumb down
LONGEST_WORDS = 500  # characters
BETWEEN = " · "  # the parts of a reason
OF_MINE = "ratings r JOIN conversations c ON c.id = r.conversation_id WHERE c.owner = ? AND c.deleted_at IS NULL"


@dataclass(frozen=True, slots=True)
class Rating:
    """What is thought of an answer; `reasons` are some of REASONS, in their order, `words` the reader's own."""

    is_good: bool
    reasons: tuple[str, ...] = ()
    words: str = ""

    @property
    def reason(self) -> str:
        """All that is said for it, as one text, "" for nothing."""
        return BETWEEN.join(filter(None, (*self.reasons, self.words)))


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating with the turn that it is of, the last of `turns`, those before it in order."""

    conversation_id: str
    turns: tuple[Exchange, ...]
    rating: Rating
    rated_at: str


class Ratings:
    """The ratings of one owner's conversations; turns are numbered from 0."""

    def __init__(self, catalog: Catalog, owner: str = LOCAL) -> None:
        self._catalog = catalog
        self._owner = owner

    def rate(self, id: str, turn: int, rating: Rating) -> None:
        """Keep what is thought of a turn, in place of what was thought of it before. Raises NotFoundError."""
        words = " ".join(rating.words.encode("utf-8", "replace").decode().split())[:LONGEST_WORDS]
        reasons = tuple(reason for reason in REASONS if reason in rating.reasons)
        row = (rating.is_good, Rating(rating.is_good, reasons, words).reason, now())
        with writing(self._catalog) as db:
            changed = db.execute(
                "INSERT OR REPLACE INTO ratings SELECT t.conversation_id, t.ordinal, ?, ?, ? FROM turns t "
                "JOIN conversations c ON c.id = t.conversation_id "
                "WHERE c.id = ? AND c.owner = ? AND c.deleted_at IS NULL AND t.ordinal = ?",
                (*row, id, self._owner, turn),
            ).rowcount
        if not changed:
            raise missing(id)

    def withdraw(self, id: str, turn: int) -> None:
        """Take back what was thought of a turn, if anything was."""
        owned = "(SELECT id FROM conversations WHERE id = ? AND owner = ?)"
        with writing(self._catalog) as db:
            sql = f"DELETE FROM ratings WHERE conversation_id IN {owned} AND ordinal = ?"
            db.execute(sql, (id, self._owner, turn))

    def of(self, id: str) -> Mapping[int, Rating]:
        """Return the ratings of a conversation, by the number of the turn."""
        with self._catalog.beside(writes=False) as db:
            found = db.execute(f"SELECT r.ordinal, r.good, r.reason FROM {OF_MINE} AND c.id = ?", (self._owner, id))
            return {turn: _rating(good, reason) for turn, good, reason in found}

    def list(self) -> Iterator[Rated]:
        """Yield every rating with its turn and those before it, the newest rating first."""
        with self._catalog.beside(writes=False) as db:
            sql = f"SELECT c.id, r.ordinal, r.good, r.reason, r.rated_at FROM {OF_MINE} ORDER BY r.rated_at DESC, r.rowid DESC"
            found = db.execute(sql, (self._owner,)).fetchall()
        kept = Conversations(self._catalog, self._owner)
        for id, turn, good, reason, rated_at in found:
            yield Rated(id, kept.read(id).turns[: turn + 1], _rating(good, reason), rated_at)


def _rating(good: int, reason: str) -> Rating:
    parts = reason.split(BETWEEN) if reason else []
    chosen = [part for part in parts if part in REASONS]
    return Rating(bool(good), tuple(dict.fromkeys(chosen)), BETWEEN.join(part for part in parts if part not in REASONS))
