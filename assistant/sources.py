"""Count the sources that stand behind an answer: copies of one text are one source, whoever prints them."""

from collections.abc import Sequence

from corpus.types import Document
from index.lexical import stems

__all__ = ["independent"]

COPIED = 0.9  # share of all words of two quotations that both have, from which one is the other's copy
LEAST_WORDS = 8  # a shorter quotation may be the same by chance


def independent(quoted: Sequence[tuple[Document, str]]) -> int:
    """Return how many sources the quotations come from, each given with its document.

    Documents that tell the same story are one, and so are documents of which the same words are quoted, but for a few.
    """
    groups: list[list[tuple[Document, str]]] = []
    for each in quoted:
        same = [group for group in groups if any(_one_source(each, other) for other in group)]
        groups = [group for group in groups if group not in same] + [[each, *(one for group in same for one in group)]]
    return len(groups)


def _one_source(one: tuple[Document, str], other: tuple[Document, str]) -> bool:
    if one[0].story == other[0].story or one[0].source == other[0].source or one[0].text == other[0].text:
        return True
    mine, theirs = stems(one[1]), stems(other[1])
    words, others = set(mine), set(theirs)
    long = min(len(mine), len(theirs)) >= LEAST_WORDS
    return long and len(words & others) >= COPIED * len(words | others)
