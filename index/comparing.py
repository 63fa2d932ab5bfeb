"""The vectors of an index against those of the record: a sample of them, or every one. What an index counts is no proof."""

from collections.abc import Mapping, Sequence

import numpy as np

from corpus.catalog import Catalog
from index.encoder import Vectors
from index.server import ServerIndex
from index.vectors import VectorIndex

__all__ = ["differences", "differences_at_a_glance"]

SAMPLES = 10  # passages spread over all, and as many of the last
# Of an undamaged graph a few nodes are found by no search, since no link leads to them: 14 of 2,100 drawn passages, at any
# k. More than this share of a sample is damage: a graph that lost its last 1,000 vectors loses the half of it.
UNFOUND = 0.25
OFF = 1e-3  # of an embedding in the index from the record's, and of a cosine from 1


def differences(catalog: Catalog, vectors: VectorIndex | ServerIndex) -> list[str]:
    """Compare every id and every vector with the record's live ones; return what differs, each in words."""
    unsettled = catalog.unsettled()
    found: set[str] = set()
    changed = extra = 0
    for ids, rows in vectors.kept():
        wanted = catalog.live_vectors_of(ids)
        changed += len(_changed(ids, rows, wanted))
        extra += sum(id in found or not (id in wanted or id in unsettled) for id in ids)
        found |= wanted.keys()
    live = catalog.count_vectors()
    told = ((live - len(found), "are missing"), (changed, "have another vector"))
    problems = [f"{count} of {live} passages {what}" for count, what in told if count]
    problems += [f"{extra} passages too many"] if extra else []
    sample = [id for id in catalog.sample(SAMPLES) if id in found]
    return problems + _unfound(vectors, catalog.live_vectors_of(sample))


def differences_at_a_glance(catalog: Catalog, vectors: ServerIndex) -> list[str]:
    """Compare the number of vectors with the record's, and a sample of them; return what differs, each in words."""
    live, unsettled, counted = catalog.count()[1], len(catalog.unsettled()), vectors.count()
    if not live - unsettled <= counted <= live + unsettled:
        return [f"there are {counted:,} vectors, and {live:,} passages"]
    wanted = catalog.live_vectors_of(catalog.sample(SAMPLES))
    ids, rows = vectors.of([*wanted]) if wanted else ([], np.empty((0, 0), np.float32))
    told = (
        (len(wanted) - len(ids), "are missing"),
        (len(_changed(ids, rows, wanted)), "have another vector"),
    )
    return [f"{count} of {len(wanted)} passages {what}" for count, what in told if count] or _unfound(vectors, wanted)


def _changed(ids: Sequence[str], rows: Vectors, wanted: Mapping[str, bytes]) -> list[str]:
    """Return the wanted passages whose row is not their vector."""
    return [id for id, row in zip(ids, rows, strict=True) if id in wanted and not _same(row, wanted[id])]


def _same(row: Vectors, blob: bytes) -> bool:
    vector = np.frombuffer(blob, np.float32)
    return row.shape == vector.shape and bool(np.abs(row - vector).max() <= OFF)


def _unfound(vectors: VectorIndex | ServerIndex, wanted: Mapping[str, bytes]) -> list[str]:
    """Say if too many passages are not among the nearest to their own vector, unless others are as near: copies of them."""
    if not wanted:
        return []
    found = zip(wanted, vectors.nearest([np.frombuffer(blob, np.float32) for blob in wanted.values()], 10), strict=True)
    unfound = sum(id not in dict(hits) and not (hits and hits[-1][1] >= 1 - OFF) for id, hits in found)
    too_many = unfound > UNFOUND * len(wanted)
    return [f"{unfound} of {len(wanted)} passages do not find themselves"] if too_many else []
