"""What is measured: OnRecord, and beside it what a user would pick instead, over the same rows with the same model.

The baselines are LlamaIndex's starter, as its tutorial has it, with its default chunks of 1,024 tokens and with chunks of
160 (which the model can read whole), and BM25 over whole documents.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from assistant.assistant import Assistant
from corpus.errors import SettingsError, SourceError
from index.lexical import LexicalIndex, Text

__all__ = ["BASELINES", "DEPTH", "OnRecord", "Ranking", "System"]

DEPTH = 100  # documents
PASSAGES = 400  # of which the documents are taken, each at the rank of its best
SHOWN = 5  # passages kept in a record
Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Documents by their row id (or their source), best first, and the best passages as the report shows them."""

    found: tuple[str, ...]
    hits: tuple[dict[str, Any], ...] = ()


class System(Protocol):
    """Searches a collection. `name` stands in the run."""

    name: str

    def index(self, rows: Rows, files: Sequence[Path], folder: Path) -> None:
        """Take in a corpus; what is to be kept meanwhile goes under `folder`."""

    def search(self, query: str) -> Ranking:
        """Return the DEPTH best documents."""


class OnRecord:
    """OnRecord itself: the best passages' documents."""

    name = "onrecord"

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.corpus = Path()
        self._names: dict[str, str] = {}

    def index(self, rows: Rows, files: Sequence[Path], folder: Path) -> None:
        self.corpus = folder / "corpus.jsonl"
        self.corpus.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        outcomes = self.assistant.library.add([*([self.corpus] if rows else []), *files])
        failed = [outcome for outcome in outcomes if not outcome.ok]
        if failed:
            raise SourceError(f"a row of the suite could not be added: {failed[0].message}")
        rows_of = f"{self.corpus.resolve()}#"
        self._names = {entry.id: entry.source.removeprefix(rows_of) for entry in self.assistant.library.list()}

    def source(self, id: str) -> str:
        """Return the source of the document that a row became."""
        return f"{self.corpus.resolve()}#{id}"

    def search(self, query: str) -> Ranking:
        hits = self.assistant.retriever.search(query, PASSAGES).hits
        found = dict.fromkeys(self._names[hit.passage.document_id] for hit in hits)
        shown = (
            {
                "source": self._names[hit.passage.document_id],
                "text": hit.passage.text,
                "score": round(hit.score, 4),
                "views": {name: view if view is None else round(view, 4) for name, view in hit.views.items()},
            }
            for hit in hits[:SHOWN]
        )
        return Ranking(tuple(found)[:DEPTH], tuple(shown))


class Bm25:
    """BM25 over whole documents, by Tantivy (k1=1.2, b=0.75, stemmed)."""

    name = "bm25"

    def index(self, rows: Rows, files: Sequence[Path], folder: Path) -> None:
        self._texts = {row["_id"]: f"{row.get('title', '')}\n{row['text']}" for row in rows}
        self._index = LexicalIndex(folder / "bm25")
        self._index.write([Text(id, id, text) for id, text in self._texts.items()])

    def search(self, query: str) -> Ranking:
        found = self._index.search(query, DEPTH, lambda key: True)
        shown = ({"source": id, "text": self._texts[id][:500], "score": score, "views": {}} for id, score in found)
        return Ranking(tuple(id for id, _ in found), tuple(shown)[:SHOWN])


class LlamaIndex:
    """LlamaIndex's starter: VectorStoreIndex.from_documents, then its retriever. The default encoder's own weights."""

    def __init__(self, chunk_size: int, chunk_overlap: int) -> None:
        self.name = f"llamaindex {chunk_size}"
        self._chunks = (chunk_size, chunk_overlap)

    def index(self, rows: Rows, files: Sequence[Path], folder: Path) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"
        try:  # here, since they take seconds to import and only a baseline needs them
            from llama_index.core import Document, VectorStoreIndex
            from llama_index.core.node_parser import SentenceSplitter
            from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        except ImportError as error:
            raise SettingsError(
                f"the baseline {self.name} needs {error.name}: pip install llama-index-embeddings-huggingface"
            ) from error
        from index.encoder import default_folder

        size, overlap = self._chunks
        documents = [
            Document(text=row["text"], id_=row["_id"], metadata={"title": row["title"]} if row.get("title") else {})
            for row in rows
        ]
        index = VectorStoreIndex.from_documents(
            documents,
            embed_model=HuggingFaceEmbedding(model_name=str(default_folder()), device="cpu"),
            transformations=[SentenceSplitter(chunk_size=size, chunk_overlap=overlap)],
        )
        self._retriever = index.as_retriever(similarity_top_k=PASSAGES)

    def search(self, query: str) -> Ranking:
        nodes = self._retriever.retrieve(query)
        shown = (
            {"source": node.node.ref_doc_id, "text": node.node.text, "score": round(node.score, 4), "views": {}}
            for node in nodes[:SHOWN]
        )
        return Ranking(tuple(dict.fromkeys(node.node.ref_doc_id for node in nodes))[:DEPTH], tuple(shown))


BASELINES: dict[str, Callable[[], list[System]]] = {
    "bm25": lambda: [Bm25()],
    "llamaindex": lambda: [LlamaIndex(1024, 200), LlamaIndex(160, 20)],
}
