"""Offsets are exact and nothing is lost, for any text at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.segment import PASSAGE_WORDS, WORD, count_tokens, passages, sentence_spans
from corpus.types import Document, Span

ODD = st.sampled_from(
    [
        "。",
        "\n",
        "\n\n",
        "\r\n",
        " ",
        "\u2029",
        "\f",
        "- ",
        "🚀",
        "👩‍🚀",
        "مرحبا. ",
        "漢字",
        "U.S. ",
        "Sen. ",
        "No. 5",
        '."',
        "…",
        "\u200b",
        "\x1c",
    ]
)
TEXTS = st.lists(st.one_of(st.text(max_size=30), ODD), max_size=60).map("".join)


def document(text: str, headings: tuple[Span, ...] = ()) -> Document:
    none = (None, None, (), None, (), None, "text/plain", "")
    return Document("d", 1, "s", "t", text, *none, headings, (), "2022-01-01")


def covered(spans: list[Span], text: str) -> bool:
    at = 0
    for start, end in sorted(spans):
        if start < at or text[at:start].strip():
            return False
        at = end
    return not text[at:].strip()


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_passages_stand_at_their_offsets_and_hold_every_word(text: str) -> None:
    found = passages(document(text))
    assert all(text[p.start : p.end] == p.text for p in found)
    assert covered([(p.start, p.end) for p in found], text)
    assert [p.ordinal for p in found] == list(range(len(found)))
    assert len({p.id for p in found}) == len(found)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_sentences_hold_every_word_and_none_is_too_long(text: str) -> None:
    spans = sentence_spans(text)
    assert covered(spans, text)
    assert all(len(WORD.findall(text[start:end])) <= PASSAGE_WORDS for start, end in spans)


@given(TEXTS, TEXTS, st.text(alphabet="abc XYZ", min_size=1, max_size=20).filter(str.strip))
@settings(max_examples=100, deadline=None)
def test_a_passage_never_crosses_a_heading(before: str, after: str, heading: str) -> None:
    text = f"{before}\n\n{heading}\n\n{after}"
    start = len(before) + 2
    span = (start, start + len(heading))
    found = passages(document(text, (span,)))
    assert covered([(p.start, p.end) for p in found], text)
    for p in found:
        assert p.end <= start or p.start >= start
        assert all(end <= span[0] or low >= span[1] for low, end in p.sentences)


@pytest.mark.parametrize("unit", ["word ", "x", "漢", "a-b,", "🚀"])
def test_a_megabyte_without_a_full_stop_is_cut_into_short_passages(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    found = passages(document(text))
    assert covered([(p.start, p.end) for p in found], text)
    assert max(len(WORD.findall(p.text)) for p in found) <= PASSAGE_WORDS


@pytest.mark.parametrize(
    "sentence",
    [
        "Sen. J. W. Fulbright met Gen. Smith in the U.S. on Jan. 5.",
        "The president lives at No. 10 Downing Street.",
        "Mr. Jones, of the U.N. mission, left at 5 p.m. on Monday.",
        '"Will you go?" she asked.',
        "Rep. Adam Smith (D-WA) cited a poll of approx. 53 percent.",
    ],
)
def test_an_abbreviation_does_not_end_a_sentence(sentence: str) -> None:
    text = f"It began. {sentence} It ended."
    assert [text[start:end] for start, end in sentence_spans(text)] == ["It began.", sentence, "It ended."]


def test_no_as_an_answer_is_a_sentence() -> None:
    text = "Did he resign? No. He stayed."
    assert [text[start:end] for start, end in sentence_spans(text)] == ["Did he resign?", "No.", "He stayed."]


def test_tokens_are_counted_offline() -> None:
    assert count_tokens("hello world") == 2
    assert count_tokens("<|endoftext|>") > 1
