"""Read a question: the words that carry it, the names and numbers in it, the kind of answer it wants, who is asked about.

Rules, not a model; English only. A word list here is one of function words or of cue words, never of subjects.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.figures import figures
from corpus.expressions import expressions
from corpus.types import Span
from corpus.words import CAPITAL, FUNCTION_WORDS, MONTH, WEEKDAY
from index.lexical import stem

__all__ = ["DATE", "NAME", "Question", "Term", "Wants", "answer_spans", "asks_of_speech", "read_question"]

Wants = Literal["person", "date", "number", "duration", "place", "statement", "anything"]

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million "
    "millions billion billions trillion dozen dozens half third quarter twice once"
).split()
WORD = re.compile(r"\w+(?:[-.]\w+)*")
NUMBER = re.compile(
    r"[$€£]?\d[\d,.]*\d(?:\s?%)?|[$€£]?\d(?:\s?%)?|\b(?:"
    + "|".join(NUMBER_WORDS)
    + r")(?:[- ](?:and )?(?:"
    + "|".join(NUMBER_WORDS)
    + r"))*\b",
    re.IGNORECASE,
)
MONEY = re.compile(
    r"^[$€£]|\b(?:dollars?|euros?|pounds?|francs?|crowns?|yen|roubles?|rubles?|yuan|cents?)\b", re.IGNORECASE
)
COSTS = re.compile(
    r"\b(?:cost|costs|price|pay|paid|worth|spend|spent|money|budget|earn|earned|salary|fine|fined|damages?)\b",
    re.IGNORECASE,
)
CLOCK = re.compile(r"\s?(?:[ap]\.?m\b|o'clock|:\d\d)", re.IGNORECASE)
TIME_UNIT = re.compile(
    r"[- ](?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?)\b", re.IGNORECASE
)
DURATION = re.compile(
    r"\b(?:an?|half an?|several|a few|a couple of) (?:second|minute|hour|day|night|week|fortnight|month|year|decade)s?\b",
    re.IGNORECASE,
)
YEAR = re.compile(
    r"\b(?:in|from|since|of|by|until|to|before|after|for)\s(?P<year>(?:1[0-9]|20)\d\d)\b(?!\s[a-z]{4,}s\b)"
)
CURRENCY_WITHIN = 9  # characters after a figure
COUNTED = re.compile(r"\bhow (?P<much>many|much)\s(?P<noun>\w+)", re.IGNORECASE)
UNIT = re.compile(r"\s?(?:percent|per cent|%|million|billion|trillion|thousand|hundred)\b", re.IGNORECASE)
DATE = re.compile(
    rf"(?:(?:early|mid|late|the end of|the beginning of|end of)[- ](?:in )?)?(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?{MONTH}"
    rf"(?: \d{{1,2}}(?:st|nd|rd|th)?\b(?!\d))?(?:,? \d{{4}})?\b"
    rf"|\b{WEEKDAY}\b|\b\d{{1,4}} (?:BC|BCE|AD|CE)\b|\bAD \d{{1,4}}\b|\b[Ii]n [5-9]\d\d(?=[,;)]|\.(?!\d)|\s(?:and|as|at|by|from|he|it|she|the|to|when|with)\b|$)|\b(?:1[0-9]|20)\d\d(?:s)?\b"
    r"|\b(?:\d{1,2}(?:st|nd|rd|th)|[a-z]{2,11}(?:st|nd|rd|th)) century\b|\b\d{1,2}:\d\d\b"
    r"|\b(?:today|yesterday|tomorrow|tonight)\b|\b(?:last|this|next|previous|following|same|that) (?:day|night|week|month|year|spring|summer|autumn|fall|winter|morning|evening|weekend)\b"
    r"|\b(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|several|\d+|a few|a couple of) (?:days?|weeks?|months?|years?|decades?) ago\b"
    r"|\b(?:within|after|for) (?:a|an|one|two|three|four|five|six|several|\d+) (?:hours?|days?|weeks?|months?|years?)\b",
)
# Capitalised words in a row, with the particles that stand inside names.
NAME = re.compile(rf"{CAPITAL}(?:\s(?:(?:of|the|de|van|von|der|bin|al|and)\s)?{CAPITAL})*")
NOT_NAMES = frozenset(
    "the a an in on at by for from it he she they we i but and or if as this that these those there".split()
)

OPENINGS: tuple[tuple[re.Pattern[str], Wants], ...] = (
    (re.compile(r"\bhow (?:long|soon)\b(?! ago)", re.I), "duration"),
    (
        re.compile(
            r"\bhow (?:many|much|large|big|far|old|often|high|heavy|tall|fast|deep)\b|\b(?:what|which) (?:share|percentage|percent|proportion|number|amount|figure|fraction|price|weight|size|age)\b|\bwhat (?:is|was|are|were) the (?:[\w-]+ ){0,2}?(?:population|height|length|width|depth|distance|area|cost|price|weight|age|temperature|salary|toll|turnout) of\b",
            re.I,
        ),
        "number",
    ),
    (
        re.compile(
            r"^\W*(?:\w+ ){0,2}?when\b(?!.*, (?:what|who|which|how|why|where)\b)|\b(?:what|which) (?:day|date|month|year|time|century|decade)\b|\bhow long ago\b|\bsince when\b",
            re.I,
        ),
        "date",
    ),
    (
        re.compile(
            r"^\W*(?:\w+ )?(?:who|whom|whose)\b|\bwhat (?:is|was|are|were) the names? of\b|\bwhich (?:person|politician|minister|president|official|leader|author|actor|astronaut)\b",
            re.I,
        ),
        "person",
    ),
    (
        re.compile(
            r"^\W*(?:\w+ )?where\b(?!.*\b(?:come|came|comes|originated?) from\b)|\b(?:what|which) (?:country|city|place|town|location|state)\b",
            re.I,
        ),
        "place",
    ),
)


SAYING = (
    r"(?:say|said|says|tell|told|tells|argue|argued|argues|claim|claimed|claims|think|thought|thinks|believe|believed|"
    r"believes|state|stated|announce|announced|warn|warned|warns|describe|described|describes|answer|answered|reply|replied|"
    r"respond|responded|promise|promised|promises|complain|complained|acknowledge|acknowledged|admit|admitted|write|wrote|"
    r"explain|explained|suggest|suggested|insist|insisted|deny|denied|call|called|offer|offered|predict|predicted|demand|"
    r"demanded|propose|proposed|view|views|see|sees|opinion|position|stance|words|report|reported)"
)
ASKS_OF_SPEECH = re.compile(
    rf"\b{SAYING}\b|\b(?:accus|ask|assur|caution|comment|conced|condemn|confirm|critici|declar|disclos|dismiss|mention|"
    r"pledg|prais|remark|reveal|reject|speak|spoke|talk|testif|threat|tweet|urg|vow)\w*|\bcall\w* (?:for|on)\b|\brul\w* out\b",
    re.IGNORECASE,
)
POLAR = re.compile(
    r"^\W*(?:and |but |so )?(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b",
    re.IGNORECASE,
)
# "What did X say about Y", "How does X see Y", "What were X's words": the answer is something that X says. The verb is in
# small letters and no noun ("the state"), and X has none of the words that open a clause of its own; "what is X called"
# asks for X's name, not for what X says.
ASKS_SAYING = re.compile(
    r"^\W*(?:and |but |so )?(?:what|how)\b.{0,30}?"
    rf"(?:\b(?:did|does|do|has|have|had)\b(?P<who>(?:(?!\b(?:when|if|that|which|been)\b).){{2,80}}?)(?<!\bthe )(?<!\ba )\b(?-i:{SAYING})\b"
    rf"|\b(?:was|were|is|are)\b(?P<whose>.{{2,80}}?)\b(?:saying|opinion|position|stance|words|views?|answer|reply)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """A content word of the question: its span in the question and its stem."""

    start: int
    end: int
    word: str
    stem: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is read. `names` are spans in the text."""

    text: str
    terms: tuple[Term, ...]
    names: tuple[Span, ...]
    wants: Wants
    is_polar: bool  # to be answered with yes or no
    speaker: frozenset[str] = frozenset()  # the stems of the name, or role, whose words are asked for

    def is_name(self, term: Term) -> bool:
        return any(start <= term.start < end for start, end in self.names)


