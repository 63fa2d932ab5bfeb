"""Who says what: speaker, cue, words, direct or reported; what no cue gives to anybody stays the outlet's."""

import pytest

from corpus.attribution import attribute, attributions
from corpus.segment import sentence_spans


@pytest.mark.parametrize(
    ("sentence", "speaker", "cue", "content", "speech"),
    [
        ('"We will not raise taxes," said Councillor Abara.', "Councillor Abara", "said", "We will not raise taxes,", "direct"),
        ("The mayor, Ines Falk, told Radio Nord that the wall had failed.", "Ines Falk", "told", "the wall had failed.", "reported"),
        ("A senior official told CNN that the aim is unity.", "a senior official", "told", "the aim is unity.", "reported"),
        ("Turkish officials say that the deal was nearly blocked.", "Turkish officials", "say", "the deal was nearly blocked.", "reported"),
        ("Meduza, an opposition outlet, reports that he is committed.", "Meduza", "reports", "he is committed.", "reported"),
        ("“The Eagle has landed,” Armstrong radioed.", "Armstrong", "radioed", "The Eagle has landed,", "direct"),
        ("Earlier the former chancellor Gerda Holm said that she would go.", "Gerda Holm", "said", "she would go.", "reported"),
        ("Gerda Holm, once chancellor and, until May, a member of the board, said she had gone.", "Gerda Holm", "said", "she had gone.", "reported"),
        ("On Monday Holm said that she would go.", "Holm", "said", "she would go.", "reported"),
        ("Jan Holm, who leads the group, said it would fail.", "Jan Holm", "said", "it would fail.", "reported"),
        ("According to the city, 40 houses were lost.", "the city", "According to", "40 houses were lost.", "reported"),
    ],
)  # fmt: skip
def test_the_cue_names_the_speaker(sentence: str, speaker: str, cue: str, content: str, speech: str) -> None:
    found = attribute(sentence)
    assert found is not None
    assert (found.speaker, found.cue, found.speech) == (speaker, cue, speech)
    assert sentence[slice(*found.content)] == content


def test_whom_it_was_told_is_kept() -> None:
    found = attribute("Gerda Holm told the German magazine Stern that she would go.")
    assert found is not None
    assert found.via == ("Stern",)


def test_a_pronoun_stands_for_the_speaker_named_before() -> None:
    found = attribute("She said it would be rebuilt.", ["Ines Falk said the wall had failed.", "It was old."])
    assert found is not None
    assert found.speaker == "Ines Falk"


@pytest.mark.parametrize(
    "sentence",
    [
        "She said it would be rebuilt.",
        "The train to Lisbon leaves at noon.",
        "It says nothing.",
        "“He said no” is the title of the book.",
    ],
)
def test_where_no_cue_names_anybody_the_speaker_is_left_open(sentence: str) -> None:
    assert attribute(sentence) is None


def test_a_pronoun_stands_for_the_nearest_subject_and_is_left_open_where_that_may_be_a_place() -> None:
    crew = "Neil Armstrong and Buzz Aldrin landed."
    found = attribute("He called it magnificent.", [crew, "“A small step,” Armstrong said.", "Aldrin followed him."])
    assert found is not None
    assert found.speaker == "Buzz Aldrin"
    assert attribute("He called it magnificent.", ["Ines Falk said no.", "Moscow followed her."]) is None
    assert attribute("He called it magnificent.", ["Ines Falk said no.", "Turkish officials said yes."]) is None


def test_a_hyphenated_word_is_no_cue() -> None:
    assert attribute("He sat on the board of the Russian state-owned firm.", ["Ines Falk left."]) is None


def test_a_document_is_attributed_sentence_by_sentence_in_its_own_offsets() -> None:
    text = "A wall fell.\n\nInes Falk said it was old. She promised that it would be rebuilt."
    found = attributions(text, sentence_spans(text))
    assert [said and (said.speaker, text[slice(*said.content)]) for said in found] == [
        None,
        ("Ines Falk", "it was old."),
        ("Ines Falk", "it would be rebuilt."),
    ]
