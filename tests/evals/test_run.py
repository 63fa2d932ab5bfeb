"""Suites over real libraries: a run is one file that says what made it, and the sample questions keep their floors."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from assistant.settings import load_settings
from corpus.errors import SettingsError, SourceError
from evals.run import run_suites
from evals.suites import SUITES

QUESTIONS = [json.loads(line) for line in files("evals").joinpath("data/samples.jsonl").read_text().splitlines()]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return a data folder with a collection of TIME's form: three documents, two queries."""
    folder = tmp_path / "data" / "time"
    folder.mkdir(parents=True)
    texts = [
        "THE BRIDGE WAS CLOSED FOR REPAIRS .",
        "THE COUNCIL VOTED FOR A NEW SCHOOL .",
        "A STORM FLOODED THE OLD TOWN .",
    ]
    rows = [json.dumps({"_id": str(n), "title": "", "text": text}) for n, text in enumerate(texts)]
    (folder / "corpus.jsonl").write_text("\n".join(rows))
    (folder / "queries.jsonl").write_text(
        '{"_id": "a", "text": "REPAIRS OF THE BRIDGE"}\n{"_id": "b", "text": "FLOODED TOWN"}\n'
    )
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\na\t0\t1\nb\t2\t1\n")
    return folder.parent


def test_a_run_is_one_file_with_settings_commit_and_a_record_a_question(
    tiny: Path, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.jsonl"
    figures = run_suites(["time"], tiny, path, load_settings(home=home))
    assert {figure.name: (figure.value, figure.n) for figure in figures} == {
        "nDCG@10": (1.0, 2), "MRR@10": (1.0, 2), "success@1": (1.0, 2), "success@5": (1.0, 2),
    }  # fmt: skip
    header, *records = [json.loads(line) for line in path.read_text().splitlines()]
    assert (header["suite"], header["settings"]["k"]) == ("time", 10)
    assert {"commit", "version", "at", "settings_hash"} <= set(header)
    assert [record["found"][0] for record in records] == ["0", "2"]
    assert SUITES["time"].figures(records) == figures
    assert "nDCG@10" in capsys.readouterr().out


def test_what_cannot_be_run_is_named(tmp_path: Path, home: Path) -> None:
    with pytest.raises(SettingsError, match="nonsense: no such suite"):
        run_suites(["nonsense"], None, tmp_path / "run.jsonl", load_settings(home=home))
    with pytest.raises(SourceError, match=r"no corpus\.jsonl of TIME"):
        run_suites(["time"], tmp_path, tmp_path / "run.jsonl", load_settings(home=home))


def test_the_sample_questions_are_as_many_and_as_varied_as_they_should_be() -> None:
    silent = [row for row in QUESTIONS if not row["answerable"]]
    assert len(QUESTIONS) >= 100
    assert len({row["id"] for row in QUESTIONS}) == len(QUESTIONS)
    assert len(silent) >= 20
    assert sum(row["near_miss"] for row in silent) >= len(silent) / 2
    assert {"factoid", "number", "who-said-what", "when", "contested", "follow-up", "as-of"} <= {
        r["kind"] for r in QUESTIONS
    }


def test_the_samples_keep_their_floors(tmp_path: Path, home: Path) -> None:
    found = {
        figure.name: figure.value for figure in run_suites(["samples"], None, tmp_path / "r", load_settings(home=home))
    }
    assert found["answerable: evidence cited"] >= 0.85
    assert found["answerable: words, median"] <= 60
    assert found["answerable: wrongly abstained"] <= 0.10
    assert found["unanswerable: abstained"] >= 0.80
