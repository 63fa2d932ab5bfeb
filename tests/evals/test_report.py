"""The report is read by people who were not there: it stands alone, hides nothing, and shows first what went wrong."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from corpus.errors import SourceError
from evals.records import FORMAT, Place, Record
from evals.report import write_report
from evals.suite import figures
from evals.suites import suite_named

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
SEARCHES = [
    Record("found", ("Where is the bridge?",), relevant={"1": 1.0}, found=("1", "2"), ms=10.0),
    Record("late", ("When did it flood?",), relevant={"2": 1.0}, found=("1", "2"), ms=20.0),
    Record("lost", ("Who is the mayor?",), relevant={"3": 1.0}, found=("1", "2"), ms=40.0),
]


def _run(
    path: Path, records: Sequence[Record], suite: str = "time", system: str = "onrecord", ends: bool = True
) -> Path:
    """Add a section to a run, interrupted where it does not end."""
    header = {
        "run": FORMAT, "suite": suite, "system": system, "at": "2026-01-02T03:04:05+00:00", "version": "9.8.7",
        "commit": "abcdef+", "settings": {"k": 10}, "settings_hash": "f00d",
    }  # fmt: skip
    lines = [json.dumps(header), *(record.as_json() for record in records)]
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join([*lines, *([json.dumps({"end": suite, "seconds": 65.0})] if ends else [])]) + "\n")
    return path


def _answered(id: str, question: str, said: str, confidence: float, gold: str) -> Record:
    """Return a question whose answer quotes the first sentence of a document of two."""
    text = "The bridge is closed. It opens in May."
    document = {"id": "d", "source": "/library/bridge.txt", "outlet": "Harbour Post", "published": "2021-03-03"}
    at = text.find(said)
    answer: dict[str, Any] = {
        "status": "answered", "confidence": confidence, "text": f"{said} [1]", "short": None,
        "statements": [{"text": said, "support": "quoted", "citations": [1]}],
        "citations": [
            {"marker": 1, "document": document, "start": at, "end": at + len(said), "quote": said, "speaker": "Ines Falk"}
        ],
        "passages": [
            {"source": "/library/bridge.txt", "start": 0, "end": len(text), "text": text, "score": 2.5,
             "views": {"cosine": 0.75, "bm25_passage": None}}
        ],
    }  # fmt: skip
    start = text.find(gold)
    evidence = ((Place("/library/bridge.txt", gold, start, start + len(gold)),),)
    return Record(id, (question,), answerable=True, evidence=evidence, answers=("May",), answer=answer, ms=5.0)


def _page(tmp_path: Path, *runs: Path) -> Any:
    output = tmp_path / "report.html"
    write_report(runs, output)
    return html.fromstring(output.read_text(encoding="utf-8"))


def _text(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def _cells(page: Any) -> dict[str, list[str]]:
    """Return the cells of each figure's row."""
    rows = page.xpath("//div[@role='region']//tbody/tr")
    return {re.split(r"\s*[↑↓]", _text(row[0]))[0]: [_text(cell) for cell in row[1:]] for row in rows}


def test_a_report_is_never_written_over_its_run(tmp_path: Path) -> None:
    run = tmp_path / "run.jsonl"
    run.write_text('{"run": 2, "suite": "time", "system": "onrecord"}')
    with pytest.raises(SourceError, match="that is the run itself"):
        write_report([run], run)
    assert run.read_text().startswith('{"run"')


