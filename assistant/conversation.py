"""Make a follow-up stand alone: the question, and from the turns before what it leaves unsaid.

Without a model this is rewriting by rules; what comes out is searched and shown, and whoever asks may put it right. In
order: "who said that?" asks for the first statement of the answer before; "and in Lisbon?" is the question before with
its place replaced; "he" and "she" become the last person named; and a question that leans on what came before (it has a
pronoun, opens with "and", or is a few words without a name) is joined to the content words of the question before that
it does not say itself. "Why?" and "when was that?" have no word of their own: they take those of the answer too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.answer import Answer
from assistant.question import DATE, NAME, Question, read_question
from corpus.types import Span
from corpus.words import FUNCTION_WORDS
from index.lexical import stem

__all__ = ["Said", "Turn", "standalone", "turn_of", "turn_of_json"]

LEANS = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then|former|latter|same|"
    r"former|one|ones|so|instead|else|too|also|another|others?)\b|^\W*(?:and|but|so|or|what about|how about|why|when|where|who|how)\W*$"
    r"|^\W*(?:and|but|so|or|what about|how about)\b",
    re.IGNORECASE,
)
COMPLETE = re.compile(
    r"^\W*(?:who|whom|whose|what|where|which|when|why|how|is|isn't|are|was|were|does|do|did|can|could|will|would|should|has|"
    r"have|had)\b",
    re.IGNORECASE,
)
SHORT, SHORT_FRAGMENT = (
    2,
    3,
)  # content words of what is a whole question, and of what is none; chosen on MTRAG's even rows
DEFINITION = re.compile(r"^\W*what (?:is an?|are(?! the| some| any)) [\w-]+(?: [\w-]+)?\W*$", re.IGNORECASE)
HOLDER = re.compile(r"^\W*who (?:is|was|are|were) the [\w-]+(?: [\w-]+)?\W*$", re.IGNORECASE)  # of an office
WHO_SAID = re.compile(
    r"^\W*(?:and |but |so )?(?:who|(?:which|what) (?:paper|newspaper|outlet|source|agency)) (?:has |was it (?:who |that )?)?"
    r"(?:said|says|say|reported|reports|wrote|writes|claimed|claims|told|announced|published) (?:that|this|it|so)(?: first)?\W*$"
    r"|^\W*(?:and )?(?:according to whom?|says who)\W*$",
    re.IGNORECASE,
)
PREPOSITION = r"(?:in|at|on|near|from|of|for|with|by|to|about|during|since|before|after|until)"
OTHER_ONE = re.compile(
    rf"^\W*(?:(?:and|or|but|so|ok|okay)[, ]+)?(?:what about|how about|and|or) (?P<preposition>{PREPOSITION} )?"
    r"(?:the )?(?P<part>[^?.!,]{1,60}?)\W*$",
    re.IGNORECASE,
)
PLACING = frozenset({"in", "at", "near", "from", "of", "to"})
HE = re.compile(r"\b(?:he|she|him|his|hers|her)\b", re.IGNORECASE)
JOINED = re.compile(r"^(?P<asked>.*?)(?: \((?P<carried>[^();]*)(?:; [^();]*)?\))?$", re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’']?\s+(?=[\"“‘']?[A-Z])")
SOURCE_SAYS = "Which source says this: "
WORDS_TAKEN = 30  # of an answer's first sentence
MOST_CARRIED = 60  # words of the questions before
LONGEST = 2_000  # characters looked at of a query or a statement: what is kept may have been imported


@dataclass(frozen=True, slots=True)
class Said:
    """A statement of an earlier answer, and who is made to say it in its first citation."""

    text: str
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What a follow-up may lean on: how an earlier question was searched, and what was answered."""

    query: str
    statements: tuple[Said, ...] = ()


def turn_of(answer: Answer) -> Turn:
    """Return what a later question may lean on of an answer."""
    speakers = {citation.marker: citation.speaker for citation in answer.citations}
    return Turn(answer.query, tuple(Said(s.text, speakers.get((*s.citations, 0)[0])) for s in answer.statements))


