"""Overviews: in date order, each fact once, from distinct sources; and questions that do not want one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answer import as_json
from assistant.assistant import Assistant
from assistant.overview import overview_of, period_of
from assistant.question import read_question
from assistant.settings import Settings
from corpus.filters import Filters
from index.encoder import Encoder

STORIES = {
    "2021-03-10": "The ferry strike began on 8 March. Harbour workers want eight percent more pay, their union said.",
    "2021-05-04": "The ferry strike goes on. The port of Lund has closed because of the ferry strike.",
    "2021-05-20": "The union said last month that it would talk about the ferry strike. The port of Marsa stays open.",
    "2021-07-01": "The ferry strike ended on 29 June. The port of Kalm had closed late in June because of the ferry strike.",
    "2021-08-11": "Mayor Ines Falk said that a bridge should replace the ferry.",
    "2021-09-30": "Mayor Ines Falk said that no bridge would be built. Councillor Abara said that a bridge would cost too much.",
}


@pytest.fixture
def assistant(home: Path, encoder: Encoder, tmp_path: Path) -> Iterator[Assistant]:
    folder = tmp_path / "stories"
    folder.mkdir()
    for day, text in STORIES.items():
        (folder / f"{day}.md").write_text(
            f"---\noutlet: Harbour Post\npublished: {day}\n---\n# News of {day}\n\n{text}\n"
        )
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([folder])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What has changed since June?", "chronology"),
        ("How did the position of Ines Falk develop?", "chronology"),
        ("Give me a timeline of the strike", "chronology"),
        ("What happened between March and July?", "chronology"),
        ("Which ports were closed?", "list"),
        ("What other European countries took part?", "list"),
        ("Who were the ministers?", "list"),
        ("Who are all the members of the council?", "list"),
        ("How do Ines Falk and Abara differ on the bridge?", "comparison"),
        ("Which port was closed?", None),
        ("What happened to the port of Lund after the strike?", None),
        ("What is the news?", None),
        ("How many ports were closed?", None),
        ("What did the union say?", None),
        ("Which two ports were closed?", None),
    ],
)
def test_the_kind_of_overview_is_read_from_the_question(question: str, kind: str | None) -> None:
    found = overview_of(read_question(question))
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What has changed since June?", "2021-06-01", None),
        ("What happened between March and July 2021?", "2021-03-01", "2021-07-31"),
        ("What happened in 2020?", "2020-01-01", "2020-12-31"),
        ("What happened before May 2021?", None, "2021-05-01"),
    ],
)
def test_the_days_that_a_question_names_are_read_as_of_the_newest_source(
    question: str, first: str | None, last: str | None
) -> None:
    period = period_of(read_question(question), "2021-09-30")
    assert period is not None
    assert (period.first, period.last) == (first, last)


def test_a_chronology_stands_in_the_order_of_the_dates_told(assistant: Assistant) -> None:
    answer = assistant.ask("Give me a timeline of the ferry strike")
    dates = [statement.date or "" for statement in answer.statements]
    assert dates == sorted(dates) and len(dates) > 3
    told = {statement.date: statement.text for statement in answer.statements}
    assert "began" in told["2021-03-08"] and "ended" in told["2021-06-29"]
    assert answer.text.startswith("2021-03-08: The ferry strike began on 8 March. [1]")
    for printed in as_json(answer)["statements"]:  # type: ignore[attr-defined]
        assert answer.text[printed["start"] : printed["end"]] == printed["text"]


def test_a_relative_date_counts_from_publication(assistant: Assistant) -> None:
    told = {
        statement.text: statement.date
        for statement in assistant.ask("Give me a timeline of the ferry strike").statements
    }
    assert [date for text, date in told.items() if "last month" in text] in ([], ["2021-04"])


def test_what_changed_since_a_month_leaves_out_what_was_before(assistant: Assistant) -> None:
    answer = assistant.ask("What has changed since June?")
    assert answer.status == "answered"
    assert all((statement.date or "") >= "2021-06" for statement in answer.statements)
    assert as_json(answer)["filters"] == {"from": "2021-06-01"}
    early = assistant.ask("What has changed since June?", filters=Filters(as_of="2021-07-15"))
    assert [c.document.published for c in early.citations] == ["2021-07-01"]


def test_the_position_of_a_speaker_is_his_own_words_in_date_order(assistant: Assistant) -> None:
    answer = assistant.ask("How did the position of Ines Falk on the bridge develop?")
    assert [c.document.published for c in answer.citations] == ["2021-08-11", "2021-09-30"]
    assert all("Ines Falk" in (citation.speaker or "") for citation in answer.citations)


def test_a_list_comes_from_distinct_sources(assistant: Assistant) -> None:
    answer = assistant.ask("Which ports have closed because of the ferry strike?")
    text = " ".join(statement.text for statement in answer.statements)
    assert "Lund" in text and "Kalm" in text


def test_a_comparison_has_both_sides(assistant: Assistant) -> None:
    answer = assistant.ask("How do the views of Ines Falk and Councillor Abara on the bridge differ?")
    said_by = " ".join(citation.speaker or "" for citation in answer.citations)
    assert "Falk" in said_by and "Abara" in said_by


def test_an_overview_of_what_nobody_wrote_about_is_silent(assistant: Assistant) -> None:
    assert assistant.ask("Give me a timeline of the chess championship in Reykjavik").status == "abstained"
    assert assistant.ask("What has changed since June?", filters=Filters(as_of="2020-01-01")).status == "abstained"
