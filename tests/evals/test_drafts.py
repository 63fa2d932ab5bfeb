"""The suite of a draft's sentences: its rows can be used, and its figures are those of the halves."""

import json
from importlib.resources import files
from pathlib import Path

from evals.records import Record
from evals.suite import figures
from evals.suites.drafts import SUITE


def test_every_sentence_has_a_verdict_that_its_documents_bear() -> None:
    samples = Path(str(files("corpus").joinpath("samples")))
    lines = files("evals").joinpath("data/drafts.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["half"] in ("dev", "test"), row
        assert bool(row["documents"]) == (row["support"] != "unsupported"), row
        assert all((samples / document).is_file() for document in row["documents"]), row


def test_figures_are_by_half_and_verdict() -> None:
    def record(id: str, gold: str, given: str) -> Record:
        statement = {"support": given}
        answer = {"status": "answered", "confidence": 0.5, "statements": [statement], "citations": []}
        return Record(id, ("A sentence.",), "test", {"support": gold}, answer=answer)

    given = [("a", "supported", "supported"), ("b", "supported", "contradicted"), ("c", "contradicted", "contradicted")]
    found = {figure.name: figure for figure in figures([record(*row) for row in given], SUITE.measures)}
    assert round(found["test: verdict right"].value, 3) == 0.667
    assert found["test, supported: verdict right"].value == 0.5
    assert (found["test: falsely contradicted"].value, found["test: falsely contradicted"].n) == (0.5, 2)
