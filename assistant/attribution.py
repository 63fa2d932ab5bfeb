"""Who says what in a sentence: a speaker, the cue that names him ("said", "according to"), the words that are his.

A first attempt by patterns over English news prose. What no cue gives to a speaker is the outlet's own. A pronoun
stands for the last speaker named in the sentences before, where there is just one; else it is left open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.question import CAPITAL
from corpus.types import Span

__all__ = ["Attribution", "attribute"]

CUES = (
    "said|says|say|told|tells|added|adds|argued|argues|argue|warned|warns|warn|acknowledged|acknowledges|announced|"
    "announces|declared|declares|insisted|insists|insist|claimed|claims|claim|denied|denies|deny|stated|states|wrote|"
    "writes|complained|complains|pledged|pledges|threatened|threatens|promised|promises|reported|reports|report|replied|"
    "replies|asked|asks|noted|notes|confirmed|confirms|conceded|concedes|admitted|admits|admit|explained|explains|"
    "suggested|suggests|predicted|predicts|recalled|recalls|testified|radioed|called|believes|believe|thinks|think|cites|"
    "cited|maintained|maintains|remarked|observed|concluded|concludes|revealed|reveals|vowed|vows|urged|urges"
)
ROLE = (
    r"(?:[Tt]he|[Aa]|[Aa]n|[Oo]ne|[Ss]ome|[Ss]everal|[Aa]nother|[Hh]is|[Hh]er|[Tt]heir|[Hh]alf)\s(?:[\w'’-]+\s){0,5}?"
    r"(?:officials?|ministers?|ministry|president|chancellor|spokes(?:man|woman|person)|leaders?|negotiators?|ambassadors?|"
    r"diplomats?|agency|government|governments|senators?|secretary|general|generals|police|army|company|director|chief|"
    r"commander|professor|analysts?|experts?|author|magazine|newspaper|paper|outlet|reporter|astronauts?|pilot|voters|"
    r"poll|report|study|statement|kremlin|pentagon)"
)
PLURAL = (
    r"(?:(?:[\w'’-]+\s){0,3}(?:officials|analysts|experts|leaders|diplomats|hawks|ministers|Republicans|Democrats))"
)
PRONOUN = r"(?:[Hh]e|[Ss]he|[Tt]hey)"
PERSON = rf"(?:{CAPITAL}(?:\s(?:(?:de|van|von|der|bin|al)\s)?{CAPITAL})*)"
SUBJECT = rf"(?:{PERSON}(?:'s\s(?:[\w-]+\s){{1,4}}?{PERSON})?|{ROLE}(?:\s{PERSON})?|{PLURAL}|{PRONOUN})"
ASIDE = r"(?:,[^,;.\"“”]{2,120},|\s\([^()]{1,80}\))?"
ADVERB = r"(?:\s(?:also|then|later|again|once|publicly|recently|now|still|has|have|had|himself|herself|openly|reportedly|last\s\w+|on\s\w+day))*"

BEFORE = re.compile(rf"(?P<speaker>{SUBJECT}){ASIDE}{ADVERB}\s(?P<cue>{CUES})\b")
AFTER = re.compile(rf"[,?!]?[\"”’']\s?,?\s?(?P<cue>{CUES})\s(?P<speaker>{SUBJECT})")
ACCORDING = re.compile(rf"\b(?P<cue>[Aa]ccording to|[Ii]n the words of)\s(?P<speaker>{SUBJECT}|[^,.;]{{3,60}})")
TOLD = re.compile(rf"\s(?:the\s(?:[\w-]+\s){{0,4}}?)?(?P<hearer>{PERSON})")
QUOTED = re.compile(r"[\"“](?P<words>[^\"“”]+)[\"”]")
NO_SPEAKERS = frozenset(
    "it this that these those there here what which who in on at by for from but and or if as a an the".split()
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """A speaker, the cue, the span of his words in the sentence, whether they stand in quotation marks, to whom."""

    speaker: str
    cue: str
    content: Span
    speech: Literal["direct", "reported"]
    via: tuple[str, ...] = ()


def attribute(sentence: str, before: Sequence[str] = ()) -> Attribution | None:
    """Return who says the sentence's words, or None where no cue names anybody.

    `before` are the sentences that lead up to it, in order, for "he", "she" and "they".
    """
    match = AFTER.search(sentence) or _first(ACCORDING, sentence) or _first(BEFORE, sentence)
    if match is None:
        return None
    speaker = match["speaker"].strip()
    if re.fullmatch(PRONOUN, speaker):
        named = _named_before(before)
        if named is None:
            return None
        speaker = named
    content, direct = _content(sentence, match)
    return Attribution(
        _without_article(speaker), match["cue"], content, "direct" if direct else "reported", _via(sentence, match)
    )


def _first(pattern: re.Pattern[str], sentence: str) -> re.Match[str] | None:
    for match in pattern.finditer(sentence):
        quoted = any(q.start() < match.start() < q.end() for q in QUOTED.finditer(sentence))
        if match["speaker"].lower() not in NO_SPEAKERS and not quoted:
            return match
    return None


def _named_before(before: Sequence[str]) -> str | None:
    """Return the speaker that a pronoun stands for: the last one named in the sentences before."""
    for sentence in reversed(before):
        match = AFTER.search(sentence) or _first(ACCORDING, sentence) or _first(BEFORE, sentence)
        if match is not None and re.match(PERSON, match["speaker"]) and not re.fullmatch(PRONOUN, match["speaker"]):
            return match["speaker"]
    return None


def _content(sentence: str, match: re.Match[str]) -> tuple[Span, bool]:
    """Return the span of what is said, and whether quotation marks hold all of it that is quoted."""
    quoted = list(QUOTED.finditer(sentence))
    long = [q for q in quoted if len(q["words"].split()) > 2]
    if long:
        return (long[0].start("words"), long[-1].end("words")), True
    rest = re.compile(r"\s*(?:that\s|,\s)?").match(sentence, match.end())
    start = rest.end() if rest else match.end()
    if match["cue"].lower() in ("according to", "in the words of") or len(sentence) - start < 12:
        return ((0, match.start()) if match.start() > 12 else (start, len(sentence))), False
    return (start, len(sentence)), False


def _via(sentence: str, match: re.Match[str]) -> tuple[str, ...]:
    """Return to whom it was said: the name after "told"."""
    if match["cue"] not in ("told", "tells"):
        return ()
    hearer = TOLD.match(sentence, match.end("cue"))
    return (hearer["hearer"],) if hearer else ()


def _without_article(speaker: str) -> str:
    return re.sub(r"^(?:The|A|An)\s", lambda m: m.group().lower(), speaker)
