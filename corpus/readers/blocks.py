"""What every reader makes its text of: blocks with a blank line between them, and tables whose rows stand by themselves."""

from collections.abc import Iterator, Sequence

from corpus.types import Span

__all__ = ["joined", "table_lines"]

LONGEST_NAME = 80  # characters of a column's name


def joined(blocks: list[tuple[str, bool]]) -> tuple[str, tuple[Span, ...]]:
    """Return blocks of (text, is heading) as one text, a blank line between them, with the spans of the headings."""
    text, headings = "", []
    for block, is_heading in blocks:
        text += "\n\n" if text else ""
        if is_heading:
            headings.append((len(text), len(text) + len(block)))
        text += block
    return text, tuple(headings)


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a line for each row of a table that has words: "Port: Odessa; Ships: 33", so that a row quoted alone tells all.

    The first row is taken as the header where each of its cells has words, no two alike, and none is a figure; the columns
    of any other table are only set apart: "Odessa | 33".
    """
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return
    header = cells[0] if len(cells) > 1 and _is_header(cells[0]) else None
    if header is None:
        yield from (" | ".join(cell for cell in row if cell) for row in cells)
        return
    for row in cells[1:]:
        named = [f"{name}: {cell}" for name, cell in zip(header, row, strict=False) if cell]
        yield "; ".join([*named, *(cell for cell in row[len(header) :] if cell)])


def _is_header(row: Sequence[str]) -> bool:
    distinct = len(set(row)) == len(row) > 1
    return distinct and all(any(letter.isalpha() for letter in cell) and len(cell) <= LONGEST_NAME for cell in row)