def turn_of_json(answer: Mapping[str, Any]) -> Turn:
    """Return the same of an answer that was kept as JSON, schema 1."""
    speakers = {citation["marker"]: citation["speaker"] for citation in answer["citations"]}
    said = (Said(s["text"], speakers.get((*s["citations"], 0)[0])) for s in answer["statements"])
    return Turn(answer["query"], tuple(said))


def standalone(question: str, before: Sequence[Turn]) -> str:
    """Return the question as it would be asked alone, given the turns before it, oldest first."""
    if not before:
        return question
    asked = before[-1].query[:LONGEST].removeprefix(SOURCE_SAYS)
    statements = next((turn.statements for turn in reversed(before) if turn.statements), ())
    whole = _who_said(question, statements) or _other_one(question, asked)
    if whole or not _leans(question):
        return whole or question
    named = _with_person(question, asked, statements)
    carried = "; ".join(filter(None, (_carried(named, asked), _answered(named, asked, statements))))
    return _joined(named.rstrip(), carried)


def _leans(question: str) -> bool:
    """Tell whether the question cannot be understood alone."""
    if LEANS.search(question):
        return True
    read = read_question(question)
    short = SHORT if COMPLETE.match(question) else SHORT_FRAGMENT
    return not read.names and len(read.terms) <= short and not DEFINITION.match(question)


def _carried(question: str, asked: str) -> str:
    """Return the content words of the question before that this one does not say."""
    read, earlier = read_question(question), read_question(" ".join(_parts(asked)))
    said = {term.stem for term in read.terms}
    if read.speaker and earlier.speaker and not read.speaker & earlier.speaker:
        said |= earlier.speaker  # another's words are asked for
    again = _said_again(earlier)
    terms = tuple(term for term in earlier.terms if not any(start <= term.start < end for start, end in again))
    if HOLDER.match(question):  # an office is of a place or a body
        things = [span for span in earlier.names if _is_thing(earlier.text, span)]
        terms = tuple(term for term in terms if any(start <= term.start < end for start, end in things))
    words = [term.word for term in terms if term.stem not in said and term.word.lower() not in FUNCTION_WORDS]
    return " ".join(words[:MOST_CARRIED])


def _said_again(question: Question) -> list[Span]:
    """Return the spans of names that the question has said before."""
    said = [question.text[start:end] for start, end in question.names]
    return [span for at, span in enumerate(question.names) if said[at] in said[:at]]


def _answered(question: str, asked: str, statements: Sequence[Said]) -> str:
    """Return the content words of the answer before, for a question like "why?" that has no word of its own."""
    if not statements or any(term.word.lower() not in FUNCTION_WORDS for term in read_question(question).terms):
        return ""
    known = {term.stem for term in read_question(asked).terms}
    terms = [term for term in read_question(_first_words(statements[0])).terms if term.stem not in known]
    return " ".join(dict.fromkeys(term.word for term in terms if term.word.lower() not in FUNCTION_WORDS))


def _first_words(said: Said) -> str:
    return " ".join(SENTENCE_END.split(said.text[:LONGEST])[0].split()[:WORDS_TAKEN])


def _who_said(question: str, statements: Sequence[Said]) -> str | None:
    """Return "who said that?" with the answer's first statement in the place of "that"; None for another question."""
    if not statements or not WHO_SAID.match(question):
        return None
    return SOURCE_SAYS + _first_words(statements[0])


def _other_one(question: str, asked: str) -> str | None:
    """Return the question before with its date, place or name replaced by the one asked about now; None if none is."""
    match = OTHER_ONE.match(question)
    if match is None:
        return None
    part, preposition = match["part"], (match["preposition"] or "").strip().lower()
    before, carried = _parts(asked)
    for place in (before, carried):
        old = _replaced(place, part, preposition)
        if old is not None:
            new = f"{place[: old[0]]}{part}{place[old[1] :]}"
            return _joined(new, carried) if place is before else _joined(before, new)
    if not preposition or not (DATE.fullmatch(part) or NAME.fullmatch(part)):
        return None
    return _joined(f"{before.rstrip(' ?.!')} {preposition} {part}?", carried)


