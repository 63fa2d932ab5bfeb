"""A small encoder for tests of the library: a text is the sum of its words' vectors, so what it should find is plain."""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from index.encoder import EncoderInfo, TokenVectors, Vectors

DIMENSION = 64
WORD = re.compile(r"\w+")


@lru_cache(100_000)
def _vector(word: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    drawn = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


class WordyEncoder:
    """Encodes by words alone: the same words, in any order, are the same vector."""

    info = EncoderInfo("wordy", DIMENSION, "")
    runtime = "words"

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.array([self._sum(text) for text in texts], dtype=np.float32).reshape(len(texts), DIMENSION)
        return vectors

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        found = []
        for text in texts:
            words = list(WORD.finditer(text.lower()))
            rows = np.array([_vector(word.group()) for word in words], dtype=np.float32).reshape(len(words), DIMENSION)
            found.append(TokenVectors(self._sum(text), [word.span() for word in words], rows))
        return found

    def _sum(self, text: str) -> Vectors:
        total = sum((_vector(word) for word in WORD.findall(text.lower())), _vector("") * 1e-3)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)
