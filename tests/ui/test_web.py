"""The web page's HTML: whatever stands in a document, a file name or a question is shown as text, in its place."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markup import Page
from scripted import said, serving

from assistant.answer import Answer, Citation, Conflict, Position, Reason, Statement, Usage
from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.catalog import Entry
from corpus.errors import OnRecordError
from corpus.types import Document, Passage
from index.encoder import Encoder
from index.ingest import Outcome
from index.library import Library
from index.retriever import Hit
from ui.web.ask import arriving
from ui.web.examples import examples
from ui.web.render import Turn, conversation, day, outcomes, source_url
from ui.web.source import listed

TAGS = set("a article b br body div h1 h2 h3 head html i li link mark meta p q section span strong title ul".split())
ATTRIBUTES = set("aria-describedby aria-label charset class content href id lang name rel role target".split())
HOSTILE = st.lists(
    st.sampled_from(
        [
            "<script>x()</script>",
            "<img src=x onerror=x()>",
            "\"'",
            "&lt;",
            "${x}",
            "{{x}}",
            "]]>",
            "\n\n",
            "Å",
            "𝄞",
            "word ",
        ]
    )
).map("".join)


def document(
    text: str, title: str = "A title", outlet: str | None = "Post", published: str | None = "2021-03-04"
) -> Document:
    return Document(
        id="d1",
        version=1,
        source="/tmp/a.txt",
        title=title,
        text=text,
        published=published,
        updated=None,
        authors=(),
        outlet=outlet,
        tags=(),
        language=None,
        media_type="text/plain",
        content_hash="",
        headings=(),
        pages=(),
        added_at="",
    )


def answered(text: str, hostile: str = "") -> Answer:
    cited = document(text, hostile, hostile)
    citation = Citation(1, cited, 0, len(text), (0, len(text)), speaker=hostile, cue=hostile, via=(hostile,))
    passage = Passage("p1", "d1", 1, 0, 0, len(text), text, ((0, len(text)),))
    return Answer(
        question=hostile,
        query=f"{hostile}?",
        status="answered",
        confidence=1.0,
        statements=(Statement(text, (1,), "partly", hostile),) * 2,
        citations=(citation,),
        positions=(Position(hostile, (), (0,), hostile), Position("B", (), (1,))),
        conflicts=(Conflict((0, 1), "figure"),),
        hits=(Hit(passage, 1.0, {}),),
        documents={"d1@1": cited},
    )


@given(HOSTILE)
def test_a_conversation_holds_no_markup_but_its_own(hostile: str) -> None:
    answer = answered(hostile, hostile)
    silent = replace(
        answer, status="abstained", statements=(), positions=(), conflicts=(), reason=Reason("none", hostile)
    )
    page = Page(conversation([Turn(hostile, answer), Turn(hostile, silent), Turn(hostile, error=hostile)]))
    assert page.tags <= TAGS
    assert set(page.attributes) <= ATTRIBUTES
    assert hostile in page.text


@given(HOSTILE)
def test_the_list_of_the_library_holds_no_markup_but_its_own(hostile: str) -> None:
    entry = Entry("d1", 1, hostile, hostile, None, hostile, (), "text/plain", hostile, 1, 1, "", hostile)
    page = Page(listed([entry]))
    assert page.tags <= TAGS
    assert set(page.attributes) <= ATTRIBUTES


@given(HOSTILE)
def test_what_came_of_an_upload_holds_no_markup_but_its_own(hostile: str) -> None:
    page = Page(outcomes([Outcome(hostile, "failed", message=hostile), Outcome(hostile, "added", passages=2)]))
    assert page.tags <= TAGS
    assert set(page.attributes) <= ATTRIBUTES


def test_the_answering_words_are_marked_where_they_answer() -> None:
    text = "In May, May said so."
    citation = Citation(1, document(text), 0, len(text), (8, 11))
    answer = Answer("Who?", "Who?", "answered", 1.0, (Statement(text, (1,)),), (citation,))
    assert "In May, <mark>May</mark> said so." in conversation([Turn("Who?", answer)])


def test_a_chip_names_its_source_and_leads_to_its_words() -> None:
    html = conversation([Turn("q", answered("Some words."))])
    assert source_url(document("Some words."), 0, 11) == "/source/d1/1?start=0&end=11#cited"
    assert 'href="/source/d1/1?start=0&amp;end=11#cited"' in html


def test_a_model_that_failed_is_told_above_the_quoted_words() -> None:
    failed = replace(
        answered("Some words."), status="failed", reason=Reason("model_timeout", "It was <silent>."), model="m"
    )
    html = conversation([Turn("q", failed)])
    assert html.index("The language model failed.") < html.index("It was &lt;silent&gt;.") < html.index("Some words.")
    assert "could not be answered" not in html


def test_a_written_answer_names_the_model_what_it_was_given_and_what_is_not_supported() -> None:
    doubted = (
        Statement("Words.", (1,), "contradicted", "40 is not there"),
        Statement("More.", (), "unsupported", "bare"),
    )
    written = replace(answered("Words."), statements=doubted, positions=(), conflicts=(), engine="write", model="<m>")
    html = conversation([Turn("q", replace(written, usage=Usage(None, None, 6, 4)))])
    assert "Written by &lt;m&gt;, which was given 6 of the 10 passages found: more do not fit" in html
    assert "Told otherwise by its sources: 40 is not there" in html
    assert "Not supported by its sources: bare" in html


def test_a_models_statements_arrive_one_by_one_and_its_failure_as_the_quoted_answer(
    library: Library, encoder: Encoder, articles: Path
) -> None:
    library.add([articles])
    replies = said("The sky is red. [1]\nThe sea is green. [2]\n"), said("NO ANSWER")
    with serving(*replies) as provider:
        settings = Settings(home=library.home, engine="m", model_url=provider.url)
        assistant = Assistant(settings, encoder)
        arrived = list(arriving(assistant, "How many pupils will the school have?", "", []))
        (silent,) = arriving(assistant, "How many pupils will the school have?", "", arrived[-1:])
        assistant.close()
    answers = [turn.answer for turn in arrived if turn.answer]
    assert [len(answer.statements) for answer in answers] == [1, 2, 1]
    assert (answers[-1].status, answers[-1].statements[0].support) == ("failed", "quoted")
    assert silent.answer is not None and silent.answer.status == "abstained"
    assert [turn.error for turn in arriving(assistant, " ", "", [])] == ["the question is empty. Ask something."]


def test_an_error_is_never_shown_as_silence() -> None:
    failed = Answer("q", "q", "failed", 0.0, reason=Reason("model", "the model did not answer"))
    html = conversation([Turn("q", failed)])
    assert "This could not be answered." in html and "library does not" not in html
    assert "The library does not answer this." in conversation(
        [Turn("q", replace(failed, status="abstained", reason=None))]
    )


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("2022-08-06", "6 August 2022"),
        ("2022-08", "August 2022"),
        ("2022", "2022"),
        (None, "date unknown"),
        ("soon", "soon"),
    ],
)
def test_a_date_is_shown_in_the_precision_that_is_known(published: str | None, shown: str) -> None:
    assert day(published) == shown


def test_examples_come_from_the_library() -> None:
    entry = Entry("d1", 1, "a", "Bridge closed", None, None, (), "text/plain", "en", 1, 1, "", None)
    assert examples([entry]) == ["What is reported about “Bridge closed”?"]
    assert examples([]) == []


def test_a_port_that_is_taken_is_an_error_for_the_user() -> None:
    from ui.web.app import serve

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OnRecordError, match="Address already in use"):
        serve(None, "127.0.0.1", taken.getsockname()[1], print)  # type: ignore[arg-type]


def test_the_stylesheet_stays_small() -> None:
    import ui.web

    assert (Path(ui.web.__file__).parent / "style.css").stat().st_size < 30_000
