"""The conversations at the side: by day, escaped, kept turn by turn, read back as they were, nobody else's."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.answer import Answer, Statement, as_json
from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.catalog import Catalog
from corpus.conversations import Conversations, Summary
from corpus.errors import NotFoundError
from corpus.ratings import Rating, Ratings
from index.encoder import Encoder
from ui.markdown import conversation_markdown
from ui.web.history import View, listed
from ui.web.keeping import kept, place, rate, reopened
from ui.web.render import Turn, conversation

CLOSED = "When was the harbour bridge closed?"
BLANK = Answer("Who?", "Who?", "abstained", 0.0)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite3")
    yield opened
    opened.close()


def summary(id: str, title: str, when: datetime) -> Summary:
    time = when.astimezone(UTC).isoformat(timespec="seconds")
    return Summary(id, title, time, time, 1)


def test_the_list_is_by_day_the_newest_first() -> None:
    today = date(2024, 3, 2)
    noon = datetime(2024, 3, 2, 12).astimezone()
    found = [summary(str(ago), f"{ago} days ago", noon - timedelta(days=ago)) for ago in (0, 0, 1, 2)]
    html = listed(found, View(), "1", today)
    order = ["<h2>Today</h2>", "0 days ago", "<h2>Yesterday</h2>", "1 days ago", "<h2>29 February 2024</h2>"]
    assert [html.index(part) for part in order] == sorted(html.index(part) for part in order)
    assert html.count('aria-current="page"') == 1 and 'data-address="/?conversation=1"' in html


def test_a_day_begins_at_midnight_on_this_machine() -> None:
    midnight = datetime(2024, 3, 2).astimezone()
    found = [summary("a", "After", midnight), summary("b", "Before", midnight - timedelta(seconds=1))]
    html = listed(found, View(), None, date(2024, 3, 2))
    assert html.index("After") < html.index("Yesterday") < html.index("Before")


def test_titles_are_text_and_only_so_many_are_listed() -> None:
    title = '"><img src=x onerror=alert(1)>'
    found = [summary(f"{number:02}", title, datetime.now(UTC)) for number in range(4)]
    html = listed(found, View(most=3, edited="01"), None, date.today())
    assert "<img" not in html and html.count("<li>") == 3 and 'data-do="more"' in html
    assert html.count('<form data-do="rename" data-id="01">') == 1
    assert 'data-do="more"' not in listed(found, View(most=4), None, date.today())
    assert "No conversation has these words." in listed([], View("x"), None, date.today())


def test_a_turn_goes_where_those_before_it_are(catalog: Catalog) -> None:
    first, told = kept(catalog, "ines", [], Turn("Who?", BLANK))
    assert told == "" and first.kept is not None
    second, _ = kept(catalog, "ines", [first], Turn("Why?", BLANK))
    error, _ = kept(catalog, "ines", [first, second], Turn("When?", error="No such date."))
    assert error.kept is None
    third, _ = kept(catalog, "ines", [first, second, error], Turn("Where?", BLANK))
    assert [turn.question for turn in Conversations(catalog, "ines").read(place([third]) or "").turns] == [
        "Who?",
        "Why?",
        "Where?",
    ]
    assert Conversations(catalog).list() == []


def test_a_turn_of_a_conversation_that_was_deleted_begins_one(catalog: Catalog) -> None:
    first, _ = kept(catalog, "local", [], Turn("Who?", BLANK))
    assert first.kept is not None
    Conversations(catalog).discard(first.kept.conversation)
    second, told = kept(catalog, "local", [first], Turn("Why?", BLANK))
    assert "deleted meanwhile" in told and "kept in a new one" in told
    third, told = kept(catalog, "local", [first, second], Turn("When?", BLANK))
    assert told == ""
    (only,) = Conversations(catalog).list()
    assert only.id == place([first, second, third]) != first.kept.conversation
    assert (only.title, only.turns) == ("Why?", 2)
    assert "rating was not kept" in rate(
        catalog, "local", [first], {"do": "rate", "way": "up", "id": first.kept.conversation, "turn": "0"}
    )


def test_a_turn_that_was_stopped_is_kept_as_that(catalog: Catalog) -> None:
    written = replace(BLANK, status="answered", statements=(Statement("It rained.", (), "unsupported"),))
    first, _ = kept(catalog, "local", [], Turn("Did it rain?", written, stopped=True))
    second, _ = kept(catalog, "local", [first], Turn("Why?", stopped=True))
    id = place([first, second]) or ""
    turns = [first, second]
    assert reopened(catalog, "local", id) == turns
    assert conversation(reopened(catalog, "local", id)) == conversation(turns)
    assert 'data-do="rate"' not in conversation(turns)
    answers = [turn.answer for turn in Conversations(catalog).read(id).turns]
    assert [answer["status"] for answer in answers] == ["partial", "partial"]
    assert answers[0]["text"] == "It rained. " and "stopped" in answers[1]["text"]
    written_down = conversation_markdown(Conversations(catalog).read(id), catalog)
    assert written_down.count("This answer was stopped before it was finished.") == 2


def test_a_conversation_is_shown_as_it_was(home: Path, encoder: Encoder, articles: Path) -> None:
    assistant = Assistant(Settings(home=home), encoder)
    assistant.library.add([articles])
    catalog = assistant.library.catalog
    turns: list[Turn] = []
    for question in (CLOSED, "How much will its repairs cost?", "Who won the chess championship in Reykjavik?"):
        answer = assistant.ask(question, [turn.answer for turn in turns if turn.answer])
        turns.append(kept(catalog, "local", turns, Turn(question, answer))[0])
    id = place(turns) or ""
    assert rate(catalog, "local", turns, {"do": "rate", "way": "down", "id": id, "turn": "1"}) == ""
    again = reopened(catalog, "local", id)
    assert conversation(again) == conversation(turns)
    assert [as_json(turn.answer) for turn in again if turn.answer] == [
        as_json(turn.answer) for turn in turns if turn.answer
    ]
    follow_up = assistant.ask("And when was that?", [turn.answer for turn in again[:1] if turn.answer])
    assert "harbour bridge" in follow_up.query
    with pytest.raises(NotFoundError, match="no such conversation"):
        reopened(catalog, "ines", id)
    assistant.close()


def test_thumbs_are_pressed_changed_explained_and_taken_back(catalog: Catalog) -> None:
    turn, _ = kept(catalog, "local", [], Turn("Who?", BLANK))
    turns, id = [turn], place([turn]) or ""
    of = {"id": id, "turn": "0"}

    def after(**done: str) -> Rating | None:
        assert rate(catalog, "local", turns, {**of, **done}) == ""
        assert turns[0].kept is not None and turns[0].kept.rating == Ratings(catalog).of(id).get(0)
        return turns[0].kept.rating

    assert after(do="reason", reason="old") is None  # nothing pressed yet
    assert after(do="rate", way="down") == Rating(False)
    assert after(do="reason", reason="old") == Rating(False, ("old",))
    assert after(do="reason", reason="<script>") == Rating(False, ("old",))
    assert after(do="words", words='"><img src=x>') == Rating(False, ("old",), '"><img src=x>')
    assert "<img" not in conversation(turns)
    assert after(do="reason", reason="old") == Rating(False, (), '"><img src=x>')
    assert after(do="rate", way="up") == Rating(True, (), '"><img src=x>')
    assert after(do="rate", way="up") is None
    forged = [{**of, "do": "rate", "way": "up", "turn": turn} for turn in ("1", "-1", "0 OR 1", "9" * 99)]
    for done in (*forged, {"do": "rate", "way": "up"}):
        assert rate(catalog, "local", turns, done) == ""
    assert Ratings(catalog).of(id) == {}
