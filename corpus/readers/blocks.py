"""What every reader makes its text of: blocks with a blank line between them, and tables whose rows stand by themselves."""

import re
from collections.abc import Iterator, Sequence

from corpus.types import Span

__all__ = ["SAMPLE", "YEAR", "Blocks", "has_header", "joined", "one_line", "table_lines"]

Blocks = Iterator[tuple[str, bool]]  # (text, is heading) of each

BETWEEN = "\n\n"
LONGEST_NAME = 80  # characters of a column's name
SHORT_NAME = 40
SAMPLE = 200  # rows by which a header is told
UNSEEN = {ord(c): None for c in "\u00ad\u200b\u2060\ufeff"}  # soft hyphens, and spaces and joins of no width
YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:[-/–]\d\d(?:\d\d)?)?")


def one_line(text: str) -> str:
    """Return the words of a text in one line, each space one plain space, without soft hyphens and what has no width."""
    return " ".join((text if text.isascii() else text.translate(UNSEEN)).split())


def joined(blocks: list[tuple[str, bool]]) -> tuple[str, tuple[Span, ...]]:
    """Return blocks of (text, is heading) as one text, a blank line between them, with the spans of the headings."""
    headings, at = [], 0
    for block, is_heading in blocks:
        if is_heading:
            headings.append((at, at + len(block)))
        at += len(block) + len(BETWEEN)
    return BETWEEN.join(block for block, _ in blocks), tuple(headings)


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a line for each row of a table that has words: "Port: Odessa; Ships: 33", so that a row quoted alone tells all.

    The first row is taken as the header where at least half of its cells say something, each of these in words or as a
    year that no cell below is, and no two alike (see `has_header`); the columns of any other table are only set apart:
    "Odessa | 33".
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return
    header = cells[0] if has_header(cells) else None
    if header is None:
        yield from (" | ".join(cell for cell in row if cell) for row in cells)
        return
    for row in cells[1:]:
        if row == header:
            continue  # said again, as on each page of a long table
        if row[0] and not any(row[1:]) and len(header) > 2:
            yield row[0]  # what stands between rows: a group's name, a note
            continue
        named = [
            f"{name}: {cell}" if name not in ("", cell) else cell
            for name, cell in zip(header, row, strict=False)
            if cell
        ]
        yield "; ".join([*named, *(cell for cell in row[len(header) :] if cell)])


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of some rows, each cell in one line, names the columns of the others.

    Where no column is told from its name by having figures below it, only a row of short names for all columns is one.
    """
    rows = rows[:SAMPLE]
    named = [column for column, name in enumerate(rows[0]) if name]
    distinct = len({rows[0][column] for column in named}) == len(named)
    enough = any(row != rows[0] for row in rows[1:]) and len(rows[0]) > 1 and 2 * len(named) >= len(rows[0])
    if not (enough and distinct and all(_is_name(rows, column) for column in named)):
        return False
    short = len(named) == len(rows[0]) and all(len(name) <= SHORT_NAME for name in rows[0])
    return short or any(_has_figures(rows, column) for column in named)


def _has_figures(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Tell whether most cells below a name that is none, or is a year, are figures: as many digits as letters."""
    below = [row[column] for row in rows[1:] if column < len(row) and row[column]]
    name = rows[0][column]
    return 2 * sum(map(_is_figure, below)) > len(below) and (YEAR.fullmatch(name) is not None or not _is_figure(name))


def _is_figure(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and sum(map(str.isdigit, cell)) >= sum(map(str.isalpha, cell))


def _is_name(rows: Sequence[Sequence[str]], column: int) -> bool:
    name = rows[0][column]
    if YEAR.fullmatch(name):
        return not any(YEAR.fullmatch(row[column]) for row in rows[1:] if column < len(row))
    return any(map(str.isalpha, name)) and len(name) <= LONGEST_NAME