def test_the_page_needs_nothing_else_and_runs_nothing(tmp_path: Path) -> None:
    page = _page(tmp_path, _run(tmp_path / "run.jsonl", SEARCHES))
    assert not page.xpath("//script | //link | //iframe | //img | //*[@src] | //@*[starts-with(name(), 'on')]")
    assert all(reference.startswith("#") for reference in page.xpath("//@href"))
    assert "http" not in re.sub("http-equiv", "", (tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.get("lang") == "en" and page.findtext(".//title") == "Evaluation: time"


def test_ids_are_unique_and_every_plot_has_a_name(tmp_path: Path) -> None:
    path = _run(tmp_path / "run.jsonl", SEARCHES)
    _run(path, [_answered("a", "When?", "It opens in May.", 0.9, "opens in May")], "samples")
    page = _page(tmp_path, path)
    ids, drawings = page.xpath("//@id"), page.xpath("//figure/svg")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.xpath("//@href")} <= set(ids)
    assert [figure.findtext(".//p") for figure in page.xpath("//figure")] == [
        "Recall by depth", "Search time", "Risk by coverage", "Confidence", "Answer time",
    ]  # fmt: skip
    assert all(drawing.get("role") == "img" and drawing.get("aria-label") for drawing in drawings)


def test_hostile_text_is_shown_and_not_run(tmp_path: Path) -> None:
    answered = _answered("a", HOSTILE, "It opens in May.", 0.5, "opens in May")
    answer: dict[str, Any] = json.loads(json.dumps(answered.answer))
    answer["text"] = answer["citations"][0]["speaker"] = answer["passages"][0]["text"] = HOSTILE
    answer["passages"][0]["source"] = HOSTILE
    records = [
        replace(answered, id=HOSTILE, answer=answer, answers=(HOSTILE,), labels={"size": "7"}, values={HOSTILE: 1.0}),
        Record("e", ("Why?",), answerable=True, error=HOSTILE),
    ]
    page = _page(tmp_path, _run(tmp_path / "run.jsonl", records, "samples", system=HOSTILE))
    assert not page.xpath("//script | //img | //@onerror")
    assert page.text_content().count("<script>alert(1)</script>") >= 8


def test_every_figure_stands_with_its_interval_and_n(tmp_path: Path) -> None:
    cells = _cells(_page(tmp_path, _run(tmp_path / "run.jsonl", SEARCHES)))
    assert list(cells) == [figure.name for figure in figures(SEARCHES, suite_named("time").measures)]
    assert cells["recall@10"] == ["0.667 0.000 to 1.000, n 3"]
    assert cells["search p50, ms"] == ["20.0 10.0 to 40.0, n 3"]


def test_what_is_unscored_is_counted_apart_and_comes_first_with_its_error(tmp_path: Path) -> None:
    failed = Record("e", ("Why is it closed?",), relevant={"1": 1.0}, error="the encoder is gone")
    page = _page(tmp_path, _run(tmp_path / "run.jsonl", [*SEARCHES, failed]))
    assert _cells(page)["recall@10"] == ["0.667 0.000 to 1.000, n 3 1 unscored"]
    assert "1 could not be answered" in _text(page.find(".//header"))
    first = page.xpath("//details")[0]
    assert "Why is it closed?" in _text(first) and "the encoder is gone" in _text(first)


def test_what_is_unscored_is_in_no_plot(tmp_path: Path) -> None:
    failed = Record("e", ("Why is it closed?",), relevant={"1": 1.0}, error="the encoder is gone")
    scored = _page(tmp_path, _run(tmp_path / "scored.jsonl", SEARCHES)).xpath("//figure")
    both = _page(tmp_path, _run(tmp_path / "both.jsonl", [*SEARCHES, failed])).xpath("//figure")
    assert scored and [html.tostring(one) for one in both] == [html.tostring(one) for one in scored]


def test_failures_come_before_successes(tmp_path: Path) -> None:
    page = _page(tmp_path, _run(tmp_path / "run.jsonl", SEARCHES))
    asked = [_text(each) for each in page.xpath("//summary/span[@class='asked']")]
    assert asked == ["Who is the mayor?", "When did it flood?", "Where is the bridge?"]


def test_what_is_cut_off_is_said(tmp_path: Path) -> None:
    records = [replace(SEARCHES[0], id=str(number)) for number in range(45)]
    page = _page(tmp_path, _run(tmp_path / "run.jsonl", records))
    assert len(page.xpath("//details")) == 40
    assert "45 questions; the worst 40 are listed, 5 more are in the run" in _text(page.find(".//main"))


def test_a_case_shows_answer_citations_gold_and_passages_with_their_scores(tmp_path: Path) -> None:
    records = [_answered("a", "When does it open?", "The bridge is closed.", 0.4, "opens in May")]
    case = _page(tmp_path, _run(tmp_path / "run.jsonl", records, "samples")).find(".//details")
    text = _text(case)
    assert "The bridge is closed. [1]" in text and "answered with confidence 0.400" in text
    assert "[1] Ines Falk, Harbour Post, 2021-03-03, library/bridge.txt" in text
    assert "not cited opens in May library/bridge.txt" in text and "Right answers May" in text
    assert "1. library/bridge.txt gold score 2.500 cosine 0.750 bm25 passage none" in text
    assert [mark.text for mark in case.iter("mark")] == ["opens in May"]


def test_two_runs_and_their_systems_stand_side_by_side(tmp_path: Path) -> None:
    first = _run(tmp_path / "before.jsonl", SEARCHES)
    _run(first, SEARCHES[:1], system="bm25")
    second = _run(tmp_path / "after.jsonl", SEARCHES[:1])
    page = _page(tmp_path, first, second)
    heads = [_text(head) for head in page.xpath("//div[@role='region']//thead//span[@class='system']")]
    assert heads == ["A · onrecord", "A · bm25", "B · onrecord"]
    values = [cell.split()[0] for cell in _cells(page)["recall@10"]]
    assert values == ["0.667", "1.000", "1.000"]
    assert len(page.xpath("//details[.//dd='found']//section")) == 3
    assert "2 runs, 1 suite, 3 questions" in _text(page.find(".//header"))
    assert "A: before.jsonl" in _text(page) and "B: after.jsonl" in _text(page)


def test_the_facts_of_a_run_are_told(tmp_path: Path) -> None:
    text = _text(_page(tmp_path, _run(tmp_path / "run.jsonl", SEARCHES)))
    for fact in ("2026-01-02T03:04:05", "9.8.7", "abcdef+, with uncommitted changes", "k 10", "f00d", "1 min 5 s"):
        assert fact in text


def test_an_interrupted_run_is_said_to_be_so(tmp_path: Path) -> None:
    whole, cut = _run(tmp_path / "whole.jsonl", SEARCHES), _run(tmp_path / "cut.jsonl", SEARCHES[:1], ends=False)
    assert "nterrupted" not in _text(_page(tmp_path, whole))
    page = _page(tmp_path, cut)
    assert "Interrupted: time, onrecord." in _text(page.find(".//header"))
    assert "1 question, interrupted" in _text(page.find(".//thead"))


def test_a_suite_that_is_gone_is_noted_and_the_others_are_reported(tmp_path: Path) -> None:
    path = _run(tmp_path / "run.jsonl", SEARCHES, suite="retired")
    page = _page(tmp_path, _run(path, SEARCHES))
    assert re.search(r"Not scored, since the suite cannot be read: retired: no such suite", _text(page.find(".//main")))
    assert "recall@10" in _cells(page)


def test_a_file_that_is_no_run_is_an_error_and_leaves_no_report(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text("hello\n")
    with pytest.raises(SourceError, match=r"run\.jsonl:1: not a line of a run"):
        write_report([tmp_path / "run.jsonl"], tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_a_report_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="cannot be written"):
        write_report([_run(tmp_path / "run.jsonl", SEARCHES)], tmp_path / "file" / "report.html")
