"""Two runs side by side, and a run against its floors. The runs are made by hand: whoever abstained is all that differs."""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import SettingsError, SourceError
from evals.compare import compare, lost, missed, read_gate
from evals.records import Record, Section
from evals.suite import Measure, figures
from evals.suites import SUITES


def section(abstained: Iterable[int], n: int = 40, suite: str = "samples", unscored: Iterable[int] = ()) -> Section:
    """Return a section of n unanswerable questions, of which those numbered are met with silence."""
    silent, broken = set(abstained), set(unscored)
    records = [
        Record(
            f"q{i}",
            (f"Question {i}?",),
            answerable=False,
            answer={"status": "abstained" if i in silent else "answered", "confidence": 0.5, "citations": []},
            error="it broke." if i in broken else None,
        )
        for i in range(n)
    ]
    return Section(suite, "onrecord", {"run": 2, "suite": suite, "system": "onrecord"}, records, 1.0)


def by_name(before: Section, after: Section) -> dict[str, tuple[str, int, int]]:
    return {d.name: (d.verdict, len(d.wins), len(d.losses)) for d in compare([before], [after])}


def test_a_loss_is_significant_where_chance_does_not_make_it() -> None:
    before = section(range(30))
    assert by_name(before, section(range(20)))["unanswerable: abstained"] == ("worse", 0, 10)
    assert by_name(before, section(range(40)))["unanswerable: abstained"] == ("better", 10, 0)
    assert by_name(before, section(range(29)))["unanswerable: abstained"] == ("same", 0, 1)
    assert by_name(before, before)["unanswerable: abstained"] == ("same", 0, 0)
    swapped = section([*range(5, 30), *range(30, 35)])
    assert by_name(before, swapped)["unanswerable: abstained"] == ("same", 5, 5)


def test_a_paired_difference_by_hand() -> None:
    found = {d.name: d for d in compare([section(range(30))], [section(range(20))])}["unanswerable: abstained"]
    assert (found.before, found.after, found.n) == (0.75, 0.5, 40)
    assert found.low < -0.25 < found.high < 0
    assert (found.losses[0].id, found.losses[0].before, found.losses[0].after) == ("q20", 1, 0)


def test_only_questions_that_both_runs_scored_are_compared() -> None:
    found = {d.name: d for d in compare([section(range(30), n=30)], [section(range(40), unscored=[0, 1])])}
    assert found["unanswerable: abstained"].n == 28


def test_questions_that_fail_or_are_missing_are_told_and_failing_is_a_loss(tmp_path: Path) -> None:
    before, broken, short = section(range(30)), section(range(30), unscored=range(5)), section(range(30), n=30)
    (told,) = lost([before], [broken])
    assert (told.broken, told.missing) == (5, 0)
    (told,) = lost([before], [short])
    assert (told.broken, told.missing) == (0, 10)
    assert lost([before], [before]) == []
    failing = eval_command("compare", written(tmp_path / "a", before), written(tmp_path / "b", broken))
    assert failing.returncode == 1
    assert "5 questions that the first run answered fail in the second" in failing.stderr


def test_questions_of_one_id_with_other_words_are_not_paired() -> None:
    other = section(range(40))
    other = replace(other, records=[replace(record, turns=("Something else?",)) for record in other.records])
    with pytest.raises(SourceError, match="share no suite"):
        compare([section(range(30))], [other])


def test_runs_that_share_nothing_are_not_compared() -> None:
    with pytest.raises(SourceError, match="share no suite"):
        compare([section(range(3))], [section(range(3), suite="squad2")])


def test_a_gate_holds_floors_and_ceilings(tmp_path: Path) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text('[samples]\n"unanswerable: abstained" = 0.75\n"abstention recall" = 0.75\n')
    assert missed(read_gate(gate), [section(range(30))]) == []
    assert [floor.name for floor in missed(read_gate(gate), [section(range(29))])] == [
        "unanswerable: abstained",
        "abstention recall",
    ]
    gate.write_text('[samples]\n"answerable: wrongly abstained" = 0.1\n')
    records = [
        Record(f"q{i}", ("x",), answerable=True, answer={"status": "abstained", "confidence": 0.0}) for i in range(3)
    ]
    silent = Section("samples", "onrecord", {}, records, 1.0)
    (floor,) = missed(read_gate(gate), [silent])
    assert (floor.found and floor.found.value, floor.is_met) == (1.0, False)


