"""A spreadsheet's values as the sheet shows them: 2022-08-25 and not 44798, 0.3 and not 0.30000000000000004, 12.5% and not 0.125.

Number formats are followed as far as figures in reports use them: decimals, thousands, percent, currency, scaling, text
before and after, a form for what is negative. Days are always written in ISO 8601, so that no one reads 4/5 as another
day. Fractions and conditions on a value are not followed: the figure is given plainly.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import isfinite

__all__ = ["shown"]

LARGEST = 10**15  # beyond it a float has no figures after the point
GENERAL = ("", "general", "@")
LITERAL = re.compile(r'"([^"]*)"|\\(.)|_(?:.)|\*(?:.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]')
PLACES = re.compile(r"[0#?][0#?,.]*|\.[0#]+")
SECTION = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
FRACTION = re.compile(r"[0#?]\s*/\s*[0-9#?]|E[+-]", re.IGNORECASE)
CONDITION = re.compile(r"\[[<>=]")
PARTS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # of a format, what is no part of a day


def shown(value: object, number_format: str = "") -> str:
    """Return a cell's value, a number format with it, as a reader of the sheet would quote it; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime | date | time | timedelta):
        return _when(value, PARTS.sub("", number_format).lower())
    if isinstance(value, int | float):
        return _number(value, number_format)
    return str(value)


def _when(value: datetime | date | time | timedelta, tokens: str) -> str:
    if isinstance(value, time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    if isinstance(value, timedelta):
        minutes, left = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{left:02}" if left else "")
    if "y" in tokens and "d" not in tokens and "h" not in tokens:
        return value.strftime("%Y-%m" if "m" in tokens else "%Y") if value.year >= 1000 else str(value)
    if not isinstance(value, datetime) or (value.time() == time() and "h" not in tokens):
        return value.strftime("%Y-%m-%d")
    seconds = "%H:%M:%S" if value.second else "%H:%M"
    return value.strftime(f"%Y-%m-%d {seconds}" if "y" in tokens or "d" in tokens or not tokens else seconds)


def _number(value: float, number_format: str) -> str:
    if isinstance(value, float) and not isfinite(value):
        return ""
    sections = _sections(number_format)
    if sections is None or abs(value) >= LARGEST:
        return _plain(value)
    own_form = value < 0 and len(sections) > 1
    section = sections[1] if own_form else sections[2] if value == 0 and len(sections) > 2 else sections[0]
    return _in_form(abs(value) if own_form else value, section)


@lru_cache(maxsize=256)
def _sections(number_format: str) -> tuple[str, ...] | None:
    """Return the forms for what is positive, negative and zero; None where the figure is to be given plainly."""
    if number_format.lower() in GENERAL or len(number_format) > 255 or CONDITION.search(number_format):
        return None
    sections = SECTION.split(number_format)
    return (
        None
        if any(section.lower() in GENERAL or FRACTION.search(section) for section in sections[:2])
        else tuple(sections)
    )


def _in_form(value: float, section: str) -> str:
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(next((group for group in match.groups() if group is not None), ""))
        return "\ue000"

    bare = LITERAL.sub(keep, section.replace("\ue000", ""))
    places = PLACES.search(bare)
    if places and PLACES.search(bare, places.end()):
        return _plain(value)  # a form of several groups, as telephone numbers have
    figure = _figure(value, places.group(), bare.count("%")) if places else ""
    form = bare[: places.start()] + "\ue001" + bare[places.end() :] if places else bare
    words = iter(literals)
    text = "".join(next(words, "") if c == "\ue000" else figure if c == "\ue001" else c for c in form)
    if value < 0 and figure.startswith("-"):
        text = "-" + text.replace(figure, figure[1:], 1)
    return " ".join(text.split())


def _figure(value: float, places: str, percents: int) -> str:
    """Return a number by the places that a form has for it: "#,##0.00" gives 1,234.50."""
    whole, _, after = places.partition(".")
    number = Decimal(repr(value)) * 100**percents
    if after == "" or not after.endswith(","):
        scaled = len(whole) - len(whole.rstrip(","))
    else:
        scaled = len(after) - len(after.rstrip(","))
    after = after.replace(",", "")
    number = (number / 1000**scaled).quantize(Decimal(1).scaleb(-min(len(after), 20)), rounding=ROUND_HALF_UP)
    text = f"{number:,f}" if "," in whole.rstrip(",") else f"{number:f}"
    optional = len(after) - after.rfind("0") - 1
    if after and optional:
        text = text[: len(text) - optional] + text[len(text) - optional :].rstrip("0")
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    zeros = whole.count("0") - len(text.partition(".")[0].replace(",", ""))
    text = "0" * zeros + text.rstrip(".")
    return sign + text if any(c in "123456789" for c in text) else text


def _plain(value: float) -> str:
    """Return a number as a spreadsheet's General does: at most 12 figures, of whole numbers 15; an exponent only where it must be."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**21 else f"{value:.15g}" if abs(value) < 10**300 else ""
    text = f"{value:.15g}" if value.is_integer() else f"{value:.12g}"
    return f"{Decimal(text):f}" if 1e-9 <= abs(value) < 1e21 else text
