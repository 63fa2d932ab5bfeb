"""Conversations in the record: found again as they were kept, by their owner alone, while documents are being added."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest

from corpus.catalog import Catalog
from corpus.conversations import Conversation, Conversations, Exchange
from corpus.errors import LibraryLockedError, NotFoundError, QuestionError
from corpus.ratings import Rating, Ratings

ANSWER = {"schema": 1, "text": "“Taxes stay,” said Ines Falk. [1]", "citations": []}
NOON = "2021-05-04T12:00:00+00:00"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite3")
    yield opened
    opened.close()


def test_what_is_kept_is_read_back(catalog: Catalog) -> None:
    kept = Conversations(catalog)
    id, _ = kept.keep(None, "What did Falk say?", ANSWER)
    assert kept.keep(id, "Why?", ANSWER) == (id, 1)
    read = kept.read(id)
    assert (read.id, read.title) == (id, "What did Falk say?")
    assert [(turn.question, turn.answer) for turn in read.turns] == [("What did Falk say?", ANSWER), ("Why?", ANSWER)]
    assert read.created_at <= read.turns[1].asked_at <= read.updated_at
    assert kept.resolve(id[:6]) == id


def test_the_list_has_the_newest_first_and_the_search_looks_everywhere(catalog: Catalog) -> None:
    kept = Conversations(catalog)
    first, _ = kept.keep(None, "What did Falk say?", ANSWER)
    second, _ = kept.keep(None, "How high is the WALL?", {**ANSWER, "text": "Four metres. [1]"})
    kept.rename(second, "  Straße am \n Hafen ")
    assert [(one.id, one.title, one.turns) for one in kept.list()] == [
        (second, "Straße am Hafen", 1),
        (first, "What did Falk say?", 1),
    ]
    found = {
        words: [one.id for one in kept.list(words)] for words in ("tax", "wall metr", "STRASSE", "wall falk", "?!")
    }
    assert found == {"tax": [first], "wall metr": [second], "STRASSE": [second], "wall falk": [], "?!": []}


def test_the_last_turn_puts_a_conversation_first(catalog: Catalog) -> None:
    kept = Conversations(catalog)
    turns = (Exchange("Who?", ANSWER, NOON),)
    old, _ = kept.take(Conversation("0" * 12, "Old", NOON, NOON, turns))
    new, _ = kept.take(Conversation("1" * 12, "New", NOON, NOON.replace("12:", "13:"), turns))
    assert [one.id for one in kept.list()] == [new, old]
    kept.keep(old, "And why?", ANSWER)
    assert [one.id for one in kept.list()] == [old, new]


def test_a_conversation_of_another_owner_is_none(catalog: Catalog) -> None:
    mine, theirs = Conversations(catalog), Conversations(catalog, "ines")
    id, _ = theirs.keep(None, "Who?", ANSWER)
    assert mine.list() == []
    for attempt in (
        lambda: mine.resolve(id[:4]),
        lambda: mine.read(id),
        lambda: mine.keep(id, "Why?", ANSWER),
        lambda: mine.rename(id, "Mine"),
        lambda: mine.delete(id),
    ):
        with pytest.raises(NotFoundError, match="no such conversation"):
            attempt()
    assert [turn.question for turn in theirs.read(id).turns] == ["Who?"]
    assert theirs.read(id).title == "Who?"


def test_what_is_deleted_is_gone_with_its_turns(catalog: Catalog) -> None:
    kept = Conversations(catalog)
    id, _ = kept.keep(None, "Who?", ANSWER)
    kept.delete(id)
    with pytest.raises(NotFoundError, match="no such conversation"):
        kept.read(id)
    assert kept.take(Conversation(id, "Again", NOON, NOON, (Exchange("When?", ANSWER, NOON),))) == (id, True)
    assert [turn.question for turn in kept.read(id).turns] == ["When?"]


def test_taking_in_the_same_twice_is_taking_it_in_once(catalog: Catalog) -> None:
    kept = Conversations(catalog)
    given = Conversation("0123456789ab", "Old", NOON, NOON, (Exchange("Who?", ANSWER, NOON),))
    assert kept.take(given) == (given.id, True)
    assert kept.read(given.id) == given
    kept.rename(given.id, "Renamed here")
    kept.keep(given.id, "Asked on here?", ANSWER)
    assert kept.take(given) == (given.id, False)
    other = replace(given, turns=(Exchange("Another?", ANSWER, NOON),))
    made, is_new = kept.take(other)
    assert is_new and made != given.id
    assert kept.take(other) == (made, False)
    assert len(kept.list()) == 2
    theirs = Conversations(catalog, "ines")
    copy, is_new = theirs.take(given)
    assert is_new and copy != given.id
    assert theirs.take(given) == (copy, False)


def test_an_id_or_a_title_that_says_nothing_is_refused(catalog: Catalog) -> None:
    kept = Conversations(catalog)
    turns = (Exchange("Who?", ANSWER, NOON),)
    ids = [kept.take(Conversation(f"abcd{n:08}", "Old", NOON, NOON, turns))[0] for n in range(2)]
    with pytest.raises(NotFoundError, match="2 conversations begin with it"):
        kept.resolve("abcd")
    with pytest.raises(NotFoundError, match="an empty id"):
        kept.resolve("")
    with pytest.raises(QuestionError, match="the title is empty"):
        kept.rename(ids[0], " \n")


def test_many_threads_and_processes_keep_turns_while_a_document_is_added(tmp_path: Path) -> None:
    catalogs = [Catalog(tmp_path / "catalog.sqlite3") for _ in range(2)]  # as a page and the command line have it open
    id, _ = Conversations(catalogs[0]).keep(None, "First?", ANSWER)
    before = catalogs[0].generation()

    def ask(catalog: Catalog) -> None:
        for _ in range(5):
            Conversations(catalog).keep(id, "Next?", ANSWER)

    threads = [threading.Thread(target=ask, args=(catalogs[n % 2],)) for n in range(4)]
    with catalogs[0].transaction():  # the writer's, open on the connection that the page's threads share
        catalogs[0].set_meta("encoder", "{}")
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert len(Conversations(catalogs[1]).read(id).turns) == 21
    assert catalogs[1].generation() == before
    assert catalogs[1].meta("encoder") == "{}"
    for catalog in catalogs:
        catalog.close()


def test_a_turn_that_cannot_be_kept_leaves_nothing_and_the_writers_work_alone(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.schema.BUSY_S", 0.05)
    kept = Conversations(catalog)
    with catalog.transaction():
        catalog.set_meta("encoder", "{}")
        with pytest.raises(LibraryLockedError, match="Try again"):
            kept.keep(None, "Who?", ANSWER)
        assert kept.list() == []  # reading waits for no one
    assert catalog.meta("encoder") == "{}"
    with pytest.raises(TypeError, match="not JSON serializable"):
        kept.keep(None, "Who?", {"text": object()})
    assert kept.list() == []


def at(monkeypatch: pytest.MonkeyPatch, when: datetime) -> None:
    """Let the clock of the conversations stand at a time."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(when.timestamp(), tz)

    monkeypatch.setattr("corpus.conversations.datetime", Clock)


