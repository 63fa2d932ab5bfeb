"""Tell a sentence that its sources contradict from one on which they are silent, and say what differs.

Rules, made for few false alarms: a source's sentence must speak of the same thing (most of the claim's other words, all of
its other names, no other date), and then give another figure of the same kind for it, another date, the opposite of a
word of direction or decision, the same word denied, or another name in the same place. WiCE, which has rows to learn
from, has no contradictions.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.differences import LIKE, MOST_BEFORE, Claim, Source, shared
from assistant.facts import Facts, Figure, Name, When, has_name, names, whens
from corpus.attribution import attribute
from corpus.types import Span
from corpus.words import FUNCTION_WORDS
from index.lexical import stem, stems

__all__ = ["Contradiction", "contradiction"]

SAME_FIGURE, SAME_DATE, SAME_DEED, SAME_ROLE = 0.6, 0.65, 0.65, 0.75  # share of the other words that must be there

WORD = re.compile(r"[^\W_]+(?:['’]t\b)?")
# Each pair: what stands against each other, word forms that stemming does not join listed.
OPPOSITES = tuple(
    tuple(frozenset(stem(word) for word in side.split()) for side in pair)
    for pair in (
        ("rise rose risen increase grow grew grown climb gain soar higher", "fall fell fallen drop decrease decline shrink shrank sink sank slump lower"),
        ("raise lift", "cut lower reduce slash"),
        ("more", "fewer less"),
        ("win won winning victory", "lose lost losing defeat"),
        ("for favour favor support back backed", "against oppose opposed"),
        ("open opened reopen", "close closed shut"),
        ("accept approve agree adopt pass endorse", "reject refuse decline"),
        ("admit confirm acknowledge concede", "deny denied"),
        ("allow permit let authorise authorize", "ban forbid forbade prohibit block"),
        ("begin began begun start launch", "end ended stop finish cease"),
        ("join joined enter", "leave left quit"),
        ("buy bought", "sell sold"),
        ("succeed success successful", "fail failure unsuccessful collapse"),
        ("guilty convicted", "innocent acquitted"),
        ("survive survived alive", "die died dead killed"),
        ("legal lawful", "illegal unlawful"),
        ("optimistic hopeful", "pessimistic"),
        ("first", "last"),
        ("majority", "minority"),
        ("above", "below"),
        ("advance advanced", "retreat retreated withdraw withdrew"),
        ("prolong extend", "shorten"),
        ("together joint", "separate separately alone"),
        ("strengthen", "weaken"),
        ("smallest least", "largest biggest most"),
    )
)  # fmt: skip
NOT = re.compile(
    r"\b(?:not(?!\s(?:only|just|least|merely|necessarily))|never|cannot|hardly|without|no longer|no|none|nobody)\b|n['’]t\b",
    re.IGNORECASE,
)
DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|refus(?:e|es|ed|ing)|declin(?:e|es|ed|ing) to|fail(?:s|ed|ing)? to|rul(?:e|es|ed|ing) out|"
    r"unlikely to|stop(?:s|ped)? short of)\b",
    re.IGNORECASE,
)
CLAUSE_END = re.compile(r"[,;:.!?]|\b(?:but|while|although|though|because|and|which|who)\b")
REACH = {"not": 1, "denies": 3}  # content words that "not", and "denied", turn round


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What differs, in plain words, and the number of the sentence that tells it otherwise."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """The claim and one sentence, as the rules compare them."""

    claim: Claim
    source: Source

    @property
    def mine(self) -> Facts:
        return self.claim.facts

    @property
    def theirs(self) -> Facts:
        return self.source.facts

    def shared(self, without: Sequence[Span] = (), words: frozenset[str] = frozenset()) -> float:
        return shared(self.claim, self.source, without, words)

    def same_story(self, but: Span | None = None) -> bool:
        """Tell whether the claim's names, but the one at `but`, are all there, and none of its dates is another."""
        text = "\n".join((self.source.itself, *self.source.candidate.texts_before[-MOST_BEFORE:]))
        given = names(text)
        said = attribute(self.mine.text)
        told = said.via if said else ()  # who was told is no part of what is said
        named = [name for name in self.mine.names if name.span != but and name.text not in told]
        there = all(has_name(name, given, text) for name in named)
        own = _explicit(self.source)
        return there and all(
            when.span == but or not own or not all(when.against(other) for other in own) for when in self.mine.whens
        )

    def names_met(self, but: Span) -> bool:
        """Tell whether the claim's names, but the one at `but`, all stand in the sentence itself, not in its title alone."""
        text = self.source.candidate.text
        given = names(text)
        return all(has_name(name, given, text) for name in self.mine.names if name.span != but)

    def figures_met(self) -> bool:
        counted = (figure for figure in self.mine.figures if not figure.is_label)
        return all(any(figure.met_by(other) for other in self.theirs.figures) for figure in counted)


