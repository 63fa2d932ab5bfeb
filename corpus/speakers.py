"""Who says anything in the record, found by any words of a name, or by the beginning of one as somebody types it.

There may be tens of thousands of names: they are kept in memory, and read anew when the record has changed.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from corpus.words import name_words

__all__ = ["Speakers"]

SIMILAR = 3
ALIKE = 0.5  # of difflib's ratio
Names = Iterable[tuple[str, int]]  # with the number of quotations that a search may find


class Speakers:
    """The names, as `read` gives them; what `stamp` returns differs once the record has changed. For any thread."""

    def __init__(self, read: Callable[[], Names], stamp: Callable[[], object]) -> None:
        self._read = read
        self._stamp = stamp
        self._stamped: object = None
        self._names: dict[str, int] = {}
        self._plain: dict[str, str] = {}
        self._lock = threading.Lock()

    def named(self, wanted: Sequence[str]) -> list[str]:
        """Return everybody whom one of `wanted` names, by any words of the name: "erdogan" is President Erdoğan."""
        sets = [words for name in wanted if (words := name_words(name))]
        names, plains = self._known()
        return [name for name in names if any(all(f" {w} " in plains[name] for w in words) for words in sets)]

    def beginning(self, typed: str, most: int) -> list[str]:
        """Return those in whose name a word begins with each word typed, the most quoted first; all if none is typed."""
        words = name_words(typed)
        names, plains = self._known()
        found = [name for name, n in names.items() if n and all(f" {word}" in plains[name] for word in words)]
        return sorted(found, key=lambda name: (-names[name], name))[:most]

    def similar(self, wanted: Sequence[str]) -> list[str]:
        """Return up to three whom a search may find and whose name is spelt much like one of `wanted`, the likest first."""
        names = [name for name, n in self._known()[0].items() if n]
        found = (name for one in wanted for name in get_close_matches(one, names, n=SIMILAR, cutoff=ALIKE))
        return [*dict.fromkeys(found)][:SIMILAR]

    def _known(self) -> tuple[dict[str, int], dict[str, str]]:
        with self._lock:
            stamp = self._stamp()
            if stamp != self._stamped:
                self._names = dict(self._read())
                self._plain = {name: self._plain.get(name) or _plain(name) for name in self._names}
                self._stamped = stamp
            return self._names, self._plain


def _plain(name: str) -> str:
    """Return the words of a name, in no order, a space before and after each."""
    return f" {' '.join(name_words(name))} "
