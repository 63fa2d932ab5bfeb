"""Tell what of a sentence its sources lack: figures, dates, names, and the words that it puts in quotation marks.

Only what can be told from the words: a figure must stand there in some form, a date as far as it is told, a name in full
or by its last part, a quotation verbatim but for white space, the form of its marks and the case of its first letter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from assistant.facts import Facts, When, facts, folded, has_name, names, quotations, whens
from assistant.question import Question
from assistant.ranking import Candidate, Matched
from corpus.attribution import Attribution, attribute
from corpus.types import Span
from index.lexical import stems

__all__ = [
    "LIKE",
    "MOST_BEFORE",
    "Claim",
    "Source",
    "lacking",
    "misquoted",
    "read_source",
    "resolved",
    "said_by_another",
    "shared",
]

LIKE = 0.6  # cosine of a word's best match from which a sentence has the word or its like
SPEAKS_OF = 0.2  # share of the claim's other words from which a figure or a date there is the claim's
MOST_BEFORE = 3  # sentences looked back through for a date or a name that a sentence goes on from
PRONOUN = re.compile(r"\b(?:he|she|they|it|his|her|their|its|him|them)\b", re.IGNORECASE)
SUBJECT_PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|(?P<whose>[Hh]is|[Hh]er))\b(?=\s\w)")
PREPOSITION = re.compile(r"\b(?:in|at|on|of|from|to|by|with|for|near|after|before)\s(?:the\s)?$", re.IGNORECASE)
ELLIPSIS = re.compile(r"\s*(?:\[[^\]]*\]|…|\.\.\.)\s*")
EDGES = " \t\n.,;:!?"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence to be checked as it is compared: its terms with their weights, float64 [terms], and what it states."""

    question: Question
    weights: NDArray[np.float64]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence of the sources as it is compared: how a claim's terms match it, what it states, who says it, and the text
    that names may stand in.
    """

    candidate: Candidate
    match: Matched
    facts: Facts
    said: Attribution | None
    itself: str  # the sentence with its title and its speaker
    around: str  # and, if it has pronouns, with the sentences before it: what they may stand for
    dates: tuple[When, ...]  # its own; where it has none, those of the sentences before it and of its publication


def read_source(candidate: Candidate, match: Matched) -> Source:
    published = candidate.document.published
    read = facts(candidate.text, published, candidate.texts_before)
    said = candidate.said
    itself = "\n".join((candidate.text, candidate.document.title, said.speaker if said else ""))
    before = candidate.texts_before[-MOST_BEFORE:] if PRONOUN.search(candidate.text) else []
    dates = read.whens or _dates_before(candidate, published)
    return Source(candidate, match, read, said, itself, "\n".join((itself, *before)), dates)


def resolved(sentence: str, before: Sequence[str]) -> str:
    """Return the sentence with "he", "she" or "his" in its subject replaced by whom the sentences before it name last.

    As it is where they name nobody, or where a name comes first in it.
    """
    pronoun = SUBJECT_PRONOUN.search(sentence)
    if pronoun is None or any(name.span[0] < pronoun.start() for name in names(sentence)):
        return sentence
    for text in reversed(before):
        subject = next((n for n in names(text) if not PREPOSITION.search(text[: n.span[0]])), None)
        if subject is not None:
            possessive = "'s" if pronoun["whose"] else ""
            return f"{sentence[: pronoun.start()]}{subject.text}{possessive}{sentence[pronoun.end() :]}"
    return sentence


def shared(claim: Claim, source: Source, without: Sequence[Span] = (), words: frozenset[str] = frozenset()) -> float:
    """Return the share of the claim's terms, by weight, that a sentence has or has the like of, some left out of account.

    1 where no term is left.
    """
    return _shared(claim, source, set(stems(source.itself)), without, words)


def _shared(claim: Claim, source: Source, near: set[str], without: Sequence[Span], words: frozenset[str]) -> float:
    total = have = 0.0
    for term, weight, own in zip(claim.question.terms, claim.weights, source.match.own, strict=True):
        if term.stem not in words and not any(low <= term.start < high for low, high in without):
            total += weight
            have += weight * (term.stem in near or (own >= LIKE and not claim.question.is_name(term)))
    return have / total if total else 1.0


def _dates_before(candidate: Candidate, published: str | None) -> tuple[When, ...]:
    earlier = (whens(text, published) for text in reversed(candidate.texts_before[-MOST_BEFORE:]))
    near = next((tuple(found) for found in earlier if found), ())
    return (*near, *whens(published or ""))


def lacking(claim: Claim, sources: Sequence[Source]) -> list[Span]:
    """Return the spans of the claim's figures, dates and names that none of the sources has, in the claim's order.

    A figure, a date or who is told counts only where the sentence speaks of some of the rest of the claim too.
    """
    stated = claim.facts
    told = [one.span for several in (stated.figures, stated.whens) for one in several]
    speaking = [s for s in sources if _shared(claim, s, set(stems(s.around)), told, frozenset()) >= SPEAKS_OF]
    figures = [figure for source in speaking for figure in source.facts.figures]
    dates = [when for source in speaking for when in source.dates]
    around = "\n".join(source.around for source in sources)
    given = names(around)
    said = attribute(stated.text)
    heard = "\n".join(source.around for source in speaking)
    spans = [f.span for f in stated.figures if not f.is_label and not any(f.met_by(other) for other in figures)]
    spans += [f.span for f in stated.figures if f.is_label and not re.search(rf"\b{f.value:g}\b", around)]
    spans += [w.span for w in stated.whens if not any(w.met_by(other) for other in dates)]
    spans += [n.span for n in stated.names if not has_name(n, given, around)]
    if said and speaking:
        spans += [n.span for n in stated.names if n.text in said.via and not has_name(n, names(heard), heard)]
    return sorted(set(spans))


def misquoted(claim: str, texts: Sequence[str]) -> list[tuple[str, str | None]]:
    """Return what the claim quotes and none of the texts has verbatim, each with the nearest real words, if any."""
    plain = [_plain(text) for text in texts]
    found = []
    for start, end in quotations(claim):
        pieces = [piece for piece in ELLIPSIS.split(claim[start:end]) if piece.strip(EDGES)]
        if not any(all(_plain(piece).strip(EDGES) in text for piece in pieces) for text in plain):
            found.append((claim[start:end], _nearest(claim[start:end], texts)))
    return found


def _plain(text: str) -> str:
    return " ".join(folded(text).split())


def _nearest(words: str, texts: Sequence[str]) -> str | None:
    """Return the run of a text's words that is most like the quoted ones, None where nothing shares half of them."""
    wanted = _plain(words).split()
    best, share = None, 0.5
    for text in texts:
        tokens = [(m.start(), m.end()) for m in re.finditer(r"\S+", text)]
        given = [folded(text[start:end]).strip(EDGES + "\"'") for start, end in tokens]
        blocks = [
            b
            for b in SequenceMatcher(None, [w.strip(EDGES) for w in wanted], given, False).get_matching_blocks()
            if b.size
        ]
        shared = sum(block.size for block in blocks) / len(wanted)
        if blocks and shared >= share and blocks[-1].b + blocks[-1].size - blocks[0].b <= 2 * len(wanted) + 2:
            last = min(
                len(tokens), blocks[-1].b + blocks[-1].size + max(0, len(wanted) - blocks[-1].a - blocks[-1].size)
            )
            best, share = text[tokens[blocks[0].b][0] : tokens[last - 1][1]].strip(EDGES + '"“”'), shared
    return best


def said_by_another(claim: str, sources: Sequence[Source]) -> str | None:
    """Return who says it in the sources, where the claim gives it to somebody whom none of them lets say it."""
    mine = attribute(claim)
    if mine is None or not names(mine.speaker):
        return None
    wanted = names(mine.speaker)
    others = []
    for source in sources:
        theirs = source.said
        if theirs is None or any(has_name(name, names(theirs.speaker), theirs.speaker) for name in wanted):
            return None
        others.append(theirs.speaker)
    return others[0] if others else None
