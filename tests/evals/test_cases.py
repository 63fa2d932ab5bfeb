"""What judges one question alone, and how questions are put in order."""

import math

import pytest

from evals.cases import groups, main_value
from evals.metrics import auroc, f1, ratio, recall
from evals.records import Place, Record, Section
from evals.suite import Measure

RIGHT = Measure("right", lambda record: (record.values["right"],))


def _record(id: str, right: float) -> Record:
    return Record(id, (id,), values={"right": right})


def _section(system: str, *records: Record) -> Section:
    return Section("suite", system, {}, list(records), 1.0)


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure("mean", lambda r: (0.5,)), 0.5),
        (Measure("share", lambda r: (1.0, 4.0), ratio), 0.25),
        (Measure("share of none", lambda r: (0.0, 0.0), ratio), math.nan),
        (Measure("recalled", lambda r: (1.0, 1.0), recall), 1.0),
        (Measure("none to recall", lambda r: (1.0, 0.0), recall), math.nan),
        (Measure("class", lambda r: (1.0, 1.0), f1), math.nan),
        (Measure("ranking", lambda r: (1.0, 1.0), auroc), math.nan),
        (Measure("cost", lambda r: (0.5,), better=-1), math.nan),
        (Measure("not concerned", lambda r: None), math.nan),
    ],
)
def test_a_measure_judges_a_record_alone_only_where_that_means_something(measure: Measure, value: float) -> None:
    assert main_value(_record("a", 1.0), measure) == pytest.approx(value, nan_ok=True)


def test_the_own_system_orders_the_cases_whatever_others_do_beside_it() -> None:
    own = _section("onrecord", _record("good", 1.0), _record("bad", 0.0))
    other = _section("bm25", _record("good", 0.0), _record("bad", 1.0))
    (group,) = groups([own, other], [RIGHT])
    assert [case.record.id for case in group.cases] == ["bad", "good"]
    assert [[outcome.value for outcome in case.outcomes] for case in group.cases] == [[0.0, 1.0], [1.0, 0.0]]


def test_a_question_that_only_the_second_run_got_wrong_comes_first_too() -> None:
    before = _section("onrecord", _record("half", 0.5), _record("lost", 1.0))
    after = _section("onrecord", _record("half", 0.5), _record("lost", 0.0))
    (group,) = groups([before, after], [RIGHT])
    assert [case.record.id for case in group.cases] == ["lost", "half"]


def test_a_case_is_judged_by_one_measure_in_all_columns() -> None:
    only_first = Measure("only some", lambda record: (1.0,) if record.values["right"] else None)
    (group,) = groups([_section("a", _record("q", 1.0)), _section("b", _record("q", 0.0))], [only_first, RIGHT])
    assert (group.name, [outcome.value for outcome in group.cases[0].outcomes]) == ("right", [1.0, 0.0])


def test_what_no_measure_judges_is_listed_last_under_its_own_name() -> None:
    none = Measure("none", lambda record: (1.0,) if record.id == "judged" else None)
    found = groups([_section("onrecord", _record("open", 0.0), _record("judged", 0.0))], [none])
    assert [group.name for group in found] == ["none", "not judged one by one"]


def test_gold_that_is_only_offsets_gets_its_words_from_a_passage() -> None:
    passage = {
        "source": "corpus.jsonl#7",
        "start": 10,
        "end": 30,
        "text": "one two three four !",
        "score": 1.0,
        "views": {},
    }
    answer = {"status": "abstained", "confidence": 0.1, "text": "", "citations": [], "passages": [passage]}
    evidence = ((Place("7", start=14, end=17), Place("7", start=90, end=95)),)
    record = Record("q", ("q",), evidence=evidence, answer=answer, values={"right": 0.0})
    (outcome,) = groups([_section("onrecord", record)], [RIGHT])[0].cases[0].outcomes
    assert outcome.evidence[0].places == (("7", "two"), ("7", "characters 90 to 95, in no passage retrieved"))
    assert [text for text, gold in outcome.passages[0].pieces if gold] == ["two"]
    assert "".join(text for text, _ in outcome.passages[0].pieces) == passage["text"]
