from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dates import When, in_words, resolve
from corpus.types import first_day, last_day

PAPER = "2022-08-25"  # a Thursday

# sentence | the expression | first day | last day, "-" where the words leave too much open; published on PAPER
TABLE = """
The deal was signed on 3 March 2022. | 3 March 2022 | 2022-03-03 | 2022-03-03
The deal was signed on the 3rd of March 2022. | 3rd of March 2022 | 2022-03-03 | 2022-03-03
It opened on March 3, 2022, in the rain. | March 3, 2022 | 2022-03-03 | 2022-03-03
The port reopened on Tuesday, 3 March 2020, at noon. | Tuesday, 3 March 2020 | 2020-03-03 | 2020-03-03
He resigned on March 3. | March 3 | 2022-03-03 | 2022-03-03
He resigned on 3 October. | 3 October | 2021-10-03 | 2021-10-03
The vote is due on 3 October. | 3 October | 2022-10-03 | 2022-10-03
It was signed on March 3 , 2021 . | March 3 , 2021 | 2021-03-03 | 2021-03-03
He left at the end of the 2000 season. | 2000 | 2000-01-01 | 2000-12-31
The form says 2022-03-03T10:15:00Z in a line. | 2022-03-03 | 2022-03-03 | 2022-03-03
It was filed as 2022-03-03 in the register. | 2022-03-03 | 2022-03-03 | 2022-03-03
The letter is dated 03.04.2022. | 03.04.2022 | 2022-04-03 | 2022-04-03
The letter is dated 3/4/2022. | 3/4/2022 | 2022-03-04 | 2022-04-03
The flight lasted from July 20 to 24. | July 20 to 24 | 2022-07-20 | 2022-07-24
The flight lasted from 20 to 24 July 1969. | 20 to 24 July 1969 | 1969-07-20 | 1969-07-24
Talks were held on 20–22 June. | 20–22 June | 2022-06-20 | 2022-06-22
The plant was seized in March. | March | 2022-03-01 | 2022-03-31
The plant was seized in March 2021. | March 2021 | 2021-03-01 | 2021-03-31
The plant was seized in March last year. | March last year | 2021-03-01 | 2021-03-31
The plant was seized in November. | November | 2021-11-01 | 2021-11-30
Voters will decide in November. | November | 2022-11-01 | 2022-11-30
The party may win the House in November. | November | 2022-11-01 | 2022-11-30
The November elections worry them. | November | - | -
Talks could restart by the end of August. | the end of August | 2022-08-21 | 2022-08-31
They met in early August. | early August | 2022-08-01 | 2022-08-10
They met in mid-July. | mid-July | 2022-07-11 | 2022-07-20
He warned late in June that it fails. | late in June | 2022-06-21 | 2022-06-30
Aid fell at the end of June. | the end of June | 2022-06-21 | 2022-06-30
It rained in the first half of June. | the first half of June | 2022-06-01 | 2022-06-15
It rained in the last week of June. | the last week of June | 2022-06-24 | 2022-06-30
Prices fell in mid-2021. | mid-2021 | 2021-05-01 | 2021-08-31
Prices fell in early 2021. | early 2021 | 2021-01-01 | 2021-04-30
Prices fell in the second half of 2021. | the second half of 2021 | 2021-07-01 | 2021-12-31
It burned in the summer of 2019. | summer of 2019 | 2019-06-01 | 2019-08-31
It burned in summer 2019. | summer 2019 | 2019-06-01 | 2019-08-31
It froze in the winter of 2019. | winter of 2019 | 2019-01-01 | 2020-02-29
It froze in the winter of 2019-20. | winter of 2019-20 | 2019-12-01 | 2020-02-29
It burned in the spring. | spring | 2022-03-01 | 2022-05-31
They will meet in the autumn. | autumn | 2022-09-01 | 2022-11-30
The leaders fear unrest in the autumn. | autumn | - | -
The fall of the city came on 3 March. | 3 March | 2022-03-03 | 2022-03-03
It was founded in 2019. | 2019 | 2019-01-01 | 2019-12-31
The war of 1939-45 ruined it. | 1939-45 | 1939-01-01 | 1945-12-31
He ruled from 1996 to 2001. | 1996 to 2001 | 1996-01-01 | 2001-12-31
Between March and May 2021 it grew. | March and May 2021 | 2021-03-01 | 2021-05-31
It grew from November to February. | November to February | 2021-11-01 | 2022-02-28
It was a fashion of the 1990s. | 1990s | 1990-01-01 | 1999-12-31
It was a fashion of the late 1990s. | late 1990s | 1997-01-01 | 1999-12-31
The church of the 19th century stands. | 19th century | 1801-01-01 | 1900-12-31
The late nineteenth century built it. | late nineteenth century | 1868-01-01 | 1900-12-31
Sales rose in Q1 2022. | Q1 2022 | 2022-01-01 | 2022-03-31
Sales rose in the first quarter. | the first quarter | 2022-01-01 | 2022-03-31
Sales rose in the third quarter of 2021. | the third quarter of 2021 | 2021-07-01 | 2021-09-30
The bridge fell yesterday. | yesterday | 2022-08-24 | 2022-08-24
The bridge fell today. | today | 2022-08-25 | 2022-08-25
The king speaks tonight. | tonight | 2022-08-25 | 2022-08-25
They leave tomorrow. | tomorrow | 2022-08-26 | 2022-08-26
The bridge fell last night. | last night | 2022-08-24 | 2022-08-25
The bridge fell the day before yesterday. | the day before yesterday | 2022-08-23 | 2022-08-23
He spoke on Tuesday. | Tuesday | 2022-08-23 | 2022-08-23
He spoke on Thursday night. | Thursday night | 2022-08-25 | 2022-08-25
He will speak on Tuesday. | Tuesday | 2022-08-30 | 2022-08-30
The answer is wanted by Friday. | Friday | 2022-08-26 | 2022-08-26
He spoke last Friday. | last Friday | 2022-08-19 | 2022-08-19
He spoke last Tuesday. | last Tuesday | 2022-08-16 | 2022-08-23
He spoke on Friday last week. | Friday last week | 2022-08-19 | 2022-08-19
He will speak next Monday. | next Monday | 2022-08-29 | 2022-08-29
The sides signed last month. | last month | 2022-07-01 | 2022-07-31
The sides signed this week. | this week | 2022-08-22 | 2022-08-28
The sides signed late last week. | late last week | 2022-08-18 | 2022-08-21
The sides met last weekend. | last weekend | 2022-08-20 | 2022-08-21
They said so earlier this month. | earlier this month | 2022-08-01 | 2022-08-25
It opens later this year. | later this year | 2022-08-25 | 2022-12-31
It opens next year. | next year | 2023-01-01 | 2023-12-31
It will open at the end of the year. | the end of the year | 2022-09-01 | 2022-12-31
The war has gone on, beginning in March 2011. | March 2011 | 2011-03-01 | 2011-03-31
It opened last summer. | last summer | 2021-06-01 | 2021-08-31
It opened last March. | last March | 2021-03-01 | 2022-03-31
It was shut last winter. | last winter | 2021-12-01 | 2022-02-28
He left three days ago. | three days ago | 2022-08-22 | 2022-08-22
He left two weeks ago. | two weeks ago | 2022-08-08 | 2022-08-14
He left about two years ago. | about two years ago | 2020-02-24 | 2021-02-24
He left a few days ago. | a few days ago | 2022-08-19 | 2022-08-23
It rained over the past two weeks. | the past two weeks | 2022-08-11 | 2022-08-25
It was shut on 3 March and opened the following day. | the following day | 2022-03-04 | 2022-03-04
It was shut in March and sold a month later. | a month later | 2022-04-01 | 2022-04-30
It was shut in July, and sold later that month. | that month | 2022-07-01 | 2022-07-31
It is open for the next two weeks. | the next two weeks | 2022-08-25 | 2022-09-08
He left less than two years ago. | less than two years ago | 2020-08-25 | 2022-08-25
It was followed over the next two weeks. | the next two weeks | - | -
It began on an August day in 1856. | August | - | -
She is in the race for the award in October. | October | - | -
The following day it opened. | The following day | - | -
Born in 1930, he flew in July. | July | - | -
"""
CASES = [tuple(part.strip() for part in line.split("|")) for line in TABLE.strip().splitlines()]


