"""Rated answers asked for again: what was praised is held to its words, what was found fault with to being another."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer import Answer, as_json
from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.conversations import Conversations
from corpus.errors import SourceError
from corpus.filters import filters_of
from corpus.ratings import Rating, Ratings
from evals.compare import scored
from evals.records import Place, Record, Section, read_run
from evals.report import write_report
from evals.run import run_suites
from evals.suite import figures
from evals.suites.ratings import SUITE
from index.encoder import Encoder

COST = "How much will the repairs of the harbour bridge cost?"
CLOSED = "When was the harbour bridge closed?"
CHESS = "Who won the chess championship in Reykjavik?"


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


def rated(assistant: Assistant, rating: Rating, *answers: Answer, owner: str = "local") -> str:
    """Keep answers as a conversation, rate the last one, and return the conversation's id."""
    kept, id = Conversations(assistant.library.catalog, owner), None
    for answer in answers:
        id, turn = kept.keep(id, answer.question, as_json(answer))
    assert id is not None
    Ratings(assistant.library.catalog, owner).rate(id, turn, rating)
    return id


def run(assistant: Assistant, path: Path, suite: str = "ratings") -> Section:
    (section,) = run_suites([suite], None, path, assistant.settings)
    return section


def values(section: Section) -> dict[str, tuple[float, int]]:
    return {f.name: (f.value, f.n) for f in scored(section) if "ms" not in f.name}


