"""The sheet of plots stands by itself in a README: well-formed, coloured, each unit a plot, nothing fetched."""

import json
from pathlib import Path

import pytest
from defusedxml import ElementTree
from typer.testing import CliRunner

from corpus.errors import SourceError
from evals.records import FORMAT, Record
from evals.sheet import write_sheet
from ui.cli import app

SVG = "{http://www.w3.org/2000/svg}"
SIZED = [
    Record(
        str(size),
        (f"{size} passages",),
        labels={"size": str(size)},
        values={
            "search p50, ms": 20.0,
            "filtered search p50, ms": 25.0,
            "first search, ms": 900.0,
            "disk, MB": size / 100,
            "filtered over plain search p50, ratio": 1.25,
        },
    )
    for size in (1_000, 10_000)
]


def written(path: Path, records: list[Record]) -> Path:
    header = {
        "run": FORMAT, "suite": "scale", "system": "onrecord", "at": "2026-01-02T03:04:05+00:00", "version": "1",
        "commit": "abc", "settings": {}, "settings_hash": "f00d",
    }  # fmt: skip
    rows = [json.dumps(header), *(record.as_json() for record in records), json.dumps({"end": "scale", "seconds": 1.0})]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_each_unit_has_a_plot_and_each_value_a_line_in_it(tmp_path: Path) -> None:
    sheet = tmp_path / "docs" / "scale.svg"
    write_sheet(written(tmp_path / "run.jsonl", SIZED), sheet)
    root = ElementTree.parse(sheet).getroot()
    texts = [text.text for text in root.iter(f"{SVG}text")]
    titles = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "title"]
    assert titles == ["ms by passages", "MB by passages", "ratio by passages"]
    assert {"search p50", "filtered search p50", "disk", "filtered over plain search p50"} <= set(texts)
    assert "first search" not in texts
    source = sheet.read_text()
    assert len(source) < 150_000
    assert "http" not in source.replace('xmlns="http://www.w3.org/2000/svg"', "")
    defined = source.partition("</style>")[0]
    assert all(f"{name}:" in defined for name in ("--quiet", "--line", "--ink", "--paper", "--series-0", "--series-1"))


def test_a_run_that_measured_nothing_by_size_is_told(tmp_path: Path) -> None:
    run = written(tmp_path / "run.jsonl", [Record("a", ("Why?",))])
    with pytest.raises(SourceError, match=r"run\.jsonl: nothing in it was measured by size"):
        write_sheet(run, tmp_path / "scale.svg")
    two = CliRunner().invoke(app, ["eval", "report", str(run), str(run), "-o", str(tmp_path / "scale.svg")])
    assert two.exit_code == 2


def test_a_sheet_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    run = written(tmp_path / "run.jsonl", SIZED)
    with pytest.raises(SourceError, match="cannot be written"):
        write_sheet(run, run / "scale.svg")
