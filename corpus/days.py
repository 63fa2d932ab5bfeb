"""Ranges of days: months, seasons, weeks, their parts, and steps back and forth in the calendar.

A range is a pair of dates, both included. Seasons are those of the northern hemisphere, in whole months; weeks start on
Monday.
"""

import calendar
from datetime import date, timedelta

__all__ = [
    "SEASONS",
    "Days",
    "around",
    "century",
    "day_of_week",
    "decade",
    "months",
    "part_of",
    "season",
    "shifted",
    "spelled",
    "unit_of",
    "week",
    "years",
]

Days = tuple[date, date]

SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
MONTH_PARTS = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}
WEEK_PARTS = {"early": (0, 2), "mid": (1, 3), "late": (3, 6)}  # from Monday
SLACK_DAYS = {"week": 3, "fortnight": 3, "month": 15, "quarter": 45, "year": 183, "decade": 5 * 365}


def months(year: int, month: int, count: int = 1) -> Days:
    """Return `count` whole months from the given one."""
    year_of_last, last = divmod(year * 12 + month - 1 + count - 1, 12)
    return date(year, month, 1), date(year_of_last, last + 1, calendar.monthrange(year_of_last, last + 1)[1])


def years(first: int, last: int) -> Days:
    return date(first, 1, 1), date(last, 12, 31)


def decade(day: date) -> Days:
    return years(day.year // 10 * 10, day.year // 10 * 10 + 9)


def century(number: int) -> Days:
    """Return a century by its number: the 19th is 1801 to 1900."""
    return years(number * 100 - 99, number * 100)


def season(name: str, year: int) -> Days:
    """Return the season that starts in `year`."""
    return months(year, SEASONS[name], 3)


def week(day: date) -> Days:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def day_of_week(weekday: int, day: date) -> date:
    """Return that weekday (Monday is 0) of the week of `day`."""
    return week(day)[0] + timedelta(days=weekday)


def shifted(day: date, count: int, unit: str) -> date:
    """Return the day `count` units later, earlier where it is negative; a day that a month lacks becomes its last.

    Raises OverflowError or ValueError beyond the years 1 to 9999.
    """
    if unit in ("hour", "day", "night", "week", "weekend", "fortnight"):
        return day + timedelta(days=count * {"hour": 0, "week": 7, "weekend": 7, "fortnight": 14}.get(unit, 1))
    count *= {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def around(day: date, unit: str) -> Days:
    """Return `day` with half a unit of slack on both sides: "two weeks ago" is no exact day, "two days ago" is."""
    slack = timedelta(days=SLACK_DAYS.get(unit, 0))
    return day - slack, day + slack


def unit_of(day: date, unit: str) -> Days:
    """Return the whole calendar unit that holds `day`."""
    if unit in ("week", "fortnight"):
        return week(day)
    if unit == "weekend":
        return day_of_week(5, day), day_of_week(6, day)
    if unit == "month":
        return months(day.year, day.month)
    if unit == "quarter":
        return months(day.year, (day.month - 1) // 3 * 3 + 1, 3)
    if unit in ("year", "decade", "century"):
        whole = {"year": years(day.year, day.year), "decade": decade(day), "century": century((day.year + 99) // 100)}
        return whole[unit]
    return day, day


def part_of(days: Days, part: str) -> Days:
    """Return the "early", "mid" or "late" third of a range: of a month its days 1-10, 11-20, 21 to the end."""
    first, last = days
    length = (last - first).days + 1
    if length <= 7:
        low, high = WEEK_PARTS[part]
        return first + timedelta(days=min(low, length - 1)), min(first + timedelta(days=high), last)
    if length <= 31:
        low, high = MONTH_PARTS[part]
        return first.replace(day=low), min(last, last.replace(day=min(high, last.day)))
    by_years = length > 3000
    count = last.year - first.year + 1 if by_years else (last.year - first.year) * 12 + last.month - first.month + 1
    cuts = (0, -(-count // 3), count - count // 3, count)
    number = ("early", "mid", "late").index(part)
    low, high = cuts[number], cuts[number + 1]
    if by_years:
        return years(first.year + low, first.year + high - 1)
    start = shifted(first, low, "month")
    return months(start.year, start.month, high - low)


def spelled(first: date, last: date) -> str:
    """Write a range as one reads it: "24 July 1969", "1 to 10 August 2022", "July 2022", "March to May 2022", "2014"."""
    month, last_month = calendar.month_name[first.month], calendar.month_name[last.month]
    whole = first.day == 1 and last == months(last.year, last.month)[1]
    if first == last:
        return f"{first.day} {month} {first.year}"
    if whole and (first.month, last.month) == (1, 12):
        return str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{month} {first.year}" if whole else f"{first.day} to {last.day} {month} {first.year}"
    year = f" {first.year}" if first.year != last.year else ""
    if whole:
        return f"{month}{year} to {last_month} {last.year}"
    return f"{first.day} {month}{year} to {last.day} {last_month} {last.year}"
