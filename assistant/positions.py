"""Lay what the sources say side by side: who takes which side and when, where they differ, which other answers there are.

Nothing is decided here. A conflict is told only between documents, and only where the words plainly exclude each other: two
figures of one thing, two calendar dates, a yes and a no. What is unclear is no conflict.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Literal

from assistant.answer import Answer, Citation, Conflict, Position, day
from assistant.figures import figures, figures_differ
from assistant.question import COUNTED, NAME, Question
from assistant.stance import Stance, stance
from corpus.dates import resolve
from corpus.types import Document
from corpus.words import FUNCTION_WORDS
from index.lexical import stem, stems

__all__ = ["MOST_ANSWERS", "asks_short", "laid_out", "later_figure", "other_answer"]

MOST_ANSWERS = 6  # statements, where each gives another answer
FIGURES = ("number", "duration")
NEARBY = 200  # characters before a quotation
LEAST_TAKEN = 0.6  # of the question's words that a quotation, its title and what leads up to it take up
LEAST_SAID = 0.5  # of those of them that are no names, in the quotation itself
ROLES = frozenset(
    map(stem, "president minister mayor mr mrs ms dr sir king queen prime chancellor general senator".split())
)
# "Which party ...", "What is the profession of ...", "... refers to which type": a short answer of a kind that is named.
OF_A_KIND = re.compile(
    r"^\W*(?:in |of |for |to |at |on |by )?(?:what|which) (?!(?:is|are|was|were|did|does|do|has|have|had|will|would|can|could|happened|happens|if|about)\b)\w+"
    r"|^\W*what (?:is|was|are|were) the (?:[\w-]+ ){0,2}?[\w-]+ (?:of|for|that|which|associated|where)\b|^\W*what (?:is|was) [^,]*['’]s (?:\w+ )?\w+\W*$"
    r"|\bwhich (?:[\w-]+ ){0,2}[\w-]+\W*$",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”']?\s+(?=[\"“A-Z])")
Sides = Sequence[Stance | None]


def laid_out(question: Question, answer: Answer) -> Answer:
    """Return the answer with its speakers side by side, and with what its statements contradict each other in."""
    sides = [_side(question, _first(answer, number)) for number in range(len(answer.statements))]
    conflicts = (_differing(question, answer), _yes_and_no(answer, sides))
    return replace(
        answer,
        positions=_positions(answer, sides),
        conflicts=tuple(conflict for conflict in conflicts if conflict is not None),
    )


def asks_short(question: Question) -> bool:
    """Tell whether a name, or a thing of a kind that is named, is asked for."""
    of_a_kind = question.wants == "anything" and OF_A_KIND.search(question.text) is not None
    return question.wants in ("person", "place") or of_a_kind


def other_answer(question: Question, one: Citation, other: Citation) -> bool:
    """Tell whether two citations of different documents, both of what is asked about, give different short answers.

    Of a name, and of a thing that is asked for by its kind ("Which party ..."), it is enough that the answering words of
    `one`, where they are known, do not stand in the other quotation.
    """
    if one.document.id == other.document.id:
        return False
    if question.wants in FIGURES:
        return _figures_differ(question, one, other, one_noun_will_do=True)
    if question.wants != "date" and not asks_short(question):
        return False
    if question.wants == "date" and _days_differ(one, other):
        return True
    words, said = set(stems(_words(one))), set(stems(one.quote))
    named = [set(stems(question.text[low:high])) <= said for low, high in question.names]
    named += [term.stem in said for term in question.terms if term.word[0].isdigit()]
    return bool(named) and all(named) and not (words and words <= set(stems(other.quote)))


def later_figure(question: Question, one: Citation, other: Citation) -> bool:
    """Tell whether `one` was published after `other` and gives another figure for the same matter."""
    dates = one.document.published, other.document.published
    later = dates[0] is not None and dates[1] is not None and dates[0] > dates[1]
    return later and question.wants in FIGURES and _excludes(question, one, other)


def _excludes(question: Question, one: Citation, other: Citation) -> bool:
    """Tell whether two documents, on one matter, give figures or dates that cannot both be right."""
    if one.document.id == other.document.id or not _same_matter(question, one, other):
        return False
    if question.wants in FIGURES:
        return _figures_differ(question, one, other)
    return question.wants == "date" and _days_differ(one, other)


def _words(citation: Citation) -> str:
    """Return the words that answer."""
    return " ".join(citation.document.text[slice(*citation.answer)].split()) if citation.answer else ""


def _figures_differ(question: Question, one: Citation, other: Citation, one_noun_will_do: bool = False) -> bool:
    """Tell whether the figures that answer differ; with `one_noun_will_do` also where only one says what it counts."""
    counted = COUNTED.search(question.text)
    asked = frozenset({stem(counted["noun"])}) if counted else frozenset()
    mine, theirs = ([f for f in figures(c.quote) if _answers(c, f.start, f.end)] for c in (one, other))
    if not mine or not theirs:
        return False
    if one_noun_will_do and not counted and not (mine[0].counted and theirs[0].counted):
        asked = mine[0].counted | theirs[0].counted
    return figures_differ(mine[0], theirs[0], asked)


def _days_differ(one: Citation, other: Citation) -> bool:
    """Tell whether no day can be meant by both."""
    mine, theirs = (
        [when.days for when in resolve(c.quote, c.document.published) if _answers(c, when.start, when.end)]
        for c in (one, other)
    )
    if not (mine and theirs and mine[0] and theirs[0]):
        return False
    return mine[0][1] < theirs[0][0] or theirs[0][1] < mine[0][0]


def _answers(citation: Citation, start: int, end: int) -> bool:
    """Tell whether a span of the quotation overlaps the words that answer."""
    answer = citation.answer
    return answer is not None and citation.start + start < answer[1] and answer[0] < citation.start + end


def _first(answer: Answer, number: int) -> Citation:
    """Return the citation that carries the words of a statement."""
    return answer.citations[answer.statements[number].citations[0] - 1]


def _side(question: Question, citation: Citation) -> Stance | None:
    """Return the side of the sentence that the citation's speaker says; of no one's sentence only where it stands alone.

    A quotation of several sentences may have several speakers, of which the citation names one.
    """
    ends = [match.end() for match in SENTENCE_END.finditer(citation.quote)]
    bounds = list(pairwise([0, *ends, len(citation.quote)]))
    if citation.content is None:
        return stance(question, citation.quote) if len(bounds) == 1 else None
    start, end = (at - citation.start for at in citation.content)
    said = [citation.quote[low:high] for low, high in bounds if low < end and start < high]
    return stance(question, said[0]) if len(said) == 1 else None


def _positions(answer: Answer, sides: Sides) -> tuple[Position, ...]:
    """Return who says what on which day, by date, where there are two such or more.

    On a yes-or-no question an outlet that takes a side in its own words is a speaker too; those that print one story are one.
    """
    spoken: dict[tuple[str, str | None], list[int]] = {}
    for number in range(len(answer.statements)):
        citation = _first(answer, number)
        speaker = citation.speaker or (citation.document.outlet if sides[number] else None)
        if speaker:
            told = (key for key, others in spoken.items() if any(_retold(citation, _first(answer, n)) for n in others))
            known = next((name for name, _ in spoken if _same_person(name, speaker)), speaker)
            spoken.setdefault(next(told, (known, citation.document.published)), []).append(number)
    if len(spoken) < 2:
        return ()
    found = [
        Position(speaker, _dates(numbers, answer), tuple(numbers), _common([sides[number] for number in numbers]))
        for (speaker, _), numbers in spoken.items()
    ]
    return tuple(sorted(found, key=lambda position: (min(position.dates, default="9999"), position.speaker)))


def _retold(one: Citation, other: Citation) -> bool:
    """Tell whether two documents print one story, and quote the same person from it, or speak in their own words."""
    if one.document.id == other.document.id or one.document.story != other.document.story:
        return False
    if one.speaker and other.speaker:
        return _same_person(one.speaker, other.speaker)
    return not one.speaker and not other.speaker


def _same_person(one: str, other: str) -> bool:
    """Tell whether one name is the other's end: "Schröder" and "Gerhard Schröder"."""
    mine, theirs = one.split(), other.split()
    shared = min(len(mine), len(theirs))
    return mine[-shared:] == theirs[-shared:]


