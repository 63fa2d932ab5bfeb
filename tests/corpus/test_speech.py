"""The tagger: what it sees of words, and that a long document is read as a short one is."""

import pytest

from corpus import speech
from corpus.segment import sentence_spans
from corpus.speech import read_cues, tokens

STORY = (
    "“The wall has failed,” Ines Falk said on Monday. Rain fell. The river, said Olaf Brenner, is high.\n\n"
    "According to the city, 40 houses were lost. Ada Kern denied that. The bridge was built in 1931.\n\n"
)


def test_words_know_their_sentence_and_whether_they_are_quoted() -> None:
    text = "“We go,” Falk’s aide said. It rained."
    seen = tokens(text, sentence_spans(text))
    words = [text[start:end] for start, end in seen.spans]
    assert words == ["“", "We", "go", ",", "”", "Falk", "’s", "aide", "said", ".", "It", "rained", "."]
    quoted = [word for word, place in zip(words, seen.places, strict=True) if place & speech.QUOTED]
    assert quoted == ["We", "go", ","]
    assert seen.sentences.tolist() == 10 * [0] + 3 * [1]


def test_no_name_is_known() -> None:
    known = speech._model().words
    assert "said" in known
    assert not {"falk", "trump", "clinton", "obama", "sanders", "hillary", "donald"} & set(known)


def test_a_long_document_is_read_in_blocks_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    text = STORY * 12
    spans = sentence_spans(text)
    whole = read_cues(text, spans, 0.25)
    monkeypatch.setattr(speech, "BLOCK", 50)
    pieces = read_cues(text, spans, 0.25)
    assert len(whole) > 36
    assert [(c.span, c.source, c.content) for c in whole] == [(c.span, c.source, c.content) for c in pieces]


def test_a_text_without_words_has_no_cues() -> None:
    assert read_cues("", [], 0.25) == []
    assert read_cues(" ", [(0, 1)], 0.25) == []
