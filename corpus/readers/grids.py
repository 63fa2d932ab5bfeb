"""Tables with merged cells, written out so that each row can be quoted alone.

A cell merged downwards says its words in every row that it covers. A header of two rows, the first with cells merged
across, becomes one: "2022 Ships". A first row that is one cell across the whole table is its caption. Words go in as the
file has them and come out sane, each cell in one line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.readers.blocks import YEAR, has_header, table_lines

__all__ = ["Cell", "grid_lines", "one_line"]

WIDEST = 1000  # columns that a file may merge, whatever it states
UNSEEN = {ord(c): None for c in "\u00ad\u200b\u2060\ufeff"}  # soft hyphens, and spaces and joins of no width


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's words and how many columns and rows it covers, from 1."""

    text: str
    across: int = 1
    down: int = 1


def one_line(text: str) -> str:
    """Return the words of a text in one line, each space one plain space, without soft hyphens and what has no width."""
    return " ".join(text.translate(UNSEEN).split())


def grid_lines(rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Yield the caption, if there is one, then a line for each row that has words."""
    written = _written_out(rows)
    while len(written) > 1 and max(map(len, written)) > 1 and sum(map(bool, written[0])) < 2:
        yield from filter(None, written.pop(0))
    if len(written) > 2 and any(cell.across > 1 for cell in rows[-len(written)]):
        written = _one_header(rows[-len(written)], written)
    used = [
        column
        for column in range(max(map(len, written), default=0))
        if any(row[column : column + 1] > [""] for row in written)
    ]
    yield from table_lines([[row[column] if column < len(row) else "" for column in used] for row in written])


def _one_header(first: Sequence[Cell], written: list[list[str]]) -> list[list[str]]:
    """Return the rows with the first two in one, if they are a header whose `first` row is merged across."""
    names = [one_line(cell.text) for cell in first for _ in range(min(max(cell.across, 1), WIDEST))]
    both = [
        below if above == below else f"{above} {below}".strip() for above, below in zip(names, written[1], strict=False)
    ]
    figures = any(cell and not any(map(str.isalpha, cell)) and not YEAR.fullmatch(cell) for cell in written[1])
    rows = [both, *written[2:]]
    return rows if not figures and has_header(rows) else written


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
