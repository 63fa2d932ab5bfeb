"""Whether a clause speaks of the past or of what is to come: enough to tell which March "in March" is."""

import re
from typing import Literal

__all__ = ["Tense", "tense_at"]

Tense = Literal["past", "future"] | None

CLAUSE_END = re.compile(
    r"[,;:()—–\"“”.!?]|\b(?:that|which|who|when|while|after|before|although|though|because|since|and|but|where|whereas)\b"
)
# "could not" is of the past; so is what "was due" then, or "might have" been.
FUTURE = re.compile(
    r"\b(?:(?:will|shall|would|could|can|may|might|should|must)(?!\snot\b)(?:\salso|\sonly|\sstill)?(?!\shave\b)|will|won't|"
    r"(?:is|are|be|being|[Nn]ot)\s(?:also\s|still\s|now\s)?(?:due|set|expected|planned|scheduled|likely|supposed|going)|"
    r"(?:is|are)\sto|plans?|hopes?|expects?|intends?|aims?|vows?|due|upcoming|coming|tomorrow|ahead)\b|['’]ll\b"
)
PAST = re.compile(
    r"\b(?:was|were|had|has|have|did|said|told|(?<!\bis\s)(?<!\bare\s)(?<!\bbe\s)[a-z]{2,}ed|began|begun|held|met|took|came|went|fell|rose|won|lost|left|made|"
    r"gave|got|saw|spoke|wrote|sent|shot|struck|built|broke|brought|bought|sold|led|ran|kept|found|became|fought|fled|flew|"
    r"stood|sat|knew|thought|died|drew|grew|hit|paid|sought|swore|chose|drove|froze|hid|rang|sank|sang|stole|"
    r"taught|threw|tore|woke|could\snot|would\snot|couldn't|wouldn't)\b"
)


def tense_at(sentence: str, start: int, end: int) -> Tense:
    """Return the tense of the clause that holds [start, end), else of the sentence; None where no verb tells."""
    ends = list(CLAUSE_END.finditer(sentence))
    low = max((mark.end() for mark in ends if mark.end() <= start), default=0)
    high = min((mark.start() for mark in ends if mark.start() >= end), default=len(sentence))
    return _tense(sentence[low:start] + " " + sentence[end:high]) or _tense(sentence[:start] + " " + sentence[end:])


def _tense(words: str) -> Tense:
    if FUTURE.search(words):
        return "future"
    return "past" if PAST.search(words) else None
