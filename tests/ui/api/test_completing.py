"""What a follow-up leans on is the same from the texts of a chat as from the answers themselves."""

import pytest

from assistant.conversation import standalone, turn_of
from ui.api.completing import Chat, completed
from ui.api.desk import Desk
from ui.api.wording import answer_words

FOLLOW_UPS = (
    "And when did she say that?",
    "Who said that?",
    "Why?",
    "What reason did he give?",
    "And in Lisbon?",
    "What about the ferry?",
    "When was that?",
)


@pytest.mark.parametrize(
    "question",
    [
        "What did Ines Falk tell Radio Nord about the sea wall?",
        "When was the harbour bridge closed?",
        "Who said that taxes will not be raised?",
        "Who won the chess championship?",
    ],
)
def test_a_follow_up_is_completed_from_texts_as_from_the_answer(desk: Desk, question: str) -> None:
    answer = desk.assistant.ask(question)
    before = [{"role": "user", "content": question}, {"role": "assistant", "content": answer_words(answer)}]
    for follow_up in FOLLOW_UPS:
        asked = Chat.model_validate(
            {"model": "onrecord", "messages": [*before, {"role": "user", "content": follow_up}]}
        )
        *_, whole = completed(desk.assistant, asked)
        assert whole.answer["query"] == standalone(follow_up, [turn_of(answer)])  # type: ignore[union-attr]


def test_a_message_longer_than_any_question_is_not_read_to_its_end(desk: Desk) -> None:
    endless = "what is a " + "-" * 300_000 + " b c"  # read whole, its patterns would take hours
    before = [{"role": "user", "content": "Who left?"}, {"role": "user", "content": endless}]
    asked = Chat.model_validate(
        {"model": "onrecord", "messages": [*before, {"role": "user", "content": "When was the harbour bridge closed?"}]}
    )
    *_, whole = completed(desk.assistant, asked)
    assert whole.answer["status"] == "answered"  # type: ignore[union-attr]
