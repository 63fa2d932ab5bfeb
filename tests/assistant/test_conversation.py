"""A follow-up takes over what it leaves unsaid, and a new subject takes over nothing."""

import pytest

from assistant.conversation import standalone


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did he say about it?", "What did he say about it? (mayor sea wall)"),
        ("And when?", "And when? (mayor sea wall)"),
        ("What does the new school in Harbour Street cost?", "What does the new school in Harbour Street cost?"),
    ],
)
def test_what_is_unsaid_is_carried_over_and_shown(question: str, expected: str) -> None:
    assert standalone(question, ["Who is the mayor of the sea wall?"]) == expected


def test_the_first_question_stands_alone() -> None:
    assert standalone("And when was it?", []) == "And when was it?"
