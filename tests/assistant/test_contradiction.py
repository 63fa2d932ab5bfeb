"""What sources tell otherwise, through the check of a sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.settings import Settings
from index.encoder import Encoder

STORY = """Council opens the tram line

The council voted for the tram line on 12 May 2021. The line will cost 80 million euros and carry 9,000 people a day.

Mayor Ines Falk will not resign over the delay. Fares rose after the opening. The council rejected the plan for a second
line. The chess club met Peter Lund in Bergen.
"""


@pytest.fixture
def assistant(home: Path, encoder: Encoder, tmp_path: Path) -> Iterator[Assistant]:
    (tmp_path / "tram.txt").write_text(STORY)
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([tmp_path / "tram.txt"])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        ("The tram line will carry 12,000 people a day.", "the source says 9,000, the sentence 12,000"),
        (
            "The council voted for the tram line on 14 May 2021.",
            "the source says 12 May 2021, the sentence 14 May 2021",
        ),
        ("Mayor Ines Falk will resign over the delay.", "the source denies “resign”, the sentence does not"),
        ("Fares fell after the opening.", "the source says “rose”, the sentence “fell”"),
        ("The council accepted the plan for a second line.", "the source says “rejected”, the sentence “accepted”"),
        ("The chess club met Peter Lund in Molde.", "the source says Bergen, the sentence Molde"),
    ],
)
def test_what_a_source_tells_otherwise_is_contradicted_and_what_differs_is_said(
    assistant: Assistant, draft: str, reason: str
) -> None:
    answer = assistant.check(draft)
    (statement,) = answer.statements
    assert statement.support == "contradicted", statement
    assert reason in str(statement.reason)


@pytest.mark.parametrize(
    "draft",
    [
        "The tram line will cost about 80 million euros.",
        "The council voted for the tram line in May.",
        "Mayor Ines Falk will not resign.",
        "Fares rose.",
        "The football club met Ines Falk in Molde.",
        "The council gave the school 12 million euros on 3 June 2020.",
        "Ines Falk met Jonas Berg in Bergen.",
    ],
)
def test_what_a_source_bears_out_or_does_not_tell_is_not_contradicted(assistant: Assistant, draft: str) -> None:
    assert assistant.check(draft).statements[0].support != "contradicted"
