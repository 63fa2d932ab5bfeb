"""Tables with merged cells, written out so that each row can be quoted alone.

A cell merged downwards says its words in every row that it covers. A header of two rows, the first with cells merged
across, becomes one: "2022 Ships". A first row that is one cell across the whole table is its caption; one that names a year
goes with each row, since two tables may differ in that alone. Words go in as the file has them and come out sane, each
cell in one line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.readers.blocks import SAMPLE, YEAR, has_header, one_line, table_lines

__all__ = ["Cell", "grid_lines", "row_lines"]

PERIOD = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
LONGEST_PERIOD = 80  # characters of a caption that goes with each row
WIDEST = 1000  # columns that a file may merge, whatever it states


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's words and how many columns and rows it covers, from 1."""

    text: str
    across: int = 1
    down: int = 1


def grid_lines(rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Yield the caption, if there is one, then a line for each row that has words."""
    yield from row_lines(_written_out(rows))


def row_lines(written: Sequence[list[str]]) -> Iterator[str]:
    """Yield what `grid_lines` does, of rows without merged cells whose cells are in one line each."""
    used = [c for c in range(max(map(len, written), default=0)) if any(row[c : c + 1] > [""] for row in written)]
    rows = [[row[c] if c < len(row) else "" for c in used] for row in written if any(row)]
    first, period = 0, ""
    while len(used) > 1 and first < len(rows) - 1 and _is_caption(rows[first : first + SAMPLE]):
        caption = " | ".join(filter(None, rows[first]))
        yield caption
        if len(caption) <= LONGEST_PERIOD and PERIOD.search(caption):
            period = f"{caption} | "
        first += 1
    yield from (period + line for line in table_lines(_with_one_header(rows[first:])))


def _is_caption(rows: list[list[str]]) -> bool:
    """Tell whether the first row stands above a table: one cell alone, or a few above what is plainly the header."""
    filled = sum(map(bool, rows[0]))
    if filled == 1:
        return bool(rows[0][0]) or not has_header(rows)
    return 2 * filled <= len(rows[0]) and _with_one_header(rows) is rows and has_header(rows[1:])


def _with_one_header(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with the first two in one, if the first names groups of the columns that the second names in words."""
    if len(rows) < 3 or (rows[1][0] not in ("", rows[0][0]) and rows[0][0]):
        return rows
    above, below = rows[0], rows[1]
    groups: list[str] = []
    for column, name in enumerate(above):
        groups.append(name or (groups[-1] if column > 1 else ""))
    split = any(name and not above[column] for column, name in enumerate(below))
    grouped = all(group or not name for group, name in zip(groups[1:], below[1:], strict=True))
    words = all(not cell or any(map(str.isalpha, cell)) or YEAR.fullmatch(cell) for cell in below)
    names = [
        f"{group} {name}".strip() if name not in ("", group) else above[column]
        for column, (group, name) in enumerate(zip(groups, below, strict=True))
    ]
    one = [names, *rows[2:]]
    return one if split and grouped and words and has_header(one) else rows


def _written_out(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Return the cells in their columns, those merged downwards in every row; what is merged across stands once."""
    written: list[list[str]] = []
    covering: dict[int, tuple[str, int]] = {}  # by column: the words from above, and for how many rows more
    for row in rows:
        line: list[str] = []
        cells = iter(row)
        while True:
            if len(line) in covering:
                line.append(_from_above(covering, len(line)))
                continue
            cell = next(cells, None)
            if cell is None:
                break
            text = one_line(cell.text)
            for column in range(min(max(cell.across, 1), WIDEST) if len(line) < WIDEST else 1):
                if cell.down > 1:
                    covering[len(line)] = (text if column == 0 else "", cell.down - 1)
                line.append(text if column == 0 else "")
        for column in sorted(column for column in covering if column >= len(line)):
            line += [""] * (column - len(line)) + [_from_above(covering, column)]
        written.append(line)
    return written


def _from_above(covering: dict[int, tuple[str, int]], column: int) -> str:
    text, rows_left = covering.pop(column)
    if rows_left > 1:
        covering[column] = (text, rows_left - 1)
    return text
