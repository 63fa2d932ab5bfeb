"""How fast documents are added, beside LlamaIndex's starter, in one run: characters a second, medians, and their ratio.

    pip install -e .[benchmarks]
    python benchmarks/ingest.py CORPUS.jsonl [--repeats 3]

Both read the same texts with the same model, loaded before the clock starts, into a new folder each time. The baseline is
LlamaIndex as its starter tutorial has it, with sentences split at 160 tokens, 20 overlapping, HuggingFaceEmbedding and a
persistent Chroma collection. OnRecord's time holds everything `Library.add` does: reading, segmenting, encoding, the
record with its fsyncs, Chroma and both lexical indexes.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["ANONYMIZED_TELEMETRY"] = "False"

from index.encoder import DEFAULT_MODEL, default_folder, load_encoder
from index.library import Library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.corpus.read_text(encoding="utf-8").splitlines()]
    characters = sum(len(row["text"]) for row in rows)
    with tempfile.TemporaryDirectory() as encoder_folder:
        encoder = load_encoder(DEFAULT_MODEL, Path(encoder_folder))
        baseline = _baseline()
        ours, theirs = [], []
        for _ in range(given.repeats):  # in turns, so that a busy machine slows both
            ours.append(characters / _seconds(lambda home: _onrecord(home, given.corpus, encoder)))
            theirs.append(characters / _seconds(lambda home: baseline(home, rows)))
    print(f"processor: {platform.processor() or platform.machine()}, flags {_flags()}, {os.cpu_count()} cores")
    print(f"{len(rows)} documents, {characters:,} characters, {given.repeats} runs each, medians")
    print(f"OnRecord ({encoder.runtime}): {statistics.median(ours):,.0f} characters/s  {[round(x) for x in ours]}")
    print(f"LlamaIndex starter 160/20:    {statistics.median(theirs):,.0f} characters/s  {[round(x) for x in theirs]}")
    print(f"ratio {statistics.median(ours) / statistics.median(theirs):.2f}")


def _seconds(work) -> float:
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        work(Path(home))
        return time.perf_counter() - started


def _onrecord(home: Path, corpus: Path, encoder) -> None:
    library = Library(home, encoder=encoder)
    outcomes = library.add([corpus])
    library.close()
    assert all(outcome.ok for outcome in outcomes)


def _baseline():
    import chromadb
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    model = HuggingFaceEmbedding(model_name=str(default_folder()), device="cpu")
    splitter = SentenceSplitter(chunk_size=160, chunk_overlap=20)

    def run(home: Path, rows: list[dict[str, str]]) -> None:
        client = chromadb.PersistentClient(str(home))
        store = ChromaVectorStore(chroma_collection=client.create_collection("starter"))
        documents = [Document(text=row["text"], id_=row["_id"]) for row in rows]
        context = StorageContext.from_defaults(vector_store=store)
        VectorStoreIndex.from_documents(documents, context, embed_model=model, transformations=[splitter])
        client.close()

    return run


def _flags() -> str:
    try:
        words = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return "unknown"
    return " ".join(sorted(words & {"avx2", "avx512f", "avx512_bf16", "amx_bf16"})) or "none of interest"


if __name__ == "__main__":
    main()
