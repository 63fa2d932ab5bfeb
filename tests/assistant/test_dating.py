"""Dates in answers: what "last month" means, when something was said, what is newest and how old it is."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assistant.answer import Answer, Citation, as_json
from assistant.assistant import Assistant
from assistant.dating import aged, by_time, date_said
from assistant.question import read_question
from assistant.ranking import Candidate
from assistant.settings import Settings
from corpus.attribution import attribute
from corpus.dates import resolve
from corpus.filters import filters_of
from corpus.types import Document, Passage
from index.encoder import Encoder
from index.retriever import Hit

STORIES = {
    "vote.md": (
        "2021-05-04",
        "Council votes for a new school",
        "The council voted for a new school yesterday. The old school on the hill is closed and has 200 pupils.",
    ),
    "strike.md": (
        "2021-08-20",
        "Ferry strike",
        "The ferry crews went on strike last month. Their wage is 2,000 crowns, the union said on Tuesday.",
    ),
    "reopened.md": (
        "2022-01-10",
        "Ferry sails again",
        "The strike of the ferry crews is over and the ferry sails again. Their wage is now 2,300 crowns, the union said.",
    ),
    "undated.md": (None, "The lighthouse", "The lighthouse was lit again last month."),
    "wall.md": (
        "2021-11-02",
        "The sea wall",
        "The mayor said on Friday that the sea wall of the port will be rebuilt.",
    ),
    "hall.md": (
        "2021-11-02",
        "The market hall",
        "In March the market hall was painted red. In September the market hall was painted green.",
    ),
}


@pytest.fixture
def assistant(home: Path, encoder: Encoder, tmp_path: Path) -> Iterator[Assistant]:
    folder = tmp_path / "stories"
    folder.mkdir()
    for name, (published, title, text) in STORIES.items():
        head = f"title: {title}\noutlet: Harbour Post\n" + (f"published: {published}\n" if published else "")
        (folder / name).write_text(f"---\n{head}---\n{text}\n")
    opened = Assistant(Settings(home=home, strictness=0.0), encoder)
    opened.library.add([folder])
    yield opened
    opened.close()


def document(published: str | None) -> Document:
    text = "The ferry sails again."
    return Document("d", 1, "d.md", "", text, published, None, (), None, (), None, "text/plain", "", (), (), "")


def quoted(question: str, *published: str | None, as_of: str | None = None) -> Answer:
    citations = tuple(Citation(number, document(day), 0, 22) for number, day in enumerate(published, 1))
    return Answer(question, question, "answered", 0.9, citations=citations, filters=filters_of({"as_of": as_of}))


def test_when_is_answered_with_the_words_of_the_source_and_the_days_they_mean(assistant: Assistant) -> None:
    answer = assistant.ask("When did the ferry crews go on strike?")
    citation = answer.citations[0]
    assert answer.short == "last month (July 2021)"
    assert citation.answer is not None and "strike last month." in citation.quote
    assert citation.document.text[slice(*citation.answer)] == "last month"
    assert answer.text.splitlines()[-1] == '"last month" [1] is July 2021.'
    printed = as_json(answer)["citations"][0]  # type: ignore[index]
    assert printed["when"] == {"text": "last month", "from": "2021-07-01", "to": "2021-07-31"}


def test_the_day_before_publication_is_told_to_the_day(assistant: Assistant) -> None:
    assert assistant.ask("When did the council vote for a new school?").short == "yesterday (3 May 2021)"


def test_a_date_that_is_counted_from_an_unknown_day_keeps_its_words_and_claims_no_more(assistant: Assistant) -> None:
    answer = assistant.ask("When was the lighthouse lit again?")
    assert answer.short == "last month"
    assert len(answer.text.splitlines()) == len(answer.statements)
    printed = as_json(answer)["citations"][0]  # type: ignore[index]
    assert printed["when"] == {"text": "last month", "from": None, "to": None}


def test_no_question_of_another_kind_is_answered_with_a_date(assistant: Assistant) -> None:
    answer = assistant.ask("How many pupils does the old school have?")
    assert (answer.short, answer.citations[0].when) == ("200", None)


def test_what_was_said_carries_when_it_was_said(assistant: Assistant) -> None:
    answer = assistant.ask("What did the union say about the wage of the crews?", filters=filters_of({"to": "2021-12"}))
    said = answer.citations[0].said_on
    assert said is not None and (said.text, said.first, said.last) == ("Tuesday", "2021-08-17", "2021-08-17")
    assert answer.citations[0].document.text[said.start : said.end] == "Tuesday"


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("The mayor said on Tuesday that the bridge will open in March.", "Tuesday"),
        ("Falk told Stern last week that the bridge will open.", "last week"),
        ("In early August Falk said that the bridge will open.", "early August"),
        ("At the fair in Lund in June, Falk said that the bridge will open.", "June"),
        ("The bridge will open by the end of May, Falk said in January.", "January"),
        ('"It will open in March," Falk said on Friday.', "Friday"),
        ("Falk said in Lund on Friday that it will open.", "Friday"),
        ("Falk had said earlier in June that it will open.", "June"),
        ("Early August: Falk says that it will open.", "Early August"),
        ("Last month the mayor, Ines Falk, had said that it will open.", "Last month"),
        ("Falk said that the bridge opened in March.", None),
        ("Falk said the bridge opened in March.", None),
        ("In March the bridge collapsed, the mayor said.", None),
        ("Falk said last month was the wettest of all.", None),
        ("The bridge that opened in March is safe, Falk said.", None),
    ],
)
def test_when_it_was_said_is_the_date_that_stands_with_the_cue(sentence: str, text: str | None) -> None:
    found = attribute(sentence)
    assert found is not None
    said = date_said(sentence, found.cue, resolve(sentence, "2022-08-25"))
    assert (said and said.text) == text


def test_of_two_dates_the_one_answers_in_whose_clause_the_question_stands(assistant: Assistant) -> None:
    assert assistant.ask("When was the market hall painted green?").short == "September (2021)"
    assert assistant.ask("When was the market hall painted red?").short == "March (2021)"


def test_the_date_in_the_question_does_not_answer_it(assistant: Assistant) -> None:
    answer = assistant.ask("When after March 2021 was the market hall painted?")
    assert answer.short == "September (2021)"


def test_when_something_was_said_is_not_when_it_happened(assistant: Assistant) -> None:
    answer = assistant.ask("When will the sea wall of the port be rebuilt?")
    citation = answer.citations[0]
    assert citation.said_on is not None and citation.said_on.text == "Friday"
    assert (answer.short, citation.answer, citation.when) == (None, None, None)
    assert (
        assistant.ask("When did the mayor say that the sea wall will be rebuilt?").short == "Friday (29 October 2021)"
    )


def test_the_newest_of_what_fits_leads_where_the_newest_is_wanted(assistant: Assistant) -> None:
    answer = assistant.ask("What is the wage of the ferry crews now?", today=date(2022, 4, 20))
    assert answer.citations[0].document.published == "2022-01-10"
    assert answer.age == "The newest source is of 10 January 2022, 3 months before today."
    assert answer.text.endswith(answer.age)
    before = assistant.ask("What is the wage of the ferry crews now?", filters=filters_of({"as_of": "2021-08-31"}))
    assert before.citations[0].document.published == "2021-08-20"
    assert before.age == "The newest source is of 20 August 2021, 11 days before 31 August 2021."


def test_the_time_that_a_question_names_is_the_time_of_its_answer(assistant: Assistant) -> None:
    for month, colour in (("March", "red"), ("September", "green")):
        answer = assistant.ask(f"Which colour was the market hall painted in {month}?")
        assert colour in answer.statements[0].text


@pytest.mark.parametrize(
    ("published", "as_of", "told"),
    [
        (("2022-08-25", "2022-06-01"), None, "The newest source is of 25 August 2022, 3 months before today."),
        (("2022-08", None), None, "The newest source is of August 2022, 3 months before today."),
        (("2021",), None, "The newest source is of 2021, 11 months before today."),
        (("2022-11-30",), None, "The newest source is of 30 November 2022."),
        (("2022-11-29",), None, "The newest source is of 29 November 2022, 1 day before today."),
        (("2022-08-25",), "2022-09-10", "The newest source is of 25 August 2022, 2 weeks before 10 September 2022."),
        (("1969-07-31",), None, "The newest source is of 31 July 1969, 53 years before today."),
        ((None,), None, None),
    ],
)
def test_the_age_counts_to_the_cut_off_or_else_to_today(
    published: tuple[str | None, ...], as_of: str | None, told: str | None
) -> None:
    question = "Does the ferry still sail?"
    answer = quoted(question, *published, as_of=as_of)
    assert aged(answer, date(2022, 11, 30)).age == told


def test_no_age_is_told_where_the_newest_is_not_asked_for() -> None:
    question = "When did the ferry sail?"
    assert aged(quoted(question, "2022-08-25"), date(2022, 11, 30)).age is None


def weighed(question: str, *rows: tuple[str, str | None, float]) -> list[float]:
    """Return what `by_time` makes of sentences, each with its publication and its probability, asked on 30 November 2022."""
    given = []
    for text, published, _ in rows:
        passage = Passage("p", "d", 1, 0, 0, len(text), text, ((0, len(text)),))
        paper = Document("d", 1, "d.md", "", text, published, None, (), None, (), None, "text/plain", "", (), (), "")
        given.append(Candidate(paper, 0, len(text), Hit(passage, 1.0, {}), (), None))
    probabilities = np.array([probability for *_, probability in rows])
    return [float(p) for p in by_time(read_question(question), given, probabilities, "2022-11-30")]


def test_the_newest_leads_only_among_what_answers_nearly_as_well() -> None:
    old, new, weak = (
        ("It is shut.", "2021-01-01", 0.8),
        ("It is open.", "2022-01-01", 0.7),
        ("Rain.", "2022-06-01", 0.1),
    )
    assert weighed("Is the bridge still shut?", old, new, weak) == pytest.approx([0.4, 0.7, 0.05])
    assert weighed("Is the bridge shut?", old, new, weak) == pytest.approx([0.8, 0.7, 0.1])
    undated = ("It is shut.", None, 0.8)
    assert weighed("Is the bridge still shut?", undated, new) == pytest.approx([0.4, 0.7])


def test_a_named_time_is_looked_for_in_the_sentence_then_in_its_publication() -> None:
    in_march, in_may = ("It was shut in March.", "2022-06-01", 0.8), ("It was shut.", "2022-05-03", 0.8)
    undated = ("It was shut.", None, 0.8)
    rows = (in_march, in_may, undated)
    assert weighed("Was it shut in March?", *rows) == pytest.approx([0.8, 0.4, 0.6])
    assert weighed("Was it shut in May?", *rows) == pytest.approx([0.4, 0.8, 0.6])
    assert weighed("What was shut since April?", *rows) == pytest.approx([0.4, 0.8, 0.6])
    assert weighed("What was shut before April?", *rows) == pytest.approx([0.8, 0.4, 0.6])
    assert weighed("What was shut last year?", *rows) == pytest.approx([0.4, 0.4, 0.6])
    assert weighed("What stood before the 1st century?", *rows) == pytest.approx([0.4, 0.4, 0.6])
    assert weighed("What was shut in 2022?", *rows) == pytest.approx([0.8, 0.8, 0.6])
