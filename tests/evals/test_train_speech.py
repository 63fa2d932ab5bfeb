"""The training of the tagger, on articles made up here: what it writes can be read, and its eighth is kept aside."""

import sys
from pathlib import Path

import numpy as np
import pytest

from corpus import speech
from corpus.segment import sentence_spans
from evals import train_speech

ARTICLE = "The harbour will close, Ada Fixture said. The harbour is old. The harbour is deep, Ada Fixture said."


def mark(number: int, start: int) -> str:
    """Return the mark, in brat's form, of the sentence of ARTICLE that starts at `start`."""
    content = ARTICLE[start : ARTICLE.index(",", start)]
    name, verb = ARTICLE.index("Ada", start), ARTICLE.index("said", start)
    return (
        f"T{number}1\tContent {start} {start + len(content)}\t{content}\n"
        f"T{number}2\tCue {verb} {verb + 4}\tsaid\n"
        f"T{number}3\tSource {name} {name + 11}\tAda Fixture\n"
        f"E{number}\tAttribution:T{number}2 Content:T{number}1 Cue:T{number}2 Source:T{number}3\n"
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder like a copy of the set, its train part of 40 articles."""
    part = tmp_path / "data" / "train"
    (part / "text").mkdir(parents=True)
    (part / "attributions").mkdir()
    for number in range(40):
        (part / "text" / f"{number}.txt").write_text(ARTICLE)
        (part / "attributions" / f"{number}_1a1a.ann").write_text(mark(1, 0) + mark(2, ARTICLE.rindex("The harbour")))
    return tmp_path


def test_a_tagger_learns_where_cue_source_and_content_are(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = tmp_path / "speech.npz"
    monkeypatch.setattr(speech, "WEIGHTS", written)
    monkeypatch.setattr(sys, "argv", ["train_speech", "--data", str(copy), "--epochs", "12"])
    speech._model.cache_clear()
    try:
        train_speech.main()
        cues = speech.read_cues(ARTICLE, sentence_spans(ARTICLE), 0.5)
    finally:
        speech._model.cache_clear()  # the weights that are carried are read again
    assert [ARTICLE[slice(*cue.span)] for cue in cues] == ["said", "said"]
    assert [ARTICLE[slice(*cue.source)] for cue in cues if cue.source] == ["Ada Fixture", "Ada Fixture"]
    assert [ARTICLE[slice(*cue.content)] for cue in cues] == ["The harbour will close", "The harbour is deep"]
    with np.load(written) as kept:
        assert "ada" not in bytes(kept["words_list"]).decode().split("\n")


def test_an_eighth_is_kept_aside() -> None:
    aside = sum(train_speech.is_aside(f"{number}.txt") for number in range(8000))
    assert 900 < aside < 1100
