"""A row of a table, merged cells or not, can be quoted alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.blocks import one_line
from corpus.readers.grids import Cell, grid_lines


def lines(*rows: str) -> list[str]:
    """Return the lines of a table written as "a|b|c"."""
    return list(grid_lines([[Cell(text) for text in row.split("|")] for row in rows]))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("Port|Ships", "Odessa|33"), ["Port: Odessa; Ships: 33"]),
        (("|2021|2022", "Odessa|3|4"), ["Odessa; 2021: 3; 2022: 4"]),
        (("|2022", "Odessa|3"), ["Odessa; 2022: 3"]),
        (("Odessa|1999", "Izmail|2001"), ["Odessa | 1999", "Izmail | 2001"]),
        (("Topic|Period||Page", "Cash|FY 22|FY 23|5"), ["Topic: Cash; Period: FY 22; FY 23; Page: 5"]),
        (("Exports||", "Port|Ships|Tons", "Odessa|33|7"), ["Exports", "Port: Odessa; Ships: 33; Tons: 7"]),
        (
            ("In millions|||June 2023", "|Sales|Profit|Costs", "Zone|1|2|3"),
            ["In millions | June 2023", "In millions | June 2023 | Zone; Sales: 1; Profit: 2; Costs: 3"],
        ),
        (
            ("Port|Ships|Results|", "|||Tons", "Odessa|33|7|8"),
            ["Port: Odessa; Ships: 33; Results: 7; Results Tons: 8"],
        ),
        (("Name|Role||", "Smith|Minister|Berlin|old", "Roe|Clerk|Bonn|new"), None),
        (("|a||", "b|||c"), ["a", "b | c"]),
        (("Ships|Ships", "1|2"), ["Ships | Ships", "1 | 2"]),
        (("A: C", "only"), ["A: C", "only"]),
        ((), []),
        (("", ""), []),
    ],
)
def test_the_header_is_found_and_goes_with_each_row(rows: tuple[str, ...], expected: list[str] | None) -> None:
    found = lines(*rows)
    if expected is None:
        assert any("Smith" in line and "Berlin" in line for line in found)
        assert not any("Name Smith" in line for line in found)
    else:
        assert found == expected


def test_merged_cells_are_said_in_each_row_and_a_header_of_two_rows_is_one() -> None:
    assert list(
        grid_lines(
            [
                [Cell("Exports by port", 3)],
                [Cell("Port", down=2), Cell("2022", 2)],
                [Cell("Ships"), Cell("Tons")],
                [Cell("Odessa", down=2), Cell("33"), Cell("7")],
                [Cell("40"), Cell("9")],
            ]
        )
    ) == [
        "Exports by port",
        "Port: Odessa; 2022 Ships: 33; 2022 Tons: 7",
        "Port: Odessa; 2022 Ships: 40; 2022 Tons: 9",
    ]


def test_a_header_merged_down_into_the_rows_is_not_said_twice() -> None:
    assert list(grid_lines([[Cell("A"), Cell("All", down=2)], [Cell("C")]])) == ["A: C; All"]


def test_what_a_file_states_of_a_cells_reach_is_bounded() -> None:
    huge = 10**12
    assert next(grid_lines([[Cell("a", huge, huge)], [Cell("b")], [Cell("c")]])) == "a"


def test_words_come_out_in_one_line_without_what_is_not_seen() -> None:
    assert one_line(" har\u00adbour\u00a0\n master\u200b \ufeff") == "harbour master"


CELLS = st.builds(Cell, st.sampled_from(["", "Port", "2022", "33", "a b"]), st.integers(-1, 4), st.integers(-1, 4))


@given(st.lists(st.lists(CELLS, max_size=5), max_size=6))
def test_no_word_of_a_table_is_lost_where_each_column_has_a_figure(rows: list[list[Cell]]) -> None:
    found = " ".join(grid_lines([*rows, [Cell("7")] * 30]))
    assert {cell.text for row in rows for cell in row if cell.text} <= {
        text for text in ("Port", "2022", "33", "a b") if text in found
    }
