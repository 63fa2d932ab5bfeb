"""Who says what in a transcript: all of a turn is its speaker's."""

from pathlib import Path

import pytest

from corpus.attribution import Attribution
from corpus.readers import read
from corpus.segment import sentence_spans
from corpus.turns import spoken, turn
from corpus.types import Extract

HEARING = """WEBVTT

00:01.000 --> 00:04.000
<v Ines Falk>The council voted against it. Nobody showed us the letter. It was “lost”, my staff said.

00:05.000 --> 00:06.000
<v Tom Okafor>I sent it on 17 January, and I have the receipt.

00:09.000 --> 00:10.000
- The point is this: it was sent.
"""


def said_in(path: Path) -> list[tuple[str, Attribution | None]]:
    (found,) = read(path)
    assert isinstance(found, Extract)
    sentences = sentence_spans(found.text)
    shown = [found.text[slice(*sentence)].strip() for sentence in sentences]
    return list(zip(shown, spoken(found, sentences), strict=True))


def test_every_sentence_of_a_turn_is_its_speakers(tmp_path: Path) -> None:
    path = tmp_path / "hearing.vtt"
    path.write_text(HEARING)
    (found,) = read(path)
    assert isinstance(found, Extract)
    said = [said for _, said in said_in(path)]
    speakers = [each.speaker if each else None for each in said]
    assert speakers == ["Ines Falk", "Ines Falk", "Ines Falk", "Tom Okafor", None]
    assert said[0] is not None
    assert found.text[slice(*said[0].content)].strip() == "The council voted against it."
    assert found.text[slice(*said[0].source)] == "Ines Falk"


def test_elsewhere_than_in_a_transcript_a_colon_opens_no_turn(tmp_path: Path) -> None:
    path = tmp_path / "ports.txt"
    path.write_text("Home Port: The ship is at sea. It rains.\n\nNew York: The ship is in port. It snows.\n")
    assert [said for sentence, said in said_in(path) if sentence in ("It rains.", "It snows.")] == [None, None]


def test_in_another_language_nobody_is_named(tmp_path: Path) -> None:
    path = tmp_path / "anhoerung.vtt"
    words = (
        "Die Stadt ist nicht gewarnt worden, und wir haben den Brief niemals gesehen, das sage ich Ihnen ganz offen."
    )
    path.write_text(f"WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ines Falk>{words}\n")
    assert [said for _, said in said_in(path)] == [None]


@pytest.mark.parametrize(
    ("words", "name"),
    [("INES FALK: No.", "INES FALK"), ("Mayor of Lund: No.", "Mayor of Lund"), (">> Tom: Yes.", "Tom"), ("So: no.", "So"),
     ("The point is this: no.", None), ("At 10:15 it ended.", None), ("No.", None)],
)  # fmt: skip
def test_a_name_before_a_colon_opens_a_turn(words: str, name: str | None) -> None:
    found = turn(words)
    assert (found and found[0]) == name
    assert found is None or words[found[1] :] in ("No.", "Yes.", "no.")
