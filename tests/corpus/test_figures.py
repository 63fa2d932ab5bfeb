"""A figure reads as the sheet shows it: worked out by hand from what Excel displays."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.figures import shown

EURO = "[$€-407] #,##0.00"
ACCOUNTING = '_(* #,##0_);_(* \\(#,##0\\);_(* "—"_);_(@_)'


@pytest.mark.parametrize(
    ("value", "number_format", "says"),
    [
        (None, "", ""),
        (True, "General", "TRUE"),
        ("text", "0.00", "text"),
        (0.1 + 0.2, "General", "0.3"),
        (5.0, "General", "5"),
        (1e16, "General", "10000000000000000"),
        (1e-20, "General", "1e-20"),
        (float("nan"), "0.00", ""),
        (1234.5, "0", "1235"),
        (1.005, "0.00", "1.01"),
        (-0.001, "0.00", "0.00"),
        (2.5, "0.##", "2.5"),
        (2, "0.##", "2"),
        (2, "0.0#", "2.0"),
        (7, "00000", "00007"),
        (0.5, ".00", "0.50"),
        (12553, "#,##0\\ ;\\(#,##0\\)", "12,553"),
        (-81, "#,##0\\ ;\\(#,##0\\)", "(81)"),
        (0, ACCOUNTING, "—"),
        (-23, ACCOUNTING, "(23)"),
        (0.125, "0.0%", "12.5%"),
        (1234.5, '"$"#,##0.00', "$1,234.50"),
        (-1234.5, '"$"#,##0.00', "-$1,234.50"),
        (1234.5, EURO, "€ 1,234.50"),
        (1234.5, "#,##0.00 [$€-407]", "1,234.50 €"),
        (2_500_000, '0.0,,"M"', "2.5M"),
        (7, '0" ships"', "7 ships"),
        (-7, '[Red]0" ships"', "-7 ships"),
        (5, '"n/a"', "n/a"),
        (0.5, "# ?/?", "0.5"),
        (3, "[>=1000]#,##0;0", "3"),
        (5551234, "000-0000", "5551234"),
        (datetime(2022, 8, 25), "m/d/yy", "2022-08-25"),
        (datetime(2022, 8, 1), "mmm yyyy", "2022-08"),
        (datetime(2022, 1, 1), "yyyy", "2022"),
        (datetime(2022, 8, 25, 14, 30), "m/d/yy h:mm", "2022-08-25 14:30"),
        (datetime(2022, 8, 25, 14, 30), "m/d/yy", "2022-08-25 14:30"),
        (datetime(1899, 12, 31, 14, 30, 5), "h:mm:ss", "14:30:05"),
        (date(2022, 8, 25), "", "2022-08-25"),
        (time(14, 30), "h:mm", "14:30"),
        (timedelta(hours=30, seconds=5), "[h]:mm:ss", "30:00:05"),
    ],
)
def test_a_value_is_written_as_the_sheet_shows_it(value: object, number_format: str, says: str) -> None:
    assert shown(value, number_format) == says


@given(st.floats() | st.integers(), st.text(alphabet='0#?,.%;"\\_*[]$€-EGeneral ()@/', max_size=20))
def test_no_form_makes_a_number_fail(value: float, number_format: str) -> None:
    assert isinstance(shown(value, number_format), str)


@given(st.integers(-(10**14), 10**14))
def test_a_whole_number_keeps_every_figure(value: int) -> None:
    assert shown(float(value), "General") == shown(value, "0") == str(value)
    assert shown(value, "#,##0") == f"{value:,}"
