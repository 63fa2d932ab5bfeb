"""Transcripts: each paragraph is the turn of the one whose name stands before it, "INES FALK: We will not ...", to its end.

Elsewhere a colon after a capital says little ("LONDON: Rain", "Port: Odessa"), so only what was read as a transcript is
read so: its reader put the names there.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from corpus.attribution import Attribution, attributions
from corpus.languages import foreign
from corpus.types import Document, Extract, Span

__all__ = ["TRANSCRIPTS", "spoken", "turn"]

TRANSCRIPTS = frozenset(["text/vtt", "application/x-subrip"])
CUE = "in the transcript"
NAMED = re.compile(r"(?:>>\s*|[-–—]\s*)?((?:[^\W\d_][\w.'’-]*)(?:[ ][^\W\d_][\w.'’-]*){0,5})[ ]?:[ ]+(?=\S)")
SMALL = ("of", "the", "de", "van", "von")  # words of a name that need no capital


def spoken(found: Document | Extract, sentences: Sequence[Span]) -> list[Attribution | None]:
    """Return who says each sentence, None where nobody is named, and throughout where the document is not in English."""
    if foreign(found.language):
        return [None] * len(sentences)
    said = attributions(found.text, sentences)
    if found.media_type not in TRANSCRIPTS:
        return said
    turns = list(_turns(found.text))
    whose = (_whose(turns, sentence) for sentence in sentences)
    return [own or cued for own, cued in zip(whose, said, strict=True)]


def turn(words: str) -> tuple[str, int] | None:
    """Return the speaker whose name words open with, and where what he says begins; None where they open with no name."""
    named = NAMED.match(words)
    if named is None:
        return None
    parts = named[1].split()
    capitals = parts[0][0].isupper() and parts[-1][0].isupper()
    name = capitals and all(part[0].isupper() or part in SMALL for part in parts)
    return (named[1], named.end()) if name else None


def _turns(text: str) -> Iterator[tuple[Span, str, int]]:
    """Yield the span of each paragraph that is a turn, its speaker, and where his words begin, in order."""
    for paragraph in re.finditer(r"[^\n]+", text):
        named = turn(paragraph.group())
        if named:
            yield paragraph.span(), named[0], paragraph.start() + named[1]


def _whose(turns: Sequence[tuple[Span, str, int]], sentence: Span) -> Attribution | None:
    before = bisect_right(turns, sentence[0], key=lambda turn: turn[0][0])
    if before == 0:
        return None
    (start, end), name, words = turns[before - 1]
    if sentence[0] >= end or sentence[1] <= words:
        return None
    return Attribution(name, CUE, (max(words, sentence[0]), sentence[1]), "direct", source=(start, start + len(name)))
