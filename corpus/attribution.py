"""Who says what in a document: for each sentence the speaker, the cue that names him ("said"), and what is his of it.

`corpus.speech` reads the cues; here each sentence is given the one that governs it. `corpus.persons` names the speaker as
the story does elsewhere; a role that it leaves open stays as it is, and an open pronoun is nobody. What no cue gives to a
speaker is the outlet's own.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from corpus.persons import PERSONAL, Story, name_in
from corpus.speech import Cue, read_cues
from corpus.types import Span
from corpus.words import CAPITAL, MONTH, WEEKDAY

__all__ = ["Attribution", "attribute", "attributions", "has_pronoun_speaker", "statements"]

LEAST = 0.25  # the probability from which a word is a cue: evals/LOG.md
NESTED = 0.5  # the same in what another relays
FARTHEST = 12  # sentences from its cue to which a quotation may reach
LEAST_CONTENT = 12  # characters
REMEMBERED = 4096  # sentences of which `attribute` keeps what it found
MARK = re.compile(r"[“”\"]|``|''|\n\s*\n")
OPENING = re.compile(r"(?:that\s+)?(?:[“\"]|``)?", re.IGNORECASE)
CLOSING = re.compile(r"\s*(?:[”\"]|'')\s*$|,\s*$")
MARKS = ".,;:!?\"“”'` "
NAME = rf"{CAPITAL}(?:\s{CAPITAL})*"
HEARER = re.compile(
    r"\s(?:(?:the|a|an|his|her)\s)?(?:[a-zA-Z-]+\s){0,4}?"
    rf"(?P<hearer>{NAME})(?=\s(?:that|he|she|it|they|we|the|a|in|on|at|last|there|about|of|while)\b|[,.:;]|\s[A-Z“\"`]|$)"
)
INTERVIEW = re.compile(
    rf"[^.“\"]{{0,40}}\binterview\s(?:with|to|on)\s(?:(?:the|an?)\s)?(?:[a-z][\w-]*\s){{0,3}}?(?P<hearer>{NAME})"
)
RELAYS = re.compile(r"(?:\w+ ){0,2}?(?:report(?:s|ed)?|wr(?:ote|ites)|according to)$", re.IGNORECASE)
SAYS = re.compile(r"\b(?:said|says?|told|tells?)$")
NOTHING = re.compile(r"(?:no|nothing|none)\b", re.IGNORECASE)
# What a source may have about it that is no part of who it is: "In July Lavrov", "June: Stoltenberg and Blinken each".
NOT_NAMING = re.compile(
    rf"^(?:(?:[Oo]n|[Ii]n|[Bb]y|[Ll]ast|[Ee]arly|[Ll]ate|[Mm]id)[\s-])+(?:{MONTH}|{WEEKDAY})(?:\s\d+)?\b\W+(?=\w)"
    rf"|^(?:{MONTH}|{WEEKDAY})(?:\s\d+)?[:,]\s(?=\w)|(?:,?\s(?:each|both|also|too|himself|herself|themselves))+$"
)
TAIL = re.compile(r"(?<=\w)\s(?:on|in|at|during|late|early|earlier|last|this|yesterday|today)\s?.*$", re.DOTALL)
TIME = re.compile(
    rf"\W*(?:(?:on|in|late|early|earlier|last|this|the)\s)*(?:{WEEKDAY}|{MONTH}|yesterday|today|week|month|year|\d+)"
    r"(?:\s(?:morning|afternoon|evening|night|\d+))*\W*"
)
WHEN = re.compile(r"\s*(?:this|last|on|in|at|earlier|yesterday|today|later|again)\b[^,;:]{0,30}", re.IGNORECASE)
A_PERSON = re.compile(rf"(?<!\w)(?:{'|'.join(PERSONAL)})(?!\w)", re.IGNORECASE)
SIGNED = re.compile(rf"\s*(?P<dash>[-–—―]{{1,2}})\s*(?P<name>{NAME})\s*[.,]?\s*(?:$|\n)")
# "a fox named Rusk", "a man called Ola Fink": who it is, and nobody says so. "A critic called Falk a liar" is said.
NAMING = re.compile(
    rf"[Aa]n?\s[^,.;:\n]{{1,60}}?\s(?P<cue>(?:nick)?named\s{NAME}|(?:called|dubbed)\s{NAME}\b(?!\s(?:an?|the|his|her|their)\b))"
)
TELLS = re.compile(r"\b(?:told|tells|tell|telling)$")


@dataclass(frozen=True, slots=True)
class Attribution:
    """A speaker, the cue, the span of his words, whether they stand in quotation marks, to whom or through whom.

    `source` is the span of the words that name the speaker where he is cued: "she", say, for Ines Falk. `probability` is
    the cue's: how surely it is one.
    """

    speaker: str
    cue: str
    content: Span
    speech: Literal["direct", "reported"]
    via: tuple[str, ...] = ()
    source: Span = (0, 0)
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class _Reading:
    """A document in the reading: its sentences and quotations, the cues of each sentence, and what is known of its persons."""

    text: str
    sentences: Sequence[Span]
    quotations: Sequence[Span]
    cues: Sequence[Sequence[Cue]]
    story: Story


def attributions(text: str, sentences: Sequence[Span]) -> list[Attribution | None]:
    """Return who says each sentence of a document, None where nobody is named; `content` and `source` are spans of `text`.

    A quotation of several sentences has its speaker in each of them, and its content is cut to the sentence. Where several
    speak in a sentence, it is given to the one who says most of it.
    """
    reading = _read(text, sentences)
    return _carried(reading, _all_governing(reading))


def statements(text: str, sentences: Sequence[Span]) -> list[list[Attribution]]:
    """Return all who speak in each sentence of a document, first the one whom `attributions` gives."""
    reading = _read(text, sentences)
    every = []
    for number, said in enumerate(_carried(reading, _all_governing(reading))):
        others = (_attribution(reading, number, cue) for cue in reading.cues[number])
        every.append([*([said] if said else []), *(other for other in others if other and other != said)])
    return every


def attribute(sentence: str, before: Sequence[str] = ()) -> Attribution | None:
    """Return who says a sentence's words, as spans of the sentence, or None where nobody is named.

    `before` are the sentences that lead up to it, in order. It reads all of them: for a document take `attributions`.
    """
    return _attribute(sentence, tuple(before))


def has_pronoun_speaker(sentence: str) -> bool:
    """Tell whether the sentence gives its words to a "he", "she" or "they" that an earlier one names."""
    if not A_PERSON.search(sentence):
        return False  # without reading it, which takes a hundred times as long
    span = (0, len(sentence))
    cues = _by_sentence([span], (), read_cues(sentence, [span], LEAST))[0]
    return bool(cues) and _is_pronoun(sentence, cues[0])


@lru_cache(maxsize=REMEMBERED)
def _attribute(sentence: str, before: tuple[str, ...]) -> Attribution | None:
    text = " ".join((*before, sentence))
    ends = [sum(map(len, before[: i + 1])) + i for i in range(len(before))]
    starts = [0, *(end + 1 for end in ends)]
    found = attributions(text, list(zip(starts, [*ends, len(text)], strict=True)))[-1]
    if found is None:
        return None
    content, source = ((start - starts[-1], end - starts[-1]) for start, end in (found.content, found.source))
    return replace(found, content=content, source=source)


def _read(text: str, sentences: Sequence[Span]) -> _Reading:
    read = (_without_time(text, _apart(cue)) for cue in read_cues(text, sentences, LEAST) if not _is_naming(text, cue))
    cues = [inner for cue in read for inner in (cue, *_nested(text, cue))]
    quotations = _quotations(text)
    return _Reading(text, sentences, quotations, _by_sentence(sentences, quotations, cues), Story(text, sentences))


def _is_naming(text: str, cue: Cue) -> bool:
    """Tell whether the cue only says what its source is called."""
    naming = NAMING.match(text, cue.source[0]) if cue.source else None
    return naming is not None and naming.start("cue") == cue.span[0]


def _without_time(text: str, cue: Cue) -> Cue:
    """Return the cue without when and where it was said: "said" of "said in Lund on Friday"."""
    tail = TAIL.search(text, *cue.span)
    return replace(cue, span=(cue.span[0], tail.start())) if tail else cue


def _apart(cue: Cue) -> Cue:
    """Return the cue, its source cut where the cue begins: "Falk's" of "Falk's claim"."""
    if cue.source is None or not cue.source[0] < cue.span[0] < cue.source[1]:
        return cue
    return replace(cue, source=(cue.source[0], cue.span[0]))


def _nested(text: str, cue: Cue) -> list[Cue]:
    """Return the cue in what another relays, if any: "the Post reported that officials said"."""
    if not RELAYS.match(text, *cue.span) or cue.content[0] < cue.span[1]:
        return []
    inside = [cue for cue in read_cues(text, [cue.content], NESTED) if cue.source and SAYS.search(text, *cue.span)]
    return [replace(inner, probability=1 + inner.probability) for inner in inside[:1]]


def _by_sentence(sentences: Sequence[Span], quotations: Sequence[Span], cues: Sequence[Cue]) -> list[list[Cue]]:
    """Return the cues of each sentence: those in it, else those whose quotation reaches into it, the one that gives most
    of it first.
    """
    own: list[list[Cue]] = [[] for _ in sentences]
    reaching: list[list[Cue]] = [[] for _ in sentences]
    for cue in (cue for cue in cues if cue.source):
        home = _at(sentences, cue.span[0])
        own[home].append(cue)
        for number in range(max(0, home - FARTHEST), min(len(sentences), home + FARTHEST + 1)):
            said = _overlap(cue.content, sentences[number])
            if number != home and said and 2 * _quoted(quotations, sentences[number]) > said:
                reaching[number].append(cue)
    return [
        sorted(mine or others, key=lambda cue: -cue.probability * (1 + _overlap(cue.content, span)) ** 0.5)
        for mine, others, span in zip(own, reaching, sentences, strict=True)
    ]


def _at(sentences: Sequence[Span], offset: int) -> int:
    """Return the number of the sentence that holds an offset, or is the last before it."""
    return max(0, bisect_right(sentences, offset, key=lambda span: span[0]) - 1)


def _all_governing(reading: _Reading) -> list[Attribution | None]:
    """Return what is said in each sentence by the source that governs it; the story is told who speaks, in order."""
    found = []
    for number in range(len(reading.sentences)):
        said = _governing(reading, number)
        if said:
            reading.story.remember(number, said.speaker)
        found.append(said)
    return found


def _governing(reading: _Reading, number: int) -> Attribution | None:
    """Return what the first cue says whose source is somebody; None where "he" stands before that and is left open."""
    for cue in reading.cues[number]:
        said = _attribution(reading, number, cue)
        if said or _is_pronoun(reading.text, cue):
            return said
    return None


def _is_pronoun(text: str, cue: Cue) -> bool:
    return cue.source is not None and text[slice(*cue.source)].lower() in PERSONAL


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _quoted(quotations: Sequence[Span], span: Span) -> int:
    """Return how many characters of a span are in quotation marks."""
    first = max(0, bisect_right(quotations, span[0], key=lambda quotation: quotation[0]) - 1)
    last = bisect_left(quotations, span[1], key=lambda quotation: quotation[0])
    return sum(_overlap(quotation, span) for quotation in quotations[first:last])


def _attribution(reading: _Reading, number: int, cue: Cue) -> Attribution | None:
    """Return what a cue gives to its source in a sentence; None where that is a pronoun that stays open."""
    source = cue.source or cue.span
    named = reading.story.speaker(source)
    speaker = NOT_NAMING.sub("", named) if named else None
    if not speaker or NOTHING.match(speaker):
        return None
    content, speech = _content(reading, cue, reading.sentences[number])
    told = _via(reading.text, cue, reading.cues[number])
    return Attribution(
        speaker, reading.text[slice(*cue.span)], content, speech, told, source, min(1.0, cue.probability)
    )


def _content(reading: _Reading, cue: Cue, sentence: Span) -> tuple[Span, Literal["direct", "reported"]]:
    """Return what is said in the sentence, without cue or marks around it: direct if more than half of it is quoted."""
    text = reading.text
    named = min(cue.span[0], (cue.source or cue.span)[0]), max(cue.span[1], (cue.source or cue.span)[1])
    start, end = max(cue.content[0], sentence[0]), min(cue.content[1], sentence[1])
    if start >= end:
        start, end = sentence
    if TIME.fullmatch(text, start, end) and named[0] > sentence[0]:  # "..., the union said on Tuesday."
        start, end = sentence[0], named[0]
    closes = named[1] <= end and not text[named[1] : sentence[1]].strip(MARKS)  # "..., Falk said."
    if start < named[0] < end and (closes or end < named[1]):
        end = named[0]
    elif named[0] <= start < named[1] < end:
        start = named[1]
    if start >= named[1] and WHEN.fullmatch(text, start, end) and named[0] - sentence[0] > LEAST_CONTENT:
        start, end = sentence[0], named[0]  # "..., Falk said this month."
    quoted = _quoted(reading.quotations, (start, end))
    direct = 2 * quoted > end - start - _overlap((start, end), named)
    opening, closing = OPENING.match(text, start, end), CLOSING.search(text, start, end)
    if opening and opening.end() < end:
        start = opening.end()
    if closing and start < closing.start():
        end = closing.start()
    if not text[end : sentence[1]].strip(".!?"):
        end = sentence[1]
    while start < end - 1 and text[start] in ", \n":
        start += 1
    while start < end - 1 and text[end - 1].isspace():
        end -= 1
    return (start, end), "direct" if direct else "reported"


def _via(text: str, cue: Cue, cues: Sequence[Cue]) -> tuple[str, ...]:
    """Return to whom it was said ("told Stern"), and who reports that it was ("the Post reported that officials said")."""
    told = HEARER.match(text, cue.span[1]) if TELLS.search(text, *cue.span) else None
    heard = told or INTERVIEW.match(text, cue.span[0])
    relays = (
        name_in(text[slice(*other.source)])
        for other in cues
        if other is not cue and other.source and RELAYS.match(text, *other.span) and _holds(other.content, cue.span)
    )
    to = (heard["hearer"],) if heard and not TIME.fullmatch(heard["hearer"]) else ()
    return (*to, *relays)


def _holds(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _carried(reading: _Reading, found: list[Attribution | None]) -> list[Attribution | None]:
    """Return the attributions; a sentence without one that is quoted together with others has theirs."""
    text, sentences = reading.text, reading.sentences
    found = list(found)
    for quotation in reading.quotations:
        first, last = _at(sentences, quotation[0]), bisect_left(sentences, quotation[1], key=lambda span: span[0])
        spoken = next((said for said in found[first:last] if said and said.speech == "direct"), None)
        beside = first > 0 and text.count("\n", sentences[first - 1][1], quotation[0]) < 2
        if spoken is None and beside and sentences[first][0] == quotation[0]:
            before = found[first - 1]
            spoken = before if before and before.speech == "direct" else None
        signed = SIGNED.match(text, quotation[1]) if spoken is None else None
        if signed:
            spoken = _signed(reading, quotation, signed)
        for number in range(first, last):
            start, end = sentences[number]
            if spoken and found[number] is None and 2 * _overlap(quotation, (start, end)) > end - start:
                content = max(quotation[0], start), min(quotation[1], end)
                found[number] = replace(spoken, content=_unmarked(text, content))
    return found


def _signed(reading: _Reading, quotation: Span, signature: re.Match[str]) -> Attribution | None:
    """Return whose a quotation is that has his name under it, after a dash."""
    speaker = reading.story.speaker(signature.span("name"))
    if speaker is None:
        return None
    return Attribution(speaker, signature["dash"], quotation, "direct", (), signature.span("name"))


def _unmarked(text: str, span: Span) -> Span:
    """Return a span without the quotation marks that open and close it."""
    opening, closing = OPENING.match(text, *span), CLOSING.search(text, *span)
    start = opening.end() if opening else span[0]
    return start, max(start, closing.start()) if closing else span[1]


def _quotations(text: str) -> list[Span]:
    """Return the quotations of a text; one that is open where a paragraph ends goes on if the next one opens with a mark."""
    found: list[Span] = []
    opened: int | None = None
    goes_on = False
    for match in MARK.finditer(text):
        mark = match.group()
        if mark[0] == "\n":
            goes_on = opened is not None
            if opened is not None:
                found.append((opened, match.start()))
            opened = None
        elif opened is None and mark not in ("”", "''"):
            opened = match.start()
            if goes_on and text[text.rfind("\n", 0, opened) + 1 : opened].strip() == "":
                opened = found.pop()[0]
            goes_on = False
        elif opened is not None and mark not in ("“", "``"):
            found.append((opened, match.end()))
            opened = None
    return found
