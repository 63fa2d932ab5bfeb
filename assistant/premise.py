"""What a question takes for granted: "Why did the minister resign?" says that he did.

Where a source tells that otherwise, it is shown, and the answer says so: nothing is explained that did not happen.
"""

import re
from dataclasses import replace

from assistant.answer import Answer, Reason
from assistant.checking import verdict
from assistant.gathering import gather
from assistant.question import Question, read_question
from assistant.quoting import Run, state
from index.library import Library

__all__ = ["granted", "held_to_premise"]

AUXILIARY = r"(?:did|does|do|has|have|had|is|are|was|were|will|would|can|could)"
GRANTS = re.compile(
    rf"^\W*(?:(?:and|but|so)\s)?(?:why|how come|when|where|how(?:\slong|\ssoon)?)\s(?:exactly\s)?(?:{AUXILIARY}\s)?(?P<claim>\S+\s\S.*?)\W*$",
    re.IGNORECASE,
)


def granted(question: Question) -> str | None:
    """Return what the question takes for granted, in its own words; None where it grants nothing that can be checked."""
    found = GRANTS.match(question.text)
    return found["claim"] if found else None


def held_to_premise(question: Question, answer: Answer, blank: Answer, library: Library) -> Answer:
    """Return the answer; where a source contradicts what the question takes for granted, that source's words in its place.

    `blank` is the answer without statements that it was made from.
    """
    claim = granted(question)
    gathered = gather(read_question(claim), blank, library) if claim else None
    found = verdict(gathered) if gathered else None
    if found is None or found.support != "contradicted":
        return answer
    against = found.sentences[0]
    shown = state(question, [[Run(against, against.start, against.end)]], replace(blank, confidence=answer.confidence))
    message = f"The question takes for granted what a source tells otherwise: {found.reason}."
    return replace(shown, status="partial", short=None, reason=Reason("premise", message, (claim or "",)))
