"""Figures, dates and names as they are compared."""

import pytest

from assistant.facts import facts, has_name, names, whens


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        ("forty percent of voters", "40% of them", True),
        ("1,200 men", "twelve hundred men", True),
        ("1.2 thousand men", "1,200 men", True),
        ("two million people", "2,000,000 people", True),
        ("about 40 percent", "41 percent", True),
        ("more than half of the voters", "53 percent of the voters", True),
        ("40 percent", "41 percent", False),
        ("fewer than 10 ships", "12 ships", False),
    ],
)
def test_a_figure_is_met_in_any_form_and_rounded_only_where_it_says_so(one: str, other: str, met: bool) -> None:
    (mine,), (theirs,) = facts(one).figures, facts(other).figures
    assert mine.met_by(theirs) is met


def test_a_date_is_met_by_one_that_says_as_much_and_contradicted_by_another_day() -> None:
    (mine,) = whens("on July 24, 1969")
    (same,), (other,), (month,) = whens("24 July 1969"), whens("on 26 July"), whens("in July 1969")
    assert (mine.met_by(same), mine.met_by(month), month.met_by(mine)) == (True, False, True)
    assert (mine.against(other), mine.against(month)) == (True, False)
    (this,) = whens("It was signed this month.", "1969-07-30")
    assert this.parts() == (1969, 7, None)


def test_months_weekdays_and_the_word_that_opens_a_sentence_are_no_names() -> None:
    assert [name.text for name in names("Macron resigned in July, on a Monday.")] == ["Macron"]
    assert names("Schools were closed in May 2021.") == []


@pytest.mark.parametrize(
    ("claimed", "given", "met"),
    [
        ("Gerhard Schröder", "Mr Schroder left", True),
        ("Schröder", "Gerhard Schröder left", True),
        ("Angela Scholz", "Olaf Scholz left", False),
        ("Turkish", "Turkey left", True),
        ("UN", "the United Nations left", True),
        ("Johnston", "John left", False),
    ],
)
def test_a_name_is_met_in_full_or_by_its_last_part_never_by_a_namesake(claimed: str, given: str, met: bool) -> None:
    (name,) = names(f"the {claimed}")
    assert has_name(name, names(given), given) is met