def contradiction(claim: Claim, missing: Sequence[Span], sources: Sequence[Source]) -> Contradiction | None:
    """Return what the first of the sentences, best first, that contradicts the claim tells otherwise; None where none does.

    `missing` are the spans of what the sentences gathered for the claim lack: a figure that they have is none that another
    sentence tells otherwise.
    """
    pairs = [_Pair(claim, source) for source in sources]
    stated = claim.facts
    lacks = [figure for figure in stated.figures if figure.span in missing]
    found = (_figure(pairs, lacks), _date(pairs), _opposite(pairs), _denied(pairs), _name(pairs))
    return next((one for one in found if one is not None), None)


def _told(theirs: str, mine: str) -> str:
    return f"the source says {theirs}, the sentence {mine}"


def _figure(pairs: Sequence[_Pair], lacks: Sequence[Figure]) -> Contradiction | None:
    """Find another figure for what the claim counts."""
    for figure in lacks:
        near = [
            (number, pair)
            for number, pair in enumerate(pairs)
            if pair.shared([f.span for f in pair.mine.figures]) >= SAME_FIGURE and pair.same_story()
        ]
        if any(figure.met_by(other) for _, pair in near for other in pair.theirs.figures):
            continue
        for number, pair in near:
            for other in pair.theirs.figures:
                taken = any(f.value == other.value for f in pair.mine.figures)
                if not taken and figure.same_thing(other) and figure.against(other):
                    theirs, mine = (f.text[slice(*s)] for f, s in ((pair.theirs, other.span), (pair.mine, figure.span)))
                    return Contradiction(number, _told(theirs, mine))
    return None


def _explicit(source: Source) -> list[When]:
    """Return the sentence's dates with a year only where it tells one, "this month" resolved."""
    told = whens(source.candidate.text)
    spans = {when.span for when in told}
    return told + [when for when in source.facts.whens if when.span not in spans]


def _date(pairs: Sequence[_Pair]) -> Contradiction | None:
    """Find another date for what the claim tells."""
    for when in pairs[0].mine.whens if pairs else ():
        near = [
            (number, pair)
            for number, pair in enumerate(pairs)
            if pair.shared([w.span for w in pair.mine.whens]) >= SAME_DATE
            and pair.same_story(but=when.span)
            and pair.figures_met()
        ]
        if any(when.met_by(other) for _, pair in near for other in pair.source.dates):
            continue
        for number, pair in near:
            own = _explicit(pair.source)
            told = any(mine.met_by(other) or other.met_by(mine) for mine in pair.mine.whens for other in own)
            if own and not told and all(when.against(other) for other in own):
                theirs = pair.theirs.text[slice(*own[0].span)]
                return Contradiction(number, _told(theirs, pair.mine.text[slice(*when.span)]))
    return None


def _opposite(pairs: Sequence[_Pair]) -> Contradiction | None:
    """Find the opposite of a word of the claim, both of them affirmed or both denied."""
    if not pairs:
        return None
    for one, other in (pair for both in OPPOSITES for pair in (both, both[::-1])):
        mine = _words(pairs[0].mine.text, one)
        if len(mine) != 1 or _words(pairs[0].mine.text, other):
            continue
        near = list(_same_deed(pairs, one | other))
        for number, pair in near:
            theirs = _words(pair.theirs.text, other)
            if theirs and not _words(pair.theirs.text, one):
                if _is_denied(pair.mine.text, mine[0]) == _is_denied(pair.theirs.text, theirs[0]):
                    words = (
                        text[slice(*span)] for text, span in ((pair.theirs.text, theirs[0]), (pair.mine.text, mine[0]))
                    )
                    return Contradiction(number, _told(*(f"“{word}”" for word in words)))
            elif not theirs:
                break  # the nearest sentence does not take sides otherwise
    return None


