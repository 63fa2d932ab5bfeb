"""How close together the words of a question stand in a sentence, and how close to the words that may answer it.

A sentence can have all the words of a question and yet answer another one: what answers tends to stand among them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.question import WORD, Question, answer_spans
from corpus.types import Span
from index.lexical import stem

__all__ = ["closeness", "near_answer"]

FADING = 0.2  # of a word's weight, for each word between it and the answer
MOST_ANSWERS = 4  # spans of a sentence that are looked at


def closeness(sentence: str, question: Question) -> float:
    """Return how many of the question's words the sentence has, over the words from the first of them to the last."""
    wanted = {term.stem for term in question.terms}
    places = [(at, word) for at, (word, _) in enumerate(_words(sentence)) if word in wanted]
    return len({word for _, word in places}) / (places[-1][0] - places[0][0] + 1) if len(places) > 1 else 0.0


def near_answer(sentence: str, question: Question, weights: NDArray[np.float64]) -> float:
    """Return the weights of the question's words in the sentence, each less the further it stands from what may answer.

    The best over the spans of the wanted kind; 0 where there is none.
    """
    spans = answer_spans(sentence, question)[:MOST_ANSWERS]
    if not spans:
        return 0.0
    words = _words(sentence)
    return max(_weight_near(span, words, question, weights) for span in spans)


def _weight_near(
    answer: Span, words: Sequence[tuple[str, Span]], question: Question, weights: NDArray[np.float64]
) -> float:
    inside = [at for at, (_, (start, end)) in enumerate(words) if start < answer[1] and end > answer[0]]
    total = 0.0
    for term, weight in zip(question.terms, weights, strict=True):
        places = [at for at, (word, _) in enumerate(words) if word == term.stem and at not in inside]
        gaps = [abs(at - other) for at in places for other in inside]
        if gaps:
            total += weight / (1 + FADING * min(gaps))
    return float(total)


def _words(sentence: str) -> list[tuple[str, Span]]:
    """Return the stem of each word, and its span."""
    return [(stem(match.group()), match.span()) for match in WORD.finditer(sentence)]
