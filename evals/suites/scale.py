"""What a library costs as it grows: rate of adding, time of a search, memory and disk, at 1,000 to 300,000 passages.

    {"_id": "17", "title": "River council talks", "published": "2020-04-11", "text": "Of ships harbourand in said ..."}

The text is drawn: words of the sample corpus, then those with another joined, VOCABULARY in all, as often as Zipf's law has
it, a quarter of a document's from its topic, so that the indexes meet common and rare words and the vectors come in
clusters. Up to ENCODED passages the library's own encoder encodes. Past that, where it would take half an hour,
DrawnEncoder does, and the rate lacks what the model takes. Adding is `Library.add`, searching
`Retriever.search` in a process that has just opened the library; a filter on dates takes half of the documents. Memory is
what the process grew by, mapped files that are in memory counted. Whatever --data names is passed over.
"""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import isnan, nan
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np

from assistant.assistant import Assistant
from corpus.errors import SourceError
from corpus.filters import filters_of
from corpus.folders import files_in
from corpus.readers import read
from corpus.segment import count_tokens, sentence_spans
from corpus.types import Extract
from evals.records import Record
from evals.suite import Measure, Suite
from index.encoder import Encoder, EncoderInfo, TokenVectors, Vectors, load_encoder
from index.library import Library
from index.retriever import Retriever

__all__ = ["SUITE", "DrawnEncoder", "drawn_documents", "drawn_queries", "scale_suite"]

SIZES = (1_000, 3_000, 10_000, 20_000, 100_000, 300_000)  # passages
ENCODED = 20_000
VOCABULARY = 30_000
TOPICS, TOPIC_WORDS, TOPIC_SHARE = 500, 60, 1 / 4
SENTENCES = 16  # of a document, of 14 to 24 words: four passages
PASSAGES = 4
SEARCHES = 100
QUERY_WORDS = 6
FIRST_DAY, DAYS = np.datetime64("2019-01-01"), 731
HALF = {"from": "2020-01-01"}
K = 10
DIMENSION = 384
FIGURES = {  # and whether more is better
    "ingest, passages/s": 1,
    "search p50, ms": -1,
    "search p95, ms": -1,
    "filtered search p50, ms": -1,
    "filtered search p95, ms": -1,
    "first search, ms": -1,
    "first filtered search, ms": -1,
    "memory, MB": -1,
    "disk, MB": -1,
}


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


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a size is measured, with which model, whether its vectors are drawn instead, and by how many searches."""

    corpus: Path
    home: Path
    model: str
    encoder_folder: Path
    drawn: bool
    searches: int

    def encoder(self) -> Encoder:
        model = load_encoder(self.model, self.encoder_folder)
        model.encode_tokens(drawn_queries(1))  # the first use takes memory and time of its own
        return DrawnEncoder(model) if self.drawn else model


def _added(site: _Site) -> dict[str, float]:
    """Add the corpus to a new library; return the rate, the memory taken by then, and the disk."""
    encoder = site.encoder()
    for load in (sentence_spans, count_tokens):  # what cuts and counts takes seconds to load
        load("A.")
    before = _resident_mb()
    library = Library(site.home, encoder=encoder)
    started = perf_counter()
    outcomes = library.add([site.corpus])
    seconds = perf_counter() - started
    grown = _resident_mb() - before
    library.close()
    failed = [outcome for outcome in outcomes if not outcome.ok]
    if failed:
        raise SourceError(f"a drawn document could not be added: {failed[0].message}")
    passages = sum(outcome.passages for outcome in outcomes)
    disk = sum(path.stat().st_size for path in site.home.rglob("*") if path.is_file()) / 1e6
    rate = passages / seconds
    return {"passages": passages, "ingest, passages/s": rate, "memory while adding, MB": grown, "disk, MB": disk}


def _searched(site: _Site) -> dict[str, float]:
    """Search a library as a process that has just opened it; return the times and the memory taken."""
    encoder, before = site.encoder(), _resident_mb()
    library = Library(site.home, encoder=encoder)
    retriever = Retriever(library)
    queries, half = drawn_queries(site.searches + 1), filters_of(HALF)
    times = _times("search", queries, lambda query: retriever.search(query, K))
    plain = _resident_mb() - before
    times |= _times("filtered search", queries, lambda query: retriever.search(query, K, half))
    grown = _resident_mb() - before
    library.close()
    return times | {"memory before a filtered search, MB": plain, "memory, MB": grown}


def _times(name: str, queries: Sequence[str], search: Callable[[str], object]) -> dict[str, float]:
    """Return the time of the first query, which opens what it needs, and the median and 95th percentile of the rest."""
    ms = []
    for query in queries:
        started = perf_counter()
        search(query)
        ms.append((perf_counter() - started) * 1e3)
    p50, p95 = np.percentile(ms[1:], [50, 95])
    return {f"first {name}, ms": ms[0], f"{name} p50, ms": float(p50), f"{name} p95, ms": float(p95)}


def _resident_mb() -> float:
    """Return the memory of this process that is in use, as Linux tells it; not a number elsewhere."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return nan
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _measured(site: _Site, size: int) -> Record:
    """Return the record of a size; adding and searching have a process each, so that neither finds the other's memory."""
    with site.corpus.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in drawn_documents(size))
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        values = processes.submit(_added, site).result() | processes.submit(_searched, site).result()
    values = {name: round(value, 2) for name, value in values.items() if not isnan(value)}
    vectors = "drawn" if site.drawn else "encoded"
    return Record(str(size), (f"{size:,} passages",), labels={"size": str(size), "vectors": vectors}, values=values)


def scale_suite(sizes: Sequence[int], encoded: int, searches: int) -> Suite:
    """Return the suite over libraries of `sizes` passages, vectors drawn where one has more than `encoded`."""

    def run(assistant: Assistant, data: Path | None) -> Iterator[Record]:
        model, encoder_folder = assistant.settings.encoder, assistant.settings.home / "encoder"
        load_encoder(model, encoder_folder)  # a first conversion's memory and time are no size's
        for size in sizes:
            with tempfile.TemporaryDirectory(dir=assistant.settings.home) as folder:
                home, corpus = Path(folder) / "home", Path(folder) / "corpus.jsonl"
                yield _measured(_Site(corpus, home, model, encoder_folder, size > encoded, searches), size)

    return Suite([_figure(size, name) for name in FIGURES for size in sizes], run=run)


def _figure(size: int, name: str) -> Measure:
    def row(record: Record) -> tuple[float] | None:
        return (record.values[name],) if record.labels["size"] == str(size) and name in record.values else None

    return Measure(f"{size:,} passages: {name}", row, better=FIGURES[name])


SUITE = scale_suite(SIZES, ENCODED, SEARCHES)
