"""Tell what of a sentence its sources lack: figures, dates, names, and the words that it puts in quotation marks.

Only what can be told from the words: a figure must stand there in some form, a date as far as it is told, a name in full
or by its last part, a quotation verbatim but for white space, the form of its marks and the case of its first letter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.facts import Facts, When, facts, folded, has_name, names, quotations, whens
from assistant.ranking import Candidate
from corpus.attribution import Attribution, attribute
from corpus.types import Span

__all__ = ["Source", "lacking", "misquoted", "read_source", "said_by_another"]

MOST_BEFORE = 3  # sentences looked back through for a date or a name that a sentence goes on from
PRONOUN = re.compile(r"\b(?:he|she|they|it|his|her|their|its|him|them)\b", re.IGNORECASE)
ELLIPSIS = re.compile(r"\s*(?:\[[^\]]*\]|…|\.\.\.)\s*")
EDGES = " \t\n.,;:!?"


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence of the sources as it is compared: what it states, who says it, and the text that names may stand in."""

    candidate: Candidate
    facts: Facts
    said: Attribution | None
    around: str  # the sentence with its title, its speaker, and what its pronouns may stand for
    dates: tuple[When, ...]  # its own; where it has none, those of the sentences before it and of its publication


def read_source(candidate: Candidate) -> Source:
    published = candidate.document.published
    read = facts(candidate.text, published)
    said = attribute(candidate.text, candidate.texts_before)
    around = [candidate.text, candidate.document.title, said.speaker if said else ""]
    if PRONOUN.search(candidate.text):
        around += candidate.texts_before[-MOST_BEFORE:]
    return Source(candidate, read, said, "\n".join(around), read.whens or _dates_before(candidate, published))


def _dates_before(candidate: Candidate, published: str | None) -> tuple[When, ...]:
    earlier = (whens(text, published) for text in reversed(candidate.texts_before[-MOST_BEFORE:]))
    near = next((tuple(found) for found in earlier if found), ())
    return (*near, *whens(published or ""))


def lacking(claim: Facts, sources: Sequence[Source]) -> list[Span]:
    """Return the spans of the claim's figures, dates and names that none of the sources has, in the claim's order."""
    figures = [figure for source in sources for figure in source.facts.figures]
    dates = [when for source in sources for when in source.dates]
    around = "\n".join(source.around for source in sources)
    given = names(around)
    spans = [f.span for f in claim.figures if not any(f.met_by(other) for other in figures)]
    spans += [w.span for w in claim.whens if not any(w.met_by(other) for other in dates)]
    spans += [n.span for n in claim.names if not has_name(n, given, around)]
    return sorted(spans)


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
