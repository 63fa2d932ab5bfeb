"""Measures as the field names them, pure functions: a ranking, an answer or a set of them goes in, a number comes out.

The first half scores one question; the second half takes an array with a row a question, float64 [n, columns], and is
what a bootstrap resamples.
"""

import math
import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.types import Span

__all__ = [
    "RESAMPLES",
    "auroc",
    "average_precision",
    "bootstrap",
    "calibration_error",
    "covered",
    "exact_match",
    "f1",
    "mean",
    "median",
    "mrr_at_k",
    "ndcg_at_k",
    "normalized",
    "p95",
    "precision",
    "ratio",
    "recall",
    "recall_at_k",
    "risk_coverage",
    "risk_coverage_area",
    "success_at_k",
    "token_f1",
]

Rows = NDArray[np.float64]
RESAMPLES = 1_000
CALIBRATION_BINS = 10
ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def ndcg_at_k(ranking: Sequence[str], relevance: Mapping[str, float], k: int) -> float:
    """Return DCG over the best possible DCG, gain / log2(rank + 1) (Järvelin and Kekäläinen, 2002; linear, as trec_eval)."""
    gains = [relevance.get(id, 0.0) for id in ranking[:k]]
    best = sorted(relevance.values(), reverse=True)[:k]
    ideal = sum(gain / math.log2(rank + 2) for rank, gain in enumerate(best))
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains)) / ideal if ideal else 0.0


def mrr_at_k(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return one over the rank of the first relevant id among the first k, 0 where there is none."""
    return next((1 / rank for rank, id in enumerate(ranking[:k], 1) if id in relevant), 0.0)


def success_at_k(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return 1 if a relevant id is among the first k, else 0."""
    return float(any(id in relevant for id in ranking[:k]))


def recall_at_k(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the share of the relevant ids that are among the first k, 0 where there are none."""
    return len(set(ranking[:k]) & set(relevant)) / len(relevant) if relevant else 0.0


def average_precision(ranking: Sequence[str], relevant: Collection[str]) -> float:
    """Return the mean of the precision at the rank of each relevant id, 0 for those not found; its mean is MAP."""
    found = 0
    total = 0.0
    for rank, id in enumerate(ranking, 1):
        if id in relevant:
            found += 1
            total += found / rank
    return total / len(relevant) if relevant else 0.0


def normalized(text: str) -> str:
    """Return `text` in lower case, without punctuation, articles and extra space: SQuAD's normalisation."""
    kept = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(ARTICLES.sub(" ", kept).split())


def exact_match(predicted: str, answers: Sequence[str]) -> float:
    """Return 1 if the prediction, normalised, is one of the answers; no answers means that silence is right (SQuAD 2.0)."""
    return float(normalized(predicted) in {normalized(answer) for answer in answers or ("",)})


def token_f1(predicted: str, answers: Sequence[str]) -> float:
    """Return the best F1 of words, normalised, with any of the answers; no answers means that silence is right (SQuAD 2.0)."""
    return max(_token_f1(normalized(predicted).split(), normalized(answer).split()) for answer in answers or ("",))


def _token_f1(predicted: list[str], gold: list[str]) -> float:
    if not predicted or not gold:
        return float(predicted == gold)
    common = sum((Counter(predicted) & Counter(gold)).values())
    return 2 * common / (len(predicted) + len(gold))


def covered(gold: Span, cited: Sequence[Span]) -> float:
    """Return the share of the gold span's characters that the cited spans of the same document cover together."""
    start, end = gold
    inside = {at for low, high in cited for at in range(max(start, low), min(end, high))}
    return len(inside) / (end - start)


def mean(rows: Rows) -> float:
    """Return the mean of the first column."""
    return float(rows[:, 0].mean())


def median(rows: Rows) -> float:
    """Return the median of the first column."""
    return float(np.median(rows[:, 0]))


def p95(rows: Rows) -> float:
    """Return the 95th percentile of the first column."""
    return float(np.percentile(rows[:, 0], 95))


def ratio(rows: Rows) -> float:
    """Return the sum of the first column over the sum of the second: a share of all pieces, not a mean of shares."""
    total = rows[:, 1].sum()
    return float(rows[:, 0].sum() / total) if total else math.nan


def precision(rows: Rows) -> float:
    """Return how many of the predicted (column 0) are so in truth (column 1); not a number where none is predicted."""
    predicted = rows[:, 0] > 0
    return float((rows[predicted, 1] > 0).mean()) if predicted.any() else math.nan


def recall(rows: Rows) -> float:
    """Return how many of those that are so in truth (column 1) are predicted (column 0); not a number where none is."""
    return precision(rows[:, ::-1])


def f1(rows: Rows) -> float:
    """Return the harmonic mean of precision and recall of column 0 against column 1, 0 where nothing is found."""
    predicted, true = rows[:, 0] > 0, rows[:, 1] > 0
    both = int((predicted & true).sum())
    return 2 * both / (int(predicted.sum()) + int(true.sum())) if both else 0.0


def auroc(rows: Rows) -> float:
    """Return how often a positive (column 1) scores higher (column 0) than a negative, ties half; no number for one class."""
    positive = rows[:, 1] > 0
    count, rest = int(positive.sum()), int((~positive).sum())
    if not count or not rest:
        return math.nan
    _, inverse, counts = np.unique(rows[:, 0], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]  # the mean rank of equal scores
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * rest))


def risk_coverage(rows: Rows) -> tuple[Rows, Rows]:
    """Return (coverage, risk): the share answered, most confident (column 0) first, and the share of those not right (1).

    Equal confidences are answered together, their order being nobody's merit (El-Yaniv and Wiener, 2010).
    """
    order = np.argsort(-rows[:, 0], kind="stable")
    confidence, wrong = rows[order, 0], 1.0 - rows[order, 1]
    last = np.append(np.flatnonzero(np.diff(confidence)), len(confidence) - 1)
    answered = last + 1
    return answered / len(rows), np.cumsum(wrong)[last] / answered


def risk_coverage_area(rows: Rows) -> float:
    """Return the area under the risk-coverage curve, lower is better: the mean risk over all coverages."""
    coverage, risk = risk_coverage(rows)
    return float((risk * np.diff(coverage, prepend=0.0)).sum())


def calibration_error(rows: Rows) -> float:
    """Return how far confidence (column 0) is from the share that is so (column 1), in mean over ten equal bins of it.

    The expected calibration error of Naeini, Cooper and Hauskrecht (2015); each bin weighs what it holds.
    """
    bins = np.minimum((rows[:, 0] * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    apart = [abs(float((rows[bins == each, 0] - rows[bins == each, 1]).sum())) for each in range(CALIBRATION_BINS)]
    return sum(apart) / len(rows)


def bootstrap(rows: Rows, statistic: Callable[[Rows], float]) -> Rows:
    """Return the statistic of RESAMPLES resamples of the rows, float64 [RESAMPLES] (Efron, 1979); the same each time."""
    draws = np.random.default_rng(0).integers(0, len(rows), (RESAMPLES, len(rows)))
    return np.array([statistic(rows[draw]) for draw in draws])
