"""A kept answer read back: the same as when it was given, and something to show of whatever was imported."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imported import ANSWER

from assistant.answer import Answer, Citation, Conflict, Position, Statement, Usage, as_json
from assistant.assistant import Assistant
from assistant.kept import answer_of_json
from assistant.settings import Settings
from corpus.catalog import Catalog
from corpus.dates import When
from corpus.filters import Filters
from index.encoder import Encoder

QUESTIONS = (
    "How much will the repairs of the harbour bridge cost?",
    "When was the harbour bridge closed?",
    "Who won the chess championship in Reykjavik?",
    "What happened in 2021?",
)
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["text", "from", "start"]), inner),
    max_leaves=4,
)
MORE = ("age", "conflicts", "filters", "model", "passages", "positions", "timings", "usage", "settings_hash", "id")


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


def kept(answer: Answer) -> Any:
    return json.loads(json.dumps(as_json(answer)))


def everything(answer: Answer) -> Answer:
    """Return an answer with all that one can have."""
    (first, *_) = answer.citations
    when = When(0, 8, "in March", "2021-03-01", "2021-03-31")
    at = first.start
    cited = replace(
        first,
        answer=(at + 5, at + 9),
        content=(at + 3, at + 12),
        via=("Radio Nord",),
        said_on=when,
        when=when,
        cue="said",
    )
    return replace(
        answer,
        citations=(cited,),
        statements=(Statement(first.quote, (1,), "partly", "40", "2021-03"), Statement("No.", (), "unsupported")),
        positions=(Position("The city", ("2021-03-03",), (0,), "for"), Position("B", (), (1,))),
        conflicts=(Conflict((0, 1), "date", "The sources differ."),),
        filters=Filters("2022-01-01", "2020-01-01", outlets=("Post",), speakers=("city",)),
        undated=3,
        age="old",
        model="m",
        usage=Usage(7, None, 3, 1),
        id="q1",
    )


def test_a_kept_answer_comes_back_as_it_was_given(assistant: Assistant) -> None:
    answers = [assistant.ask(question) for question in QUESTIONS]
    assert {answer.status for answer in answers} >= {"answered", "abstained"}
    for answer in [*answers, everything(answers[0])]:
        back = answer_of_json(kept(answer), assistant.library.catalog)
        assert kept(back) == kept(answer)
        assert back.gone == frozenset()
        assert [citation.quote for citation in back.citations] == [citation.quote for citation in answer.citations]


def test_the_outlets_that_tell_the_same_story_come_back(assistant: Assistant, articles: Path, tmp_path: Path) -> None:
    (tmp_path / "again.txt").write_text((articles / "bridge.txt").read_text() + "\n")
    assistant.library.add([tmp_path / "again.txt"])
    answer = assistant.ask(QUESTIONS[0])
    assert [len(citation.retold) for citation in answer.citations][:1] == [1]
    assert answer_of_json(kept(answer), assistant.library.catalog).notes == answer.notes


def test_a_document_that_was_edited_since_is_shown_as_it_was(assistant: Assistant) -> None:
    answer = assistant.ask(QUESTIONS[0])
    assistant.library.edit(answer.citations[0].document.id, {"outlet": "The Other Post"})
    assert answer_of_json(kept(answer), assistant.library.catalog).citations[0].document.outlet is None


@pytest.mark.parametrize("removal", ["remove", "put_aside"])
def test_the_words_of_a_document_that_is_gone_are_shown_from_what_was_kept(assistant: Assistant, removal: str) -> None:
    answer = everything(assistant.ask(QUESTIONS[0]))
    silent = assistant.ask(QUESTIONS[2])
    given, nearest = kept(answer), kept(silent)
    given["citations"][0]["page"] = 7
    getattr(assistant.library, removal)([entry.id for entry in assistant.library.list()])
    back = answer_of_json(given, assistant.library.catalog)
    (cited,), (then,) = back.citations, answer.citations
    assert (cited.quote, cited.page, cited.document.published) == (then.quote, 7, then.document.published)
    assert cited.document.text[slice(*(cited.answer or ()))] == then.document.text[slice(*(then.answer or ()))]
    assert f"{cited.document.id}@{cited.document.version}" in back.gone
    again = answer_of_json(nearest, assistant.library.catalog)
    assert [hit.passage.text for hit in again.hits] == [hit.passage.text for hit in silent.hits]
    assert {f"{hit.passage.document_id}@{hit.passage.version}" for hit in again.hits} == set(again.gone)


@given(answer=ANSWER, more=st.fixed_dictionaries({}, optional=dict.fromkeys(MORE, JUNK)), junk=JUNK)
@settings(max_examples=60, deadline=None)
def test_whatever_an_imported_answer_holds_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, answer: dict[str, Any], more: dict[str, Any], junk: object
) -> None:
    catalog = Catalog(tmp_path_factory.mktemp("any") / "catalog.sqlite3")
    citations = [{**one, "answer": junk, "content": junk, "when": junk, "retold": junk} for one in answer["citations"]]
    back = answer_of_json({**answer, **more, "citations": citations}, catalog)
    assert [citation.quote for citation in back.citations] == [one["quote"] for one in answer["citations"]]
    assert back.text is not None and as_json(back)["question"] == answer["question"]
    catalog.close()


def test_numbers_of_statements_that_there_are_not_are_left_out(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    bare = kept(Answer("q", "q", "answered", 0.5, (Statement("Words.", (9,)),)))
    bare["positions"] = [{"speaker": "A", "dates": ["x"], "statements": [0, 5], "stance": "maybe"}]
    bare["conflicts"] = [{"statements": [0, 7], "kind": "?", "line": "They differ."}]
    back = answer_of_json(bare, catalog)
    assert back.positions == (Position("A", ("x",), (0,)),)
    assert back.conflicts == (Conflict((0,), "figure", "They differ."),)
    assert isinstance(back.citations, tuple) and not any(isinstance(one, Citation) for one in back.citations)
    catalog.close()
