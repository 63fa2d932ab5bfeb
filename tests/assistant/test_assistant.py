"""Answers over a real library: every sentence verbatim at its offsets, silence where the sources are silent."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer import as_json
from assistant.assistant import Assistant
from assistant.settings import Settings, load_settings
from corpus.errors import QuestionError, SettingsError
from corpus.filters import Filters
from index.encoder import Encoder

SCHEMA_KEYS = (
    "schema id question query status confidence reason text short statements citations positions conflicts "
    "independent_sources newest age as_of filters searched by_words_only passages engine model usage settings_hash timings"
).split()
CITATION_KEYS = "marker document start end quote answer when page speaker speech cue content via said_on retold".split()
DOCUMENT_KEYS = ("id version title source outlet published updated authors tags content_hash duplicate_group").split()


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("How much will the repairs of the bridge cost?", "40 million"),
        ("How many cars does the ferry carry?", "900"),
        ("When was the harbour bridge closed?", "3 March 2021"),
    ],
)
def test_the_answering_words_are_found(assistant: Assistant, question: str, short: str) -> None:
    answer = assistant.ask(question)
    assert (answer.status, answer.short) == ("answered", short)
    first = answer.citations[0]
    assert first.answer is not None
    assert short in first.document.text[slice(*first.answer)]


def test_who_said_it_is_answered_by_a_sentence_that_names_him_only_as_he(assistant: Assistant, tmp_path: Path) -> None:
    story = tmp_path / "cranes.txt"
    story.write_text("Olaf Brenner went to see the shipyard.\n\n“the new cranes are fitted before easter,” he said.")
    assistant.library.add([story])
    answer = assistant.ask("Who said that the new cranes are fitted before easter?")
    assert answer.status == "answered"
    assert answer.citations[0].speaker == "Olaf Brenner"


def test_every_quotation_stands_verbatim_at_its_offsets(assistant: Assistant) -> None:
    for question in (
        "Who said taxes will not rise?",
        "What did the mayor tell Radio Nord?",
        "What happened in the storm?",
    ):
        answer = assistant.ask(question)
        printed = as_json(answer)
        for citation in printed["citations"]:  # type: ignore[attr-defined]
            text = assistant.library.catalog.document(citation["document"]["id"]).text
            assert text[citation["start"] : citation["end"]] == citation["quote"]
        for statement in printed["statements"]:  # type: ignore[attr-defined]
            assert answer.text[statement["start"] : statement["end"]] == statement["text"]
            assert statement["citations"]


def test_a_speaker_is_named_with_the_cue_and_the_outlet(assistant: Assistant) -> None:
    citation = assistant.ask("What did the mayor, Ines Falk, tell Radio Nord about the sea wall?").citations[0]
    assert (citation.speaker, citation.cue, citation.via) == ("Ines Falk", "told", ("Radio Nord",))
    assert (citation.document.outlet, citation.document.published) == ("Harbour Post", "2021-11-20")


def test_where_the_sources_are_silent_it_abstains_and_shows_the_nearest(assistant: Assistant) -> None:
    for question in ("Who won the chess championship in Reykjavik?", "How high is the sea wall of the old town?"):
        answer = assistant.ask(question)
        assert answer.status == "abstained"
        assert not answer.statements
        assert answer.reason is not None and answer.text == answer.reason.message
        assert answer.hits


def test_an_empty_library_abstains(home: Path, encoder: Encoder) -> None:
    answer = Assistant(Settings(home=home), encoder).ask("Anything?")
    assert (answer.status, answer.hits) == ("abstained", ())
    assert answer.reason is not None and answer.reason.code == "no_documents"


def test_a_strictness_of_zero_never_abstains_where_there_is_a_sentence(
    home: Path, encoder: Encoder, articles: Path
) -> None:
    bold = Assistant(Settings(home=home, strictness=0.0), encoder)
    assert bold.ask("Who won the chess championship in Reykjavik?").status == "abstained"
    bold.library.add([articles])
    assert bold.ask("Who won the chess championship in Reykjavik?").status == "answered"
    bold.close()


def test_as_of_hides_what_was_published_later(assistant: Assistant) -> None:
    question = "How many people were brought to safety in boats?"
    assert assistant.ask(question).status == "answered"
    early = assistant.ask(question, filters=Filters(as_of="2021-06-01"))
    assert early.status == "abstained"
    assert as_json(early)["as_of"] == "2021-06-01"
    assert early.undated == 1


def test_a_follow_up_is_answered_in_the_light_of_what_was_asked(assistant: Assistant) -> None:
    first = assistant.ask("When was the harbour bridge closed?")
    second = assistant.ask("How much will its repairs cost?", [first])
    assert second.query != second.question
    assert second.short == "40 million"


def test_speakers_limit_the_answer_to_their_words(assistant: Assistant) -> None:
    answer = assistant.ask("What was said about taxes?", filters=Filters(speakers=("Abara",)))
    assert {citation.speaker for citation in answer.citations} == {"Councillor Abara"}
    assert as_json(answer)["filters"] == {"speakers": ("Abara",)}


def test_the_json_is_schema_1(assistant: Assistant) -> None:
    printed = json.loads(json.dumps(as_json(assistant.ask("How many cars does the ferry carry?"))))
    assert list(printed) == SCHEMA_KEYS
    assert printed["schema"] == 1
    assert list(printed["citations"][0]) == CITATION_KEYS
    assert list(printed["citations"][0]["document"]) == DOCUMENT_KEYS
    assert list(printed["statements"][0]) == ["text", "start", "end", "support", "reason", "citations", "date"]
    assert set(printed["timings"]) == {"retrieve_ms", "answer_ms"}
    passage = printed["passages"][0]
    assert list(passage) == ["document_id", "source", "start", "end", "text", "score", "views"]


@pytest.mark.parametrize(("question", "says"), [(" \n ", "empty"), ("why " * 2_500, "9,999 characters")])
def test_a_question_that_cannot_be_asked_is_refused(assistant: Assistant, question: str, says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        assistant.ask(question)


def test_settings_come_from_the_flag_then_the_environment_then_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings(home=home).k == 10
    (home / "onrecord.toml").write_text("k = 11\n")
    assert load_settings(home=home).k == 11
    monkeypatch.setenv("ONRECORD_K", "12")
    assert load_settings(home=home).k == 12
    assert load_settings(home=home, k=13).k == 13


@pytest.mark.parametrize("text", ["k = 0\n", "colour = 'red'\n", "k = \n"])
def test_a_setting_that_cannot_be_used_is_named(home: Path, text: str) -> None:
    (home / "onrecord.toml").write_text(text)
    with pytest.raises(SettingsError, match="a setting cannot be used"):
        load_settings(home=home)
