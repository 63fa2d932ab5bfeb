"""Reading, all of it that needs no library: a file's documents, cut into passages, with who says what.

It runs where the parsers run, apart from the record: what comes out is plain data.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from corpus.attribution import Attribution
from corpus.errors import SourceError
from corpus.readers import read
from corpus.segment import count_tokens, passage_spans
from corpus.turns import spoken
from corpus.types import Extract, Input, Span

__all__ = ["READING", "Cut", "prepared"]

READING = 1  # raised whenever readers or the cutting find something else in the same bytes: every file is read anew


@dataclass(frozen=True, slots=True)
class Cut:
    """A text's passages, (start, end, sentences) each, what is said in which sentence, its length in tokens."""

    passages: list[tuple[int, int, list[Span]]]
    said: list[tuple[Span, Attribution]]
    tokens: int


def prepared(input: Input) -> Iterator[Extract | Cut | SourceError]:
    """Yield each document in an input, right after it how it is cut; in a file of many an error for each that is bad.

    Two things for each: that a long text has come out is known before it is cut, which takes a while. Raises SourceError
    as corpus.readers.read does.
    """
    for found in read(input.path, input.name, input.media_type):
        if isinstance(found, SourceError):
            yield found
        else:
            yield input.completed(found)
            yield _cut(found)


def _cut(extract: Extract) -> Cut:
    found = list(passage_spans(extract.text, extract.headings))
    sentences = [sentence for _, _, some in found for sentence in some]
    said = zip(sentences, spoken(extract, sentences), strict=True)
    return Cut(found, [(span, each) for span, each in said if each], count_tokens(extract.text))
