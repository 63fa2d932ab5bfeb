"""A question that takes for granted what did not happen is answered with what did."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.premise import granted
from assistant.question import read_question
from assistant.settings import Settings
from index.encoder import Encoder

STORY = """---
published: 2021-03-20
outlet: Harbour Post
---
# A turbulent month in the town hall

The finance minister Jonas Berg did not resign in March, though the opposition had asked for it. He said that he would stay.
The council rejected the plan for a new bridge. The storm killed 14 people in Lund. The ferry fares rose in January because fuel had become dearer.
"""


@pytest.fixture
def assistant(home: Path, encoder: Encoder, tmp_path: Path) -> Iterator[Assistant]:
    (tmp_path / "story.md").write_text(STORY)
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([tmp_path / "story.md"])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "claim"),
    [
        ("Why did the minister resign in March?", "the minister resign in March"),
        ("When was the bridge closed?", "the bridge closed"),
        ("How did the storm kill 12 people in Lund?", "the storm kill 12 people in Lund"),
        ("Who resigned?", None),
        ("Did the minister resign?", None),
        ("Why?", None),
    ],
)
def test_what_is_taken_for_granted_is_read_from_the_question(question: str, claim: str | None) -> None:
    assert granted(read_question(question)) == claim


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Why did the finance minister Jonas Berg resign in March?", "did not resign"),
        ("Why did the council accept the plan for a new bridge?", "rejected"),
        ("Why did the ferry fares fall in January?", "rose"),
    ],
)
def test_a_false_premise_is_not_affirmed(assistant: Assistant, question: str, words: str) -> None:
    answer = assistant.ask(question)
    assert answer.status == "partial"
    assert answer.reason is not None and answer.reason.code == "premise"
    assert words in answer.statements[0].text
    assert answer.citations[0].quote in answer.citations[0].document.text


def test_a_true_premise_is_answered(assistant: Assistant) -> None:
    answer = assistant.ask("Why did the ferry fares rise in January?")
    assert answer.status == "answered"
    assert "fuel" in answer.statements[0].text