def test_what_is_discarded_is_out_of_sight_until_it_is_restored(catalog: Catalog) -> None:
    kept = Conversations(catalog)
    id, _ = kept.keep(None, "Who?", ANSWER)
    kept.discard(id)
    assert kept.list() == kept.list("who") == []
    assert catalog.conversations() == 0
    for attempt in (
        lambda: kept.resolve(id[:4]),
        lambda: kept.read(id),
        lambda: kept.keep(id, "Why?", ANSWER),
        lambda: kept.rename(id, "Gone"),
        lambda: kept.discard(id),
        lambda: kept.delete(id),
        lambda: Conversations(catalog, "ines").restore(id),
    ):
        with pytest.raises(NotFoundError, match="no such conversation"):
            attempt()
    kept.restore(id)
    assert [turn.question for turn in kept.read(id).turns] == ["Who?"]
    with pytest.raises(NotFoundError, match="no such conversation"):
        kept.restore(id)


def test_after_a_day_the_next_writer_purges_what_was_discarded(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Conversations(catalog)
    old, _ = kept.keep(None, "Old?", ANSWER)
    Ratings(catalog).rate(old, 0, Rating(False, words="Old news"))
    recent, _ = kept.keep(None, "Recent?", ANSWER)
    stays, _ = kept.keep(None, "Stays?", ANSWER)
    today = datetime.now(UTC)
    at(monkeypatch, today - timedelta(days=1, minutes=1))
    kept.discard(old)
    at(monkeypatch, today - timedelta(hours=23))
    kept.discard(recent)
    at(monkeypatch, today)
    kept.list()  # a reader purges nothing
    counts = "SELECT (SELECT count(*) FROM turns), (SELECT count(*) FROM ratings)"
    with catalog.beside(writes=False) as db:
        assert db.execute(counts).fetchone() == (3, 1)
    kept.rename(stays, "Stayed")
    with catalog.beside(writes=False) as db:
        assert db.execute(counts).fetchone() == (2, 0)
    with pytest.raises(NotFoundError, match="no such conversation"):
        kept.restore(old)
    kept.restore(recent)
    assert {one.id for one in kept.list()} == {recent, stays}


def test_taking_in_what_was_discarded_brings_it_back(catalog: Catalog) -> None:
    kept = Conversations(catalog)
    given = Conversation("0123456789ab", "Old", NOON, NOON, (Exchange("Who?", ANSWER, NOON),))
    kept.take(given)
    kept.discard(given.id)
    assert kept.take(given) == (given.id, True)
    assert kept.read(given.id) == given
    kept.discard(given.id)
    other, is_new = kept.take(replace(given, turns=(Exchange("Another?", ANSWER, NOON),)))
    assert is_new and other != given.id
    assert [one.id for one in kept.list()] == [other]


def test_the_list_can_be_cut_short(catalog: Catalog) -> None:
    kept = Conversations(catalog)
    ids = [kept.keep(None, f"Question {number}?", ANSWER)[0] for number in range(3)]
    assert [one.id for one in kept.list(most=2)] == ids[:0:-1]
    assert [one.id for one in kept.list("question", most=2)] == ids[:0:-1]
