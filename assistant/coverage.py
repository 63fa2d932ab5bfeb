"""How the library's coverage of a question's subject runs over time: how many documents a month speak of it.

A document speaks of it if it has at least two thirds of the question's words of content, in any form: counted by the
lexical index alone, no passage is read. The days in the question are left out, time being what is asked about here. A
question that names no subject ("What happened in August?") is about every document.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.overview import NO_SUBJECT, overview_of
from assistant.question import DATE, Question, read_question
from corpus.filters import Filters
from corpus.words import FUNCTION_WORDS
from index.lexical import stem
from index.library import Library

__all__ = ["Coverage", "coverage"]

MOST_WORDS = 20
ASKING = frozenset(map(stem, "according reported say said tell told give list show describe explain".split()))


@dataclass(frozen=True, slots=True)
class Coverage:
    """The words of the question that were looked for; how many of them a document must have; the number of such documents
    by month ("2022-08"; "2022" where only the year is known, "" where no date is) and outlet ("" where it is not known).
    """

    words: tuple[str, ...]
    least: int
    documents: Mapping[tuple[str, str], int]


def coverage(query: str, filters: Filters, library: Library) -> Coverage:
    """Count the documents that the filters let through and that speak of what the query, a standalone question, is about."""
    words = _words(read_question(query))
    least = -(-len(words) * 2 // 3)
    if filters.speakers:
        library.attribute()
    allowed, _ = library.catalog.allowed(filters)
    with library.indexes() as indexes:
        found = allowed.intersection(indexes.documents.matching([*words], least)) if words else allowed
    months = Counter(((published or "")[:7], outlet or "") for published, outlet in library.catalog.origins(found))
    return Coverage(tuple(words.values()), least, months)


def _words(question: Question) -> dict[str, str]:
    """Return the question's words of content, by stem."""
    days = [match.span() for match in DATE.finditer(question.text)]
    asking = ASKING | (NO_SUBJECT if overview_of(question) else frozenset())
    words: dict[str, str] = {}
    for term in question.terms:
        dated = any(low <= term.start < high for low, high in days)
        if not dated and term.stem not in asking and term.word.lower() not in FUNCTION_WORDS:
            words.setdefault(term.stem, term.word)
    return dict(list(words.items())[:MOST_WORDS])