def _denied(pairs: Sequence[_Pair]) -> Contradiction | None:
    """Find a word of the claim that a sentence denies, or the other way round."""
    near = list(_same_deed(pairs, frozenset()))
    for number, pair in near:
        mine, theirs = _negated(pair.mine.text), _negated(pair.theirs.text)
        for term in pair.claim.question.terms:
            if term.stem in mine and not theirs and _like(pair, term.stem):
                pass  # "did not meet", where the source has "met"
            elif not _has(pair, term.stem) or (term.stem in mine) == (term.stem in theirs):
                continue
            agree = (other for _, other in near if _has(other, term.stem))
            if not any((term.stem in _negated(other.theirs.text)) == (term.stem in mine) for other in agree):
                says = "denies" if term.stem in theirs else "affirms"
                return Contradiction(number, f"the source {says} “{term.word}”, the sentence does not")
    return None


def _like(pair: _Pair, word: str) -> bool:
    terms = zip(pair.claim.question.terms, pair.source.match.own, strict=True)
    return any(term.stem == word and own >= LIKE for term, own in terms)


def _has(pair: _Pair, word: str) -> bool:
    return word in stems(pair.theirs.text)


def _name(pairs: Sequence[_Pair]) -> Contradiction | None:
    """Find another name in the place of one of the claim's."""
    for name in pairs[0].mine.names if pairs else ():
        near = [p.source.around for p in pairs if p.shared([name.span]) >= SAME_ROLE]
        if any(has_name(name, names(text), text) for text in near):
            continue
        for number, pair in enumerate(pairs):
            if pair.shared([name.span]) < SAME_ROLE or not pair.same_story(but=name.span) or not pair.figures_met():
                continue
            if not pair.names_met(but=name.span):
                continue
            other = next((theirs for theirs in pair.theirs.names if _same_place(pair, name, theirs)), None)
            if other is not None:
                return Contradiction(number, _told(other.text, name.text))
    return None


def _same_place(pair: _Pair, mine: Name, theirs: Name) -> bool:
    """Tell whether two names have as many words, the same word beside them, and the claim does not have the other's."""
    if len(mine.words) != len(theirs.words) or has_name(theirs, pair.mine.names, pair.mine.text):
        return False
    before, after = _beside(pair.mine.text, mine.span)
    return (before, after) != ("", "") and (before, after) == _beside(pair.theirs.text, theirs.span)


def _beside(text: str, span: Span) -> tuple[str, str]:
    before, after = stems(text[: span[0]])[-1:], stems(text[span[1] :])[:1]
    return (before or [""])[0], (after or [""])[0]


def _same_deed(pairs: Sequence[_Pair], words: frozenset[str]) -> Iterator[tuple[int, _Pair]]:
    for number, pair in enumerate(pairs):
        if pair.shared(words=words) >= SAME_DEED and pair.same_story() and pair.figures_met():
            yield number, pair


def _words(text: str, wanted: frozenset[str]) -> list[Span]:
    return [match.span() for match in WORD.finditer(text) if stem(match.group()) in wanted]


def _is_denied(text: str, span: Span) -> bool:
    return stem(text[slice(*span)]) in _negated(text)


def _negated(text: str) -> set[str]:
    """Return the stems of the words that a sentence denies: the first after "not", the next few after "denied"."""
    found: list[str] = []
    for pattern, reach in ((NOT, REACH["not"]), (DENIES, REACH["denies"])):
        for match in pattern.finditer(text):
            end = CLAUSE_END.search(text, match.end())
            clause = text[match.end() : end.start() if end else len(text)]
            content = [stem(w) for w in WORD.findall(clause) if w.lower() not in FUNCTION_WORDS]
            found += content[:reach]
    return {one for one in found if found.count(one) % 2}
