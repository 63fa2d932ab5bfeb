"""Questions of several parts: each is answered by itself, and what is missing is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer import as_json
from assistant.assistant import Assistant
from assistant.parts import parts
from assistant.settings import Settings
from index.encoder import Encoder


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who resigned and when?", ["Who resigned?", "when?"]),
        ("Why did it fail, and was Britain involved?", ["Why did it fail?", "was Britain involved?"]),
        ("What does it cost? Who pays for it?", ["What does it cost?", "Who pays for it?"]),
        ("Who met Falk and Abara in Lund?", ["Who met Falk and Abara in Lund?"]),
        ("How and why did it fail?", ["How and why did it fail?"]),
        ("What did he say about what happened and the cost?", ["What did he say about what happened and the cost?"]),
        ("and when?", ["and when?"]),
    ],
)
def test_a_question_is_cut_where_it_asks_anew(question: str, expected: list[str]) -> None:
    assert parts(question) == expected


def test_both_parts_are_answered_with_markers_of_their_own(assistant: Assistant) -> None:
    answer = assistant.ask("How many cars does the ferry carry, and how much will the repairs of the bridge cost?")
    assert (answer.status, answer.short) == ("answered", "900; 40 million")
    assert "900 cars" in answer.text and "40 million" in answer.text
    assert [citation.marker for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    for printed in as_json(answer)["statements"]:  # type: ignore[attr-defined]
        assert answer.text[printed["start"] : printed["end"]] == printed["text"]


def test_a_part_without_an_answer_makes_the_answer_partial(assistant: Assistant) -> None:
    answer = assistant.ask("How many cars does the ferry carry, and who won the chess championship?")
    assert answer.status == "partial"
    assert answer.reason is not None
    assert (answer.reason.code, answer.reason.missing) == ("part_missing", ("who won the chess championship?",))
    assert "900 cars" in answer.text and "chess" not in answer.text


def test_a_question_none_of_whose_parts_is_answered_abstains(assistant: Assistant) -> None:
    answer = assistant.ask("Who won the chess championship, and where is Reykjavik?")
    assert (answer.status, answer.statements) == ("abstained", ())


def test_a_name_that_no_cited_document_has_makes_the_answer_partial(assistant: Assistant) -> None:
    answer = assistant.ask("What did Ines Falk and Jonas Berg tell Radio Nord about the sea wall?")
    assert answer.status == "partial"
    assert answer.reason is not None and answer.reason.missing == ("Jonas Berg",)
    assert answer.statements
