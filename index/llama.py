"""The retriever for LlamaIndex programs: their BaseRetriever over our library."""

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from corpus.filters import Filters
from corpus.types import Passage
from index.retriever import Retriever

__all__ = ["LlamaRetriever"]


class LlamaRetriever(BaseRetriever):  # type: ignore[misc]  # llama-index is Any to mypy: its types take minutes
    """Retrieves the k best passages as nodes; a node's metadata holds what a citation needs."""

    def __init__(self, retriever: Retriever, k: int = 10, filters: Filters | None = None) -> None:
        super().__init__()
        self._retriever = retriever
        self._k = k
        self._filters = filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._retriever.search(query_bundle.query_str, self._k, self._filters)
        return [NodeWithScore(node=self._node(hit.passage), score=hit.score) for hit in found.hits]

    def _node(self, passage: Passage) -> TextNode:
        document = self._retriever.library.catalog.document(passage.document_id, passage.version)
        metadata = {
            "document_id": document.id,
            "version": document.version,
            "title": document.title,
            "source": document.source,
            "outlet": document.outlet,
            "published": document.published,
        }
        return TextNode(
            id_=passage.id,
            text=passage.text,
            metadata=metadata,
            start_char_idx=passage.start,
            end_char_idx=passage.end,
        )
