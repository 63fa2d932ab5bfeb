"""How close the words of a question stand together, and to what may answer."""

import numpy as np
import pytest

from assistant.closeness import closeness, near_answer
from assistant.question import read_question

ASKED = read_question("When did the ferry reach Oldport?")  # terms: ferry, reach, Oldport
EVEN = np.full(len(ASKED.terms), 1 / 3)


def test_words_side_by_side_are_closer_than_words_apart() -> None:
    assert closeness("The ferry reached Oldport at noon.", ASKED) == pytest.approx(1.0)
    assert closeness("The ferry left late and was slow to reach the quay.", ASKED) == pytest.approx(2 / 8)
    assert closeness("The ferry sank.", ASKED) == 0.0


def test_a_word_counts_the_less_the_further_it_stands_from_what_may_answer() -> None:
    # "ferry" is five words before "1998", "reached" four, "Oldport" three: each fades by a fifth for every word
    near = near_answer("The ferry reached Oldport quietly in 1998.", ASKED, EVEN)
    assert near == pytest.approx((1 / 2.0 + 1 / 1.8 + 1 / 1.6) / 3)
    assert near_answer("The ferry reached Oldport quietly.", ASKED, EVEN) == 0.0
    assert 0 < near_answer("In 1998 it rained, and much later on the ferry reached Oldport.", ASKED, EVEN) < near
