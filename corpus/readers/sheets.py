"""Spreadsheets and separated values: each sheet a section under its name, each row a line that names its columns.

Taken: values as the sheet shows them (figures.py), of formulas the last result that was saved with the file. Left out:
hidden sheets, since nobody who was shown the file has read them; charts, comments, and errors such as #REF!. Rows apart
from others by blank ones are a table of their own where they have a header, or other columns than the table before.
"""

import csv
import io
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import Blocks, has_header, joined, one_line
from corpus.readers.charsets import decode
from corpus.readers.figures import shown
from corpus.readers.grids import row_lines
from corpus.readers.ooxml import BROKEN, stated_fields
from corpus.readers.package import Archive, open_archive
from corpus.types import Extract

__all__ = ["Area", "Section", "read_csv", "read_xls", "read_xlsx", "sheet_lines"]

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS_TYPE = "application/vnd.ms-excel"
MAX_CELLS = 1_000_000  # of a file; a million take some ten seconds
MAX_BLANKS = 5_000_000  # cells without a value that a file may have
MAX_CHARACTERS = 30_000_000  # of the text that is made of a file, the names of columns with every row
MOST_MERGED = 100_000  # cells that take their words from one merged with them
DELIMITERS = ",;\t|"
NO_DELIMITER = "\x1f"  # of a single column
SAMPLE = 65536  # characters from which a delimiter is told
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')

Rows = list[list[str]]
Area = tuple[int, int, int, int]  # first row, last row, first column, last column of merged cells, from 0
Section = tuple[str | None, Iterable[list[str]], list[Area]]  # a sheet's name, its rows, its merged cells


def read_xlsx(path: Path) -> Iterator[Extract]:
    """Yield the workbook as one extract. Raises SourceError if it is encrypted, damaged, too large, or has no sheet to show."""
    # Its parser in Python takes a third more time, and what that refuses `Archive.check` has refused already.
    os.environ.setdefault("OPENPYXL_DEFUSEDXML", "False")
    import openpyxl  # here, since it takes 0.2 s to import

    with open_archive(path) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of every part that it leaves out
        archive.check()
        stated = stated_fields(archive)
        try:
            book = openpyxl.load_workbook(archive.file, read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            sections = [(sheet.title, _xlsx_rows(sheet, path), _merged_areas(archive, sheet)) for sheet in sheets]
            yield _extract(path, sections, XLSX_TYPE, stated)
        except BROKEN as error:
            raise SourceError(
                f"{path}: not a readable workbook ({one_line(str(error))}). Open it in Excel and save it as .xlsx."
            ) from error


def read_xls(path: Path) -> Iterator[Extract]:
    """Yield the old workbook as one extract. Raises SourceError if it is encrypted, damaged, too large, or has no sheet to show."""
    import struct

    import xlrd  # here, for the few files that need it

    try:
        book = xlrd.open_workbook(
            file_contents=path.read_bytes(), formatting_info=True, ragged_rows=True, logfile=io.StringIO()
        )
        sheets = [sheet for sheet in book.sheets() if sheet.visibility == 0]
        sections = [(sheet.name, _xls_rows(book, sheet), _xls_areas(sheet)) for sheet in sheets]
        yield _extract(path, sections, XLS_TYPE, {})
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error, *BROKEN) as error:
        if "encrypted" in str(error).lower():
            raise SourceError(f"{path}: the file is encrypted. Save a copy without a password and add that.") from error
        raise SourceError(
            f"{path}: not a readable workbook ({one_line(str(error))}). Save it as .xlsx and add that."
        ) from error


def read_csv(path: Path) -> Iterator[Extract]:
    """Yield separated values (comma, semicolon, tab, bar) as one extract. Raises SourceError if they are binary or too large."""
    text = decode(path.read_bytes(), path)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    blocks = list(sheet_lines(path, [(None, _separated(text), [])]))
    whole, headings = joined(blocks)
    yield Extract(whole, path.stem, "text/csv", headings=headings)


def _extract(path: Path, sections: Sequence[Section], media_type: str, stated: dict[str, Any]) -> Extract:
    if not sections:
        raise SourceError(f"{path}: all of its sheets are hidden. Show those that you mean, save it, and add it again.")
    text, headings = joined(list(sheet_lines(path, sections)))
    return Extract(text=text, media_type=media_type, headings=headings, **({"title": path.stem} | stated))