def read_question(text: str) -> Question:
    """Return what the question asks with. A question of function words alone keeps all its words as terms."""
    words = [Term(m.start(), m.end(), m.group(), stem(m.group())) for m in WORD.finditer(text)]
    terms = tuple(term for term in words if term.word.lower() not in FUNCTION_WORDS) or tuple(words)
    names = tuple(_names(text))
    speaker = _speaker(text, names)
    wants = "statement" if speaker else _wants(text)
    return Question(text, terms, names, wants, POLAR.match(text) is not None, speaker)


def asks_of_speech(question: Question) -> bool:
    """Tell whether the question has a verb of saying: "When did the minister say ..."."""
    return ASKS_OF_SPEECH.search(question.text) is not None


def _speaker(text: str, names: Sequence[Span]) -> frozenset[str]:
    """Return the stems of the name, or role, whose words the question asks for; empty where it asks for no one's."""
    match = ASKS_SAYING.search(text)
    if match is None:
        return frozenset()
    low, high = match.span("who" if match["who"] else "whose")
    inside = [text[start:end] for start, end in names if low <= start and end <= high + 2]
    words = WORD.findall(inside[0] if inside else text[low:high])
    return frozenset(stem(word) for word in words if len(word) > 1 and word.lower() not in FUNCTION_WORDS)


