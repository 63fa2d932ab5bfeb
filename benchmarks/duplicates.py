"""What grouping near-duplicates costs, beside encoding the same documents: CPU time of both, in one run.

    python benchmarks/duplicates.py [--documents 2000]

The documents are those of the suite scale, of some 270 words in four passages. As many as are asked for are in the record
before, then as many more are written to it, without passages, and go live: what that takes is counted as grouping, since the
rest of it is a twentieth. A tenth of them is encoded. CPU time counts every thread.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from corpus.catalog import Catalog
from corpus.segment import passages
from corpus.types import Document
from evals.drawn import drawn_documents
from index.encoder import DEFAULT_MODEL, load_encoder

ENCODED = 10  # one document in as many


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=2_000)
    count = parser.parse_args().documents
    rows = islice(drawn_documents(8 * count), 2 * count)
    documents = [_document(row) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog(Path(folder) / "catalog.sqlite3")
        add(catalog, documents[:count])
        grouped = cpu_s(lambda: add(catalog, documents[count:])) / count
        catalog.close()
        encoder = load_encoder(DEFAULT_MODEL, Path(folder))
        few = documents[count::ENCODED]
        texts = [f"{document.title}\n{passage.text}" for document in few for passage in passages(document)]
        encoder.encode(texts[:8])
        encoded = cpu_s(lambda: encoder.encode(texts)) / len(few)
    print(
        f"grouping {grouped * 1e3:.2f} ms, encoding {encoded * 1e3:.1f} ms of CPU a document: {grouped / encoded:.1%}"
    )


def add(catalog: Catalog, documents: Sequence[Document]) -> None:
    """Put documents into the record, and let them go live, which groups them."""
    with catalog.transaction():
        for document in documents:
            catalog.stage(document, "", 0, [])
        catalog.go_live(documents)


def cpu_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _document(row: dict[str, str]) -> Document:
    about = (row["_id"], row["title"], row["text"], row["published"], None, (), None, (), None, "", row["_id"])
    return Document(row["_id"], 1, *about, (), (), "")


if __name__ == "__main__":
    main()