def _replaced(place: str, part: str, preposition: str) -> Span | None:
    """Return the span of what a date or a name stands for now; None for another part, or where there is none."""
    if DATE.fullmatch(part):
        return next((found.span() for found in DATE.finditer(place)), None)
    return _same_part(place, preposition) if NAME.fullmatch(part) else None


def _joined(asked: str, carried: str) -> str:
    return f"{asked} ({carried})" if carried else asked


def _same_part(asked: str, preposition: str) -> Span | None:
    """Return the name in a question that another one with this preposition replaces: without one, what it is about."""
    names = [span for span in read_question(asked).names if not DATE.search(asked[slice(*span)])]
    stands = [(span, _preposition_before(asked, span[0])) for span in names]
    if not preposition:
        return ([span for span, its in stands if not its] + names + [None])[0]
    same = [span for span, its in stands if its == preposition]
    placed = [span for span, its in stands if {its, preposition} <= PLACING]
    return [None, *placed, *same][-1]


def _preposition_before(text: str, at: int) -> str:
    match = re.search(rf"\b({PREPOSITION})(?: the)? $", text[:at], re.IGNORECASE)
    return match[1].lower() if match else ""


def _with_person(question: str, asked: str, statements: Sequence[Said]) -> str:
    """Return the question with "he" or "she" replaced by the last person named, where there is one to be meant."""
    first = HE.search(question)
    if first is None or any(start < first.start() for start, _ in read_question(question).names):
        return question
    person = _person(asked, statements)
    return HE.sub(lambda match: _in_place_of(match, person), question) if person else question


def _in_place_of(match: re.Match[str], person: str) -> str:
    """Return the name in the case of the pronoun; "her" owns where a word of content follows."""
    word, following = match.group().lower(), re.match(r" ([\w'-]+)", match.string[match.end() :])
    owns = following is not None and following[1].lower() not in FUNCTION_WORDS
    return f"{person}'s" if word in ("his", "hers") or (word == "her" and owns) else person


def _person(asked: str, statements: Sequence[Said]) -> str | None:
    """Return whom the turn before was about: whose words it asked for, who was the answer, who was named, who spoke."""
    question, joined = (read_question(part) for part in _parts(asked))
    named, carried = (
        [read.text[start:end] for start, end in read.names if not _is_thing(read.text, (start, end))]
        for read in (question, joined)
    )
    named.sort(key=lambda name: not question.speaker & {stem(word) for word in name.split()})
    speakers = [said.speaker for said in statements if said.speaker and NAME.search(said.speaker)]
    answered = _people(statements[0].text[:LONGEST], question) if statements else []
    first = answered if question.wants == "person" else []
    found = (*first, *named, *speakers, *answered, *carried)
    return next((re.sub(r"['’]s?$", "", name) for name in found), None)


def _parts(query: str) -> tuple[str, str]:
    """Return what a standalone query asks, and the words of the questions before that were joined to it."""
    match = JOINED.match(query)
    return (match["asked"], match["carried"] or "") if match else (query, "")


def _people(text: str, asked: Question) -> list[str]:
    """Return the names of two words or more in a statement that the question did not have and that may be people's."""
    known = {term.stem for term in asked.terms}
    spans = [match.span() for match in NAME.finditer(text)]
    names = [text[start:end] for start, end in spans if not _is_thing(text, (start, end))]
    return [name for name in names if len(name.split()) in (2, 3, 4) and stem(name.split()[-1]) not in known]


def _is_thing(text: str, span: Span) -> bool:
    """Tell what is hardly a person: a name after "the" or a preposition of place, or before a number; an abbreviation, a date."""
    name, before = text[slice(*span)], text[: span[0]].split()[-1:]
    if name.isupper() or DATE.search(name) or re.match(r" \d", text[span[1] :]):
        return True
    return bool({word.lower() for word in before} & (PLACING | {"the"}))
