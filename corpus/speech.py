"""A small learned reader of speech: which words are cues ("said", "according to"), whose words they give, and which words.

A convolutional tagger over the words of a whole document, run by numpy. It sees words that are usually written small, the
endings of such words, shapes, quotation marks and where sentences end; any other word with a capital is just that, so no
name is learned. From every cue it points to the first and the last word of the cue, of its source, and of what is said.
The weights in `speech.npz` are made by evals/train_speech.py from the train part of PolNeAR (Newell et al., 2018).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
SCALE = np.float32(1 / np.sqrt(KEY))
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
    found: dict[Span, tuple[float, _Pointer]] = {}
    for start in range(0, len(words.spans), BLOCK):
        low, high = max(0, start - MARGIN), min(len(words.spans), start + BLOCK + MARGIN)
        for pointer in _block(words, low, high, start, start + BLOCK, least * LEAST_PART):
            span = pointer.cue_span()
            known, best = found.get(span, (0.0, pointer))
            both = min(1.0, known + pointer.probability)
            found[span] = both, pointer if pointer.probability >= known else best
    sure = sorted((span, *each) for span, each in found.items() if each[0] >= least)
    return [Cue(span, probability, pointer.source(), pointer.content()) for span, probability, pointer in sure]


def _block(words: Tokens, low: int, high: int, first: int, last: int, least: float) -> "Iterator[_Pointer]":
    """Yield the words in [first, last) that are cues, words [low, high) being read."""
    model = _model()
    hidden = model.hidden(words, low, high)
    probability = 1 / (1 + np.exp(-(hidden @ model.given["cue.weight"][0] + model.given["cue.bias"])))
    cues: Ints = np.flatnonzero(probability >= least)
    cues = cues[(cues + low >= first) & (cues + low < last)]
    if not len(cues):
        return
    asking, keys, none = model.pointers(hidden, cues)
    within = words.sentences[low:high]
    for row, cue in enumerate(map(int, cues)):
        sentence = int(np.searchsorted(within, within[cue])), int(np.searchsorted(within, within[cue], "right"))
        yield _Pointer(words, low, cue, float(probability[cue]), sentence, asking[row], keys, float(none[row]))


@dataclass(frozen=True, slots=True)
class _Pointer:
    """A word that is a cue, and what it takes to find what it points to: the spans that it asks for are looked for on demand.

    `cue` and `sentence` count the words from `low`. `asking` is [2 * POINTERS, KEY], `keys` [2 * POINTERS, words, KEY], `none`
    the score of having no source.
    """

    words: Tokens
    low: int
    cue: int
    probability: float
    sentence: Span
    asking: Floats
    keys: Floats
    none: float

    def cue_span(self) -> Span:
        return self._span("cue")[0]

    def source(self) -> Span | None:
        span, score = self._span("source")
        return None if self.none > score else span

    def content(self) -> Span:
        return self._span("content")[0]

    def _span(self, kind: str) -> tuple[Span, float]:
        """Return the span of the words that one kind of pointer points to, and its score."""
        number = POINTERS.index(kind)
        left, right = max(0, self.cue - WINDOW), min(self.keys.shape[1], self.cue + WINDOW + 1)
        if kind != "content":
            left, right = max(left, self.sentence[0]), min(right, self.sentence[1])
        begin, end = (self._scores(part, left, right) for part in (2 * number, 2 * number + 1))
        first, last, score = _best(begin, end, len(begin) if kind == "content" else LONGEST_SOURCE)
        at = self.low + left
        return (self.words.spans[at + first][0], self.words.spans[at + last][1]), score

    def _scores(self, part: int, left: int, right: int) -> Floats:
        """Return the scores of words [left, right), float32."""
        distance = _model().given["distance"][part, left - self.cue + WINDOW : right - self.cue + WINDOW]
        scores: Floats = self.keys[part, left:right] @ self.asking[part] * SCALE + distance
        return scores


def _best(begin: Floats, end: Floats, longest: int) -> tuple[int, int, float]:
    """Return the first and the last word, at most `longest` words apart, whose scores sum highest, and that sum."""
    best, at = -np.inf, (0, 0)
    for first in (-begin).argsort()[:4].tolist():
        reach = end[first : first + longest]
        last = int(reach.argmax())
        if begin[first] + reach[last] > best:
            best, at = float(begin[first] + reach[last]), (first, first + last)
    return (*at, best)


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
        size, widest = len(hidden), max(DILATIONS)
        padded = np.zeros((size + 2 * widest, hidden.shape[1]), dtype=np.float32)
        for layer, step in enumerate(DILATIONS):
            centred = hidden - np.add.reduce(hidden, axis=1, keepdims=True) / hidden.shape[1]
            variance = np.add.reduce(centred * centred, axis=1, keepdims=True) / hidden.shape[1]
            scaled = centred / np.sqrt(variance + 1e-5)
            padded[widest : widest + size] = scaled * given[f"norm{layer}.weight"] + given[f"norm{layer}.bias"]
            beside = np.concatenate([padded[widest + at : widest + at + size] for at in (-step, 0, step)], axis=1)
            both = beside @ given[f"layer{layer}.weight"].T + given[f"layer{layer}.bias"]
            half = both.shape[1] // 2
            hidden = hidden + both[:, :half] / (1 + np.exp(-both[:, half:]))
        return hidden

    def pointers(self, hidden: Floats, cues: Ints) -> tuple[Floats, Floats, Floats]:
        """Return what each cue asks for, [cues, 2 * POINTERS, KEY], what each word offers, [2 * POINTERS, words, KEY], and the
        score of no source, [cues].
        """
        given = self.given
        count = 2 * len(POINTERS)
        asking = (hidden[cues] @ given["query.weight"].T + given["query.bias"]).reshape(len(cues), count, KEY)
        keys = np.ascontiguousarray((hidden @ given["key.weight"].T).reshape(-1, count, KEY).transpose(1, 0, 2))
        return asking, keys, (hidden[cues] @ given["none.weight"].T + given["none.bias"]).sum(axis=1)


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
