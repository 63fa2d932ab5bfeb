"""What differs between two texts: which paragraphs are new, gone or reworded, and in those which words.

Paragraphs that stand once in both texts, in the same order, are the posts that the rest is compared between (patience
diff, Cohen, 2008), so that a megabyte takes well under a second; difflib compares what is between two posts, where that is little.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

__all__ = ["Kind", "Piece", "difference"]

Kind = Literal["same", "new", "gone"]
MOST_COMPARED = 250_000  # pairs of paragraphs, or of words: more are gone and new as a whole
LEAST_ALIKE = 0.4  # of the words of two paragraphs, for one to be the other reworded
LONGEST = 2_000  # characters of a paragraph that is compared as one
WORD = re.compile(r"\s*\S+")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words and whether both texts have them, only the new one, or only the old one, where they are gone from."""

    kind: Kind
    text: str


def difference(old: str, new: str) -> Iterator[list[Piece]]:
    """Yield the paragraphs of both texts in order, each as its pieces; a reworded one has several."""
    yield from _paragraphs(list(_parted(old)), list(_parted(new)))


def _parted(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text; the sentences of one that is long."""
    for line in text.split("\n"):
        parts = SENTENCE_END.split(line) if len(line) > LONGEST else [line]
        yield from (part.strip() for part in parts if part.strip())


def _paragraphs(old: Sequence[str], new: Sequence[str]) -> Iterator[list[Piece]]:
    at_old = at_new = 0
    for first, second in [*_posts(old, new), (len(old), len(new))]:
        yield from _between(old[at_old:first], new[at_new:second])
        if first < len(old):
            yield [Piece("same", old[first])]
        at_old, at_new = first + 1, second + 1


def _posts(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places in both of the paragraphs that each has once, as many as are in the same order."""
    counts, others = Counter(old), Counter(new)
    places = {text: place for place, text in enumerate(new)}
    pairs = [(a, places[text]) for a, text in enumerate(old) if counts[text] == 1 == others.get(text)]
    ends: list[int] = []  # of the longest rising runs, by length: their last place in `new`
    last: list[int] = []  # and which pair that is
    before: list[int] = []  # for each pair the one before it in its run, or -1
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
    run, number = [], last[-1] if last else -1
    while number >= 0:
        run.append(pairs[number])
        number = before[number]
    return run[::-1]


def _between(old: Sequence[str], new: Sequence[str]) -> Iterator[list[Piece]]:
    """Yield the paragraphs between two posts."""
    if len(old) * len(new) > MOST_COMPARED:
        yield from _replaced(old, new)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from ([Piece("same", text)] for text in old[a:b])
        else:
            yield from _replaced(old[a:b], new[c:d])


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[list[Piece]]:
    """Yield paragraphs that others stand in the place of: reworded ones beside each other, where they stand in pairs."""
    if len(old) != len(new):
        yield from ([Piece("gone", text)] for text in old)
        yield from ([Piece("new", text)] for text in new)
        return
    for before, after in zip(old, new, strict=True):
        yield from _reworded(before, after)


def _reworded(before: str, after: str) -> Iterator[list[Piece]]:
    """Yield one paragraph as its pieces; as gone and new where too few of its words are left."""
    old, new = WORD.findall(before), WORD.findall(after)
    if len(old) * len(new) <= MOST_COMPARED:
        found = SequenceMatcher(None, [w.strip() for w in old], [w.strip() for w in new], autojunk=False)
        if found.ratio() >= LEAST_ALIKE:
            yield _joined(found, old, new)
            return
    yield [Piece("gone", before)]
    yield [Piece("new", after)]


def _joined(found: "SequenceMatcher[str]", old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    pieces: list[Piece] = []
    for tag, a, b, c, d in found.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(new[c:d])))
            continue
        pieces += [Piece("gone", "".join(old[a:b]))] if b > a else []
        pieces += [Piece("new", "".join(new[c:d]))] if d > c else []
    return [
        Piece(kind, "".join(piece.text for piece in run)) for kind, run in groupby(pieces, key=lambda piece: piece.kind)
    ]
