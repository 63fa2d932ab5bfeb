"""Tell whether a sentence speaks for or against what a yes-or-no question asks, by its words alone.

English only, by lists of function words and of verbs that take a side. Precision before recall: None where the sentence does
not take up what the question asks, is itself a question or a condition, or turns its sense more than once.
"""

import re
from collections.abc import Collection
from typing import Literal

from assistant.question import WORD, Question
from index.lexical import stem

__all__ = ["Stance", "stance", "turns"]

Stance = Literal["for", "against"]

# What turns the sense of its clause: "has not agreed", "there is no evidence that", "is far from ready".
NOT = re.compile(
    r"\b(?:not|never|no|nor|neither|none|nobody|nothing|without|cannot|hardly|scarcely|far from|fails?|failed|unable|"
    r"unwilling|unlikely|impossible|false|untrue|lacks?|lacked|stop(?:s|ped)? short of)\b|\w+n['’]t\b",
    re.IGNORECASE,
)
# Verbs, and their nouns, by which a speaker takes a side on what follows.
AGAINST = re.compile(
    r"\b(?:den(?:y|ies|ied|ying|ial)|refus(?:e|es|ed|ing|al)|reject(?:s|ed|ing|ion)?|oppos(?:e|es|ed|ing|ition)|"
    r"rul(?:e|es|ed|ing) out|warn(?:s|ed|ing)? against|dismiss(?:es|ed|ing|al)?|disput(?:e|es|ed|ing)|"
    r"doubt(?:s|ed|ing|ful)?|contradict(?:s|ed|ing)?|against|disagree[sd]?|declin(?:e|es|ed|ing)|vot(?:e|es|ed|ing) down|"
    r"sk?ceptical)\b",
    re.IGNORECASE,
)
# What leaves it open whether the rest holds.
OPEN = re.compile(
    r"\?|\b(?:if|whether|unless|might|may have|perhaps|possibly|could|either way|unclear|unknown)\b", re.IGNORECASE
)
NO_TURN = re.compile(
    r"\b(?:not only|no doubt|no longer than|no later than|no fewer than|no less than|no more than|not just|number)\b",
    re.I,
)
# Where a turn's reach ends: a mark, or a conjunction that opens another clause.
CLAUSE_END = re.compile(
    r"[;:.]|,? (?:but|while|whereas|although|though|however|yet|because|since)\b|, (?:and|which|who)\b", re.IGNORECASE
)
# Words that the question asks with rather than about.
ASKING = frozenset(
    map(stem, "true really actually ever still indeed genuinely fact case evidence believe think".split())
)
LEAST_SHARE = 0.6  # of the question's words other than names that a clause has to take up
LEAST_WORDS = 2


def stance(question: Question, sentence: str) -> Stance | None:
    """Return the side that the sentence takes on a yes-or-no question, None where it takes none that is plain."""
    if not question.is_polar or _ends_on_function_word(question):
        return None
    clause = next((clause for clause in _clauses(sentence) if _takes_up(question, clause)), None)
    if clause is None or OPEN.search(clause):
        return None
    terms = {term.stem for term in question.terms}
    asked, said = turns(question.text, terms), turns(clause, terms)
    if asked > 1 or said > 1:
        return None
    return "for" if said == asked else "against"


def _ends_on_function_word(question: Question) -> bool:
    """Tell whether the question's last word is none of its terms ("Is it over?"): what is asked of the rest is not known."""
    return WORD.search(question.text, question.terms[-1].end) is not None


def _clauses(sentence: str) -> list[str]:
    """Return the clauses of a sentence, the longest reach first: the whole, where no conjunction divides it."""
    cuts = [0, *(match.start() for match in CLAUSE_END.finditer(sentence)), len(sentence)]
    return [sentence[low:high] for low, high in zip(cuts, cuts[1:], strict=False) if sentence[low:high].strip(" .;:,")]


def _takes_up(question: Question, clause: str) -> bool:
    """Tell whether a clause has enough of what the question asks: two of its words, and most of those that are no names."""
    given = {stem(word) for word in WORD.findall(clause)}
    asked = [term for term in question.terms if term.stem not in ASKING]
    plain = {term.stem for term in asked if not question.is_name(term)}
    taken = {term.stem for term in asked} & given
    return len(taken) >= LEAST_WORDS and bool(plain) and len(plain & given) >= LEAST_SHARE * len(plain)


def turns(text: str, leave_out: Collection[str] = ()) -> int:
    """Return how often a text turns its sense, by words whose stem is not one of `leave_out`."""
    text = NO_TURN.sub(" ", text)
    found = [match.group() for pattern in (NOT, AGAINST) for match in pattern.finditer(text)]
    return sum(stem(words.split()[0]) not in leave_out for words in found)
