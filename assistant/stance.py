"""Tell whether a sentence speaks for or against what a yes-or-no question asks, by its words alone.

English only, by lists of function words and of verbs that take a side. Precision before recall: None where the sentence does
not take up what the question asks, is itself a question or a condition, or turns its sense more than once.
"""

import re
from typing import Literal

from assistant.question import WORD, Question
from index.lexical import stem

__all__ = ["Stance", "stance"]

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
    r"rul(?:e|es|ed|ing) out|warn(?:s|ed|ing)? against|dismiss(?:es|ed|ing|al)?|disput(?:e|es|ed|ing)|doubt(?:s|ed|ing|ful)?|"
    r"contradict(?:s|ed|ing)?|against|disagree[sd]?|decline[sd]?|veto(?:es|ed)?|block(?:s|ed)?|vote[sd]? down|condemn(?:s|ed)?|"
    r"abandon(?:s|ed)?|cancel(?:s|led|ed)?|prevent(?:s|ed)?|forb(?:ade|ids|idden)|ban(?:s|ned)?|skeptical|sceptical|criticis?z?e[sd]?)\b",
    re.IGNORECASE,
)
FOR = re.compile(
    r"\b(?:support(?:s|ed|ing)?|agree[sd]?|agreeing|back(?:s|ed|ing)|confirm(?:s|ed|ing)?|approv(?:e|es|ed|ing|al)|endors(?:e|es|ed)|"
    r"favou?r(?:s|ed|ing)?|welcom(?:e|es|ed|ing)|in favou?r of|accept(?:s|ed|ing)?|promis(?:e|es|ed)|pledg(?:e|es|ed)|admit(?:s|ted)?|"
    r"acknowledg(?:e|es|ed)|insist(?:s|ed)?|vow(?:s|ed)?|guarantee[sd]?)\b",
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
LEAST_SHARE = 0.5  # of the question's words other than names that a sentence has to take up


def stance(question: Question, sentence: str) -> Stance | None:
    """Return the side that the sentence takes on a yes-or-no question, None where it takes none that is plain."""
    if not question.is_polar:
        return None
    for clause in _clauses(sentence):
        if not _takes_up(question, clause):
            continue
        if OPEN.search(clause):
            return None
        turns = _turns(clause) + _turns(question.text)
        return None if turns > 1 and not _turns(question.text) else "against" if turns % 2 else "for"
    return None


def _clauses(sentence: str) -> list[str]:
    """Return the clauses of a sentence, the longest reach first: the whole, where no conjunction divides it."""
    cuts = [0, *(match.start() for match in CLAUSE_END.finditer(sentence)), len(sentence)]
    return [sentence[low:high] for low, high in zip(cuts, cuts[1:], strict=False) if sentence[low:high].strip(" .;:,")]


def _takes_up(question: Question, clause: str) -> bool:
    """Tell whether a clause has enough of what the question asks, its names aside."""
    given = {stem(word) for word in WORD.findall(clause)}
    asked = {t.stem for t in question.terms if not question.is_name(t) and t.stem not in ASKING}
    return bool(asked) and len(asked & given) >= max(1.0, LEAST_SHARE * len(asked))


def _turns(clause: str) -> int:
    """Return how often a clause turns its sense."""
    clause = NO_TURN.sub(" ", clause)
    return len(NOT.findall(clause)) + len(AGAINST.findall(clause))
