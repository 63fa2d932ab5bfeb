"""A library without the model: an encoder that hashes words, and documents drawn from a few hundred made-up words."""

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from index.encoder import EncoderInfo, TokenVectors, Vectors

WORD = re.compile(r"\w+")


class HashingEncoder:
    """A word has a random vector that follows from its letters and the encoder's name; a text has their sum."""

    runtime = "words, hashed"

    def __init__(self, name: str = "hashing", dimension: int = 32) -> None:
        self.info = EncoderInfo(name, dimension, hashlib.sha256(name.encode()).hexdigest())
        self._known: dict[str, Vectors] = {}
        self.encoded = 0  # texts, over all calls of encode

    def _word(self, word: str) -> Vectors:
        if word not in self._known:
            seed = hashlib.sha256(f"{self.info.model} {word.lower()}".encode()).digest()[:8]
            drawn = np.random.default_rng(int.from_bytes(seed, "big")).standard_normal(self.info.dimension)
            self._known[word] = (drawn / np.linalg.norm(drawn)).astype(np.float32)
        return self._known[word]

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += len(texts)
        rows = [np.sum([self._word(word) for word in WORD.findall(text) or ["nothing"]], axis=0) for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self.info.dimension)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        found = []
        for text, whole in zip(texts, self.encode(texts), strict=True):
            spans = [match.span() for match in WORD.finditer(text)]
            rows = np.array([self._word(text[start:end]) for start, end in spans], dtype=np.float32)
            found.append(TokenVectors(whole, spans, rows.reshape(len(spans), self.info.dimension)))
        return found


@cache
def _vocabulary() -> list[str]:
    draw = np.random.default_rng(0)
    consonants, vowels = list("bdfgklmnprstvz"), list("aeiou")
    return ["".join(str(draw.choice(consonants)) + str(draw.choice(vowels)) for _ in range(3)) for _ in range(400)]


def drawn_words(count: int, seed: int) -> list[str]:
    """Return as many words of a vocabulary of 400, the first ones oftener."""
    return [_vocabulary()[i] for i in np.random.default_rng(seed).zipf(1.2, count) % 400]


def drawn_corpus(path: Path, documents: int) -> Path:
    """Write a JSON Lines file of documents of one passage each, and return it."""
    with path.open("w") as file:
        for number in range(documents):
            words = drawn_words(20, seed=number + 1)
            text = f"{' '.join(words[:10])}. {' '.join(words[10:])}.".capitalize()
            row = {"id": str(number), "title": f"Report {number}", "published": f"2021-0{1 + number % 9}", "text": text}
            file.write(json.dumps(row) + "\n")
    return path