def found(sentence: str, published: str | None, *before: str) -> dict[str, tuple[str | None, str | None]]:
    return {when.text: (when.first, when.last) for when in resolve(sentence, published, before)}


@pytest.mark.parametrize(("sentence", "words", "first", "last"), CASES, ids=[f"{case[1]}: {case[0]}" for case in CASES])
def test_an_expression_means_the_days_that_its_words_leave_open(
    sentence: str, words: str, first: str, last: str
) -> None:
    expected = (None, None) if first == "-" else (first, last)
    assert found(sentence, PAPER).get(words) == expected, found(sentence, PAPER)


def test_several_expressions_of_a_sentence_come_in_their_order_with_the_tense_of_their_clause() -> None:
    sentence = "Talks could restart by the end of August, the negotiator said in June."
    assert [(when.text, when.first, when.last) for when in resolve(sentence, "2022-07-11")] == [
        ("the end of August", "2022-08-21", "2022-08-31"),
        ("June", "2022-06-01", "2022-06-30"),
    ]


@pytest.mark.parametrize(
    ("sentence", "relation"),
    [
        ("It has been shut since June.", "since"),
        ("He sat on the board until May.", "until"),
        ("33 ships had left by 23 August.", "by"),
        ("It was built before 1900.", "before"),
        ("It was built after the end of May.", "after"),
        ("It was built in May.", "in"),
    ],
)
def test_a_preposition_that_says_more_than_in_is_kept(sentence: str, relation: str) -> None:
    (when,) = resolve(sentence, PAPER)
    assert when.relation == relation


