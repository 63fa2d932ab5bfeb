"""Who says what: speaker, cue, words, direct or reported; what no cue gives to anybody stays the outlet's."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.attribution import attribute, attributions, statements
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


def test_to_call_somebody_something_is_to_say_it() -> None:
    found = attribute("A critic called Falk a liar.")
    assert found is not None
    assert (found.speaker, found.cue) == ("a critic", "called")


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
        "A fox named Rusk ate 19 hens at Lund on 1 May.",
        "A man named Ola Fink was arrested on Friday.",
        "A village called Lund lost its bridge.",
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


@pytest.mark.parametrize(
    ("sentence", "speaker", "cue"),
    [
        ("Kern's claim that the bridge is safe was rejected.", "Kern", "claim"),  # a noun
        ("Ines Falk is confident that the harbour will reopen.", "Ines Falk", "is confident"),  # a copula
        ("Brenner: Taxes must rise", "Brenner", ":"),  # a headline
        ("Olaf Brenner was accused by Ada Kern of lying.", "Ada Kern", "was accused"),  # the passive
        ("“Never again,” wrote Olaf Brenner in his diary.", "Olaf Brenner", "wrote"),  # the order inverted
        ("Kern opened the bridge, saying that it would last.", "Kern", "saying"),  # a participle
        ("The senator declined to say whether she would run.", "the senator", "declined to say"),  # an infinitive
        ("“It was a mistake,” according to Ada Kern, a former judge.", "Ada Kern", "according to"),
        ("Officials believe that the fire was set.", "Officials", "believe"),
        ("Kern, who joined the party in 2010 and has since led three committees, denied that she lied.", "Kern", "denied"),
        ("``We are ready,'' Ines Falk said.", "Ines Falk", "said"),  # typewriter's marks
    ],
)  # fmt: skip
def test_many_kinds_of_words_are_cues(sentence: str, speaker: str, cue: str) -> None:
    found = attribute(sentence)
    assert found is not None
    assert (found.speaker, found.cue) == (speaker, cue)


def said(text: str) -> list[tuple[str, str] | None]:
    """Return the speaker and the words of each sentence of a text."""
    found = attributions(text, sentence_spans(text))
    return [each and (each.speaker, text[slice(*each.content)]) for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "“We are ready,” said Ines Falk, the mayor. “The boats are in. We waited long.”",
        '"We are ready. The boats are in. We waited long," Ines Falk said.',
        "“We are ready. The boats are in.\n\n“We waited long,” said Ines Falk.",
        "“We are ready,” said Ines Falk. “The boats are in.\n\n“We waited long.”\n\nRain fell.",
        "“We are ready. The boats are in. We waited long.”\n\n— Ines Falk",
    ],
)
def test_a_quotation_of_several_sentences_keeps_its_speaker(text: str) -> None:
    found = [each for each in said(text) if each]
    assert [speaker for speaker, _ in found] == 3 * ["Ines Falk"]
    assert [words.strip(",.") for _, words in found] == ["We are ready", "The boats are in", "We waited long"]


def test_what_follows_a_quotation_is_the_outlets_own() -> None:
    text = "“We are ready,” said Ines Falk. The harbour was built in 1931."
    assert said(text) == [("Ines Falk", "We are ready,"), None]


@pytest.mark.parametrize(
    ("story", "speaker"),
    [
        ("Olaf Brenner has left the party. Brenner said he was tired.", "Olaf Brenner"),
        ("Olaf Brenner, 79, has left the party. The 79-year-old said he was tired.", "Olaf Brenner"),
        ("Foreign Minister Ada Kern arrived on Monday. The minister said she was tired.", "Ada Kern"),
        ("Ada Kern, the minister, arrived on Monday. The minister said she was tired.", "Ada Kern"),
        ("Olaf Brenner spoke for an hour. Later Brenner wept. He said that it was over.", "Olaf Brenner"),
        ("Officials said on Monday that the dam was safe. They said that nobody would be moved.", "Officials"),
        ("A train stood still. A senior official said that the line was closed.", "a senior official"),
        ("Olaf Brenner and Ida Brenner met. Brenner said that it was over.", "Brenner"),
    ],
)
def test_a_speaker_is_named_as_the_story_names_him_where_that_is_clear(story: str, speaker: str) -> None:
    last = said(story)[-1]
    assert last is not None
    assert last[0] == speaker


@pytest.mark.parametrize(
    "story",
    [
        "Ada Kern and Olaf Brenner met. She said the talks had failed.",
        "Turkish officials met. He said the talks had failed.",
        "Rain fell. Nobody expected it.",
    ],
)
def test_who_is_not_clear_is_left_open(story: str) -> None:
    assert said(story)[-1] is None


def test_he_and_she_are_not_one_person() -> None:
    story = (
        "Ada Kern left early. She said that she was tired. Olaf Brenner stayed. He said that he was well. She said no."
    )
    assert [each and each[0] for each in said(story)] == [None, "Ada Kern", None, "Olaf Brenner", "Ada Kern"]


@pytest.mark.parametrize(
    ("sentence", "speaker", "via"),
    [
        ("The Daily Post reported that officials said the wall would be rebuilt.", "officials", ("the Daily Post",)),
        ("Ines Falk told Radio Nord that the wall had failed.", "Ines Falk", ("Radio Nord",)),
        ("“We will fight,” Kern said in an interview with Radio Nord.", "Kern", ("Radio Nord",)),
        ("The Daily Post reported that the wall had failed.", "the Daily Post", ()),
    ],
)
def test_to_whom_and_through_whom_it_was_said_is_kept(sentence: str, speaker: str, via: tuple[str, ...]) -> None:
    found = attribute(sentence)
    assert found is not None
    assert (found.speaker, found.via) == (speaker, via)


def test_all_who_speak_in_a_sentence_are_given_the_governing_one_first() -> None:
    text = "Ines Falk said that the old wall would hold for many years, but Ada Kern denied that."
    found = statements(text, [(0, len(text))])[0]
    assert [each.speaker for each in found] == ["Ines Falk", "Ada Kern"]
    assert found[0] == attributions(text, [(0, len(text))])[0]


@example(":'s")
@given(st.text(alphabet=st.sampled_from(list("Aa .,“”\"'\n:-said he")), max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_attributed_within_its_sentences(text: str) -> None:
    spans = sentence_spans(text)
    found = attributions(text, spans)
    assert len(found) == len(spans)
    for (start, end), each in zip(spans, found, strict=True):
        assert each is None or (start <= each.content[0] <= each.content[1] <= end and each.speaker)
