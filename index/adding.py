"""From drafts to live documents, batch by batch: staged and encoded ahead of the batch that is being written.

A batch goes through the states of the record: staged with its passages, embedded with their vectors, then, once it is in the
indexes, live. Each step is a transaction of its own, so that a crash leaves what was live before, and the rest to be taken out.
"""

import json
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Protocol

import numpy as np

from corpus.catalog import Catalog
from corpus.inputs import Known
from corpus.rows import encoded_text, text_hash
from corpus.types import Input
from index.encoder import Encoder, Vectors
from index.indexes import Indexes
from index.ingest import Batch, Outcome
from index.interrupts import held_back
from index.lexical import Text
from index.reading import Found
from index.shelf import Shelf
from index.upkeep import forget

__all__ = ["Encode", "Workers", "commit", "encoded", "let_go", "taking_back"]

Encode = Callable[[Sequence[str]], Vectors]
ENCODED_AT_ONCE = 2048  # texts: then it is looked whether they are still wanted


class Workers(Protocol):
    """What reads and encodes elsewhere, for the one that writes."""

    def work(self, inputs: Iterable[Input]) -> Iterator[tuple[Input, Found]]:
        """Read inputs, nearly in order."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the embeddings that the library's encoder would, float32 [n, dim], in input order."""


def encoded(
    found: Iterable[Batch], catalog: Catalog, encoder: Callable[[], Encoder], encode: Encode | None = None
) -> Generator[tuple[Batch, Vectors], None, None]:
    """Stage the batches, and yield each with its passages' vectors: one is encoded while the one before is written.

    With `encode` that encodes in the encoder's place, elsewhere.
    """
    stopped = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        before: tuple[Batch, Future[Vectors]] | None = None
        try:
            for batch in found:
                ahead = batch, _staged(batch, catalog, encoder, encode, pool, stopped)
                if before is not None:
                    yield before[0], before[1].result()
                before = ahead
            if before is not None:
                yield before[0], before[1].result()
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)


def _staged(
    batch: Batch,
    catalog: Catalog,
    load: Callable[[], Encoder],
    encode: Encode | None,
    pool: ThreadPoolExecutor,
    stopped: threading.Event,
) -> "Future[Vectors]":
    """Write the drafts into the record, and have encoded what it has no vector of."""
    if not batch.drafts:
        return pool.submit(np.empty, (0, 0), np.float32)
    encoder = load()
    texts = [encoded_text(draft.document.title, p.text) for draft in batch.drafts for p in draft.passages]
    with catalog.transaction():
        catalog.set_meta("encoder", json.dumps(asdict(encoder.info)))
        known = catalog.vectors_of(set(map(text_hash, texts)))
        for draft in batch.drafts:
            catalog.stage(draft.document, draft.original, draft.tokens, draft.passages, draft.place)
            catalog.attribute(draft.document, draft.quotations)
    return pool.submit(_vectors, encode or encoder.encode, encoder.info.dimension, texts, known, stopped)


def _vectors(
    encode: Encode, dimension: int, texts: Sequence[str], known: dict[bytes, bytes], stopped: threading.Event
) -> Vectors:
    """Return the texts' vectors, float32 [n, dim]; only those are encoded that the record has none of."""
    hashes = [text_hash(text) for text in texts]
    wanted = {hash: text for hash, text in zip(hashes, texts, strict=True) if hash not in known}
    new = [*wanted]
    for start in range(0, len(new), ENCODED_AT_ONCE):
        some = new[start : start + ENCODED_AT_ONCE]
        if not stopped.is_set():
            vectors = encode([wanted[hash] for hash in some])
            known |= zip(some, (vector.tobytes() for vector in vectors), strict=True)
    if stopped.is_set():
        return np.empty((0, dimension), np.float32)
    return np.array([np.frombuffer(known[hash], np.float32) for hash in hashes])


def commit(batch: Batch, vectors: Vectors, catalog: Catalog, shelf: Shelf) -> None:
    """Take a batch that is staged to live; with it the files count as read of which nothing is left to be done."""
    documents = [draft.document for draft in batch.drafts]
    if documents:
        ids = [passage.id for draft in batch.drafts for passage in draft.passages]
        with catalog.transaction():
            catalog.embed(documents, zip(ids, (vector.tobytes() for vector in vectors), strict=True))
        with shelf.lent() as indexes:
            _write(batch, vectors, indexes)
    with catalog.transaction():
        if documents:
            catalog.go_live(documents)
        for seen in batch.seen:
            catalog.inputs.keep(seen)
    if documents:
        shelf.keep_up(documents)
        forget(catalog, shelf)


def _write(batch: Batch, vectors: Vectors, indexes: Indexes) -> None:
    """Write a batch into every index."""
    keyed = [(f"{draft.document.id}@{draft.document.version}", draft) for draft in batch.drafts]
    passages = [
        Text(p.id, key, encoded_text(draft.document.title, p.text)) for key, draft in keyed for p in draft.passages
    ]
    indexes.vectors.add([text.id for text in passages], vectors)
    indexes.passages.write(passages)
    indexes.documents.write([Text(key, key, encoded_text(d.document.title, d.document.text)) for key, d in keyed])


def let_go(lost: Iterable[Known], prune: bool, catalog: Catalog, shelf: Shelf) -> Iterator[Outcome]:
    """Yield what becomes of documents that are no longer where they came from; with `prune` they leave the search."""
    every = {known.id: known for known in lost}
    if prune and every:
        with held_back():
            with catalog.transaction():
                catalog.retire([*every])
            forget(catalog, shelf)
    status = "retired" if prune else "missing"
    why = "found no longer, and kept for what cites it" if prune else "kept. To let go of it add again with --prune"
    for known in every.values():
        yield Outcome(known.source, status, known.id, known.title, message=f"{known.source}: it is gone; {why}.")


@contextmanager
def taking_back(catalog: Catalog, shelf: Shelf) -> Iterator[None]:
    """Take what is not live out again if the block is interrupted or fails."""
    try:
        yield
    except BaseException:
        with held_back(), suppress(Exception):  # where that fails too, the next writer does it
            with catalog.transaction():
                catalog.drop_unfinished()
            forget(catalog, shelf)
        raise
