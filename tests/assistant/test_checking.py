"""The check of a sentence against the sources: how well they support it, and which words do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.errors import QuestionError
from corpus.filters import Filters
from index.encoder import Encoder


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


def test_a_sentence_that_a_source_tells_is_supported_by_its_words(assistant: Assistant) -> None:
    answer = assistant.check("The mayor, Ines Falk, told Radio Nord that the sea wall had failed.")
    (statement,) = answer.statements
    assert (answer.status, statement.support, statement.reason) == ("answered", "supported", None)
    first = answer.citations[0]
    assert first.document.text[first.start : first.end] == first.quote
    assert "sea wall had failed" in first.quote
    assert first.speaker == "Ines Falk"


def test_what_the_sources_do_not_say_is_not_supported_and_the_reason_names_it(assistant: Assistant) -> None:
    answer = assistant.check("The striker Tom Berger scored twice against Lisbon in the cup final.")
    (statement,) = answer.statements
    assert statement.support == "unsupported"
    assert "Berger" in str(statement.reason)


def test_a_changed_figure_is_less_supported_and_the_reason_names_it(assistant: Assistant) -> None:
    true, false = (
        assistant.check(f"Repairs of the harbour bridge will cost {cost} million dollars, the city said.")
        for cost in (40, 90)
    )
    assert true.statements[0].support == "supported"
    assert false.statements[0].support != "supported"
    assert false.confidence < true.confidence
    assert false.statements[0].reason == "not in the cited sentences: 90"


def test_two_sentences_can_support_one_together(assistant: Assistant) -> None:
    answer = assistant.check("A storm flooded the old town, and the mayor Ines Falk said the sea wall had failed.")
    assert len(answer.citations) == 2
    assert answer.statements[0].support == "supported"


def test_nothing_to_check_against_is_said_and_is_no_support(assistant: Assistant) -> None:
    answer = assistant.check("The bridge was closed.", Filters(as_of="1900-01-01"))
    assert (answer.status, answer.reason and answer.reason.code) == ("abstained", "no_documents")
    with pytest.raises(QuestionError, match="empty"):
        assistant.check("  ")
