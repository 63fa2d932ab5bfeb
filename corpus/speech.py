"""A small learned reader of speech: which words are cues ("said", "according to"), whose words they give, and which words.

A convolutional tagger over the words of a whole document, run by numpy. It sees words that are usually written small, the
endings of such words, shapes, quotation marks and where sentences end; any other word with a capital is just that, so no
name is learned. From every cue it points to the first and the last word of the cue, of its source, and of what is said.
The weights in `speech.npz` are made by evals/train_speech.py from the train part of PolNeAR (Newell et al., 2018).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.types import Span

__all__ = [
    "CAPITAL_SHAPES",
    "DILATIONS",
    "POINTERS",
    "WINDOW",
    "Cue",
    "Tokens",
    "ending",
    "is_usually_small",
    "read_cues",
    "tokens",
]

WEIGHTS = Path(__file__).parent / "speech.npz"
TOKEN = re.compile(r"['’]s\b|(?:[A-Z]\.)+|[^\W_]+(?:[-.,'’](?!s\b)[^\W_]+)*|''|``|[^\w\s]|_")
OPEN, CLOSE, EITHER = frozenset({"“", "``"}), frozenset({"”", "''"}), '"'
LOWER, CAPITALISED, CAPITALS, INITIALS, FIGURE, MIXED, MARK = range(7)
CAPITAL_SHAPES = (CAPITALISED, CAPITALS, INITIALS, MIXED)
QUOTED, OPENS, ENDS, NEW_PARAGRAPH, FIRST = 1, 2, 4, 8, 16  # what is told of a word's place, as bits
POINTERS = ("source", "content", "cue")  # each to a first and a last word
WINDOW = 96  # words before and after a cue to which it may point
DILATIONS = (1, 2, 4, 8, 16)
BLOCK, MARGIN = 4096, 160  # words read at once, and as many around them as a cue's pointers and the layers can reach
LONGEST_SOURCE = 30  # words
LEAST_PART = 0.25  # of the probability that is asked for: words that have less are no part of a cue
KEY = 32  # numbers by which a pointer finds its word
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text: their spans, the sentence each is in, their keys, their shapes, the bits of their places."""

    spans: list[Span]
    sentences: Ints
    keys: list[str]
    shapes: Ints
    places: Ints


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue with its probability, its source if it has one, and what is said, as spans of the text."""

    span: Span
    probability: float
    source: Span | None
    content: Span


def tokens(text: str, sentences: Sequence[Span]) -> Tokens:
    """Return the words of the sentences of a text, in order."""
    spans: list[Span] = []
    numbers: list[int] = []
    keys: list[str] = []
    shapes: list[int] = []
    places: list[int] = []
    quoted = end_before = 0
    for number, (start, end) in enumerate(sentences):
        opening = OPENS | (FIRST if number == 0 else 0)
        if number == 0 or text.count("\n", end_before, start) > 1:
            opening |= NEW_PARAGRAPH
            quoted = 0
        end_before = end
        for match in TOKEN.finditer(text, start, end):
            word = match.group()
            shape = _shape(word)
            spans.append(match.span())
            numbers.append(number)
            shapes.append(shape)
            keys.append("0" if shape == FIGURE else word.lower().replace("’", "'"))
            place = 0 if word in CLOSE or word == EITHER else quoted
            places.append(place | opening | (FIRST if number == 0 else 0))
            opening = 0
            quoted = QUOTED if word in OPEN or (word == EITHER and not quoted) else 0 if not place else quoted
        if numbers and numbers[-1] == number:
            places[-1] |= ENDS
    return Tokens(
        spans,
        np.array(numbers, dtype=np.int64),
        keys,
        np.array(shapes, dtype=np.int64),
        np.array(places, dtype=np.int64),
    )


def _shape(word: str) -> int:
    if word.islower():
        return LOWER
    if word[0].isdigit():
        return FIGURE
    if not word[0].isalpha():
        return MARK
    if word.endswith("."):
        return INITIALS
    if word[0].isupper():
        return CAPITALS if len(word) > 1 and word.isupper() else CAPITALISED
    return MIXED


def ending(key: str) -> str:
    """Return what the tagger sees of a word that it does not know."""
    return key[-3:]


def is_usually_small(word: str) -> bool:
    """Tell whether the tagger knows a word as one that is usually written small."""
    return word.lower() in _model().words


def read_cues(text: str, sentences: Sequence[Span], least: float) -> list[Cue]:
    """Return the cues in the sentences of a text whose probability is at least `least`, in order.

    Two words of a cue may both point to all of it: their probabilities are added.
    """
    words = tokens(text, sentences)
    found: dict[Span, Cue] = {}
    for start in range(0, len(words.spans), BLOCK):
        low, high = max(0, start - MARGIN), min(len(words.spans), start + BLOCK + MARGIN)
        for cue in _block(words, low, high, start, start + BLOCK, least * LEAST_PART):
            other = found.get(cue.span, cue)
            best = max(cue, other, key=lambda each: each.probability)
            both = cue.probability + (other.probability if other is not cue else 0.0)
            found[cue.span] = replace(best, probability=min(1.0, both))
    return sorted((cue for cue in found.values() if cue.probability >= least), key=lambda cue: cue.span)


def _block(words: Tokens, low: int, high: int, first: int, last: int, least: float) -> Iterator[Cue]:
    """Yield the cues whose word is in [first, last), words [low, high) being read."""
    model = _model()
    hidden = model.hidden(words, low, high)
    probability = 1 / (1 + np.exp(-(hidden @ model.given["cue.weight"][0] + model.given["cue.bias"])))
    cues: Ints = np.flatnonzero(probability >= least)
    cues = cues[(cues + low >= first) & (cues + low < last)]
    if not len(cues):
        return
    scores, none = model.pointers(hidden, cues)
    within = words.sentences[low:high]
    for row, cue in enumerate(map(int, cues)):
        left, right = max(0, cue - WINDOW), min(high - low, cue + WINDOW + 1)
        window = scores[row][:, left - cue + WINDOW : right - cue + WINDOW]
        same = within[left:right] == within[cue]
        spans: list[Span | None] = []
        for number, kind in enumerate(POINTERS):
            begin, end = window[2 * number].copy(), window[2 * number + 1].copy()
            if kind != "content":
                begin[~same] = end[~same] = -np.inf
            best = _best(begin, end, len(begin) if kind == "content" else LONGEST_SOURCE)
            if kind == "source" and none[row].sum() > begin[best[0]] + end[best[1]]:
                spans.append(None)
                continue
            at = low + left
            spans.append((words.spans[at + best[0]][0], words.spans[at + best[1]][1]))
        source, content, span = spans
        yield Cue(span or words.spans[low + cue], float(probability[cue]), source, content or words.spans[low + cue])


def _best(begin: Floats, end: Floats, longest: int) -> tuple[int, int]:
    """Return the first and the last word, at most `longest` words apart, whose scores sum highest."""
    best, at = -np.inf, (0, 0)
    for first in np.argsort(-begin)[:4]:
        reach = end[first : first + longest]
        last = int(np.argmax(reach))
        if begin[first] + reach[last] > best:
            best, at = float(begin[first] + reach[last]), (int(first), int(first) + last)
    return at


@dataclass(frozen=True, slots=True)
class _Model:
    """The weights by name, and the rows of the tables of words and endings."""

    given: Mapping[str, Floats]
    words: Mapping[str, int]
    endings: Mapping[str, int]

    def rows(self, words: Tokens, low: int, high: int) -> tuple[Ints, Ints]:
        """Return the rows of words [low, high): 1 is an unknown word, the last a name; endings: 0 is that of a name."""
        name = len(self.words) + 2
        shapes = words.shapes[low:high]
        keys = words.keys[low:high]
        found = np.array(
            [
                self.words.get(key) or (name if shape in CAPITAL_SHAPES else 1)
                for key, shape in zip(keys, shapes, strict=True)
            ]
        )
        endings = [0 if row == name else self.endings.get(ending(key), 1) for key, row in zip(keys, found, strict=True)]
        return found, np.array(endings)

    def hidden(self, words: Tokens, low: int, high: int) -> Floats:
        """Return what the layers make of words [low, high), float32 [words, hidden]."""
        given = self.given
        found, endings = self.rows(words, low, high)
        seen = np.concatenate(
            [
                given["words"][found],
                given["endings"][endings],
                given["shapes"][words.shapes[low:high]],
                given["places"][words.places[low:high]],
            ],
            axis=1,
        )
        hidden: Floats = seen @ given["in.weight"].T + given["in.bias"]
        for layer, step in enumerate(DILATIONS):
            mean = hidden.mean(axis=1, keepdims=True)
            centred = hidden - mean
            scaled = centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + 1e-5)
            scaled = scaled * given[f"norm{layer}.weight"] + given[f"norm{layer}.bias"]
            padded = np.pad(scaled, ((step, step), (0, 0)))
            beside = np.concatenate([padded[: -2 * step], scaled, padded[2 * step :]], axis=1)
            value, gate = np.split(beside @ given[f"layer{layer}.weight"].T + given[f"layer{layer}.bias"], 2, axis=1)
            hidden = hidden + value / (1 + np.exp(-gate))
        return hidden

    def pointers(self, hidden: Floats, cues: Ints) -> tuple[Floats, Floats]:
        """Return the scores of the words around each cue, [cues, 2 * POINTERS, 2 * WINDOW + 1], and of no source, [cues, 2]."""
        given = self.given
        count = 2 * len(POINTERS)
        asking = (hidden[cues] @ given["query.weight"].T + given["query.bias"]).reshape(len(cues), count, KEY)
        keys = np.pad(hidden @ given["key.weight"].T, ((WINDOW, WINDOW), (0, 0))).reshape(-1, count, KEY)
        around = np.stack([keys[cue : cue + 2 * WINDOW + 1] for cue in cues])
        scores = np.einsum("cpk,cwpk->cpw", asking, around) / np.sqrt(KEY) + given["distance"]
        return scores, hidden[cues] @ given["none.weight"].T + given["none.bias"]


@cache
def _model() -> _Model:
    with np.load(WEIGHTS) as kept:
        given = {name: kept[name].astype(np.float32) for name in kept.files if not name.endswith("_list")}
        words, endings = (
            {key: row for row, key in enumerate(bytes(kept[name]).decode().split("\n"), 2)}
            for name in ("words_list", "endings_list")
        )
    given["words"] = given["words"] * given.pop("words_scale")
    return _Model(given, words, endings)
