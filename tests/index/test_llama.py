"""A LlamaIndex program gets our passages through its own retriever interface."""

from pathlib import Path

from index.library import Library
from index.llama import LlamaRetriever
from index.retriever import Retriever


def test_llama_index_retrieves_the_same_passages_with_what_a_citation_needs(library: Library, articles: Path) -> None:
    library.add([articles])
    retriever = Retriever(library)
    nodes = LlamaRetriever(retriever, k=3).retrieve("How many cars does the ferry carry?")
    hits = retriever.search("How many cars does the ferry carry?", 3).hits
    assert [(node.node_id, node.score) for node in nodes] == [(hit.passage.id, hit.score) for hit in hits]
    document = library.catalog.document(nodes[0].metadata["document_id"])
    text = document.text[nodes[0].node.start_char_idx : nodes[0].node.end_char_idx]  # type: ignore[attr-defined]
    assert text == nodes[0].get_content()
    assert nodes[0].metadata["title"] == "Bridge closed for repairs"
