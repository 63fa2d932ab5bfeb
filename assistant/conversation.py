"""Make a follow-up stand alone: the question, and from the turns before what it leaves unsaid.

Without a model this is carrying over. A question that leans on what came before (it has a pronoun, opens with "and" or
"what about", or names nothing) is joined to the content words of the question before that it does not say itself.
"""

import re
from collections.abc import Sequence

from assistant.question import read_question
from corpus.words import FUNCTION_WORDS

__all__ = ["standalone"]

LEANS = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then|former|latter|same|"
    r"former|one|ones|so|instead|else|too|also|another|others)\b|^\W*(?:and|but|so|or|what about|how about|why|when|where|who|how)\W*$"
    r"|^\W*(?:and|but|so|or|what about|how about)\b",
    re.IGNORECASE,
)
SHORT = 3  # content words


def standalone(question: str, before: Sequence[str]) -> str:
    """Return the question as it would be asked alone, given the standalone questions before it, oldest first."""
    if not before or not _leans(question):
        return question
    said = {term.stem for term in read_question(question).terms}
    earlier = read_question(before[-1])
    carried = [term.word for term in earlier.terms if term.stem not in said and term.word.lower() not in FUNCTION_WORDS]
    return f"{question.rstrip()} ({' '.join(carried)})" if carried else question


def _leans(question: str) -> bool:
    """Tell whether the question cannot be understood alone."""
    read = read_question(question)
    return LEANS.search(question) is not None or (not read.names and len(read.terms) <= SHORT)
