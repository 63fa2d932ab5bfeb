"""What changed from one version of a document to the next."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.edits import FIELDS
from corpus.types import Document

__all__ = ["Version", "history"]

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Version:
    """A version in numbers: its words, how many of them the version before lacks and how many of that one's are gone, counted
    without regard to order; and which statements about the document differ.
    """

    version: int
    added_at: str
    published: str | None
    words: int
    words_new: int
    words_gone: int
    changed: tuple[str, ...]


def history(documents: Sequence[Document]) -> list[Version]:
    """Return the versions of a document, given oldest first; the first one changes nothing."""
    counts = [Counter(WORD.findall(document.text)) for document in documents]
    found = [_version(document, words, words, ()) for document, words in zip(documents[:1], counts, strict=False)]
    for (before, after), (old, new) in zip(pairwise(documents), pairwise(counts), strict=True):
        changed = tuple(name for name in FIELDS if getattr(before, name) != getattr(after, name))
        found.append(_version(after, new, old, changed))
    return found


def _version(document: Document, words: Counter[str], before: Counter[str], changed: tuple[str, ...]) -> Version:
    new, gone = (words - before).total(), (before - words).total()
    return Version(document.version, document.added_at, document.published, words.total(), new, gone, changed)