def _common(sides: Sides) -> Stance | None:
    """Return the one side that is taken, None where there is none, or both."""
    taken = {side for side in sides if side}
    return taken.pop() if len(taken) == 1 else None


def _dates(numbers: Sequence[int], answer: Answer) -> tuple[str, ...]:
    """Return the publication dates of the documents that carry the statements, earliest first."""
    markers = [marker for number in numbers for marker in answer.statements[number].citations]
    return tuple(sorted({date for marker in markers if (date := answer.citations[marker - 1].document.published)}))


def _differing(question: Question, answer: Answer) -> Conflict | None:
    """Return the conflict of the figures, or dates, that answer in different documents; None where there is none."""
    if question.wants != "date" and question.wants not in FIGURES:
        return None
    given = [_first(answer, number) for number in range(len(answer.statements))]
    pairs = [pair for pair in combinations(range(len(given)), 2) if _excludes(question, *(given[n] for n in pair))]
    numbers = sorted({number for pair in pairs for number in pair})
    if not numbers:
        return None
    kind: Literal["date", "figure"] = "date" if question.wants == "date" else "figure"
    return Conflict(tuple(numbers), kind, _line([given[number] for number in numbers], kind == "figure"))


def _line(given: Sequence[Citation], changes: bool) -> str:
    """Say which documents give which words, by date; what `changes` in time is told as earlier and later."""
    told: dict[str, list[Document]] = {}
    for citation in sorted(given, key=lambda citation: citation.document.published or ""):
        told.setdefault(_words(citation), []).append(citation.document)
    parts = [f"{words} ({'; '.join(map(_origin, documents))})" for words, documents in told.items()]
    dates = [documents[0].published for documents in told.values()]
    in_turn = changes and all(dates) and len(set(dates)) == len(dates)
    return f"The sources differ: {', later '.join(parts) if in_turn else _and(parts)}."


