"""Measures against values worked out by hand, and against trec_eval's own program, scikit-learn and SQuAD's scorer."""

import math

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score
from torchmetrics.functional.text import squad

from evals.metrics import (
    auroc,
    average_precision,
    bootstrap,
    calibration_error,
    covered,
    exact_match,
    f1,
    mean,
    median,
    mrr_at_k,
    ndcg_at_k,
    normalized,
    p95,
    precision,
    ratio,
    recall,
    recall_at_k,
    risk_coverage,
    risk_coverage_area,
    success_at_k,
    token_f1,
)


def test_ndcg_by_hand() -> None:
    # gains 1, 0, 1 at ranks 1..3; two relevant: (1 + 1/log2(4)) / (1 + 1/log2(3))
    assert ndcg_at_k(["a", "x", "b"], {"a": 1, "b": 1}, 10) == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    assert ndcg_at_k(["x"], {"a": 1}, 10) == 0
    assert ndcg_at_k(["x"], {}, 10) == 0


def test_reciprocal_rank_success_recall_and_average_precision_by_hand() -> None:
    assert mrr_at_k(["x", "y", "a"], {"a"}, 10) == pytest.approx(1 / 3)
    assert mrr_at_k(["x", "y", "a"], {"a"}, 2) == 0
    assert (success_at_k(["x", "a"], {"a"}, 1), success_at_k(["x", "a"], {"a"}, 5)) == (0, 1)
    assert (recall_at_k(["x", "a"], {"a", "b"}, 2), recall_at_k(["a"], set(), 2)) == (0.5, 0)
    # relevant at ranks 1 and 3 of three relevant: (1/1 + 2/3 + 0) / 3
    assert average_precision(["a", "x", "b"], {"a", "b", "c"}) == pytest.approx((1 + 2 / 3) / 3)


IDS = st.sampled_from([f"d{i}" for i in range(15)])


@given(st.lists(IDS, unique=True, min_size=1), st.dictionaries(IDS, st.integers(1, 3), min_size=1))
def test_rankings_are_scored_as_trec_eval_scores_them(ranking: list[str], relevance: dict[str, int]) -> None:
    run = {"q": {id: float(len(ranking) - place) for place, id in enumerate(ranking)}}
    wanted = {"ndcg_cut.10", "success.1,5", "recip_rank", "recall.5", "map"}
    theirs = pytrec_eval.RelevanceEvaluator({"q": relevance}, wanted).evaluate(run)["q"]
    assert ndcg_at_k(ranking, relevance, 10) == pytest.approx(theirs["ndcg_cut_10"])
    assert success_at_k(ranking, relevance, 1) == theirs["success_1"]
    assert success_at_k(ranking, relevance, 5) == theirs["success_5"]
    assert mrr_at_k(ranking, relevance, 100) == pytest.approx(theirs["recip_rank"])
    assert recall_at_k(ranking, relevance, 5) == pytest.approx(theirs["recall_5"])
    assert average_precision(ranking, relevance) == pytest.approx(theirs["map"])


def test_exact_match_and_token_f1_by_hand() -> None:
    assert normalized("The  Cat, a dog!") == "cat dog"
    assert exact_match("the Cat.", ["dog", "cat"]) == 1
    assert token_f1("cat sat down", ["cat sat"]) == pytest.approx(0.8)  # precision 2/3, recall 1
    assert (exact_match("", []), token_f1("", []), token_f1("cat", [])) == (1, 1, 0)  # silence is right, words are not


WORDS = st.lists(st.sampled_from(["the", "Cat", "cat,", "dog", "a", "sat.", "down"]), min_size=1).map(" ".join)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_words_are_compared_as_squads_scorer_compares_them(predicted: str, answers: list[str]) -> None:
    if not normalized(predicted) or not all(map(normalized, answers)):
        return  # of a text of articles alone the ports of the scorer differ
    theirs = squad(
        [{"prediction_text": predicted, "id": "q"}],
        [{"answers": {"answer_start": [0] * len(answers), "text": answers}, "id": "q"}],
    )
    assert 100 * exact_match(predicted, answers) == theirs["exact_match"].item()
    assert 100 * token_f1(predicted, answers) == pytest.approx(theirs["f1"].item(), abs=1e-3)


def test_coverage_counts_each_character_once() -> None:
    assert covered((10, 20), [(0, 15), (12, 16)]) == pytest.approx(0.6)
    assert covered((10, 20), []) == 0


PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.booleans()), min_size=2)


@given(PAIRS)
def test_auroc_is_scikit_learns(pairs: list[tuple[float, bool]]) -> None:
    rows = np.array(pairs, dtype=np.float64)
    if len(set(rows[:, 1])) < 2:
        assert math.isnan(auroc(rows))
    else:
        assert auroc(rows) == pytest.approx(roc_auc_score(rows[:, 1], rows[:, 0]))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_precision_recall_and_f1_are_scikit_learns(pairs: list[tuple[bool, bool]]) -> None:
    rows = np.array(pairs, dtype=np.float64)
    predicted, true = rows[:, 0], rows[:, 1]
    assert f1(rows) == pytest.approx(f1_score(true, predicted, zero_division=0))
    for mine, theirs in ((precision, precision_score), (recall, recall_score)):
        expected = theirs(true, predicted, zero_division=math.nan)
        assert mine(rows) == pytest.approx(expected, nan_ok=True)


def test_the_risk_coverage_curve_by_hand() -> None:
    # Answered from the most confident down: right, wrong, then two of equal confidence, one right.
    rows = np.array([[0.9, 1], [0.8, 0], [0.5, 1], [0.5, 0]])
    coverage, risk = risk_coverage(rows)
    assert coverage.tolist() == [0.25, 0.5, 1.0]
    assert risk.tolist() == [0, 0.5, 0.5]
    assert risk_coverage_area(rows) == pytest.approx(0 * 0.25 + 0.5 * 0.25 + 0.5 * 0.5)


def test_calibration_error_by_hand() -> None:
    # from 0.8 to 0.9 a confidence of 1.7 in sum where one is so; from 0.2 to 0.3 one that is not; 1 belongs to the last bin
    rows = np.array([[0.82, 1.0], [0.88, 0], [0.2, 0], [1.0, 1]])
    assert calibration_error(rows) == pytest.approx((0.7 + 0.2 + 0.0) / 4)


def test_statistics_of_a_column_by_hand() -> None:
    rows = np.array([[1.0, 2], [3, 2], [8, 6]])
    assert (mean(rows), median(rows), ratio(rows)) == (4, 3, 1.2)
    assert p95(np.arange(101.0)[:, None]) == 95


def test_a_bootstrap_spreads_as_the_standard_error_does() -> None:
    rows = np.array([[0.0], [1.0]] * 50)
    draws = bootstrap(rows, mean)
    assert draws.mean() == pytest.approx(0.5, abs=0.01)
    assert draws.std() == pytest.approx(0.05, abs=0.005)  # sqrt(0.25 / 100)
    assert np.array_equal(draws, bootstrap(rows, mean))
