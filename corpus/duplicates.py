"""Recognise texts that are almost the same, word for word: a wire story in ten papers.

A text is the set of its shingles, runs of SHINGLE words without case and punctuation. A MinHash of it (Broder, 1997) is a
signature of fixed length. Its bands find by an indexed look-up which texts may be alike, the rest of it leaves out most that
are not, and the shingles themselves decide: half of the shorter text stands in the longer one, and a fifth of all in both.
Which documents make a group is kept by `corpus.groups`. The only file that imports datasketch.
"""

import re
from functools import cache
from typing import Any
from zlib import crc32

import numpy as np

__all__ = ["bands", "is_same_story", "may_be_same", "shingles", "signature"]

SHINGLE = 5  # words
SHORTEST = 30  # words; a shorter text is the same as another only in every word
PERMUTATIONS = 128
# Candidates agree in a band of BAND_ROWS values: of two texts with a Jaccard index of 0.2 a share of 0.48 does, of 0.3
# 0.78, of 0.5 0.99, of 0.05 0.04, by 1 - (1 - J^2)^16. Longer bands miss stories that were cut, shorter ones bring
# everything with the same imprint.
BANDS, BAND_ROWS = 16, 2
LEAST_CONTAINED, LEAST_SHARED = 0.5, 0.2  # docs/design.md has the pairs that chose them
LEAST_ESTIMATED = 0.1  # of the Jaccard index by the signatures, three standard deviations under LEAST_SHARED
WORD = re.compile(r"\w+")


def shingles(text: str) -> frozenset[int]:
    """Return the 32-bit hashes of a text's shingles; one of the whole where it has fewer than SHORTEST words."""
    words = WORD.findall(text.casefold())
    if len(words) < SHORTEST:
        return frozenset([crc32(" ".join(words).encode("utf-8", "replace"))])
    runs = zip(*(words[start:] for start in range(SHINGLE)), strict=False)
    return frozenset(crc32(" ".join(run).encode("utf-8", "replace")) for run in runs)


def signature(found: frozenset[int]) -> bytes:
    """Return the MinHash of shingles, PERMUTATIONS unsigned 32-bit numbers, little-endian."""
    minhash = _empty().copy()  # shares the permutations, which take as long to draw as the rest
    minhash.update_batch(found)
    return bytes(minhash.hashvalues.astype("<u4").tobytes())


@cache
def _empty() -> Any:
    from datasketch import MinHash  # here, since it takes 0.4 s to import, by scipy

    return MinHash(PERMUTATIONS, hashfunc=int, scheme="affine32")


def bands(kept: bytes) -> list[int]:
    """Return the keys of a signature's bands, signed 64-bit numbers."""
    size = 4 * BAND_ROWS
    return [int.from_bytes(kept[at : at + size], "little", signed=True) for at in range(0, BANDS * size, size)]


def may_be_same(mine: bytes, theirs: bytes) -> bool:
    """Tell by two signatures whether their texts are worth comparing."""
    agreeing = np.frombuffer(mine, "<u4") == np.frombuffer(theirs, "<u4")
    return bool(agreeing.mean() >= LEAST_ESTIMATED)


def is_same_story(mine: frozenset[int], theirs: frozenset[int]) -> bool:
    """Tell by their shingles whether two texts tell the same story almost word for word."""
    both = len(mine & theirs)
    return both >= LEAST_CONTAINED * min(len(mine), len(theirs)) and both >= LEAST_SHARED * len(mine | theirs)
