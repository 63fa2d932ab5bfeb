"""Questions that ask several things at once: each part is answered by itself, and what is missing is said.

"Who resigned, and when?" has two parts; the second is completed from the first as a follow-up would be. A question about
several names at once is partial too where one of them stands in none of the documents cited.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.answer import Answer, Citation, Reason, Statement
from assistant.overview import names_in
from assistant.positions import laid_out
from assistant.question import Question, read_question
from corpus.words import FUNCTION_WORDS
from index.lexical import stems

__all__ = ["leans", "merged", "parts", "without_missing_names"]

MOST_PARTS = 3
MOST_STATEMENTS = 4  # of all parts together
ASKS = r"(?:who|when|where|why|how|what|which|whom|whose)"
NEXT = re.compile(
    rf"\?\s+(?=\w)|,?\s+and\s+(?=(?:(?:by|to|for|with|in|on|at|from|since|until)\s)?{ASKS}\b)"
    r"|,\s+and\s+(?=(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b)",
    re.IGNORECASE,
)
PRONOUN = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|its|their|this|that|these|those|there|then)\b", re.IGNORECASE
)
FEW_WORDS = 2  # content words of a part that is completed from the one before
SAME_NAME = 4  # letters that two words of one name share: "British" and "Britain"


def parts(question: str) -> list[str]:
    """Return the questions that a question consists of, at most MOST_PARTS; itself alone where it asks one thing."""
    found = [part.strip(" ?") + "?" for part in NEXT.split(question) if part.strip(" ?")]
    whole = len(found) > 1 and re.match(rf"\W*(?:\w+\s){{0,2}}{ASKS}\b|\W*\w+\s", found[0], re.IGNORECASE)
    if not whole or len(found) > MOST_PARTS or not _has_content(found[0]):
        return [question]
    return found


def leans(part: str) -> bool:
    """Tell whether a part needs the words of the part before it to be understood."""
    return len(read_question(part).terms) <= FEW_WORDS or PRONOUN.search(part) is not None


def _has_content(part: str) -> bool:
    return any(term.word.lower() not in FUNCTION_WORDS for term in read_question(part).terms)


def merged(question: str, query: str, answers: Sequence[Answer]) -> Answer:
    """Return one answer from those to the parts: their statements in turns; partial where a part has none.

    Abstained, for the first part's reason, where no part has any. Its confidence is the mean of the parts'.
    """
    statements: list[Statement] = []
    citations: list[Citation] = []
    for answer, statement in _in_turns(answers):
        if len(statements) < MOST_STATEMENTS and statement.text not in {known.text for known in statements}:
            cited = [answer.citations[marker - 1] for marker in statement.citations]
            markers = tuple(range(len(citations) + 1, len(citations) + len(cited) + 1))
            citations += [replace(c, marker=marker) for c, marker in zip(cited, markers, strict=True)]
            statements.append(replace(statement, citations=markers))
    hits = {hit.passage.id: hit for answer in answers for hit in answer.hits}
    documents = {key: document for answer in answers for key, document in answer.documents.items()}
    silent = [answer for answer in answers if not answer.statements]
    shorts = [answer.short for answer in answers]
    whole = replace(
        answers[0],
        question=question,
        query=query,
        confidence=sum(answer.confidence for answer in answers) / len(answers),
        hits=tuple(hits.values()),
        documents=documents,
        timings={name: sum(answer.timings[name] for answer in answers) for name in answers[0].timings},
        by_words_only=any(answer.by_words_only for answer in answers),
        short="; ".join(filter(None, shorts)) if all(shorts) else None,
    )
    if len(silent) == len(answers):
        return whole
    whole = replace(whole, status="answered", statements=tuple(statements), citations=tuple(citations), reason=None)
    whole = laid_out(read_question(question), whole)
    if not silent:
        return whole
    asked = tuple(answer.question for answer in silent)
    said = f"Only a part is answered. Missing: {' '.join(asked)} {silent[0].reason.message if silent[0].reason else ''}"
    return replace(whole, status="partial", reason=Reason("part_missing", said.strip(), asked))


def _in_turns(answers: Sequence[Answer]) -> list[tuple[Answer, Statement]]:
    """Return the statements, the first of each answer, then the second of each, and so on."""
    longest = max(len(answer.statements) for answer in answers)
    return [(a, a.statements[i]) for i in range(longest) for a in answers if i < len(a.statements)]


def _spans(question: Question) -> list[str]:
    """Return the names of the question as they stand, those joined by "and" not apart."""
    return [question.text[start:end] for start, end in question.names]


def without_missing_names(question: Question, answer: Answer) -> Answer:
    """Return the answer, partial where one of two names that are asked about together ("Falk and Berg") stands in none of
    the documents that it cites.
    """
    names = [name for name in names_in(question) if name not in set(_spans(question))]
    if answer.status != "answered" or not names:
        return answer
    documents = {citation.document.id: citation.document for citation in answer.citations}.values()
    known = {word[:SAME_NAME] for d in documents for word in stems(f"{d.title} {d.text} {d.outlet or ''}")}
    missing = tuple(name for name in names if not any(word[:SAME_NAME] in known for word in stems(name)))
    if not missing:
        return answer
    message = f"Only a part is answered: none of the documents cited mentions {' or '.join(missing)}."
    return replace(answer, status="partial", reason=Reason("name_missing", message, missing))
