"""The vector index: Chroma for the whole library, an exact product for a filtered part. The only file that imports chromadb.

Chroma holds ids and unit vectors of live passages, nothing else. A search limited by a filter scores the allowed rows of
`rows.npy`, which is written from the record: Chroma's own filters take time that grows with the library.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import LibraryDamagedError
from index.damage import told_as_damage
from index.encoder import Vectors

__all__ = ["CHROMA_FILE", "GRAPH_FILE", "HNSW", "Rows", "VectorIndex", "hits_of"]

CHROMA_FILE = "chroma.sqlite3"  # what Chroma keeps beside the graph
GRAPH_FILE = "index_metadata.pickle"  # what Chroma writes beside a graph's files when it has 1,000 vectors for it
COLLECTION = "passages"
# Searches take 100 results: with Chroma's own ef_search of 100 the last of them are often not the nearest. With 400 a graph
# built anew missed 1 in 20,000 of them (1,100 vectors of hashed words, 50 queries, 20 builds), with 1,000 none.
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 1_000}
FEW = 8  # one row in as many is copied and scored; of more the copying takes longer than scoring them all


class VectorIndex:
    """An open Chroma collection: cosine space, our own vectors always."""

    def __init__(self, folder: Path) -> None:
        """Open the index in `folder`, or begin it. Raises LibraryDamagedError if Chroma cannot."""
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        import chromadb  # here, since it takes 0.9 s to import
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        self._folder = folder
        self._errors = (chromadb.errors.ChromaError, OSError)
        self._known: int | None = None  # how many it counts; others that write are seen when it is opened anew
        with told_as_damage(
            folder, ValueError, *self._errors
        ):  # ValueError: it finds no tenant in a file that is no store
            try:
                self._client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
            except BaseException:  # Chroma would hand out what failed to start again, and that breaks in other ways
                SharedSystemClient._identifier_to_system.pop(str(folder), None)
                raise
        try:
            with told_as_damage(folder, *self._errors):
                self._collection: Any = self._client.get_or_create_collection(
                    COLLECTION, embedding_function=None, configuration={"hnsw": HNSW}
                )
        except LibraryDamagedError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the files. Chroma keeps one system a folder in a process: without this a reopened index is the old one."""
        self._client.close()

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Add passages; an id that is there already is written anew."""
        size = self._client.get_max_batch_size()
        self._known = None
        with told_as_damage(self._folder, *self._errors):
            for start in range(0, len(ids), size):
                self._collection.upsert(ids=list(ids[start : start + size]), embeddings=vectors[start : start + size])

    def remove(self, ids: Sequence[str]) -> None:
        """Remove passages; ids that are not there are passed over."""
        size = self._client.get_max_batch_size()
        self._known = None
        with told_as_damage(self._folder, *self._errors), contextlib.suppress(ValueError):
            for start in range(0, len(ids), size):
                self._collection.delete(ids=list(ids[start : start + size]))

    def count(self) -> int:
        """Return how many passages Chroma counts, which is not how many it finds."""
        with told_as_damage(self._folder, *self._errors):
            return int(self._collection.count())

    def search(self, vector: Vectors, k: int) -> list[tuple[str, float]]:
        """Return the k passages nearest to a unit vector [dim], (id, cosine), best first."""
        return self.nearest([vector], k)[0]

    def nearest(self, vectors: Sequence[Vectors], k: int) -> list[list[tuple[str, float]]]:
        """Return for each unit vector [dim] the k passages nearest to it, (id, cosine), best first."""
        if self._known is None:
            self._known = self.count()  # which takes Chroma as long as the search
        if not self._known:
            return [[] for _ in vectors]
        with told_as_damage(self._folder, *self._errors):
            found = self._collection.query(
                query_embeddings=list(vectors), n_results=min(k, self._known), include=["distances"]
            )
        return hits_of(found)

    def kept(self) -> Iterator[tuple[list[str], Vectors]]:
        """Yield the ids and the vectors [n, dim] of all passages, some at a time."""
        size = self._client.get_max_batch_size()
        for start in range(0, self.count(), size):
            with told_as_damage(self._folder, *self._errors):
                found = self._collection.get(limit=size, offset=start, include=["embeddings"])
            yield found["ids"], np.asarray(found["embeddings"], np.float32)


def hits_of(found: Mapping[str, Any]) -> list[list[tuple[str, float]]]:
    """Return what Chroma found, (id, cosine), for each vector asked."""
    return [
        [(id, 1.0 - distance) for id, distance in zip(ids, distances, strict=True)]
        for ids, distances in zip(found["ids"], found["distances"], strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Rows:
    """Every live or retired passage's vector, memory-mapped, float32 [n, dim].

    Each has its passage id, and in `places`, int32 [n], the place of its version key in `keys`.
    """

    ids: tuple[str, ...]
    keys: tuple[str, ...]
    places: NDArray[np.int32]
    vectors: Vectors

    @classmethod
    def build(cls, rows: Iterable[tuple[str, str, bytes]], dimension: int, folder: Path) -> "Rows":
        """Write the vectors of `rows` (passage id, version key, float32 bytes) into a file under `folder` and map it."""
        ids: list[str] = []
        places: list[int] = []
        keys: dict[str, int] = {}
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".rows") as file:  # gone with the map
            for id, key, blob in rows:
                ids.append(id)
                places.append(keys.setdefault(key, len(keys)))
                file.write(blob)
            file.flush()
            shape = (len(ids), dimension)
            vectors = (
                np.memmap(file.name, dtype=np.float32, mode="r", shape=shape) if ids else np.empty(shape, np.float32)
            )
        return cls(tuple(ids), tuple(keys), np.array(places, dtype=np.int32), vectors)

    def search(self, vector: Vectors, k: int, allowed: set[str]) -> list[tuple[str, float]]:
        """Return the k passages of the allowed versions nearest to a unit vector [dim], (id, cosine), best first."""
        admitted = np.fromiter((key in allowed for key in self.keys), dtype=bool, count=len(self.keys))
        rows = np.flatnonzero(admitted[self.places])
        if not len(rows):
            return []
        few = len(rows) * FEW <= len(self.ids)
        scores = self.vectors[rows] @ vector if few else (self.vectors @ vector)[rows]
        best = np.argsort(-scores, kind="stable")[:k]
        return [(self.ids[rows[i]], float(scores[i])) for i in best]