def _names(text: str) -> list[Span]:
    """Return the spans of the names; a capital that only opens the sentence makes no name of a function word."""
    found = []
    for match in NAME.finditer(text):
        start = match.start()
        first = match.group().split()[0]
        if first.lower() in FUNCTION_WORDS | NOT_NAMES:
            start += len(first) + 1
        if start < match.end() and not (start == 0 and _opens_only(text)):
            found.append((start, match.end()))
    return found


def _opens_only(text: str) -> bool:
    """Tell whether the first word's capital may be the sentence's own: no second capital follows it."""
    second = text.split()[1:2]
    return not (second and second[0][:1].isupper())


def _wants(text: str) -> Wants:
    return next((kind for pattern, kind in OPENINGS if pattern.search(text)), "anything")


def answer_spans(sentence: str, question: Question) -> list[Span]:
    """Return the spans of the sentence that are of the wanted kind and do not stand in the question already.

    In the order of the sentence, but for "how many ships": there the figure nearest to "ships" comes first.
    """
    if question.wants in ("anything", "statement"):
        return []
    asked = {stem(word) for word in WORD.findall(question.text)}
    found = []
    for start, end in _of_kind(sentence, question.wants):
        if not {stem(word) for word in WORD.findall(sentence[start:end])} <= asked:
            found.append((start, end))
    if question.wants == "number" and COSTS.search(question.text):
        found.sort(key=lambda span: MONEY.search(sentence[span[0] : span[1] + CURRENCY_WITHIN]) is None)
        return found
    counted = COUNTED.search(question.text)
    if counted and counted["much"].lower() == "many":
        found = [span for span in found if not MONEY.search(sentence[span[0] : span[1] + CURRENCY_WITHIN])]
    if question.wants == "number" and counted:
        places = [match.start() for match in WORD.finditer(sentence) if stem(match.group()) == stem(counted["noun"])]
        found.sort(key=lambda span: min((_distance(span, place) for place in places), default=0))
    return found


def _distance(span: Span, place: int) -> int:
    """Return how far, in characters, `place` is after a span; twice as far where it is before it."""
    return place - span[1] if place >= span[1] else 2 * (span[0] - place)


def _of_kind(sentence: str, wants: Wants) -> list[Span]:
    if wants == "date":
        return _dates(sentence)
    if wants == "number":
        return _numbers(sentence)
    if wants == "duration":
        counts = [(figure.start, figure.end) for figure in figures(sentence) if figure.unit == "time"]
        return sorted(counts + [match.span() for match in DURATION.finditer(sentence)])
    dates = _dates(sentence)
    return [span for span in _names(sentence) if not any(low <= span[0] < high for low, high in dates)]


def _dates(sentence: str) -> list[Span]:
    """Return the spans of dates and times of day, each as wide as its whole expression: "the start of August"."""
    found: list[Span] = []
    whole = [(expression.start, expression.end) for expression in expressions(sentence)]
    for match in DATE.finditer(sentence):
        if match.group() != "May" or _is_month(sentence, match):
            span = match.span()
            found.append(next((wide for wide in whole if wide[0] < span[1] and span[0] < wide[1]), span))
    return list(dict.fromkeys(found))


def _is_month(sentence: str, match: re.Match[str]) -> bool:
    """Tell the month of May from the verb: the month has a preposition or a number beside it."""
    return bool(
        re.search(
            r"(?:\b(?:in|of|since|until|by|last|this|during|from|early|late|mid|and|to)[ -]|\d )$",
            sentence[: match.start()],
            re.I,
        )
    )


def _numbers(sentence: str) -> list[Span]:
    dates = [match.span() for match in DATE.finditer(sentence) if re.search(r"[A-Za-z]", match.group())]
    dates += [match.span("year") for match in YEAR.finditer(sentence)]
    spans: list[Span] = []
    for match in NUMBER.finditer(sentence):
        start, end = match.span()
        unit_of_last = bool(spans) and start < spans[-1][1]
        in_date = any(low <= start < high for low, high in dates)
        if (
            unit_of_last
            or in_date
            or CLOCK.match(sentence, end)
            or match.group().lower() in ("one", "once", "third", "quarter")
        ):
            continue
        unit = UNIT.match(sentence, end)
        spans.append((start, unit.end() if unit else end))
    return spans
