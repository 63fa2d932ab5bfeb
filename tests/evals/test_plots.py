"""What is drawn of which records; the numbers drawn are those of the metrics, worked out by hand here."""

from dataclasses import replace
from typing import Any

import pytest

from evals import plots as module
from evals.drawing import Axes, Line, Plot, draw
from evals.plots import Series, plots
from evals.records import Record
from evals.suite import Suite, abstention

SUITE = Suite(abstention(lambda record: record.values.get("right")))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[list[Line], Axes]]:
    """Return what plots() draws, by title: the drawing itself is left out."""
    seen: dict[str, tuple[list[Line], Axes]] = {}

    def keep(title: str, caption: str, lines: list[Line], axes: Axes) -> Plot:
        seen[title] = (lines, axes)
        return Plot(title, caption, (), "")

    monkeypatch.setattr(module, "draw", keep)
    return seen


def _answered(id: str, confidence: float, answerable: bool, right: float) -> Record:
    answer: dict[str, Any] = {"status": "answered", "confidence": confidence, "citations": []}
    return Record(id, (id,), answerable=answerable, answer=answer, values={"right": right}, ms=100.0)


def test_recall_is_drawn_for_each_part_and_system_as_deep_as_was_searched(
    drawn: dict[str, tuple[list[Line], Axes]],
) -> None:
    found = tuple("abcde")
    one = Record("1", ("q",), "open", relevant={"a": 1.0, "c": 1.0}, found=found)
    two = Record("2", ("q",), "open", relevant={"b": 1.0}, found=found)
    plots(
        SUITE.measures,
        [Series("onrecord", 0, [one, two, replace(one, id="3", part="other")]), Series("bm25", 1, [one])],
    )
    lines, axes = drawn["Recall by depth: open"]
    assert [(line.label, line.x, line.y) for line in lines] == [
        ("onrecord", [1, 2, 3, 5], [0.25, 0.75, 1.0, 1.0]),
        ("bm25", [1, 2, 3, 5], [0.5, 0.5, 1.0, 1.0]),
    ]
    assert axes.marks == [1, 2, 3, 5]
    assert [line.label for line in drawn["Recall by depth: other"][0]] == ["onrecord"]


def test_risk_and_confidence_are_drawn_of_answers(drawn: dict[str, tuple[list[Line], Axes]]) -> None:
    records = [_answered("a", 0.9, True, 1.0), _answered("b", 0.6, False, 1.0), _answered("c", 0.3, True, 0.0)]
    plots(SUITE.measures, [Series("onrecord", 2, records)])
    ((risk,), _) = drawn["Risk by coverage"]
    assert (risk.x, risk.y) == ([0.3333, 0.6667, 1.0], [0.0, 0.5, 0.6667])
    yes, no = drawn["Confidence"][0]
    assert (yes.label, max(yes.y), no.label, max(no.y)) == ("answerable", 0.5, "unanswerable", 1.0)
    assert list(drawn) == ["Risk by coverage", "Confidence", "Answer time"]


def test_times_are_shares_between_round_numbers(drawn: dict[str, tuple[list[Line], Axes]]) -> None:
    records = [Record(str(ms), ("q",), ms=ms) for ms in (3.0, 30.0, 40.0, 45.0)]
    plots(SUITE.measures, [Series("onrecord", 0, records)])
    ((line,), axes) = drawn["Search time"]
    assert axes.marks == pytest.approx([2, 5, 10, 20, 50, 100])
    assert sum(line.y) == pytest.approx(1.0)


def test_what_a_suite_measured_is_drawn_by_size(drawn: dict[str, tuple[list[Line], Axes]]) -> None:
    records = [
        Record(f"{size}/{n}", ("q",), labels={"size": str(size)}, values={"search p50, ms": size / 1000 + n})
        for size in (20000, 1000)
        for n in (0, 2)
    ]
    plots(SUITE.measures, [Series("onrecord", 0, records)])
    ((line,), axes) = drawn["search p50, ms by size"]
    assert (line.x, line.y, axes.marks) == ([1000.0, 20000.0], [2.0, 21.0], [1000.0, 20000.0])


def test_a_drawing_takes_the_page_s_colours_and_escapes_its_names() -> None:
    plot = draw('A "title"', "<caption>", [Line("a", 3, [0.0, 1.0], [0.0, 0.5])], Axes("<x>", "y"))
    assert 'stroke="var(--series-3)"' in plot.svg and 'fill="var(--quiet)"' in plot.svg
    assert 'aria-label="A &quot;title&quot;. &lt;caption&gt;"' in plot.svg
    assert "&lt;x" in plot.svg and "<x" not in plot.svg and "http" not in plot.svg
    assert plot.key == (("a", 3),)
