"""Measures as the field names them, pure functions: a ranking or an answer goes in, a number comes out."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from corpus.types import Span

__all__ = ["Figure", "covered", "figure", "median_figure", "mrr_at_k", "ndcg_at_k", "success_at_k"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean (or median) over n questions, with its standard error."""

    name: str
    value: float
    standard_error: float
    n: int


def figure(name: str, values: Sequence[float]) -> Figure:
    """Return the mean of `values` and its standard error, s / sqrt(n); not a number where there are none."""
    n = len(values)
    if not n:
        return Figure(name, math.nan, math.nan, 0)
    mean = sum(values) / n
    variance = sum((value - mean) ** 2 for value in values) / (n - 1) if n > 1 else 0.0
    return Figure(name, mean, math.sqrt(variance / n), n)


def median_figure(name: str, values: Sequence[float]) -> Figure:
    """Return the median of `values`; its standard error from the order statistics at n/2 -+ sqrt(n)/2."""
    n = len(values)
    if not n:
        return Figure(name, math.nan, math.nan, 0)
    ordered = sorted(values)
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    reach = math.sqrt(n) / 2
    low, high = ordered[max(0, math.floor(n / 2 - reach))], ordered[min(n - 1, math.ceil(n / 2 + reach))]
    return Figure(name, middle, (high - low) / 2, n)


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


def covered(gold: Span, cited: Sequence[Span]) -> float:
    """Return the share of the gold span's characters that the cited spans of the same document cover together."""
    start, end = gold
    inside = {at for low, high in cited for at in range(max(start, low), min(end, high))}
    return len(inside) / (end - start)
