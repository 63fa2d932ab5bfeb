"""What a library costs as it grows: rate of adding, time of a search, memory and disk, at 1,000 to 300,000 passages.

The documents are drawn (`evals.drawn`). Up to ENCODED passages the library's own encoder encodes. Past that, where it would take half an hour,
DrawnEncoder does, and the rate lacks what the model takes. Adding is `Library.add`, searching
`Retriever.search` in a process that has just opened the library; a filter on dates takes half of the documents. Memory is
what the process grew by, mapped files that are in memory counted. Whatever --data names is passed over.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import isnan, nan
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np

from assistant.assistant import Assistant
from corpus.errors import SourceError
from corpus.filters import filters_of
from corpus.segment import count_tokens, sentence_spans
from evals.drawn import DrawnEncoder, drawn_documents, drawn_queries
from evals.records import Record
from evals.suite import Measure, Suite
from index.encoder import Encoder, load_encoder
from index.library import Library
from index.retriever import Retriever

__all__ = ["SUITE", "scale_suite"]

SIZES = (1_000, 3_000, 10_000, 20_000, 100_000, 300_000)  # passages
ENCODED = 20_000
SEARCHES = 100
HALF = {"from": "2020-01-01"}
K = 10
FIGURES = {  # and whether more is better
    "ingest, passages/s": 1,
    "search p50, ms": -1,
    "search p95, ms": -1,
    "filtered search p50, ms": -1,
    "filtered search p95, ms": -1,
    "filtered over plain search p50, ratio": -1,
    "first search, ms": -1,
    "first filtered search, ms": -1,
    "memory, MB": -1,
    "disk, MB": -1,
}


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
    times["filtered over plain search p50, ratio"] = times["filtered search p50, ms"] / times["search p50, ms"]
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
