"""A follow-up takes over what it leaves unsaid, and a question that stands alone takes over nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.conversation import Said, Turn, standalone

FALK = Said('"The sea wall had failed," said Ines Falk, the mayor of Porto.', "Ines Falk")
WALL = Turn("What did Ines Falk say about the sea wall in Porto?", (FALK,))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did she say about its repair?", "What did Ines Falk say about its repair? (sea wall Porto)"),
        ("And her deputy?", "And Ines Falk's deputy? (sea wall Porto)"),
        ("And in Lisbon?", "What did Ines Falk say about the sea wall in Lisbon?"),
        ("And in 2019?", "What did Ines Falk say about the sea wall in Porto in 2019?"),
        ("What about Councillor Abara?", "What did Councillor Abara say about the sea wall in Porto?"),
        ("And what did Abara say?", "And what did Abara say? (sea wall Porto)"),
        ("Who said that?", 'Which source says this: "The sea wall had failed," said Ines Falk, the mayor of Porto.'),
        (
            "And which paper reported it first?",
            'Which source says this: "The sea wall had failed," said Ines Falk, the mayor of Porto.',
        ),
        ("Why?", "Why? (Ines Falk sea wall Porto; failed mayor)"),
        ("When was that?", "When was that? (Ines Falk sea wall Porto; failed mayor)"),
        ("Who is the mayor?", "Who is the mayor? (Porto)"),
        ("Repairs", "Repairs (Ines Falk sea wall Porto)"),
        ("What is a sluice gate?", "What is a sluice gate?"),
        ("How many cars does the ferry carry?", "How many cars does the ferry carry?"),
        ("What does the new school in Harbour Street cost?", "What does the new school in Harbour Street cost?"),
    ],
)
def test_what_is_unsaid_is_carried_over_and_nothing_else(question: str, expected: str) -> None:
    assert standalone(question, [WALL]) == expected


def test_a_date_is_replaced_by_a_date() -> None:
    before = [Turn("Who met in Lisbon in August?")]
    assert standalone("And in September?", before) == "Who met in Lisbon in September?"
    assert standalone("And in Porto?", before) == "Who met in Porto in August?"


def test_he_is_whoever_was_the_answer() -> None:
    before = [Turn("Who commands the ferry?", (Said("Captain Joao Reis commands the ferry.", "the Harbour Post"),))]
    assert standalone("Where was he born?", before) == "Where was Captain Joao Reis born? (commands ferry)"


def test_he_within_a_question_that_names_him_is_left_alone() -> None:
    asked = standalone("Did Abara say why he left?", [WALL])
    assert asked.startswith("Did Abara say why he left?")


def test_a_name_is_carried_once() -> None:
    before = [Turn("Who is Ines Falk? What poll did Ines Falk cite?")]
    assert standalone("When was it taken?", before) == "When was it taken? (Ines Falk poll cite)"


def test_a_silent_turn_does_not_hide_the_answer_before_it() -> None:
    before = [WALL, Turn("When was that? (sea wall failed)")]
    assert standalone("Who said it?", before).endswith(FALK.text)
    assert standalone("Did he resign?", before) == "Did Ines Falk resign? (sea wall failed)"


def test_what_was_asked_of_a_statement_is_carried_on_without_the_wording_of_the_question() -> None:
    second = Turn(standalone("Who said that?", [WALL]), WALL.statements)
    third = Turn(standalone("Why?", [WALL, second]))
    assert third.query == "Why? (sea wall failed Ines Falk mayor Porto)"


def test_the_words_of_an_answer_are_lent_to_one_question_alone() -> None:
    why = Turn(standalone("Why?", [WALL]), WALL.statements)
    assert standalone("Does it leak?", [WALL, why]) == "Does it leak? (Ines Falk sea wall Porto)"
    assert standalone("And in Lisbon?", [WALL, why]) == "Why in Lisbon? (Ines Falk sea wall Porto)"


def test_what_was_joined_to_a_question_is_replaced_too() -> None:
    before = [Turn("How did it end? (start Storm Ada flood)")]
    assert standalone("And Storm Bela?", before) == "How did it end? (start Storm Bela flood)"
    assert standalone("What about the Storm Bela?", before) == "How did it end? (start Storm Bela flood)"


def test_the_first_question_stands_alone() -> None:
    assert standalone("And when was it?", []) == "And when was it?"


WORDS = st.lists(
    st.sampled_from(
        "and what about who said that he his in of Lisbon the Ines Falk wall cost why May 2021 ( ) ; ?".split()
    )
    | st.text(max_size=4)
).map(" ".join)
TURNS = st.lists(st.builds(Turn, WORDS, st.lists(st.builds(Said, WORDS, st.none() | WORDS), max_size=2).map(tuple)))


@given(question=WORDS, turns=TURNS)
@settings(max_examples=300)
def test_any_question_comes_out_as_one(question: str, turns: list[Turn]) -> None:
    query = standalone(question, turns)
    assert query == question if not turns else isinstance(query, str)


def test_what_is_carried_stays_short_however_long_the_conversation() -> None:
    turns: list[Turn] = []
    for number in range(40):
        turns.append(Turn(standalone(f"Is it about pier{number} and quay{number}?", turns), (Said("word " * 10_000),)))
    assert len(turns[-1].query.split()) < 80
    assert "pier38" in turns[-1].query and "pier0" not in turns[-1].query