def _same_matter(question: Question, one: Citation, other: Citation) -> bool:
    """Tell whether two quotations speak of the same: both take up most of what is asked, and of one bearer of its name."""
    asked = {term.stem for term in question.terms}
    matter = {term.stem for term in question.terms if not question.is_name(term)}
    for citation in (one, other):
        said = set(stems(citation.quote))
        if len(asked & (said | set(stems(_lead(citation))))) < LEAST_TAKEN * len(asked) or not len(
            matter & said
        ) >= LEAST_SAID * len(matter):
            return False
    return not _other_bearers(question, one, other)


def _lead(citation: Citation) -> str:
    """Return the title and the words right before a quotation, in which its subject may be named in full."""
    start = max(0, citation.start - NEARBY)
    return f"{citation.document.title}\n{citation.document.text[start : citation.start]}"


def _other_bearers(question: Question, one: Citation, other: Citation) -> bool:
    """Tell whether the two speak of different bearers of a name in the question: "Broken Bow, Nebraska" and "..., Oklahoma"."""
    for low, high in question.names:
        asked = set(stems(question.text[low:high]))
        mine, theirs = _surname(asked, one), _surname(asked, other)
        if mine and theirs and not mine & theirs:
            return True
    return False


def _surname(asked: set[str], citation: Citation) -> set[str]:
    """Return the stems by which the names near a quotation go on from the one that is asked about."""
    found: set[str] = set()
    for match in NAME.finditer(_lead(citation) + citation.quote):
        words = {stem(word) for word in match.group().split() if word.lower() not in FUNCTION_WORDS}
        if asked <= words:
            found |= words - asked - ROLES
    return found


def _yes_and_no(answer: Answer, sides: Sides) -> Conflict | None:
    """Return the conflict of the statements that take opposite sides in different documents, or on different days."""
    taken = [number for number, side in enumerate(sides) if side]
    if not {"for", "against"} <= set(sides) or len({_first(answer, number).document.id for number in taken}) < 2:
        return None
    told = [
        f"{'yes' if side == 'for' else 'no'}, {'; '.join(_voice(_first(answer, n)) for n in taken if sides[n] == side)}"
        for side in ("for", "against")
    ]
    return Conflict(tuple(taken), "yes-no", f"The sources differ: {' – '.join(told)}.")


def _voice(citation: Citation) -> str:
    where = _origin(citation.document)
    return f"{citation.speaker} ({where})" if citation.speaker else where


def _origin(document: Document) -> str:
    return f"{document.outlet or document.name}, {day(document.published)}"


def _and(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
