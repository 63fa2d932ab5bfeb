"""Who says what, when, and where the sources differ: over small invented documents, and over made-up citations."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Answer, Citation, Statement, as_json
from assistant.assistant import Assistant
from assistant.positions import laid_out
from assistant.question import answer_spans, read_question
from assistant.settings import Settings
from corpus.types import Document
from index.encoder import Encoder

Ask = Callable[..., Answer]


@pytest.fixture
def ask(home: Path, tmp_path: Path, encoder: Encoder) -> Iterator[Ask]:
    """Return a function that answers a question over documents, each "outlet | day | title | text"."""
    opened = Assistant(Settings(home=home, strictness=0.0), encoder)

    def asked(question: str, *documents: str) -> Answer:
        folder = tmp_path / "documents"
        folder.mkdir()
        for number, document in enumerate(documents):
            outlet, published, title, text = document.split(" | ")
            front = f"---\ntitle: {title}\noutlet: {outlet}\npublished: {published}\n---\n"
            (folder / f"{number}.md").write_text(f"{front}{text}\n", encoding="utf-8")
        opened.library.add([folder])
        return opened.ask(question)

    yield asked
    opened.close()


def lines(answer: Answer) -> list[str]:
    return [conflict.line for conflict in answer.conflicts]


def test_a_figure_that_a_later_source_changes_is_shown_with_its_successor(ask: Ask) -> None:
    answer = ask(
        "How many divers were rescued from the ferry Calypso?",
        "Reuters | 2022-03-03 | Ferry Calypso sinks | The ferry Calypso sank. 12 divers were rescued from the ferry Calypso.",
        "AP | 2022-03-05 | More divers found | Crews said that 14 divers were rescued from the ferry Calypso in all.",
        "AP | 2022-03-06 | Herring prices | Herring prices rose by 3 percent in the port of Vall.",
    )
    (conflict,) = answer.conflicts
    assert conflict.kind == "figure"
    assert conflict.line == "The sources differ: 12 (Reuters, 3 March 2022), later 14 (AP, 5 March 2022)."
    assert answer.text.endswith(conflict.line)
    assert {answer.statements[number].text.count("12 divers") for number in conflict.statements} == {0, 1}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Forty percent of the homes in Vall lost power.", "In Vall, 40% of the homes lost power, the grid said."),
        (
            "About 40 percent of the homes in Vall lost power.",
            "In Vall, 41 percent of homes lost power, the grid said.",
        ),
        ("40 percent of the homes in Vall lost power.", "In Vall, 70 percent of the herring ships lost power in port."),
    ],
)
def test_the_same_a_rounded_and_an_unrelated_figure_are_no_conflict(ask: Ask, first: str, second: str) -> None:
    answer = ask(
        "How many percent of the homes in Vall lost power?",
        f"Reuters | 2022-03-03 | Power cut in Vall | {first}",
        f"AP | 2022-03-05 | After the power cut | {second}",
    )
    assert answer.status == "answered"
    assert answer.conflicts == ()


def test_two_figures_of_one_document_are_no_conflict(ask: Ask) -> None:
    answer = ask(
        "How many divers were rescued from the ferry Calypso?",
        "Reuters | 2022-03-03 | Ferry Calypso | At noon 12 divers were rescued from the ferry Calypso.\n\n"
        "By night 14 divers were rescued from the ferry Calypso.",
    )
    assert answer.conflicts == ()


def test_differing_dates_are_told_and_days_of_one_month_named_more_or_less_exactly_are_not(ask: Ask) -> None:
    answer = ask(
        "When was the Vall lighthouse closed?",
        "Reuters | 2022-08-03 | Vall lighthouse | The Vall lighthouse was closed on 3 May 2021.",
        "AP | 2022-09-05 | The keepers of Vall | The Vall lighthouse was closed in May 2021, its keeper said.",
        "Post | 2022-10-05 | Lights out | The Vall lighthouse was closed on 7 June 2021.",
    )
    (conflict,) = answer.conflicts
    assert conflict.kind == "date"
    assert (
        "3 May 2021 (Reuters, 3 August 2022)" in conflict.line and "7 June 2021 (Post, 5 October 2022)" in conflict.line
    )


def test_a_contested_question_shows_who_says_yes_and_who_says_no(ask: Ask) -> None:
    answer = ask(
        "Is the Vall bridge safe?",
        'Reuters | 2022-03-03 | Vall bridge | "The Vall bridge is safe," said Ines Falk, the mayor.',
        'AP | 2022-03-05 | Doubts about the bridge | "The Vall bridge is not safe," said Omar Abara, an engineer.',
    )
    sides = {position.speaker: (position.stance, position.dates) for position in answer.positions}
    assert sides == {"Ines Falk": ("for", ("2022-03-03",)), "Omar Abara": ("against", ("2022-03-05",))}
    assert [position.speaker for position in answer.positions] == ["Ines Falk", "Omar Abara"]
    assert [conflict.kind for conflict in answer.conflicts] == ["yes-no"]
    assert lines(answer)[0].startswith("The sources differ: yes, Ines Falk (Reuters, 3 March 2022)")


def test_an_outlet_is_not_given_the_side_of_somebody_it_quotes(ask: Ask) -> None:
    answer = ask(
        "Is the Vall bridge safe?",
        "Reuters | 2022-03-03 | Vall bridge | The bridge in Vall shook on Wednesday, and the town closed it.\n"
        '"The Vall bridge is safe," said Ines Falk, the mayor. "It stands."',
        "AP | 2022-03-05 | Bridge again | The Vall bridge is not safe.",
    )
    for position in answer.positions:
        assert (position.speaker, position.stance) in {("Ines Falk", "for"), ("Ines Falk", None), ("AP", "against")}


def test_one_speaker_on_two_days_is_shown_twice_in_order_of_date(ask: Ask) -> None:
    answer = ask(
        "What did Ines Falk say about the tax on herring?",
        'AP | 2022-06-05 | Herring again | "The tax on herring must fall at once," said Ines Falk in the hall.',
        'Reuters | 2022-03-03 | Herring tax | "We need a tax on herring to pay for the port," said Ines Falk.',
    )
    assert [(p.speaker, p.dates) for p in answer.positions] == [
        ("Ines Falk", ("2022-03-03",)),
        ("Ines Falk", ("2022-06-05",)),
    ]


def test_bearers_of_one_name_are_shown_side_by_side(ask: Ask) -> None:
    answer = ask(
        "Which sport does Jo Marlow play?",
        "Post | 2020-01-01 | A cricketer | Jo Marlow of Vall plays cricket, the sport of her county.",
        "Post | 2020-01-02 | On the ice | Jo Marlow of Norrby plays curling, a winter sport, for her town.",
        "Post | 2020-01-03 | Rowing news | Jo Marlow of Eastham plays water polo, a sport of the summer.",
        "Post | 2020-01-04 | Rugby | Jo Marlow of Westham plays rugby, a sport he learnt from his father.",
    )
    shown = " ".join(statement.text for statement in answer.statements)
    assert all(sport in shown for sport in ("cricket", "curling", "water polo", "rugby"))


def test_the_same_words_in_three_papers_are_one_statement_with_one_citation_that_tells_of_the_others(ask: Ask) -> None:
    words = "The Vall lighthouse was closed on 3 May 2021 after a fire in its tower, the coast guard said."
    answer = ask(
        "When was the Vall lighthouse closed?",
        *(f"{outlet} | 2021-05-0{n} | {outlet} news | {words}" for n, outlet in enumerate(("AP", "Post", "Times"), 4)),
    )
    assert len(answer.statements) == 1
    (cited,) = answer.citations
    assert (cited.document.outlet, [entry.outlet for entry in cited.retold]) == ("AP", ["Times", "Post"])
    assert answer.conflicts == ()
    assert as_json(answer)["independent_sources"] == 1


SENTENCES = st.sampled_from(
    [
        "12 divers were rescued in Vall.",
        "Fourteen divers were rescued in Vall.",
        "Some 13 divers were rescued in Vall.",
        "No divers were rescued in Vall, Falk said.",
        "Divers were rescued in Vall on 3 May 2021.",
        "Divers were rescued in Vall in June 2021.",
    ]
)
SPEAKERS = st.sampled_from([None, "Ines Falk", "Falk", "Omar Abara"])
DAYS = st.sampled_from([None, "2021-05-04", "2021-06", "2022"])
QUESTIONS = st.sampled_from(
    ["How many divers were rescued in Vall?", "When were divers rescued in Vall?", "Were divers rescued in Vall?"]
)


@given(QUESTIONS, st.lists(st.tuples(SENTENCES, SPEAKERS, DAYS, st.integers(0, 3)), min_size=1, max_size=6))
def test_positions_and_conflicts_name_statements_that_exist(
    question: str, told: list[tuple[str, str | None, str | None, int]]
) -> None:
    read = read_question(question)
    citations = []
    for marker, (text, speaker, published, number) in enumerate(told, 1):
        spans = answer_spans(text, read)
        document = Document(
            f"d{number}",
            1,
            f"/d{number}",
            "",
            text,
            published,
            None,
            (),
            "Post",
            (),
            None,
            "text/plain",
            "h",
            (),
            (),
            "",
        )
        citations.append(Citation(marker, document, 0, len(text), spans[0] if spans else None, speaker))
    statements = tuple(Statement(c.quote, (c.marker,)) for c in citations)
    blank = Answer(question, question, "answered", 1.0, statements, tuple(citations))
    answer = laid_out(read, blank)
    for position in answer.positions:
        assert position.statements and set(position.statements) <= set(range(len(statements)))
    assert len(answer.positions) != 1
    for conflict in answer.conflicts:
        assert len(conflict.statements) >= 2
        assert len({(citations[n].document.id) for n in conflict.statements}) >= 2
        assert conflict.line
    assert replace(answer, positions=(), conflicts=()) == blank
