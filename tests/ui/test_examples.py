"""The examples are made from the library, of several kinds, and what it does not answer is not among them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from scripted import said, serving

from assistant.assistant import Assistant
from assistant.settings import Settings
from index.encoder import Encoder
from index.library import Library
from ui.web.examples import EXAMPLES, Candidate, Examples, candidates

NEWS = {
    "storm.md": "---\ntitle: Storm floods the old town\noutlet: Harbour Post\npublished: 2021-11-20\n---\n"
    "A storm flooded the old town on Friday night. Firefighters said that 400 people were brought to safety in boats. "
    "Mayor Ines Falk told Radio Nord that the sea wall had failed.\n",
    "poll.md": "---\ntitle: Poll on the ferry\noutlet: Radio Nord\npublished: 2021-11-24\n---\n"
    "A new poll is out. About 62 percent of the town's households want the ferry to run at night, the pollsters found. "
    "“The ferry will stay,” Ines Falk said.\n",
    "wall.md": "---\ntitle: The sea wall\noutlet: Harbour Post\npublished: 2021-12-01\n---\n"
    "The sea wall near Lantern Quay will be rebuilt by the summer, Ines Falk said.\n",
}


@pytest.fixture
def filled(library: Library, tmp_path: Path) -> Library:
    folder = tmp_path / "news"
    folder.mkdir()
    for name, text in NEWS.items():
        (folder / name).write_text(text)
    library.add([folder])
    return library


@pytest.fixture
def assistant(filled: Library, encoder: Encoder) -> Iterator[Assistant]:
    with closing(Assistant(Settings(home=filled.home), encoder)) as opened:
        yield opened


def test_what_could_be_asked_is_of_every_kind(filled: Library) -> None:
    asked = [candidate.question for candidate in candidates(filled.catalog)]
    assert asked[:3] == [
        "What did Ines Falk say about Lantern Quay?",
        "What percentage of the town's households want the ferry to run at night?",
        "What has happened since 20 November 2021?",
    ]
    assert "How many people were brought to safety in boats?" in asked
    assert "What is reported about “The sea wall”?" in asked
    assert len(asked) == len(set(asked))


def test_every_example_is_answered(assistant: Assistant) -> None:
    questions = Examples(assistant).questions()
    assert 1 < len(questions) <= EXAMPLES
    assert {assistant.ask(question).status for question in questions} == {"answered"}


def test_what_is_not_answered_or_by_another_is_not_offered(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = [
        Candidate("Who won the chess championship in Reykjavik?"),
        Candidate("How many people were brought to safety in boats?", document="another"),
        Candidate("How many people were brought to safety in boats?", speaker="Ada Moor"),
    ]
    monkeypatch.setattr("ui.web.examples.candidates", lambda _: iter(bad))
    assert Examples(assistant).questions() == ()


def test_examples_are_looked_for_once_for_each_state_of_the_library(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = Examples(assistant)
    found = examples.questions()
    monkeypatch.setattr("ui.web.examples.candidates", lambda _: iter(()))
    assert examples.questions() == found
    (storm,) = [entry.id for entry in assistant.library.list() if "Storm" in entry.title]
    assistant.library.edit(storm, {"outlet": "The Post"})
    assert examples.questions() == found  # what they cite is still there
    assistant.library.remove([entry.id for entry in assistant.library.list()])
    assert examples.questions() == ()


def test_a_model_is_not_asked_for_examples(filled: Library, encoder: Encoder) -> None:
    with serving(said("No.")) as provider:
        settings = Settings(home=filled.home, engine="m", model_url=provider.url)
        with closing(Assistant(settings, encoder)) as assistant:
            assert Examples(assistant).questions()
        assert provider.asked == []


def test_an_empty_library_has_none(library: Library, encoder: Encoder) -> None:
    with closing(Assistant(Settings(home=library.home), encoder)) as assistant:
        assert Examples(assistant).questions() == ()
