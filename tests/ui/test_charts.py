"""Plots: what they draw, against values worked out by hand; what they say in words; names that are markup stay text."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.web.charts import Mark, stacked_months, timeline

COUNTS = {("2022-06", "Post"): 3, ("2022-08", "Post"): 1, ("2022-08", "Wire"): 3, ("", "Wire"): 2}


def mark(first: date, last: date | None = None, text: str = "1") -> Mark:
    return Mark(first, last or first, text, f"{first}: words", "/source/d1/1", "tip-1", "source")


def rects(plot: str) -> list[tuple[str, ...]]:
    """Return class, x, y, width and height of each bar's parts; the swatches of the legend have none."""
    return re.findall(r'<rect class="(s\d)" x="([\d.]+)%" y="([\d.]+)" width="([\d.]+)%" height="([\d.]+)">', plot)


def test_bars_are_as_high_as_their_counts_and_stand_on_each_other() -> None:
    # three months: slots of 33.33 %, bars of 6 %; 4 documents are 96 px, so one is 24
    assert rects(stacked_months(COUNTS, "documents", "outlet")) == [
        ("s0", "13.67", "38.00", "6.00", "72.00"),
        ("s0", "80.33", "86.00", "6.00", "24.00"),
        ("s1", "80.33", "14.00", "6.00", "72.00"),
    ]


def test_a_plot_says_in_words_what_it_shows_and_what_it_does_not() -> None:
    plot = stacked_months({**COUNTS, ("2021", "Post"): 5}, "documents", "outlet")
    told = "Documents by month and outlet, June 2022 to August 2022: 7 in all, most in August 2022 (4)"
    assert f'aria-label="{told}"' in plot and f"{told}. Not shown: 2 of unknown date." in plot
    assert "5 of which only the year is known" in plot
    assert '<th scope="row">August 2022</th><td>1</td><td>3</td>' in plot and "July 2022</th>" not in plot


def test_one_series_has_no_legend_and_no_dated_document_no_plot() -> None:
    assert "legend" not in stacked_months({("2022-06", "Post"): 3}, "documents", "outlet")
    assert stacked_months({("", "Post"): 3, ("soon", "Post"): 1}, "documents", "outlet") == ""


@pytest.mark.parametrize(
    ("months", "named"),
    [
        (["1860-03", "1860-12"], "by month, March 1860 to December 1860"),
        (["1990-03", "2000-12"], "by year, 1990 to 2000"),
        (["1990", "1992"], "by year, 1990 to 1992"),
        (["1790-03", "2022-12"], "by decade, 1790 to 1799 to 2020 to 2029"),
    ],
)
def test_a_bar_is_a_month_or_as_many_years_as_there_is_room_for(months: list[str], named: str) -> None:
    assert named in stacked_months({(month, "Post"): 1 for month in months}, "documents", "outlet")


def test_the_smallest_series_are_told_together() -> None:
    counts = {("2022-06", name): number for number, name in enumerate("ABCDEFGH", 1)}
    plot = stacked_months(counts, "documents", "outlet")
    assert re.findall(r"</svg>([\w ]+)</li>", plot) == ["H 8", "G 7", "F 6", "E 5", "D 4", "others 6"]
    assert "F 2" in stacked_months({**dict(list(counts.items())[:5]), ("2022-06", "F"): 2}, "documents", "outlet")


def test_marks_stand_where_their_days_are() -> None:
    # ten days between 5 % and 95 %: 9 % a day
    plot = timeline([mark(date(2022, 8, 11)), mark(date(2022, 8, 1)), mark(date(2022, 8, 3), date(2022, 8, 5))], "Said")
    assert re.findall(r'cx="([\d.]+)%" cy="(\d+)"', plot) == [("5.00", "15"), ("32.00", "15"), ("95.00", "15")]
    assert '<line class="days" x1="23.00%" x2="41.00%"' in plot
    assert 'aria-label="Said, 1 August 2022 to 11 August 2022"' in plot
    assert re.findall(r">(\d+ Aug)<", plot) == ["1 Aug", "6 Aug", "11 Aug"]


def test_marks_that_are_close_stand_above_each_other() -> None:
    days = [1, 2, 3, 31]
    plot = timeline(
        [mark(date(2022, 8, day)) for day in days], "Said"
    )  # 3 % a day: the third is clear of the first by 6 %
    assert re.findall(r'cy="(\d+)"', plot) == ["71", "43", "15", "71"]


def test_a_mark_is_a_link_with_a_name_and_leads_to_its_source() -> None:
    plot = timeline([mark(date(2022, 8, 1))], "Said")
    assert (
        '<a class="mark" href="/source/d1/1" target="source" aria-label="2022-08-01: words" aria-describedby="tip-1">'
        in plot
    )


@pytest.mark.parametrize(
    ("first", "last", "ticks"),
    [
        ("2022-06-15", "2022-08-30", ["Jul 2022", "Aug 2022"]),
        ("2019-02-01", "2022-08-30", ["2020", "2021", "2022"]),
        ("1969-07-16", "2022-08-30", ["1980", "2000", "2020"]),
        ("0001-01-01", "9999-12-31", []),
        ("2022-08-01", "2022-08-01", ["1 Aug"]),
    ],
)
def test_days_months_or_years_are_written_below_the_line(first: str, last: str, ticks: list[str]) -> None:
    plot = timeline([mark(date.fromisoformat(first)), mark(date.fromisoformat(last))], "Said")
    found = re.findall(r'text-anchor="\w+">([\w ]*[A-Za-z0-9])</text>', plot)
    written = [words for words in found if words != "1"]
    assert written == ticks or (not ticks and len(written) <= 4)


@given(st.text(), st.dates(), st.dates())
@settings(deadline=None)
def test_names_are_shown_as_text(hostile: str, first: date, last: date) -> None:
    hostile = f"<script>{hostile}\"'"
    made = Mark(min(first, last), max(first, last), hostile, hostile, hostile, hostile, hostile)
    for plot in (timeline([made], hostile), stacked_months({(str(first)[:7], hostile): 2}, hostile, hostile)):
        assert "<script" not in plot and "'\"" not in plot
