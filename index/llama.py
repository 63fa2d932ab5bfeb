"""The retriever for LlamaIndex programs: their BaseRetriever over our library.

A node's metadata holds what a citation needs; a model is shown of it what helps it to answer, and not where files lie here.
"""

import asyncio

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

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """Do the same beside the event loop, which theirs would hold up."""
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _node(self, passage: Passage) -> TextNode:
        catalog = self._retriever.library.catalog
        document = catalog.document(passage.document_id, passage.version)
        speakers = (said.speaker for said in catalog.quotations_in([passage]).values())
        metadata = {
            "title": document.title,
            "outlet": document.outlet,
            "published": document.published,
            "speakers": list(dict.fromkeys(speakers)),
            "authors": list(document.authors),
            "document_id": document.id,
            "version": document.version,
            "source": document.source,
            "page": document.page_of(passage.start),
        }
        return TextNode(
            id_=passage.id,
            text=passage.text,
            metadata=metadata,
            excluded_llm_metadata_keys=["document_id", "version", "source", "page"],
            excluded_embed_metadata_keys=list(metadata),
            start_char_idx=passage.start,
            end_char_idx=passage.end,
        )