def sheet_lines(path: Path, sections: Sequence[Section]) -> Blocks:
    """Yield each sheet's name as a heading, and a line for each of its rows. Raises SourceError at the limits above."""
    cells = blanks = characters = 0
    for name, rows, areas in sections:
        kept: Rows = []
        for row in rows:
            filled = sum(map(bool, row))
            cells, blanks = cells + filled, blanks + len(row) - filled
            if cells > MAX_CELLS or blanks > MAX_BLANKS:
                raise _too_large(path, f"over {MAX_CELLS if cells > MAX_CELLS else MAX_BLANKS:,} cells")
            kept.append(row)
        heading = name
        for table in _tables(_with_merged(kept, areas)):
            for line in row_lines(table):
                if heading:
                    yield one_line(heading), True
                    heading = None
                characters += len(line)
                if characters > MAX_CHARACTERS:
                    raise _too_large(path, f"its text has over {MAX_CHARACTERS:,} characters")
                yield line, False


def _too_large(path: Path, what: str) -> SourceError:
    return SourceError(f"{path}: {what}. Add the rows that matter as a file of their own.")


def _tables(rows: Rows) -> Iterator[Rows]:
    """Yield the tables of a sheet: runs of rows, with those after a blank one that go on under the same header."""
    table: Rows = []
    for blank, run in groupby(rows, key=lambda row: not any(row)):
        block = [] if blank else list(run)
        if block and table and not _goes_on(table, block):
            yield table
            table = []
        table += block
    if table:
        yield table


def _goes_on(table: Rows, block: Rows) -> bool:
    """Tell whether rows after a blank one belong to the table before: no header of their own, and none but its columns."""
    own, others = _columns(table), _columns(block)
    if len(others) < 2 or not set(others[1:]) <= set(own):
        return False
    if sum(any(row[1:]) for row in table) == 1:
        return True  # a header, and its rows after a blank one
    rows = [[row[c] if c < len(row) else "" for c in others] for row in block]
    while sum(map(bool, rows[0])) == 1:
        rows.pop(0)  # a caption
    return not has_header(rows)


def _columns(rows: Rows) -> list[int]:
    return sorted({column for row in rows for column, text in enumerate(row) if text})


def _with_merged(rows: Rows, areas: list[Area]) -> Rows:
    """Return the rows with the words of cells merged downwards in each row that they cover and that has others."""
    left = MOST_MERGED
    for first, last, column, _ in areas:
        if first >= len(rows) or column >= len(rows[first]) or not rows[first][column]:
            continue
        for row in rows[first + 1 : last + 1][:left]:
            left -= 1
            if any(row):
                row += [""] * (column + 1 - len(row))
                row[column] = rows[first][column]
    return rows


def _xlsx_rows(sheet: Any, path: Path) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # what the file states of its size may be wrong
    for row in sheet.iter_rows():
        yield [
            "" if cell.value is None or cell.data_type == "e" else one_line(_value(cell.value, cell)) for cell in row
        ]


def _value(value: object, cell: Any) -> str:
    return value if isinstance(value, str) else shown(value, cell.number_format)


def _merged_areas(archive: Archive, sheet: Any) -> list[Area]:
    """Return the merged cells of a sheet, which openpyxl does not tell when it reads row by row."""
    data = archive.read(str(sheet._worksheet_path))
    areas = []
    for left, top, right, bottom in (match.groups() for match in MERGED.finditer(data)):
        areas.append((int(top) - 1, int(bottom) - 1, _column(left), _column(right)))
    return areas


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _xls_rows(book: Any, sheet: Any) -> Iterator[list[str]]:
    for number in range(sheet.nrows):
        yield [one_line(_xls_value(book, cell)) for cell in sheet.row(number)]


def _xls_value(book: Any, cell: Any) -> str:
    import xlrd

    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return ""
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return shown(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    form = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
        return shown(moment.time() if cell.value < 1 else moment, form)
    return shown(cell.value, form)


def _xls_areas(sheet: Any) -> list[Area]:
    return [(top, bottom - 1, left, right - 1) for top, bottom, left, right in sheet.merged_cells]


def _separated(text: str) -> Iterator[list[str]]:
    """Yield the rows of separated values; quotation marks that do not pair are taken as they stand."""
    delimiter = _delimiter(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
        rows = [[cell.strip().strip('"') for cell in row] for row in rows]
    for row in rows:
        yield [one_line(cell) for cell in row]


def _delimiter(text: str) -> str:
    """Return what separates the columns: what gives most of the first rows the same number of columns, and two or more.

    csv.Sniffer finds the same where there are several columns, and fails where there is one.
    """
    lines = text[:SAMPLE].splitlines()[:100]
    lines = lines[:-1] if len(text) > SAMPLE and len(lines) > 1 else lines
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if any(row))
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        share = count / max(1, sum(widths.values()))
        if width > 1 and share > 0.5 and (share, width) > (most, 1):
            best, most = delimiter, share
    return best if most else NO_DELIMITER
