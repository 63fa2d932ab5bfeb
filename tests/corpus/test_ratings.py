"""What a reader thought of an answer: kept with its turn, changed, taken back, seen by nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.catalog import Catalog
from corpus.conversations import Conversations
from corpus.errors import NotFoundError
from corpus.ratings import Rating, Ratings

ANSWER = {"schema": 1, "text": "“Taxes stay,” said Ines Falk. [1]", "citations": []}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite3")
    yield opened
    opened.close()


def test_a_rating_is_kept_changed_and_taken_back(catalog: Catalog) -> None:
    ratings = Ratings(catalog)
    id, turn = Conversations(catalog).keep(None, "What did Falk say?", ANSWER)
    ratings.rate(id, turn, Rating(True))
    assert ratings.of(id) == {0: Rating(True)}
    thought = Rating(False, ("wrong", "old"), "The figure · of 2019,\n says the town")
    ratings.rate(id, turn, thought)
    assert ratings.of(id) == {0: Rating(False, ("wrong", "old"), "The figure · of 2019, says the town")}
    ratings.withdraw(id, turn)
    assert ratings.of(id) == {}


def test_what_is_no_reason_and_what_is_too_long_is_left_out(catalog: Catalog) -> None:
    ratings = Ratings(catalog)
    id, turn = Conversations(catalog).keep(None, "What did Falk say?", ANSWER)
    ratings.rate(id, turn, Rating(False, ("old", "<b>made up</b>", "wrong"), "x" * 10_000_000 + "\ud800"))
    (kept,) = ratings.of(id).values()
    assert kept.reasons == ("wrong", "old")
    assert kept.words == "x" * 500


def test_only_a_turn_of_ones_own_that_is_there_can_be_rated(catalog: Catalog) -> None:
    mine, theirs = Ratings(catalog), Ratings(catalog, "ines")
    id, turn = Conversations(catalog).keep(None, "What did Falk say?", ANSWER)
    mine.rate(id, turn, Rating(True))
    for ratings, conversation, number in ((theirs, id, 0), (mine, id, 1), (mine, "0" * 12, 0), (mine, id, -1)):
        with pytest.raises(NotFoundError, match="no such conversation"):
            ratings.rate(conversation, number, Rating(False))
    theirs.withdraw(id, turn)
    assert theirs.of(id) == {} and list(theirs.list()) == []
    assert mine.of(id) == {0: Rating(True)}


def test_the_list_has_each_rating_with_the_turns_up_to_it(catalog: Catalog) -> None:
    kept, ratings = Conversations(catalog), Ratings(catalog)
    id, _ = kept.keep(None, "What did Falk say?", ANSWER)
    for question in ("Why?", "When?"):
        kept.keep(id, question, ANSWER)
    gone, _ = kept.keep(None, "Gone?", ANSWER)
    ratings.rate(gone, 0, Rating(True))
    ratings.rate(id, 1, Rating(False, ("old",)))
    kept.discard(gone)
    (rated,) = ratings.list()
    assert [turn.question for turn in rated.turns] == ["What did Falk say?", "Why?"]
    assert (rated.conversation_id, rated.rating) == (id, Rating(False, ("old",)))
    kept.restore(gone)
    assert len(list(ratings.list())) == 2
