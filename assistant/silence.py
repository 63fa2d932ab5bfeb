"""Why there is no answer, where the reason lies not in the evidence: nothing to search, nothing asked, another language."""

import re
from dataclasses import replace

from assistant.answer import Answer, Reason
from assistant.question import Question
from corpus.words import FUNCTION_WORDS
from index.library import Library

__all__ = ["explained"]

# The commonest words of German, French, Spanish, Italian, Portuguese and Dutch that are none of English.
FOREIGN = frozenset(
    "der das und ist wie viele wer warum wann wo haben hat nicht von den dem ein eine mit für auf sind wurde welche "
    "le les la des est et qui que quoi combien pourquoi quand où ont dans une du au sur avec quel quelle quels pas "
    "el los las una es y quién quien qué cuántos cuántas cuándo cuando dónde por para con del han cuál cuáles "
    "il gli lo che chi quanti quante perché dove sono ha di della nel quale um os quantos onde não com foi "
    "het een hoeveel waarom wanneer waar zijn heeft niet welke".split()
)
FOREIGN_WORDS = 2  # from so many on, if they outnumber the English ones, the question is in another language


def explained(question: Question, answer: Answer, library: Library) -> Answer:
    """Return an abstention with the reason that a person can do something about, where there is one."""
    if answer.status != "abstained":
        return answer
    reason = _nothing_to_search(answer, library) if not answer.hits else _no_question(question)
    return answer if reason is None else replace(answer, reason=reason)


def _nothing_to_search(answer: Answer, library: Library) -> Reason:
    if not library.catalog.count()[0]:
        return Reason("no_documents", "The library is empty. Add documents to it, then ask again.")
    filters = answer.filters
    if filters.speakers and not library.catalog.quotations_by(filters.speakers):
        return Reason("no_documents", f"Nobody called {' or '.join(filters.speakers)} says anything in the library.")
    dates = ((filters.as_of or filters.to_date, "by", "oldest"), (filters.from_date, "on or after", "newest"))
    for day, when, end in dates:
        known = {"oldest": library.catalog.oldest(), "newest": library.catalog.newest()}[end]
        if day and not (known and (known <= day if end == "oldest" else known >= day)):
            told = f" The {end} document is of {known}." if known else " No document of it has a date."
            return Reason("no_documents", f"The library has no document published {when} {day}.{told}")
    return Reason("no_documents", "The library has no document that the filters let through.")


def _no_question(question: Question) -> Reason | None:
    letters = [letter for letter in question.text if letter.isalpha()]
    latin = sum(1 for letter in letters if letter < "\u0250")
    words = re.findall(r"\w+", question.text.casefold())
    foreign = sum(1 for word in words if word in FOREIGN)
    english = sum(1 for word in words if word in FUNCTION_WORDS)
    if latin < len(letters) / 2 or foreign >= max(FOREIGN_WORDS, english + 1):
        return Reason(
            "not_english",
            "The library does not answer this. The question seems not to be in English, the one language that is read so far.",
        )
    if all(term.word.lower() in FUNCTION_WORDS for term in question.terms):
        return Reason("no_subject", "The question does not say what it is about. Name a person, a thing or an event.")
    return None
