"""The same library with its vectors in files and on a Chroma server: are the ten best the same, and what does a search take?

    chroma run --path DIR --port 8000 &
    python benchmarks/server.py shared/data/time http://127.0.0.1:8000

The folder is a collection in BEIR's form. Its corpus is added to two new libraries, and every query with judgements is
searched in both. Two lists of ten are the same if at every rank stands the same passage, or one whose score is within TIE.
Milliseconds are of finding the 100 nearest vectors, and of all views, the query's encoding included; matching word by word,
which takes most of a search, is the same for both.
"""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter

import numpy as np

from evals.suites.beir import beir_collection
from index.encoder import DEFAULT_MODEL, Encoder, load_encoder
from index.library import Library
from index.retriever import VIEW_K, Found, Retriever
from index.server import VectorServer

K = 10
TIE = 1e-4


def searched(library: Library, queries: Sequence[str]) -> tuple[list[Found], list[float], list[float]]:
    """Return what each query finds, the ms that its vector's nearest took, and those that all views took."""
    retriever = Retriever(library)
    vectors = library.encoder().encode(queries)
    found, nearest, views = [], [], []
    for query, vector in zip(queries, vectors, strict=True):
        begun = perf_counter()
        with library.indexes() as indexes:
            indexes.vectors.search(vector, VIEW_K)
        nearest.append((perf_counter() - begun) * 1e3)
        begun = perf_counter()
        looked = retriever.look(query)
        views.append((perf_counter() - begun) * 1e3)
        found.append(retriever.match(looked, K))
    return found, nearest, views


def same(one: Found, other: Found) -> bool:
    """Tell whether two lists are the same, but for scores that are as good as equal."""
    if len(one.hits) != len(other.hits) or one.by_words_only or other.by_words_only:
        return False
    pairs = zip(one.hits, other.hits, strict=True)
    return all(a.passage.id == b.passage.id or abs(a.score - b.score) <= TIE for a, b in pairs)


def added(home: Path, corpus: Path, encoder: Encoder, server: VectorServer | None = None) -> Library:
    library = Library(home, encoder=encoder, server=server)
    begun = perf_counter()
    outcomes = library.add([corpus])
    taken = sum(outcome.ok for outcome in outcomes)
    where = server.address if server else "files"
    print(f"{where}: {taken} documents, {library.catalog.count()[1]} passages in {perf_counter() - begun:.0f} s")
    return library


def main() -> None:
    data, url = Path(sys.argv[1]), sys.argv[2]
    queries = [record.turns[0] for record in beir_collection(data).searches]
    with tempfile.TemporaryDirectory() as place:
        encoder = load_encoder(DEFAULT_MODEL, Path(place) / "encoder")
        corpus = (data / "corpus.jsonl").resolve()
        with (
            closing(added(Path(place) / "files", corpus, encoder)) as local,
            closing(added(Path(place) / "served", corpus, encoder, VectorServer(url))) as served,
        ):
            first, second = searched(local, queries), searched(served, queries)
            served.remove([entry.id for entry in served.list()])
    identical = sum(map(same, first[0], second[0]))
    print(f"the same {K} best: {identical} of {len(queries)}")
    for name, (_, nearest, views) in (("files", first), ("server", second)):
        told = ", ".join(
            f"{what} p50 {np.median(ms):.1f} p95 {np.percentile(ms, 95):.1f}"
            for what, ms in ((f"{VIEW_K} nearest", nearest), ("all views", views))
        )
        print(f"{name:7} ms: {told}")
    sys.exit(0 if identical == len(queries) else 1)


if __name__ == "__main__":
    main()
