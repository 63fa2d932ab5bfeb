"""Questions that nobody could answer from here get the reason, and what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.filters import Filters
from index.encoder import Encoder


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("Wie viele Schiffe haben den Hafen verlassen?", "not_english"),
        ("Combien de navires ont quitté le port?", "not_english"),
        ("¿Cuántos barcos han salido del puerto?", "not_english"),
        ("Сколько кораблей покинули порт?", "not_english"),
        ("有多少艘船離開了港口?", "not_english"),
        ("the of and", "no_subject"),
        ("is it?", "no_subject"),
        ("Who won the chess championship in Reykjavik?", "not_mentioned"),
        ("What did Le Monde say of El Al?", "not_mentioned"),
        ("'; DROP TABLE documents; --", "not_mentioned"),
        ("<script>alert(1)</script> chess", "not_mentioned"),
        ('title:chess AND (text:"rook" OR *)', "not_mentioned"),
        ("chess~2^3 +rook -pawn [a TO b}", "not_mentioned"),
    ],
)
def test_what_cannot_be_answered_is_told_apart(assistant: Assistant, question: str, code: str) -> None:
    answer = assistant.ask(question)
    assert answer.status == "abstained"
    assert answer.reason is not None and answer.reason.code == code
    assert answer.text == answer.reason.message


def test_one_word_is_a_question(assistant: Assistant) -> None:
    assert assistant.ask("ferry").status == "answered"


@pytest.mark.parametrize(
    ("filters", "says"),
    [
        (Filters(as_of="1900-01-01"), "no document published by 1900-01-01. The oldest document is of 2021-05-04"),
        (Filters(from_date="2030-01-01"), "on or after 2030-01-01. The newest document is of 2021-11-20"),
        (Filters(speakers=("Nemo",)), "Nobody called Nemo says anything"),
        (Filters(outlets=("Nowhere Times",)), "that the filters let through"),
    ],
)
def test_filters_that_leave_nothing_are_named(assistant: Assistant, filters: Filters, says: str) -> None:
    answer = assistant.ask("How many cars does the ferry carry?", filters=filters)
    assert answer.status == "abstained"
    assert answer.reason is not None and says in answer.reason.message


def test_an_empty_library_says_that_it_is_empty(home: Path, encoder: Encoder) -> None:
    assistant = Assistant(Settings(home=home), encoder)
    answer = assistant.ask("How many cars does the ferry carry?")
    assert answer.reason is not None and "The library is empty" in answer.reason.message
    assistant.close()
