"""Measures against values worked out by hand, and against trec_eval's own program."""

import math

import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics import covered, figure, median_figure, mrr_at_k, ndcg_at_k, success_at_k


def test_ndcg_by_hand() -> None:
    # gains 1, 0, 1 at ranks 1..3; two relevant: (1 + 1/log2(4)) / (1 + 1/log2(3))
    assert ndcg_at_k(["a", "x", "b"], {"a": 1, "b": 1}, 10) == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    assert ndcg_at_k(["x"], {"a": 1}, 10) == 0
    assert ndcg_at_k(["x"], {}, 10) == 0


def test_reciprocal_rank_and_success_by_hand() -> None:
    assert mrr_at_k(["x", "y", "a"], {"a"}, 10) == pytest.approx(1 / 3)
    assert mrr_at_k(["x", "y", "a"], {"a"}, 2) == 0
    assert (success_at_k(["x", "a"], {"a"}, 1), success_at_k(["x", "a"], {"a"}, 5)) == (0, 1)


IDS = st.sampled_from([f"d{i}" for i in range(15)])


@given(st.lists(IDS, unique=True, min_size=1), st.dictionaries(IDS, st.integers(1, 3), min_size=1))
def test_ndcg_and_success_are_trec_evals(ranking: list[str], relevance: dict[str, int]) -> None:
    run = {"q": {id: float(len(ranking) - place) for place, id in enumerate(ranking)}}
    evaluator = pytrec_eval.RelevanceEvaluator({"q": relevance}, {"ndcg_cut.10", "success.1,5", "recip_rank"})
    theirs = evaluator.evaluate(run)["q"]
    assert ndcg_at_k(ranking, relevance, 10) == pytest.approx(theirs["ndcg_cut_10"])
    assert success_at_k(ranking, relevance, 1) == theirs["success_1"]
    assert success_at_k(ranking, relevance, 5) == theirs["success_5"]
    assert mrr_at_k(ranking, relevance, 100) == pytest.approx(theirs["recip_rank"])


def test_coverage_counts_each_character_once() -> None:
    assert covered((10, 20), [(0, 15), (12, 16)]) == pytest.approx(0.6)
    assert covered((10, 20), []) == 0


def test_a_figure_is_a_mean_with_its_standard_error() -> None:
    found = figure("x", [0, 0, 1, 1])
    assert (found.value, found.n) == (0.5, 4)
    assert found.standard_error == pytest.approx(math.sqrt((4 * 0.25 / 3) / 4))
    assert math.isnan(figure("x", []).value)
    assert median_figure("x", [5, 1, 3]).value == 3
    assert median_figure("x", [1, 2, 3, 4]).value == 2.5
