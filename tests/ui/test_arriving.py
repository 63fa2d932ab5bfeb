"""A turn as it arrives: what is told of it and when, what a stop keeps, and how many may ask at once."""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path

import pytest
from scripted import Exchange, Provider, Reply, chunk, offered_numbers, said, serving, slowly

from assistant.answer import Looking
from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.errors import OnRecordError
from corpus.filters import Filters
from index.encoder import Encoder
from index.library import Library
from ui.web.arriving import arriving, told, until_stopped
from ui.web.asking import Asking
from ui.web.render import Turn, conversation

PUPILS = "How many pupils will the school have?"
NONE = Filters()


@pytest.fixture
def filled(library: Library, articles: Path) -> Library:
    library.add([articles])
    return library


def assistant_with(library: Library, encoder: Encoder, provider: Provider | None = None) -> Assistant:
    model = {"engine": "m", "model_url": provider.url} if provider else {}
    return Assistant(Settings(home=library.home, **model), encoder)


def changes(turns: Iterable[Turn]) -> list[Turn]:
    """Return the turns without those that told nothing new."""
    return [next(same) for _, same in groupby(turns, key=id)]


def one_statement_then(reply: Reply) -> Reply:
    """Reply with a statement that is supported, then go on as `reply` does."""

    def both(exchange: Exchange) -> None:
        (number,) = [n for n, words in offered_numbers(exchange.prompt).items() if "600 pupils" in words]
        exchange.start()
        exchange.send(chunk(f"The school will have 600 pupils. [{number}]\n"))
        reply(exchange)

    return both


def endless_words(exchange: Exchange) -> None:
    while True:
        exchange.send(chunk("word "))
        time.sleep(0.01)


def silence(exchange: Exchange) -> None:
    time.sleep(20)
    exchange.send(chunk("late"))


def test_a_models_statements_arrive_one_by_one_and_its_failure_as_the_quoted_answer(
    filled: Library, encoder: Encoder
) -> None:
    replies = said("The sky is red. [1]\nThe sea is green. [2]\n"), said("NO ANSWER")
    with serving(*replies) as provider, closing(assistant_with(filled, encoder, provider)) as assistant:
        arrived = changes(arriving(assistant, PUPILS, NONE, []))
        *_, silent = arriving(assistant, PUPILS, NONE, arrived[-1:])
        (empty,) = arriving(assistant, " ", NONE, [])
    answers = [turn.answer for turn in arrived if turn.answer]
    assert [len(answer.statements) for answer in answers] == [1, 2, 1]
    assert (answers[-1].status, answers[-1].statements[0].support) == ("failed", "quoted")
    assert silent.answer is not None and silent.answer.status == "abstained"
    assert empty.error == "the question is empty. Ask something."


def test_quoting_tells_where_it_reads_then_the_whole_answer(filled: Library, encoder: Encoder) -> None:
    with closing(assistant_with(filled, encoder)) as assistant:
        *reading, whole = changes(arriving(assistant, PUPILS, NONE, []))
    assert [turn.answer for turn in reading] == [None]
    assert isinstance(reading[0].looking, Looking) and not reading[0].is_over
    assert whole.is_over and told(whole) == "Answered: 1 statement from 1 source."


def test_a_query_put_right_is_searched_as_it_stands(filled: Library, encoder: Encoder) -> None:
    with closing(assistant_with(filled, encoder)) as assistant:
        *_, first = arriving(assistant, "Who owns the lighthouse?", NONE, [])
        *_, again = arriving(assistant, first.question, NONE, [], query=PUPILS)
    assert again.question == "Who owns the lighthouse?"
    assert again.answer is not None and again.answer.query == PUPILS and "600 pupils" in again.answer.text


@pytest.mark.parametrize("goes_on", [endless_words, silence])
def test_a_stop_keeps_what_has_arrived_with_its_sources_and_hangs_up_on_the_model(
    filled: Library, encoder: Encoder, goes_on: Reply
) -> None:
    asking = Asking()
    with (
        serving(one_statement_then(goes_on)) as provider,
        closing(assistant_with(filled, encoder, provider)) as assistant,
        asking.admitted("tab") as run,
    ):
        asking.stop("another tab")
        turn = None
        for turn in until_stopped(arriving(assistant, PUPILS, NONE, []), run):
            if turn.answer:
                asking.stop("tab")
        if goes_on is endless_words:
            assert provider.hung_up.wait(5)
    assert turn is not None and turn.stopped and turn.is_over and turn.answer is not None
    assert [statement.text for statement in turn.answer.statements] == ["The school will have 600 pupils."]
    assert turn.answer.citations[0].quote in turn.answer.citations[0].document.text
    assert "You stopped this answer" in conversation([turn])


def test_a_model_that_is_silent_is_hung_up_on_at_once(filled: Library, encoder: Encoder) -> None:
    with serving(slowly(20)) as provider, closing(assistant_with(filled, encoder, provider)) as assistant:
        turns = arriving(assistant, PUPILS, NONE, [])
        next(turns), next(turns)
        while not provider.asked:
            next(turns)
        started = time.monotonic()
        turns.close()
        assert time.monotonic() - started < 5


def test_a_crash_is_told_and_written_to_the_log(
    filled: Library, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Iterator[object]:
        raise ZeroDivisionError("of ours")

    with closing(assistant_with(filled, encoder)) as assistant:
        monkeypatch.setattr(assistant, "stream", broken)
        (turn,) = arriving(assistant, PUPILS, NONE, [])
    assert turn.error is not None and "Something went wrong" in turn.error
    assert "of ours" in caplog.text


def test_no_more_are_let_in_than_can_be_answered_at_once() -> None:
    asking = Asking(at_once=1)
    with asking.admitted("a"):
        with pytest.raises(OnRecordError, match="Many are asking at the moment"), asking.admitted("b"):
            pass
        assert len(asking) == 1
    with asking.admitted("b"):
        assert len(asking) == 1
    assert len(asking) == 0


def test_what_had_not_been_answered_is_said_of_a_turn_that_was_stopped() -> None:
    assert "Nothing had been written yet." in conversation([Turn("q", stopped=True)])
