"""Dates of any precision, and what a document is called."""

from datetime import date

import pytest

from corpus.types import file_name, first_day, last_day


@pytest.mark.parametrize(
    ("published", "first", "last"),
    [
        ("2022-08-25", date(2022, 8, 25), date(2022, 8, 25)),
        ("2022-02", date(2022, 2, 1), date(2022, 2, 28)),
        ("2022", date(2022, 1, 1), date(2022, 12, 31)),
    ],
)
def test_a_date_of_a_month_or_a_year_spans_it(published: str, first: date, last: date) -> None:
    assert (first_day(published), last_day(published)) == (first, last)


def test_a_day_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError):
        last_day("2024-02-30")


def test_a_source_is_called_by_its_file_and_row() -> None:
    assert file_name("/a/b/corpus.jsonl#7") == "corpus.jsonl#7"
