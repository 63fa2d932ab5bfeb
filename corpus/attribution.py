"""Who says what in a sentence: a speaker, the cue that names him ("said", "according to"), the words that are his.

A first attempt by patterns over English news prose. What no cue gives to a speaker is the outlet's own. A pronoun
stands for the last speaker named in the sentences before, where there is just one; else it is left open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from corpus.types import Span
from corpus.words import CAPITAL, FUNCTION_WORDS, MONTH, WEEKDAY

__all__ = ["Attribution", "attribute", "attributions", "has_pronoun_speaker"]

# Verbs that give words to their subject: speech, and belief and finding where reported; from those that are a cue in at
# least three of ten places in the train part of PolNeAR (Newell et al., 2018; github networkdynamics/PolNeAR). Wishes and
# sides taken ("wants", "supports") are left out: nobody is quoted by them.
CUES = "|".join(
    [
        *"said says say told tells tell added adds add argued argues argue warned warns warn acknowledged acknowledges "
        "acknowledge announced announces announce declared declares declare insisted insists insist claimed claims claim "
        "denied denies deny stated states wrote writes write complained complains complain pledged pledges pledge "
        "threatened threatens threaten promised promises promise reported reports replied replies reply asked asks ask "
        "noted notes confirmed confirms confirm conceded concedes concede admitted admits admit explained explains "
        "explain suggested suggests suggest predicted predicts predict recalled recalls recall testified testifies radioed "
        "calls called believes believe believed thinks think thought cites cited cite maintained maintains maintain "
        "remarked remarks observed observes concluded concludes conclude revealed reveals reveal vowed vows vow urged "
        "urges urge accused accuses accuse described describes describe responded responds quipped "
        "continued tweeted tweets posted found finds showed shows agreed agrees agree criticized criticizes criticised "
        "defended defends praised praises hopes hope hoped questioned questions rejected rejects "
        "mentioned indicated indicates blasted blasts dismissed dismisses denounced denounces blamed blames blame assured "
        "echoed reiterated mocked repeated challenged condemned condemns asserted asserts joked jokes reminded voiced "
        "stressed stresses decried highlighted touted emphasized emphasizes emphasised boasted slammed slams lamented "
        "remembered signaled signalled estimates estimated estimate projected projects learned declined refused refuses "
        "proposed proposes expressed expresses doubts "
        "doubt doubted fears fear feared worries worry worried disclosed contends contended "
        "contend alleged alleges countered counters cautioned cautions deemed "
        "referred pleaded answered answers shouted chanted".split(),
        r"rules?d? out",
        r"point(?:ed|s)? (?:out|to)",
        r"ma(?:de|kes?) (?:it )?clear",
        r"spoke of",
        r"talked about",
    ]
)
SAYING = (  # ", saying that ...": what the subject of the sentence says while he does something else
    "saying|arguing|adding|noting|suggesting|claiming|warning|insisting|asserting|stating|explaining|declaring|predicting|"
    "promising|telling|writing|tweeting|announcing|acknowledging|pointing out|calling|describing|accusing|citing"
)
PRONOUN = r"(?:[Hh]e|[Ss]he|[Tt]hey)"
PERSON = rf"(?:{CAPITAL}(?:\s(?:(?:de|van|von|der|bin|al)\s)?{CAPITAL})*)"
# "a senior US official", "one of his aides", "the mayor": an article and a few words, the cue right after them
ROLE_WORD = r"(?!(?:in|on|at|by|with|from|that|who|whom|whoever|which|percent|and|or|is|was|were|has|had|never|not|because|to|he|she|it|they|we|i|you)\b)[^\W\d][\w'’-]*"
ROLE = rf"(?:\b(?:[Tt]he|[Aa]n?|[Oo]ne|[Ss]ome|[Ss]everal|[Mm]any|[Aa]nother|[Hh]is|[Hh]er|[Tt]heir|[Hh]alf|[Mm]ost)\s(?:{ROLE_WORD}\s){{0,4}}?{ROLE_WORD})"
PLURAL = (
    r"(?:(?:[\w'’-]+\s){0,3}?(?:officials|analysts|experts|leaders|diplomats|hawks|ministers|sources|critics|voters))"
)
SUBJECT = rf"(?:{PERSON}(?:\sof\s(?:the\s)?{PERSON})?\sand\s{PERSON}|{PERSON}(?:['’]s\s(?:[\w'’-]+\s){{0,4}}?[\w'’-]+)?|{ROLE}|{PLURAL}|{PRONOUN})"
ASIDE = rf"(?:\sof\s(?:the\s)?{PERSON}(?:\sof\s{PERSON})?)?(?:,(?P<aside>[^;.\"“”]{{2,160}}),|\s\([^()]{{1,80}}\))?"
ADVERB = r"(?:\s(?:also|then|each|both|all|later|again|once|publicly|recently|now|still|has|have|had|himself|herself|openly|reportedly|last\s\w+|on\s\w+day))*"

BEFORE = re.compile(rf"(?P<speaker>{SUBJECT}){ASIDE}{ADVERB}\s(?P<cue>{CUES})\b(?!-)")
# After the cue a speaker goes on up to a mark, or to what says more of him: "said a senior adviser to the mayor".
ENDS = r"(?=[,.;:!?)\"”]|$|\s(?:who|in|at|on|of|as|to|from|with|for|when|while|after|before|during|about|last|this|and|earlier)\b)"
AFTER = re.compile(rf"[,?!]?(?:[\"”’']|'')\s?,?\s?(?P<cue>{CUES})\s(?P<speaker>{SUBJECT}){ENDS}")
UNQUOTED = re.compile(rf",\s(?P<cue>said|says|wrote|writes|argued|argues|according to)\s(?P<speaker>{SUBJECT}){ENDS}")
# A clause that opens with a subject of a few words of any kind: "Leaders across Europe condemned"; no verb stands in it.
NO_SUBJECT = (
    r"(?!(?:to|not|is|was|were|are|be|been|being|has|have|had|will|would|can|could|should|may|might|must|do|does|did|if|when|"
    r"because|although|though|since|after|before|until|who|whom|which|what|how|why|where|there|it|this|that|these|those|i|we|"
    r"you|me|him|them|us|as|but|so|than|then|he|she|they|by|with|without|under|over|never|only|just|even|or)\b)"
)
CLAUSE = re.compile(
    rf"(?:^|[,;:]\s|\b(?:but|while|whereas)\s)(?P<speaker>(?:{NO_SUBJECT}[^\W\d][\w'’-]*\s){{0,6}}{NO_SUBJECT}[^\W\d][\w'’-]*)"
    rf"{ADVERB}\s(?P<cue>{CUES})\b(?!-)",
    re.IGNORECASE,
)
PARTICIPLE = re.compile(rf"^(?P<speaker>{SUBJECT})\b[^\"“”]*?,\s(?:\w+\s)?(?P<cue>{SAYING})\b")
ACCORDING = re.compile(r"\b(?P<cue>[Aa]ccording to|[Ii]n the words of)\s(?P<speaker>[^,.;()\"“”]{3,60})")
TOLD = re.compile(
    rf"\s(?:(?:the|a|an|his|her)\s(?:[\w-]+\s){{0,4}}?)?(?P<hearer>{PERSON})(?=\s(?:that|he|she|it|they|we|the|a|in|on|at|last)\b|[,.])"
)
QUOTED = re.compile(r"[\"“](?P<words>[^\"“”]+)[\"”]")
OPENING = re.compile(rf"{PERSON}(?=\s[a-z]|,)")
SEVERAL = re.compile(r"\b[a-z]+s$|\sand\s")  # "Turkish officials", "Stoltenberg and Blinken"
LEAST_CONTENT = 12  # characters
# What a capital may open a sentence with before the subject: "On Monday Scholz said". "Jan" alone is a name.
OPENERS = re.compile(
    r"^(?:On|In|At|By|As|When|While|Because|After|Before|But|And|Yet|So|Then|Now|Last|Asked)\s"
    rf"(?:(?:{MONTH}|{WEEKDAY}|\d+)\s)*"
)
TELLING = ("told", "tells", "tell")
THAT = re.compile(r"\s*(?:that\s|,\s)?")
BEFORE_IT = 6  # sentences in which whom "he" stands for is looked for


@dataclass(frozen=True, slots=True)
class Attribution:
    """A speaker, the cue, the span of his words in the sentence, whether they stand in quotation marks, to whom."""

    speaker: str
    cue: str
    content: Span
    speech: Literal["direct", "reported"]
    via: tuple[str, ...] = ()


def attributions(text: str, sentences: Sequence[Span]) -> list[Attribution | None]:
    """Return who says each sentence of a document, None where no cue names anybody; `content` is a span of `text`."""
    words = [text[start:end] for start, end in sentences]
    found: list[Attribution | None] = []
    for number, (start, _) in enumerate(sentences):
        said = attribute(words[number], words[max(0, number - BEFORE_IT) : number])
        found.append(said and replace(said, content=(start + said.content[0], start + said.content[1])))
    return found


def attribute(sentence: str, before: Sequence[str] = ()) -> Attribution | None:
    """Return who says the sentence's words, or None where no cue names anybody.

    `before` are the sentences that lead up to it, in order, for "he", "she" and "they".
    """
    match = _cue(sentence)
    if match is None:
        return None
    speaker = _named(match)
    if re.fullmatch(PRONOUN, speaker):
        named = _last_named(before)
        if named is None:
            return None
        speaker = named
    content, direct = _content(sentence, match)
    return Attribution(
        _without_article(speaker), match["cue"], content, "direct" if direct else "reported", _via(sentence, match)
    )


def has_pronoun_speaker(sentence: str) -> bool:
    """Tell whether the sentence gives its words to a "he", "she" or "they" that an earlier one names."""
    match = _cue(sentence)
    return match is not None and re.fullmatch(PRONOUN, match["speaker"]) is not None


def _last_named(before: Sequence[str]) -> str | None:
    """Return whom "he" or "she" stands for: the speaker, or else the subject, of the nearest sentence that names one.

    A subject of one word may be a place ("Moscow followed"): it counts if the sentences name somebody in full by it.
    """
    for sentence in reversed(before):
        found = _cue(sentence)
        name = _named(found) if found is not None else (OPENING.match(sentence) or [""])[0]
        if not re.match(PERSON, name) or name.split()[0].lower() in FUNCTION_WORDS:
            continue
        if SEVERAL.search(name):
            return None
        in_full = re.compile(rf"{CAPITAL}\s{re.escape(name)}\b")
        known = found is not None or " " in name or any(in_full.search(other) for other in before)
        return name if known else None
    return None


def _cue(sentence: str) -> re.Match[str] | None:
    """Return the match of the cue that governs the sentence: after a quotation, "according to", then any other."""
    patterns = (ACCORDING, BEFORE, UNQUOTED, PARTICIPLE, CLAUSE)
    found = (_first(pattern, sentence) for pattern in patterns)
    return AFTER.search(sentence) or next((match for match in found if match is not None), None)


def _first(pattern: re.Pattern[str], sentence: str) -> re.Match[str] | None:
    for match in pattern.finditer(sentence):
        quoted = any(q.start() < match.start() < q.end() for q in QUOTED.finditer(sentence))
        conditional = sentence[: match.start() + 3].lstrip().lower().startswith("if ")
        if (
            not quoted
            and not conditional
            and (re.fullmatch(PRONOUN, match["speaker"]) or not _is_no_speaker(match["speaker"]))
        ):
            return match
    return None


def _is_no_speaker(words: str) -> bool:
    """Tell a function word ("Yet", "It") or a month with a capital from a name."""
    bare = OPENERS.sub("", words.strip())
    return not bare or bare.lower() in FUNCTION_WORDS or re.fullmatch(MONTH, words) is not None


def _named(match: re.Match[str]) -> str:
    """Return the speaker: of "the minister, Ben Wallace, said" and "the minister Ben Wallace said" the name."""
    speaker = OPENERS.sub("", match["speaker"].strip())
    if not re.match(ROLE, speaker):
        return speaker
    aside = (match.groupdict().get("aside") or "").strip()
    name = re.search(rf"\s[a-z][\w'’-]*\s(?P<name>{PERSON})$", speaker)
    return aside if re.fullmatch(PERSON, aside) else name["name"] if name else speaker


def _content(sentence: str, match: re.Match[str]) -> tuple[Span, bool]:
    """Return the span of what is said, and whether quotation marks hold all of it that is quoted."""
    quoted = list(QUOTED.finditer(sentence))
    opens = [q for q in quoted if q.start() == 0]  # "“Never,” she said": a whole utterance, however short
    long = opens + [q for q in quoted if q not in opens and len(q["words"].split()) > 2]
    if long:
        return (long[0].start("words"), long[-1].end("words")), True
    hearer = TOLD.match(sentence, match.end()) if match["cue"] in TELLING else None
    rest = THAT.match(sentence, hearer.end() if hearer else match.end())
    start = rest.end() if rest else match.end()
    if match["cue"].lower() in ("according to", "in the words of"):
        return (0, len(sentence)), False
    if len(sentence) - start < LEAST_CONTENT <= match.start():  # "..., she said." closes what was said
        return (0, match.start()), False
    return (start, len(sentence)), False


def _via(sentence: str, match: re.Match[str]) -> tuple[str, ...]:
    """Return to whom it was said: the name after "told"."""
    if match["cue"] not in TELLING:
        return ()
    hearer = TOLD.match(sentence, match.end("cue"))
    return (hearer["hearer"],) if hearer else ()


def _without_article(speaker: str) -> str:
    return re.sub(r"^(?:The|A|An)\s", lambda m: m.group().lower(), speaker)