def test_a_floor_is_missed_by_what_was_not_run_or_is_unscored(tmp_path: Path) -> None:
    gate = {"samples": {"unanswerable: abstained": 0.5}}
    assert missed(gate, [])[0].found is None
    assert missed(gate, [section(range(40), unscored=[3])])
    assert not missed(gate, [section(range(40))])
    assert missed(gate, [replace(section(range(40)), seconds=None)])  # interrupted


def test_a_gate_file_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    gate = tmp_path / "gate.toml"
    for text, message in (
        ("[samples", "not a gate file"),
        ('[samples]\n"nonsense" = 1', "has no figure 'nonsense'"),
        ('[samples]\n"abstention F1" = "high"', r"\[samples\] must hold lines"),
        ("[nonsense]\nx = 1", "nonsense: no such suite"),
        ('[samples]\n"answer p50, ms" = 500', "has no figure 'answer p50, ms'"),
        ('[samples]\n"abstention F1" = nan', r"\[samples\] must hold lines"),
        ("", "no floors in it"),
    ):
        gate.write_text(text)
        with pytest.raises(SettingsError, match=message):
            read_gate(gate)
    with pytest.raises(SettingsError, match="not a gate file"):
        read_gate(tmp_path / "none.toml")


def written(path: Path, section: Section) -> Path:
    lines = ['{"run": 2, "suite": "samples", "system": "onrecord"}', *(record.as_json() for record in section.records)]
    path.write_text("\n".join([*lines, '{"end": "samples", "seconds": 1.5}']))
    return path


def eval_command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ui.cli", "eval", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_command_exits_1_on_a_significant_loss_and_lists_the_questions(tmp_path: Path) -> None:
    before, after = written(tmp_path / "a", section(range(30))), written(tmp_path / "b", section(range(20)))
    worse = eval_command("compare", before, after)
    assert (worse.returncode, worse.stderr) == (1, "")
    assert "lost q20: 1 -> 0  Question 20?" in worse.stdout
    assert eval_command("compare", after, before).returncode == 0


def test_the_command_scores_a_run_again_and_holds_it_to_a_gate(tmp_path: Path) -> None:
    run, gate = written(tmp_path / "a", section(range(30))), tmp_path / "gate.toml"
    gate.write_text('[samples]\n"unanswerable: abstained" = 0.75\n')
    kept = eval_command("score", run, "--gate", gate)
    assert kept.returncode == 0, kept.stderr
    assert "0.750 [" in kept.stdout
    gate.write_text('[samples]\n"unanswerable: abstained" = 0.8\n')
    fell = eval_command("score", run, "--gate", gate)
    assert fell.returncode == 1
    assert "unanswerable: abstained is 0.750" in fell.stderr
    assert "the gate wants at least 0.8" in fell.stderr


def test_every_suite_names_each_of_its_figures_once() -> None:
    for name, suite in SUITES.items():
        names = [measure.name for measure in suite.measures]
        assert len(set(names)) == len(names), name
        assert figures([], suite.measures) == []


def test_a_gain_is_that_of_one_record_over_another_of_the_same_question() -> None:
    def searched(id: str, gain: float, error: str | None = None) -> Record:
        return Record(id, ("Why?",), values={"gain": gain}, error=error)

    def other(record: Record) -> str | None:
        return record.id.replace("new", "old") if "new" in record.id else None

    measure = Measure("gain", lambda r: (r.values["gain"],), against=other)
    before = [searched("1/old", 0.5), searched("2/old", 0.25), searched("3/old", 0.0, error="it broke.")]
    after = [searched("1/new", 1.0), searched("2/new", 0.5), searched("3/new", 1.0), searched("4/new", 1.0)]
    (figure,) = figures([*before, *after], [measure])
    assert (figure.value, figure.n, figure.unscored) == (0.375, 2, 1)  # (0.5 + 0.25) / 2; the fourth has no other
    assert (figure.low, figure.high) == (0.25, 0.5)
