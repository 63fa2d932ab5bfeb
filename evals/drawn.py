"""Draw a library of any size: its documents, the queries asked of it, and vectors without the model.

    {"_id": "17", "title": "River council talks", "published": "2020-04-11", "text": "Of ships harbourand in said ..."}

Words are those of the sample corpus, then those with another joined, VOCABULARY in all, as often as Zipf's law has it, a
quarter of a document's from its topic, so that the indexes meet common and rare words and the vectors come in clusters.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from corpus.folders import files_in
from corpus.readers import read
from corpus.types import Extract
from index.encoder import Encoder, EncoderInfo, TokenVectors, Vectors

__all__ = ["DrawnEncoder", "drawn_documents", "drawn_queries"]

VOCABULARY = 30_000
TOPICS, TOPIC_WORDS, TOPIC_SHARE = 500, 60, 1 / 4
SENTENCES = 16  # of a document, of 14 to 24 words: four passages
PASSAGES = 4
QUERY_WORDS = 6
FIRST_DAY, DAYS = np.datetime64("2019-01-01"), 731
DIMENSION = 384


class DrawnEncoder:
    """Embeds without the model: a word has a random vector, a text the sum of its words', the rarer weighing more.

    The word pieces of what is searched and found are the model's own, so a search takes the time that it takes.
    """

    info = EncoderInfo("drawn", DIMENSION, "")

    def __init__(self, model: Encoder) -> None:
        self.runtime = f"drawn vectors, word pieces by {model.runtime}"
        self._model = model
        words = _vocabulary()
        self._rows = {word: row for row, word in enumerate(words)}
        weights = np.log(2 + np.arange(len(words), dtype=np.float32))  # about the idf: the commonest words come first
        drawn = np.random.default_rng(1).standard_normal((len(words), DIMENSION), dtype=np.float32)
        self._vectors = drawn * weights[:, None]

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, float32 [n, DIMENSION]: texts with words in common are near to each other."""
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            words = text.lower().replace(".", " ").split()
            vectors[row] = self._vectors[[self._rows.get(word, 0) for word in words]].sum(axis=0)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return each text's word pieces by the model, and its drawn vector."""
        tokens = self._model.encode_tokens(texts)
        return [replace(each, whole=whole) for each, whole in zip(tokens, self.encode(texts), strict=True)]


@cache
def _vocabulary() -> list[str]:
    """Return the words of the sample corpus by falling frequency, then those with a short one joined, VOCABULARY in all."""
    folder = Path(str(files("corpus").joinpath("samples")))
    texts = [extract.text for path in files_in([folder]) for extract in read(path) if isinstance(extract, Extract)]
    counted = Counter(word for text in texts for word in text.lower().split() if word.isalpha())
    words = [word for word, _ in sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))]
    short = [
        word for word in words if len(word) <= 3
    ]  # longer ones would cost the model twice a real text's word pieces
    draw = np.random.default_rng(2)
    found = dict.fromkeys(words)
    while len(found) < VOCABULARY:
        found[words[draw.integers(len(words))] + short[draw.integers(len(short))]] = None
    return list(found)


class _Draw:
    """Draws words, the same ones for the same seed; of a topic of its own after `turn`."""

    def __init__(self, seed: int) -> None:
        self._draw = np.random.default_rng(seed)
        self._words = _vocabulary()
        shares = 1 / np.arange(1, len(self._words) + 1)  # Zipf's law
        self._shares = np.cumsum(shares) / shares.sum()
        self._topics = np.random.default_rng(3).integers(100, len(self._words), (TOPICS, TOPIC_WORDS))
        self.turn()

    def turn(self) -> None:
        self._topic = self._topics[self._draw.integers(TOPICS)]

    def words(self, count: int) -> list[str]:
        common = np.searchsorted(self._shares, self._draw.random(count))
        of_topic = self._topic[self._draw.integers(TOPIC_WORDS, size=count)]
        chosen = np.where(self._draw.random(count) < TOPIC_SHARE, of_topic, common)
        return [self._words[word] for word in chosen]

    def text(self) -> str:
        sizes = self._draw.integers(14, 25, SENTENCES)
        words = iter(self.words(int(sizes.sum())))
        return " ".join(" ".join(next(words) for _ in range(size)).capitalize() + "." for size in sizes)

    def day(self) -> str:
        return str(FIRST_DAY + self._draw.integers(DAYS))


def drawn_documents(passages: int) -> Iterator[dict[str, str]]:
    """Yield the rows of a corpus that has about as many passages."""
    draw = _Draw(seed=0)
    for number in range(passages // PASSAGES):
        draw.turn()
        title = " ".join(draw.words(4)).capitalize()
        yield {"_id": str(number), "title": title, "published": draw.day(), "text": draw.text()}


def drawn_queries(count: int) -> list[str]:
    """Return as many queries, each of QUERY_WORDS words."""
    draw = _Draw(seed=4)
    queries = []
    for _ in range(count):
        draw.turn()
        queries.append(" ".join(draw.words(QUERY_WORDS)))
    return queries