@pytest.mark.parametrize(
    "sentence",
    [
        "They may march on the capital.",
        "Theresa May and April Jones spoke.",
        "The alarms were numbered 1202 and 1201.",
        "Some 2000 people and 1500 soldiers died.",
        "It fell in the fall of the Republic.",
        "A spring broke and water came out.",
        "Jan said that it costs 40 million dollars.",
        "Some 20 people died.",
        "He is 79 and has 3 sons.",
        "The Good Friday agreement was in the Sunday Times and in USA Today.",
        "They play every Wednesday and on Saturday evenings.",
        "He was ill in his last year at school.",
        "It was so at the turn of the 19th century.",
    ],
)
def test_names_verbs_and_counts_are_no_time(sentence: str) -> None:
    assert resolve(sentence, PAPER) == []


def test_a_count_after_a_month_is_no_day_of_it() -> None:
    assert found("In June 20 people died.", PAPER) == {"June": ("2022-06-01", "2022-06-30")}


def test_a_month_of_publication_widens_what_is_counted_from_it() -> None:
    assert found("It fell yesterday.", "2022-08") == {"yesterday": ("2022-07-31", "2022-08-30")}
    assert found("It fell last month.", "2022-08") == {"last month": ("2022-07-01", "2022-07-31")}
    assert found("It fell in March.", "2022") == {"March": ("2021-03-01", "2022-03-31")}


def test_without_a_publication_date_only_what_names_its_year_is_resolved() -> None:
    sentence = "It was shut on 3 March 2021, in July 1969 and in the 1990s, last month, in June and on Tuesday."
    assert {text: first for text, (first, _) in found(sentence, None).items()} == {
        "3 March 2021": "2021-03-03",
        "July 1969": "1969-07-01",
        "1990s": "1990-01-01",
        "last month": None,
        "June": None,
        "Tuesday": None,
    }


def test_the_sentence_before_is_what_that_month_counts_from_if_it_has_one_date() -> None:
    before = "US officials told CNN late in June that they doubt it."
    assert found("Earlier in the month he had agreed.", "2022-07-01", before) == {
        "Earlier in the month": ("2022-06-01", "2022-06-21")
    }
    assert found("That month he agreed.", "2022-07-01", "It began in May and ended in June.") == {
        "That month": (None, None)
    }


def test_a_date_that_the_calendar_lacks_is_not_resolved() -> None:
    assert found("It was shut on 31 June 2021.", PAPER) == {"31 June 2021": (None, None)}


