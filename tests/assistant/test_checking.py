"""The check of a sentence against the sources: how well they support it, and which words do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.checking import Verdict, support_of
from assistant.question import read_question
from assistant.ranking import candidates
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
    assert false.statements[0].reason == "the source says 40 million dollars, the sentence 90 million dollars"


def test_two_sentences_can_support_one_together(assistant: Assistant) -> None:
    answer = assistant.check("A storm flooded the old town, and the mayor Ines Falk said the sea wall had failed.")
    assert len(answer.citations) == 2
    assert answer.statements[0].support == "supported"


def test_nothing_to_check_against_is_said_and_is_no_support(assistant: Assistant) -> None:
    answer = assistant.check("The bridge was closed.", Filters(as_of="1900-01-01"))
    assert (answer.status, answer.reason and answer.reason.code) == ("abstained", "no_documents")
    with pytest.raises(QuestionError, match="empty"):
        assistant.check("  ")


def of_given(assistant: Assistant, claim: str, *words: str) -> Verdict:
    """Return the support of a claim by those sentences of the library that hold the words."""
    library = assistant.library
    documents = {f"{entry.id}@{entry.version}": library.catalog.document(entry.id) for entry in library.list()}
    hits = assistant.search("harbour bridge school storm mayor").hits
    given = [row for row in candidates(hits, documents, library.catalog) if any(word in row.text for word in words)]
    assert len(given) == len(words)
    return support_of(read_question(claim), given, library)


def test_given_sentences_alone_are_judged(assistant: Assistant) -> None:
    claim = "Repairs of the harbour bridge will cost $40 million, the city said."
    assert of_given(assistant, claim, "40 million").support == "supported"
    elsewhere = of_given(assistant, claim, "old ferry.")
    assert elsewhere.support != "supported"
    assert elsewhere.reason == "$40 million is not in the cited sentence"
    with pytest.raises(ValueError, match="no sentences"):
        support_of(read_question(claim), [], assistant.library)


@pytest.mark.parametrize(
    ("claim", "words", "reason"),
    [
        ("The school will have 700 pupils.", "600 pupils", "the source says 600, the sentence 700"),
        ("Peter Falk told Radio Nord that the sea wall had failed.", "Ines Falk", "Peter Falk is not in"),
        (
            "The harbour bridge was closed on 4 March 2021.",
            "was closed",
            "the source says 3 March 2021, the sentence 4 March 2021",
        ),
        ("“We will not raise any taxes for it,” Abara said.", "raise taxes", "has “We will not raise taxes for it”"),
        ("Ines Falk said that taxes will not be raised for it.", "raise taxes", "said by Councillor Abara"),
    ],
)
def test_a_wrong_figure_name_date_quotation_or_speaker_is_never_supported(
    assistant: Assistant, claim: str, words: str, reason: str
) -> None:
    verdict = of_given(assistant, claim, words)
    assert verdict.support in ("partly", "unsupported", "contradicted")
    assert reason in str(verdict.reason)
