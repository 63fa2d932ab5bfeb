"""The side a sentence takes on a yes-or-no question: plain cases, and silence where it is not plain."""

import pytest

from assistant.question import read_question
from assistant.stance import stance

CLOSE = "Will the mayor close the old harbour?"
SAFE = "Is the bridge safe?"
PAY = "Does the union support the pay deal?"
PLAN = "Should the council reject the plan?"


@pytest.mark.parametrize(
    ("question", "sentence", "side"),
    [
        (CLOSE, "The mayor will close the old harbour, she said.", "for"),
        (CLOSE, "The mayor confirmed that she would close the harbour.", "for"),
        (CLOSE, "The mayor said she would not close the old harbour.", "against"),
        (CLOSE, "The mayor denied that she would close the harbour.", "against"),
        (CLOSE, "The mayor ruled out that she would close the harbour.", "against"),
        (PAY, "The union backs the pay deal.", "for"),
        (PAY, "The union rejected the pay deal on Friday.", "against"),
        (PAY, "The union has refused to support the deal on pay.", "against"),
        (SAFE, "The bridge is safe, engineers confirmed.", "for"),
        (SAFE, "There is no evidence that the bridge is safe.", "against"),
        ("Is the bridge not safe?", "The bridge is not safe.", "for"),
        ("Are the two sides ready to negotiate?", "Neither side is ready to negotiate.", "against"),
        (PLAN, "The council should reject the plan, Abara argued.", "for"),
        (PLAN, "The council should not reject the plan, Falk said.", "against"),
    ],
)
def test_a_plain_sentence_takes_its_side(question: str, sentence: str, side: str) -> None:
    assert stance(read_question(question), sentence) == side


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (CLOSE, "The harbour lies in the west of the town."),
        (CLOSE, "It is unclear whether the mayor will close the old harbour."),
        (CLOSE, "Will the mayor close the old harbour?"),
        (SAFE, "Nobody denied that the bridge is safe."),
        (SAFE, "The bridge could be safe."),
        ("Is the strike at the harbour over?", "The strike at the harbour began in June."),
        ("When will the mayor close the old harbour?", "The mayor will close the old harbour."),
    ],
)
def test_what_is_not_plain_takes_no_side(question: str, sentence: str) -> None:
    assert stance(read_question(question), sentence) is None
