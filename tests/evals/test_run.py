"""Suites over real libraries: a run is one file that says what made it, and is scored again from that alone."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.settings import Settings, load_settings
from corpus.errors import OnRecordError, QuestionError, SettingsError, SourceError
from evals.compare import scored
from evals.records import Place, Record, Section, read_run, same_document
from evals.run import run_suites
from evals.suite import Figure
from evals.suites.questions import question_measures
from index.library import Library
from tests.evals.conftest import write_jsonl


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings(home=home)


def values(section: Section) -> dict[str, tuple[float, int]]:
    return {f.name: (f.value, f.n) for f in scored(section) if "ms" not in f.name}


def test_a_run_is_one_file_with_settings_commit_and_a_record_a_question(
    tiny: Path, tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "run.jsonl"
    (section,) = run_suites(["time"], tiny, path, settings)
    assert values(section) == dict.fromkeys(
        ("nDCG@10", "MRR@10", "MAP", "recall@10", "success@1", "success@5"), (1.0, 2)
    )
    header, *records, end = [json.loads(line) for line in path.read_text().splitlines()]
    assert (header["suite"], header["system"], header["settings"]["k"]) == ("time", "onrecord", 10)
    assert {"commit", "version", "at", "settings_hash"} <= set(header)
    assert [(record["id"], record["found"][0]) for record in records] == [("a", "0"), ("b", "2")]
    assert set(records[0]["hits"][0]["views"]) == {"cosine", "bm25_passage", "bm25_document", "late_interaction"}
    assert end["end"] == "time"


def test_a_run_is_scored_again_without_answering(tiny: Path, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "run.jsonl"
    sections = list(run_suites(["time"], tiny, path, settings, ["bm25"]))
    assert [(s.suite, s.system) for s in sections] == [("time", "onrecord"), ("time", "bm25")]
    again = read_run(path)
    assert [s.records for s in again] == [s.records for s in sections]
    assert [scored(s) for s in again] == [scored(s) for s in sections]


def test_an_interrupted_run_keeps_what_was_done(tiny: Path, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "run.jsonl"

    def interrupt(suite: str, system: str, count: int) -> None:
        if count == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run_suites(["time"], tiny, path, settings, watch=interrupt))
    (section,) = read_run(path)
    assert ([record.id for record in section.records], section.seconds) == (["a"], None)


def test_a_limit_asks_the_first_questions_alone(tiny: Path, tmp_path: Path, settings: Settings) -> None:
    (section,) = run_suites(["time"], tiny, tmp_path / "run.jsonl", settings, limit=1)
    assert [record.id for record in section.records] == ["a"]


def test_what_cannot_be_run_is_named_before_anything_is_written(tiny: Path, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "run.jsonl"
    for suites, data, baselines, message in (
        (["nonsense"], None, [], "nonsense: no such suite"),
        (["time"], tmp_path, [], r"no corpus\.jsonl in it\. Name the folder that holds time/"),
        (["time"], tiny, ["google"], "google: no such baseline"),
        (["samples"], None, ["bm25"], "samples: nothing is searched there"),
        ([str(tmp_path / "none.jsonl")], None, [], "cannot be read"),
    ):
        with pytest.raises((SettingsError, SourceError), match=message):
            list(run_suites(suites, data, path, settings, baselines))
    assert not path.exists()


@pytest.fixture
def filled(library: Library, articles: Path, settings: Settings) -> Settings:
    library.add([articles])
    return settings


MINE = [
    {
        "id": "cost",
        "question": "What will the repairs of the bridge cost?",
        "answer": "40 million dollars",
        "gold": [[{"document": "bridge.txt", "quote": "Repairs will cost 40  million dollars"}]],
    },
    {
        "id": "tax",
        "turns": ["Who voted for a new school?", "What did Councillor Abara say about taxes?"],
        "speaker": "Abara",
        "kind": "who-said",
        "gold": [[{"document": "school.md", "quote": "We will not raise taxes for it"}]],
    },
    {"id": "chess", "question": "Who won the chess championship?", "answerable": False},
    {"question": "How many boats were there?"},
]


def test_a_users_own_questions_are_asked_of_their_own_library(filled: Settings, tmp_path: Path) -> None:
    mine = write_jsonl(tmp_path / "mine.jsonl", MINE)
    (section,) = run_suites([str(mine)], None, tmp_path / "run.jsonl", filled)
    found = values(section)
    assert found["answerable: evidence cited"] == (1.0, 2)
    assert found["answerable: answer string shown"] == (1.0, 1)
    assert found["answerable: speaker"] == (1.0, 1)
    assert found["kind who-said: evidence cited"] == (1.0, 1)
    assert found["unanswerable: abstained"] == (1.0, 1)
    assert found["abstention F1"] == (1.0, 3)  # what is answerable is not known of the fourth
    assert [record.id for record in section.records] == ["cost", "tax", "chess", "4"]


def test_a_bad_line_of_ones_own_questions_is_named(filled: Settings, tmp_path: Path) -> None:
    for row, message in (
        ({"question": ""}, 'question 1: no "question"'),
        ({"question": "Who?", "colour": "red"}, "question 1: 'colour' is not known"),
        ({"question": "Who?", "gold": [{"document": "x"}]}, 'question 1: "gold" is not a list'),
        ({"question": "Who?", "as_of": "soon"}, "question 1: as_of: 'soon' is not a date"),
        ({"question": "Who?", "answerable": "yes"}, "question 1: 'answerable' is 'yes'"),
        ({"question": "Who?", "answer": 33}, "question 1: 'answer' is 33. Write a text"),
        ({"question": "Who?", "gold": [[]]}, 'question 1: a piece of "gold" has no alternative'),
        (
            {"question": "Who?", "gold": [[{"document": "bridge.txt", "quote": " "}]]},
            'question 1: "gold" is not a list',
        ),
        ({"question": "Who?", "answerable": False, "answer": "33"}, "question 1: not answerable, yet it has an answer"),
        ({"question": "w" * 2_001}, "question 1: the question has 2,001 characters"),
        ({"question": "Who?", "gold": [[{"document": "bridge.txt", "quote": "nowhere"}]]}, "question 1: its evidence"),
    ):
        mine = write_jsonl(tmp_path / "mine.jsonl", [row])
        with pytest.raises(OnRecordError, match=message):
            list(run_suites([str(mine)], None, tmp_path / "run.jsonl", filled))


def test_a_run_never_writes_over_what_is_no_run(filled: Settings, tmp_path: Path) -> None:
    mine = write_jsonl(tmp_path / "mine.jsonl", MINE[:1])
    before = mine.read_bytes()
    with pytest.raises(SettingsError, match=r"mine\.jsonl: there is a file that is no run"):
        list(run_suites([str(mine)], None, mine, filled))
    assert mine.read_bytes() == before
    for place in (tmp_path, mine / "run.jsonl"):
        with pytest.raises(SettingsError, match="the run cannot be written there"):
            list(run_suites([str(mine)], None, place, filled))
    list(run_suites([str(mine)], None, tmp_path / "run.jsonl", filled))
    list(run_suites([str(mine)], None, tmp_path / "run.jsonl", filled))  # a run may be made anew


def test_two_questions_with_one_id_are_refused(filled: Settings, tmp_path: Path) -> None:
    mine = write_jsonl(tmp_path / "mine.jsonl", [{"id": "2", "question": "Who?"}, {"question": "When?"}])
    with pytest.raises(SourceError, match="two questions have the id '2'"):
        list(run_suites([str(mine)], None, tmp_path / "run.jsonl", filled))


def test_a_run_of_ones_own_questions_is_scored_when_their_file_is_gone(filled: Settings, tmp_path: Path) -> None:
    mine = write_jsonl(tmp_path / "mine.jsonl", [{"question": "Who said\u2028that taxes stay?", "answerable": True}])
    (section,) = run_suites([str(mine)], None, tmp_path / "run.jsonl", filled)
    mine.unlink()
    (again,) = read_run(tmp_path / "run.jsonl")
    assert scored(again) == scored(section)


def test_a_row_that_is_not_in_its_sets_form_is_an_error_that_names_the_set(tiny: Path, settings: Settings) -> None:
    for name, row in (("corpus", {"text": "x"}), ("queries", {"_id": "a"})):
        kept = (tiny / "time" / f"{name}.jsonl").read_text()
        write_jsonl(tiny / "time" / f"{name}.jsonl", [row])
        with pytest.raises(SourceError, match="time: a row of the set is not in its form"):
            list(run_suites(["time"], tiny, tiny / "run.jsonl", settings))
        (tiny / "time" / f"{name}.jsonl").write_text(kept)
    (tiny / "time" / "queries.jsonl").write_text("")
    with pytest.raises(SourceError, match="time: no questions in the set"):
        list(run_suites(["time"], tiny, tiny / "run.jsonl", settings))


def test_a_question_that_cannot_be_answered_is_unscored_and_not_wrong(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Assistant.ask

    def failing(self: Assistant, question: str, *given: object) -> object:
        if "chess" in question:
            raise QuestionError("it broke.")
        return ask(self, question, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Assistant, "ask", failing)
    mine = write_jsonl(tmp_path / "mine.jsonl", [*MINE[:3], {**MINE[2], "id": "chess again"}])
    (section,) = run_suites([str(mine)], None, tmp_path / "run.jsonl", filled)
    figures: dict[str, Figure] = {figure.name: figure for figure in scored(section)}
    assert (figures["unanswerable: abstained"].n, figures["unanswerable: abstained"].unscored) == (0, 2)
    assert (figures["answerable: evidence cited"].n, figures["answerable: evidence cited"].unscored) == (2, 0)
    assert read_run(tmp_path / "run.jsonl")[0].records[2].error == "it broke."


def test_a_line_that_is_no_runs_is_named(tmp_path: Path) -> None:
    header = {"run": 2, "suite": "time", "system": "onrecord"}
    for lines, message in (
        ([], "no run in it"),
        ([{"id": "a", "turns": ["x"]}], ":1: not a line of a run"),
        ([header, {"id": "a", "turns": ["x"], "colour": "red"}], ":2: not a line of a run.*colour"),
        ([header | {"run": 1}], "a run of format 1; 2 is read"),
        ([header, header], "time by onrecord is in the run twice"),
        ([header, {"id": "a", "turns": []}, header], ":2: not a line of a run.*no turns"),
    ):
        with pytest.raises(SourceError, match=message):
            read_run(write_jsonl(tmp_path / "run.jsonl", lines))
    run = write_jsonl(tmp_path / "run.jsonl", [header, {"id": "a", "turns": ["x"]}])
    run.write_text(run.read_text() + '\n{"id": "b", "tur')
    assert [record.id for record in read_run(run)[0].records] == ["a"]  # cut off while it was written
    (tmp_path / "run.jsonl").write_text("nonsense")
    with pytest.raises(SourceError, match=":1: not a line of a run: it is no JSON"):
        read_run(tmp_path / "run.jsonl")


def test_a_document_is_named_by_its_source_the_end_of_its_path_or_its_row() -> None:
    assert same_document("/a/b/c.txt", "c.txt")
    assert same_document("/a/b/c.txt", "b/c.txt")
    assert same_document("/a/corpus.jsonl#17", "17")
    assert not same_document("/a/b/abc.txt", "c.txt")


def test_a_record_comes_back_from_its_line(tmp_path: Path) -> None:
    record = Record(
        "q", ("Who?", "And when?"), "asked", {"kind": "x"}, {"documents": ["1"]}, False, {"1": 1.0},
        ((Place("1", "words", 0, 5),),), (Place("1", "", 0, 9),), ("a",), ("b",), ("1",), ({"source": "1"},), None,
        {"x": 1.0}, 1.5, "it broke",
    )  # fmt: skip
    path = tmp_path / "run.jsonl"
    path.write_text('{"run": 2, "suite": "time", "system": "onrecord"}\n' + record.as_json())
    assert read_run(path)[0].records == [record]


@pytest.fixture(autouse=True)
def _no_figures_by_chance(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("evals.metrics.RESAMPLES", 50)
    yield


def test_an_answer_in_typographic_quotation_marks_is_shown() -> None:
    for text, shown in (("It reads: “We came in peace.” [1]", 1.0), ("It reads: “We came in pieces.” [1]", 0.0)):
        record = Record("1", ("What is on it?",), answers=("we came in peace",), answer={"text": text})
        measure = next(m for m in question_measures([record]) if m.name == "answerable: answer string shown")
        assert measure.row(record) == (shown,)
