"""A transcript gives what is said, a paragraph for each speaker, without timings."""

from pathlib import Path

import pytest

from corpus.attribution import attributions
from corpus.errors import SourceError
from corpus.readers import read
from corpus.types import Extract

VTT = """WEBVTT - The council

STYLE
::cue { color: red }

NOTE a remark

1
00:00:01.000 --> 00:00:03.000 align:start
<v Ines Falk>We will <i>not</i> raise taxes</v>

00:03.000 --> 00:05.000
<v Ines Falk>this year, <00:04.000>Tom &amp; I agree.</v>

00:05.000 --> 00:06.000
[applause]

00:06.000 --> 00:08.000
<v.loud Tom Okafor>Why not?</v>
"""
SRT = """1
00:00:01,000 --> 00:00:02,500
{\\an8}MARIA JENSEN: The ferry carries
<font color="red">900 cars a day.</font>

2
00:00:02,500 --> 00:00:03,000
The ferry is full.

3
00:00:09,000 --> 00:00:10,000
- Is it?
- It is.
"""


def text_of(folder: Path, name: str, words: str) -> str:
    path = folder / name
    path.write_text(words)
    (found,) = read(path)
    assert isinstance(found, Extract)
    return found.text


def test_a_voice_stands_before_its_words(tmp_path: Path) -> None:
    text = text_of(tmp_path, "a.vtt", VTT)
    assert text == "Ines Falk: We will not raise taxes this year, Tom & I agree.\n\nTom Okafor: Why not?"


def test_cues_are_joined_to_sentences_and_speakers_kept(tmp_path: Path) -> None:
    text = text_of(tmp_path, "a.srt", SRT)
    assert text == "MARIA JENSEN: The ferry carries 900 cars a day. The ferry is full.\n\nIs it?\n\nIt is."


def test_a_speaker_of_a_transcript_is_found_to_say_it(tmp_path: Path) -> None:
    text = text_of(tmp_path, "a.vtt", VTT)
    (said,) = attributions(text, [(text.index("Tom Okafor:"), len(text))])
    assert said is not None
    assert said.speaker == "Tom Okafor"


def test_captions_that_roll_are_said_once(tmp_path: Path) -> None:
    cue = "00:0{0}.000 --> 00:0{1}.000\n{2}\n\n"
    lines = ["the bridge", "the bridge\nis closed", "is closed\nuntil June."]
    rolled = "WEBVTT\n\n" + "".join(cue.format(n, n + 1, words) for n, words in enumerate(lines))
    assert text_of(tmp_path, "a.vtt", rolled) == "the bridge is closed until June."


def test_a_transcript_without_words_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n[music]\n")
    with pytest.raises(SourceError, match="no cues with words"):
        list(read(path))