def test_a_library_and_an_assistant_that_are_as_they_were_answer_as_they_did(
    assistant: Assistant, tmp_path: Path
) -> None:
    first = assistant.ask(CLOSED)
    rated(assistant, Rating(True), first, assistant.ask("How much will its repairs cost?", [first]))
    rated(assistant, Rating(True, words="Right to say nothing"), assistant.ask(CHESS))
    rated(assistant, Rating(False, ("wrong", "old")), assistant.ask(COST, filters=filters_of({"as_of": "2030-01-01"})))
    section = run(assistant, tmp_path / "run.jsonl")
    found = values(section)
    assert found["up: every quotation cited again"] == (1.0, 1)
    assert found["up: silent again"] == (1.0, 1)
    assert found["down: another answer"] == found["down, wrong: another answer"] == (0.0, 1)
    assert found["left out: cited words are gone"] == found["documents were added since"] == (0.0, 3)
    follow_up = next(record for record in section.records if len(record.turns) == 2)
    assert (
        follow_up.answer is not None
        and follow_up.answer["query"] == assistant.ask("How much will its repairs cost?", [first]).query
    )
    assert values(read_run(tmp_path / "run.jsonl")[0]) == found
    write_report([tmp_path / "run.jsonl"], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "“wrong · old”" in page and "“Right to say nothing”" in page


def test_an_answer_of_other_words_is_another(assistant: Assistant, tmp_path: Path) -> None:
    other = replace(assistant.ask("What did the mayor tell Radio Nord?"), question=COST, query=COST)
    for rating in (Rating(True), Rating(False, ("not the question",), "It is about the mayor")):
        rated(assistant, rating, replace(other, question=f"{COST[:-1]}{' ' * rating.is_good}?"))
    found = values(run(assistant, tmp_path / "run.jsonl"))
    assert found["up: every quotation cited again"] == (0.0, 1)
    assert found["down: another answer"] == found["down, not the question: another answer"] == (1.0, 1)
    assert found["down: none of its quotations cited again"] == (1.0, 1)


def test_what_the_reader_had_searched_is_searched_again(assistant: Assistant, tmp_path: Path) -> None:
    vague = "How many are there?"
    first = assistant.ask(vague)
    rated(assistant, Rating(True), first, assistant.ask(vague, query="How many cars does the ferry carry?"))
    (record,) = run(assistant, tmp_path / "run.jsonl").records
    assert record.answer is not None and record.answer["short"] == "900"


def test_words_that_are_gone_are_counted_and_not_held_against_anyone(
    assistant: Assistant, tmp_path: Path, articles: Path
) -> None:
    answer = assistant.ask(COST)
    rated(assistant, Rating(True), answer)
    assistant.library.remove([citation.document.id for citation in answer.citations])
    section = run(assistant, tmp_path / "run.jsonl")
    found = values(section)
    assert found["left out: cited words are gone"] == (1.0, 1)
    assert "up: every quotation cited again" not in found


def test_a_new_version_that_still_has_the_words_is_as_good(
    assistant: Assistant, tmp_path: Path, articles: Path
) -> None:
    answer = assistant.ask(COST)
    rated(assistant, Rating(True), answer)
    path = Path(answer.citations[0].document.source)
    path.write_text(path.read_text().replace("\n\n", "\n\nA line that was added later, of no great length.\n\n", 1))
    assert [outcome.status for outcome in assistant.library.add([path])] == ["updated"]
    section = run(assistant, tmp_path / "run.jsonl")
    assert section.records[0].evidence[0][0].start > answer.citations[0].start
    assert values(section)["up: its first quotation cited again"] == (1.0, 1)
    assert values(section)["left out: cited words are gone"] == (0.0, 1)


def test_a_question_counts_once_as_it_was_rated_last_and_each_user_has_their_own(
    assistant: Assistant, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="no answer has been rated yet"):
        run(assistant, tmp_path / "run.jsonl")
    answer = assistant.ask(COST)
    rated(assistant, Rating(True), answer)
    last = rated(assistant, Rating(False, ("old",)), answer)
    rated(assistant, Rating(True), answer, owner="ines")
    (record,) = run(assistant, tmp_path / "run.jsonl").records
    assert (record.id, record.labels["reason"]) == (f"{last}/1", "old")
    (theirs,) = run(assistant, tmp_path / "run.jsonl", "ratings:ines").records
    assert theirs.labels["thumb"] == "up"


def test_the_measures_are_those_worked_out_by_hand() -> None:
    def record(
        id: str, thumb: str, places: list[tuple[int, int]], cited: list[tuple[int, int]], **labels: str
    ) -> Record:
        quoted = tuple(Place("a.txt", f"quote {start}", start, end) for start, end in places)
        citations = [
            {"document": {"source": "a.txt"}, "start": start, "end": end, "quote": "", "speaker": None}
            for start, end in cited
        ]
        about = {"thumb": thumb, "reason": "", "then": "answered" if places else "abstained"}
        status = "answered" if cited else "abstained"
        return Record(
            id,
            ("Why?",),
            labels={**about, "words gone": "0", "documents since": "0", **labels},
            evidence=tuple((place,) for place in quoted) if thumb == "up" else (),
            units=quoted if thumb == "down" else (),
            answer={"status": status, "confidence": 0.5, "statements": [], "citations": citations},
        )

    given = [
        record("both, half of one", "up", [(0, 10), (50, 60)], [(0, 5), (50, 60), (90, 99)]),
        record("one of two", "up", [(0, 10), (50, 60)], [(0, 6), (50, 54)]),
        record("gone", "up", [(0, 10)], [], **{"words gone": "1"}),
        record("silent, now not", "up", [], [(0, 10)]),
        record("the same", "down", [(0, 10)], [(2, 9)], reason="wrong · Because"),
        record("one beside", "down", [(0, 10)], [(0, 10), (50, 60)], reason="missing a side"),
        record("silent now", "down", [(0, 10)], [], reason="wrong"),
        record("answered now", "down", [], [(0, 10)]),
    ]
    found = {f.name: (round(f.value, 3), f.n) for f in figures(given, SUITE.measures)}
    assert found["up: every quotation cited again"] == (0.5, 2)
    assert found["up: its first quotation cited again"] == (1.0, 2)
    assert found["up: quotations cited again"] == (0.75, 2)
    assert found["up: silent again"] == (0.0, 1)
    assert found["down: another answer"] == (0.75, 4)
    assert found["down, wrong: another answer"] == (0.5, 2)
    assert found["down, missing a side: another answer"] == (1.0, 1)
    assert found["down: none of its quotations cited again"] == (0.333, 3)
    assert found["left out: cited words are gone"] == (0.125, 8)