def test_an_expression_is_written_with_its_days_unless_it_says_them_itself() -> None:
    def written(sentence: str) -> str:
        return in_words(resolve(sentence, PAPER)[0])

    assert written("They signed last month.") == "last month (July 2022)"
    assert written("They signed early this month.") == "early this month (1 to 10 August 2022)"
    assert written("They signed yesterday.") == "yesterday (24 August 2022)"
    assert written("They signed in 2021.") == "2021"
    assert written("They signed on 3 March 2021.") == "3 March 2021"
    assert written("They signed a few days ago.") == "a few days ago (19 to 23 August 2022)"
    assert written("The following day they signed.") == "The following day"


PUBLISHED = st.one_of(
    st.dates(date(1950, 1, 1), date(2060, 12, 31)).map(date.isoformat),
    st.dates(date(1950, 1, 1), date(2060, 12, 31)).map(lambda day: day.isoformat()[:7]),
    st.integers(1950, 2060).map(str),
)
SENTENCES = st.lists(
    st.sampled_from(
        [word for case in CASES for word in case[0].split()] + ["on", "in", "the end of", "to", "31", "29", "May"]
    ),
    min_size=1,
    max_size=14,
).map(" ".join)


@given(SENTENCES, st.none() | PUBLISHED, st.lists(SENTENCES, max_size=1))
def test_any_expression_stands_at_its_span_and_its_days_are_in_order(
    sentence: str, published: str | None, before: list[str]
) -> None:
    at = 0
    for when in resolve(sentence, published, before):
        assert at <= when.start < when.end
        assert sentence[when.start : when.end] == when.text == when.text.strip()
        assert (when.first is None) == (when.last is None)
        assert (
            when.first is None or when.last is None or date.fromisoformat(when.first) <= date.fromisoformat(when.last)
        )
        at = when.end


def only(sentence: str, published: str) -> tuple[date, date]:
    (when,) = resolve(sentence, published)
    assert when.days is not None
    return when.days


@given(PUBLISHED)
def test_relative_expressions_lie_where_they_must(published: str) -> None:
    first, last = first_day(published), last_day(published)
    day, week = timedelta(days=1), timedelta(days=7)
    assert only("It fell yesterday.", published) == (first - day, last - day)
    assert only("It fell today.", published) == (first, last)
    assert only("It will fall tomorrow.", published) == (first + day, last + day)
    assert only("It fell three days ago.", published) == (first - 3 * day, last - 3 * day)
    low, high = only("It fell on Tuesday.", published)
    assert (low.weekday(), high.weekday()) == (1, 1)
    assert first - week < low <= first
    assert last - week < high <= last
    low, high = only("It will fall on Tuesday.", published)
    assert (first <= low < first + week) and (last <= high < last + week)
    assert only("It fell last month.", published)[1] < last.replace(day=1)
    assert only("It fell last week.", published)[1] < last
    low, high = only("It will fall next year.", published)
    assert (low.year, high.year) == (first.year + 1, last.year + 1)


@given(st.dates(date(1950, 1, 1), date(2060, 12, 31)), st.integers(1, 12))
def test_a_month_without_a_year_is_the_last_one_in_the_past_and_the_next_one_in_the_future(
    day: date, number: int
) -> None:
    month = date(2000, number, 1).strftime("%B")
    low, high = only(f"It was shut in {month}.", day.isoformat())
    assert (low.month, low.day, high.month) == (number, 1, number)
    assert low <= day < date(low.year + 1, number, 1)
    ahead = resolve(f"It will be shut in {month}.", day.isoformat())[0].days
    if ahead is not None:
        assert ahead[1] >= day and ahead[0] < day + timedelta(days=240)


@given(st.dates(date(1600, 1, 1), date(2090, 12, 31)), st.none() | PUBLISHED)
def test_a_full_date_means_that_day_whatever_the_publication(day: date, published: str | None) -> None:
    text = f"{day.day} {day:%B} {day.year}"
    assert resolve(f"It was shut on {text}.", published) == [When(15, 15 + len(text), text, str(day), str(day))]
