"""Figures: what is one number in two wordings, what excludes the other, what is of another thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.figures import figures, figures_differ, same_value
from index.lexical import stem


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("forty percent of them", 40, "percent"),
        ("40% of them", 40, "percent"),
        ("$1.5bn was lost", 1.5e9, "dollar"),
        ("40 million dollars", 4e7, "dollar"),
        ("two hundred and fifty pupils", 250, ""),
        ("a dozen ferries", 12, ""),
        ("twenty-one divers", 21, ""),
        ("a hundred thousand herrings", 1e5, ""),
        ("21 hours and 36 minutes", 77_760, "time"),
        ("two and a half hours", 9_000, "time"),
        ("3,559 people", 3_559, ""),
    ],
)
def test_a_figure_is_read_in_digits_and_in_words(text: str, value: float, unit: str) -> None:
    (figure,) = figures(text)
    assert (figure.value, figure.unit) == (pytest.approx(value), unit)


@pytest.mark.parametrize("text", ["on 3 March 2022", "in 1990", "at 10:30", "on 2022-03-05", "since March 4"])
def test_a_date_or_the_time_of_day_is_no_figure(text: str) -> None:
    assert figures(text) == []


SAME = [
    ("forty percent of homes", "40% of homes"),
    ("about 40 percent of homes", "41 percent of homes"),
    ("some 300 homes", "303 homes"),
    ("a dozen ferries", "12 ferries"),
    ("1.5 million herrings", "1,500,000 herrings"),
    ("90 minutes", "one and a half hours"),
    ("2 weeks", "14 days"),
]
DIFFERENT = [
    ("40 percent of homes", "55 percent of homes"),
    ("12 divers", "14 divers"),
    ("some 300 homes", "500 homes"),
    ("$40 million", "60 million dollars"),
    ("12 were rescued", "14 people were rescued"),
    ("three weeks", "five weeks"),
]
OF_OTHER_THINGS = [
    ("12 ferries", "14 divers"),
    ("40 percent of homes", "40 homes"),
    ("30 percent of homes", "50 percent of ferries"),
    ("$40 million", "30 euros"),
    ("12 years", "a 14-year-old"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_figure_in_two_wordings_is_no_conflict(one: str, other: str) -> None:
    (mine,), (theirs,) = figures(one), figures(other)
    assert same_value(mine, theirs)
    assert not figures_differ(mine, theirs)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_figures_of_one_thing_differ_either_way_round(one: str, other: str) -> None:
    (mine,), (theirs,) = figures(one), figures(other)
    asked = frozenset({stem("people")})
    assert figures_differ(mine, theirs, asked)
    assert figures_differ(theirs, mine, asked)


@pytest.mark.parametrize(("one", "other"), OF_OTHER_THINGS)
def test_figures_of_different_things_do_not_differ(one: str, other: str) -> None:
    assert not any(figures_differ(mine, theirs) for mine in figures(one) for theirs in figures(other))


@given(st.text())
def test_every_figure_stands_at_its_place(text: str) -> None:
    for figure in figures(text):
        assert 0 <= figure.start < figure.end <= len(text)
        assert text[figure.start : figure.end].strip()


@given(st.integers(2_100, 10**9))
def test_a_number_with_and_without_commas_is_the_same(number: int) -> None:
    (plain,), (commas,) = figures(f"{number:d} ferries"), figures(f"{number:,} ferries")
    assert plain.value == commas.value == number
