"""The evidence pack: what is kept comes back from a file as it was, and each citation to the very words it quoted."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from imported import CONVERSATION

from assistant.answer import as_json
from assistant.assistant import Assistant
from assistant.evidence import citations, pack, read_pack, resolved
from assistant.settings import Settings
from corpus.catalog import Catalog
from corpus.conversations import Conversation, Conversations
from corpus.errors import SourceError
from index.encoder import Encoder
from index.library import Library


@given(conversation=CONVERSATION)
@settings(max_examples=40, deadline=None)
def test_a_conversation_comes_back_from_its_file_and_from_the_record(
    tmp_path_factory: pytest.TempPathFactory, conversation: Conversation
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    file = folder / "pack.json"
    file.write_text(json.dumps(pack(conversation), ensure_ascii=False), encoding="utf-8", newline="")
    assert read_pack(file) == conversation
    catalog = Catalog(folder / "catalog.sqlite3")
    id, _ = Conversations(catalog).take(read_pack(file))
    assert Conversations(catalog).read(id) == conversation
    catalog.close()


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


@pytest.fixture
def asked(assistant: Assistant) -> Conversation:
    kept = Conversations(assistant.library.catalog)
    answer = assistant.ask("How much will the repairs of the harbour bridge cost?")
    assert answer.citations
    return kept.read(kept.keep(None, answer.question, as_json(answer))[0])


def test_a_citation_resolves_to_the_version_it_quoted_after_the_document_has_changed(
    assistant: Assistant, asked: Conversation, articles: Path
) -> None:
    catalog = assistant.library.catalog
    (articles / "bridge.txt").write_text(
        "Bridge open again\n\nThe harbour bridge is open. Repairs cost 52 million dollars.\n"
    )
    assistant.library.add([articles / "bridge.txt"])
    (first, *_) = citations(asked)
    version = resolved(first, catalog)
    assert version is not None and version.version == 1
    assert version.text[first["start"] : first["end"]] == first["quote"]
    assert "40 million" in first["quote"] and "52 million" in catalog.document(version.id).text


def test_a_citation_of_a_document_that_was_removed_keeps_its_words(assistant: Assistant, asked: Conversation) -> None:
    catalog = assistant.library.catalog
    (first, *_) = citations(asked)
    assistant.library.remove([first["document"]["id"]])
    assert resolved(first, catalog) is None
    assert "40 million" in citations(Conversations(catalog).read(asked.id))[0]["quote"]


def test_another_library_resolves_what_it_has_the_same_content_of(
    assistant: Assistant, asked: Conversation, articles: Path, tmp_path: Path, encoder: Encoder
) -> None:
    file = tmp_path / "pack.json"
    file.write_text(json.dumps(pack(asked)), encoding="utf-8")
    other = Library(tmp_path / "other", encoder=encoder)
    Conversations(other.catalog).take(read_pack(file))
    (first, *_) = citations(Conversations(other.catalog).read(asked.id))
    assert resolved(first, other.catalog) is None
    moved = tmp_path / "elsewhere.txt"
    moved.write_text((articles / "bridge.txt").read_text())
    other.add([moved])
    version = resolved(first, other.catalog)
    assert version is not None and version.id != first["document"]["id"]
    assert resolved({**first, "start": first["start"] + 1}, other.catalog) is None
    other.close()


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], str]:
    def text(given: dict[str, Any]) -> str:
        change(given)
        return json.dumps(given)

    return text


def first_citation(given: dict[str, Any]) -> dict[str, Any]:
    return dict.__getitem__(given, "turns")[0]["answer"]["citations"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (lambda given: "", "no evidence pack"),
        (lambda given: "[" * 100_000, "no evidence pack"),
        (lambda given: json.dumps([given]), "no evidence pack"),
        (lambda given: json.dumps({"schema": 1, "question": "Who?"}), "no evidence pack"),
        (lambda given: json.dumps({**given, "title": "\ud800"}), "no evidence pack"),
        (lambda given: json.dumps({**given, "more": float("nan")}), "NaN is no number"),
        (lambda given: json.dumps({**given, "schema": 2}), "its schema is 2"),
        (changed(lambda given: given.pop("title")), r"\.title is missing"),
        (changed(lambda given: given.update(title=" ")), "no title"),
        (changed(lambda given: given.update(turns=[])), "no turn"),
        (changed(lambda given: given.update(id="../../etc")), r"\.id is not 12"),
        (changed(lambda given: given.update(updated_at="today")), "'today' is no time in UTC"),
        (changed(lambda given: given["turns"][0].update(answer=None)), r"\.turns\[0\]\.answer is of the wrong kind"),
        (
            changed(lambda given: first_citation(given).update(start=-1)),
            r"citations\[0\]\.start is no number from 0 up",
        ),
        (changed(lambda given: first_citation(given).update(end=True)), r"citations\[0\]\.end is no number"),
        (changed(lambda given: first_citation(given).update(quote=["x"])), r"\.quote is of the wrong kind"),
        (changed(lambda given: first_citation(given).update(said_on={})), r"\.said_on\.text is missing"),
        (changed(lambda given: first_citation(given)["document"].update(version=10**300)), r"\.version is no number"),
    ],
)
def test_a_file_that_is_no_evidence_pack_is_refused_with_one_error(
    tmp_path: Path, asked: Conversation, written: Callable[[dict[str, Any]], str], says: str
) -> None:
    file = tmp_path / "pack.json"
    file.write_text(written(json.loads(json.dumps(pack(asked)))), encoding="utf-8")
    with pytest.raises(SourceError, match=says):
        read_pack(file)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"missing\.json: cannot be read"):
        read_pack(tmp_path / "missing.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="no evidence pack"):
        read_pack(tmp_path / "bytes.json")
