"""Conversations as their users keep them, in the terminal: asked, gone on with, found, carried elsewhere, deleted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer import Answer
from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.catalog import Catalog
from corpus.conversations import Conversations
from corpus.errors import NotFoundError, QuestionError
from index.encoder import Encoder
from index.library import Library
from tests.ui.test_cli import onrecord
from ui.talk import Talk


@pytest.fixture
def filled(home: Path, library: Library, articles: Path) -> Path:
    library.add([articles])
    return home


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


def test_a_conversation_is_gone_on_with_where_it_was_left(assistant: Assistant) -> None:
    begun = Talk(assistant, "new", keeps=True)
    assert begun.id is None
    begun.keep(begun.ask("When was the harbour bridge closed?"))
    assert begun.id is not None
    later = Talk(assistant, begun.id[:6], keeps=True)
    answer = later.ask("How much will its repairs cost?")
    later.keep(answer)
    assert answer.query == "How much will its repairs cost? (harbour bridge closed)"
    assert answer.short == "40 million"
    kept = Conversations(assistant.library.catalog).read(begun.id)
    assert [turn.question for turn in kept.turns] == [
        "When was the harbour bridge closed?",
        "How much will its repairs cost?",
    ]
    assert kept.turns[1].answer["query"] == answer.query


def test_how_a_question_was_asked_can_be_put_right(assistant: Assistant) -> None:
    talk = Talk(assistant, None, keeps=True)
    with pytest.raises(QuestionError, match="no question yet"):
        talk.corrected("Anything")
    for question in ("What did the mayor tell Radio Nord?", "How many cars are there?"):
        talk.keep(talk.ask(question))
    *_, answer = talk.corrected("How many cars does the ferry carry?")
    assert isinstance(answer, Answer)
    talk.keep(answer)
    assert (answer.question, answer.query) == ("How many cars are there?", "How many cars does the ferry carry?")
    assert answer.short == "900"
    kept = Conversations(assistant.library.catalog).read(str(talk.id))
    assert [turn.question for turn in kept.turns[1:]] == ["How many cars are there?"] * 2


def test_what_is_not_to_be_kept_is_not(assistant: Assistant) -> None:
    talk = Talk(assistant, None, keeps=False)
    talk.keep(talk.ask("When was the harbour bridge closed?"))
    assert talk.ask("How much will its repairs cost?").short == "40 million"
    assert talk.id is None
    assert Conversations(assistant.library.catalog).list() == []


def test_an_answer_whose_conversation_was_deleted_meanwhile_is_given_all_the_same(assistant: Assistant) -> None:
    talk = Talk(assistant, None, keeps=True)
    talk.keep(talk.ask("When was the harbour bridge closed?"))
    Conversations(assistant.library.catalog).delete(str(talk.id))
    answer = talk.ask("How much will its repairs cost?")
    assert answer.short == "40 million"
    with pytest.raises(NotFoundError, match="no such conversation"):
        talk.keep(answer)


def test_a_conversation_of_another_owner_cannot_be_gone_on_with(assistant: Assistant) -> None:
    id, _ = Conversations(assistant.library.catalog, "ines").keep(None, "Who?", {})
    with pytest.raises(NotFoundError, match="no such conversation"):
        Talk(assistant, id, keeps=True)


def test_the_commands_keep_find_carry_and_delete_a_conversation(filled: Path, tmp_path: Path) -> None:
    asked = onrecord(
        filled, "chat", given="When was the harbour bridge closed?\nWhat will it cost?\n=bridge repairs cost\n\n"
    )
    assert asked.returncode == 0, asked.stderr
    assert "(asked as: bridge repairs cost)" in asked.stdout
    (entry,) = json.loads(onrecord(filled, "conversations", "list", "--search", "BRIDG", "--json").stdout)
    assert (entry["title"], entry["turns"]) == ("When was the harbour bridge closed?", 3)
    id = entry["id"]
    assert f"kept as conversation {id}" in asked.stderr
    further = onrecord(filled, "ask", "How many cars does the ferry carry?", "--conversation", id[:5], "--json")
    assert json.loads(further.stdout)["short"] == "900"
    assert f"kept in conversation {id}" in further.stderr
    followed = onrecord(filled, "ask", "And when was that?", "--conversation", id)
    assert "(asked as: And when was that? (" in followed.stdout
    assert onrecord(filled, "conversations", "rename", id[:5], "The bridge").returncode == 0
    assert f"{id}  " in (listed := onrecord(filled, "conversations", "list").stdout) and "5 turns" in listed
    assert "The bridge" in listed
    shown = onrecord(filled, "conversations", "show", id[:5]).stdout
    assert "> When was the harbour bridge closed?" in shown and "version 1)" in shown
    pack = tmp_path / "pack.json"
    assert onrecord(filled, "conversations", "export", id, "--format", "json", "-o", str(pack)).returncode == 0
    assert "# The bridge" in onrecord(filled, "conversations", "export", id).stdout
    assert f"here already, as {id}" in onrecord(filled, "conversations", "import", str(pack)).stderr
    assert onrecord(filled, "conversations", "delete", id).returncode == 0
    gone = onrecord(filled, "conversations", "show", id)
    assert (gone.returncode, gone.stderr) == (
        1,
        f"onrecord: {id}: no such conversation. See onrecord conversations list.\n",
    )
    other = tmp_path / "other"
    taken = onrecord(other, "conversations", "import", str(pack))
    assert f"imported as {id}" in taken.stderr and "not in this library: Bridge closed for repairs" in taken.stderr
    shown = onrecord(other, "conversations", "show", id).stdout
    assert "no longer in this library" in shown and "40 million" in shown


def test_what_cannot_be_done_is_said_in_a_line(filled: Path, tmp_path: Path) -> None:
    unknown = onrecord(filled, "ask", "Why?", "--conversation", "abc")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr == "onrecord: abc: no such conversation. See onrecord conversations list.\n"
    both = onrecord(filled, "chat", "--conversation", "abc", "--no-keep")
    assert both.returncode == 2 and "Leave out --no-keep" in both.stderr
    questions = onrecord(filled, "ask", "--from", "q.jsonl", "--conversation", "new")
    assert questions.returncode == 2 and "write turns" in questions.stderr
    catalog = Catalog(filled / "catalog.sqlite3")
    id, _ = Conversations(catalog).keep(None, "Who?", {"text": "", "query": "Who?", "citations": []})
    catalog.close()
    unwritable = onrecord(
        filled, "conversations", "export", id, "--format", "json", "-o", str(tmp_path / "no" / "file")
    )
    assert unwritable.returncode == 1 and "cannot be written" in unwritable.stderr
