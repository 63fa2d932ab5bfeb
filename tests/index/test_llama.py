"""A LlamaIndex program gets our passages through its own retriever interface."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.query_engine import RetrieverQueryEngine
from pydantic import Field

from corpus.filters import Filters
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


class Scripted(CustomLLM):  # type: ignore[misc]
    """Answers always the same, and notes what it was given."""

    prompts: list[str] = Field(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata()

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        self.prompts.append(prompt)
        return CompletionResponse(text="It carries 900 cars a day.")

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Iterator[CompletionResponse]:
        yield self.complete(prompt)


def test_their_query_engine_answers_from_our_passages_and_names_them(library: Library, articles: Path) -> None:
    library.add([articles])
    llm = Scripted()
    engine = RetrieverQueryEngine.from_args(LlamaRetriever(Retriever(library), k=2), llm=llm)
    response = engine.query("How many cars does the ferry carry?")
    assert str(response) == "It carries 900 cars a day."
    assert "The ferry carries 900 cars a day." in llm.prompts[0]
    assert len(response.source_nodes) == 2
    first = response.source_nodes[0].metadata
    assert (first["title"], first["published"]) == ("Bridge closed for repairs", None)
    assert str(articles) not in "".join(llm.prompts)  # where files lie here is nobody else's affair


def test_their_engine_works_in_an_event_loop_too(library: Library, articles: Path) -> None:
    library.add([articles])
    filters = Filters(outlets=("Harbour Post",))
    retriever = LlamaRetriever(Retriever(library), filters=filters)
    engine = RetrieverQueryEngine.from_args(retriever, llm=Scripted())
    response = asyncio.run(engine.aquery("What did the mayor tell Radio Nord?"))
    assert str(response) == "It carries 900 cars a day."
    assert response.source_nodes[0].metadata["speakers"] == ["Ines Falk"]
    assert {node.metadata["outlet"] for node in response.source_nodes} == {"Harbour Post"}
