"""The suite of sizes, at sizes that take seconds: a real library each, with the model and with drawn vectors."""

import math
from pathlib import Path

import numpy as np
import pytest

from assistant.assistant import Assistant
from assistant.settings import load_settings
from corpus.segment import passages
from corpus.types import Document
from evals.drawn import DrawnEncoder, drawn_documents, drawn_queries
from evals.suite import figures
from evals.suites.scale import FIGURES, SUITE, scale_suite
from index.encoder import Encoder


def document(row: dict[str, str]) -> Document:
    return Document(
        row["_id"],
        1,
        row["_id"],
        row["title"],
        row["text"],
        row["published"],
        None,
        (),
        None,
        (),
        None,
        "",
        "",
        (),
        (),
        "",
    )


def test_each_size_is_measured_over_a_library_of_its_own(home: Path, encoder: Encoder) -> None:
    suite = scale_suite(sizes=(20, 40), encoded=20, searches=3)
    assert suite.run is not None
    assistant = Assistant(load_settings(home=home), encoder)
    records = list(suite.run(assistant, None))
    assistant.close()
    assert [dict(record.labels) for record in records] == [
        {"size": "20", "vectors": "encoded"},
        {"size": "40", "vectors": "drawn"},
    ]
    for record in records:
        assert set(FIGURES) <= set(record.values)
        assert all(value > 0 and math.isfinite(value) for value in record.values.values()), record.values
        assert record.values["search p50, ms"] <= record.values["search p95, ms"]
        assert record.values["memory, MB"] < 1_000  # a child's, not that of the process that runs the suite
    assert [record.values["passages"] for record in records] == [20, 40]
    assert len(figures(records, suite.measures)) == len(FIGURES) * 2
    assert not list(home.glob("**/corpus.jsonl"))


def test_drawn_documents_have_the_passages_that_they_should_and_half_pass_the_filter() -> None:
    rows = list(drawn_documents(1_000))
    assert rows == list(drawn_documents(1_000))
    assert len(rows) == 250
    assert sum(len(passages(document(row))) for row in rows[:50]) == pytest.approx(200, rel=0.02)
    assert 0.4 < sum(row["published"] >= "2020-01-01" for row in rows) / len(rows) < 0.6


def test_words_are_drawn_as_zipf_has_it() -> None:
    words = " ".join(row["text"] for row in drawn_documents(4_000)).lower().replace(".", "").split()
    distinct, counts = np.unique(words, return_counts=True)
    assert len(distinct) > 10_000
    assert 0.04 < counts.max() / len(words) < 0.08  # two thirds of 1 / H(30,000) = 0.061, its topics' share left out
    assert np.median(counts) < 10


def test_drawn_vectors_are_unit_vectors_and_near_where_words_are_shared(encoder: Encoder) -> None:
    drawn = DrawnEncoder(encoder)
    first, second = list(drawn_documents(8))
    sentences = first["text"].split(". ")
    texts = [first["text"], " ".join(sentences[:8]), second["text"]]
    vectors = drawn.encode(texts)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert np.array_equal(vectors, DrawnEncoder(encoder).encode(texts))
    assert np.array_equal(vectors, [tokens.whole for tokens in drawn.encode_tokens(texts)])


def test_queries_are_drawn_alike_each_time() -> None:
    assert drawn_queries(3) == drawn_queries(5)[:3]
    assert {len(query.split()) for query in drawn_queries(5)} == {6}


def test_the_suite_has_a_figure_for_every_size_and_value() -> None:
    names = [measure.name for measure in SUITE.measures]
    assert len(names) == len(set(names)) == 6 * len(FIGURES)
    assert "300,000 passages: filtered search p95, ms" in names
