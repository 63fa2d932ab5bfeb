"""OpenDocument: texts (odt), spreadsheets (ods) and presentations (odp), by a walk through content.xml.

Taken and left out is what it is for Word, Excel and PowerPoint: see docx.py, sheets.py and pptx.py. A spreadsheet states
each value as it is shown, so no format has to be followed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import Blocks, joined, one_line
from corpus.readers.dateline import head_fields
from corpus.readers.grids import Cell, grid_lines
from corpus.readers.ooxml import NO_AUTHOR, NO_TITLE
from corpus.readers.package import Archive, open_archive
from corpus.readers.sheets import Area, sheet_lines
from corpus.types import Extract

__all__ = ["read_odp", "read_ods", "read_odt"]

MEDIA_TYPE = "application/vnd.oasis.opendocument."
SPACES = {
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "presentation": "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
MOST_REPEATED = 1000  # times that a cell or a row that says something may be repeated
MOST_COLUMNS = 16_384
LONG_TITLE = 200  # characters


def _names(space: str, names: str) -> frozenset[str]:
    return frozenset(f"{{{SPACES[space]}}}{name}" for name in names.split())


def _name(space: str, name: str) -> str:
    return f"{{{SPACES[space]}}}{name}"


P, H, TABLE, NOTE = _name("text", "p"), _name("text", "h"), _name("table", "table"), _name("text", "note")
ROW, CELLS = _name("table", "table-row"), _names("table", "table-cell covered-table-cell")
ROW_GROUPS = _names("table", "table-header-rows table-rows table-row-group")
AS_SPACE = _names("text", "s tab line-break")
LEFT_OUT = (
    _names(
        "text", "tracked-changes table-of-content alphabetical-index ruby-text hidden-text page-number note-citation"
    )
    | _names("office", "annotation annotation-end forms")
    | _names("svg", "title desc")
    | _names("presentation", "notes footer-decl date-time-decl")
)
RUNNING = ("page-number", "date-time", "footer", "header")  # of a slide
BOXES = _names("draw", "text-box")


def read_odt(path: Path) -> Iterator[Extract]:
    """Yield the text as one extract. Raises SourceError if it is encrypted or damaged."""
    with _opened(path, "text") as (archive, content, body):
        walk = _Walk(content)
        blocks = [*walk.blocks(body), *walk.notes()]
        stated = _stated(archive)
    text, headings = joined(blocks)
    title = walk.title or stated.pop("title", None) or next((text for text, heads in blocks[:1] if heads), path.stem)
    yield Extract(
        text=text, media_type=MEDIA_TYPE + "text", headings=headings, **{**stated, **head_fields(text), "title": title}
    )


def read_ods(path: Path) -> Iterator[Extract]:
    """Yield the spreadsheet as one extract. Raises SourceError if it is encrypted, damaged or too large."""
    with _opened(path, "spreadsheet") as (archive, content, body):
        walk = _Walk(content)
        tables = [table for table in body.iterfind(TABLE) if not walk.is_hidden(table)]
        sections = [
            (table.get(_name("table", "name"), ""), _sheet_rows(walk, table), _areas(table)) for table in tables
        ]
        text, headings = joined(list(sheet_lines(path, sections)))
        stated = {"title": path.stem} | _stated(archive)
    yield Extract(text=text, media_type=MEDIA_TYPE + "spreadsheet", headings=headings, **stated)


def read_odp(path: Path) -> Iterator[Extract]:
    """Yield the presentation as one extract, a page a slide. Raises SourceError if it is encrypted or damaged."""
    with _opened(path, "presentation") as (archive, content, body):
        walk = _Walk(content)
        pages = list(body.iterfind(_name("draw", "page")))
        slides = [[] if walk.is_hidden(page) else list(walk.slide(page, n)) for n, page in enumerate(pages, 1)]
        stated = _stated(archive)
    text, headings = joined([block for slide in slides for block in slide])
    starts, at = [], 0
    for slide in slides:
        starts.append(min(at, len(text)))
        at += sum(len(block) + len("\n\n") for block, _ in slide)
    fields = {"title": walk.title or path.stem} | stated | {"pages": tuple(starts)}
    yield Extract(text=text, media_type=MEDIA_TYPE + "presentation", headings=headings, **fields)


@contextmanager
def _opened(path: Path, kind: str) -> Iterator[tuple[Archive, Any, Any]]:
    """Open a file and lend its archive, the root of its content, and the body of that kind in it."""
    with open_archive(path) as archive:
        if "META-INF/manifest.xml" in archive and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise SourceError(f"{path}: the file is encrypted. Save a copy without a password and add that.")
        content = archive.xml("content.xml")
        body = content.find(f"{_name('office', 'body')}/{_name('office', kind)}")
        if body is None:
            raise SourceError(f"{path}: there is no {kind} in it. Give the file the suffix of its real type.")
        yield archive, content, body


class _Walk:
    """The way through one file's content; it remembers its styles, and the notes that it passed."""

    def __init__(self, content: Any) -> None:
        styles = content.iter(_name("style", "style"))
        self._styles = {style.get(_name("style", "name")): style for style in styles}
        self._notes: list[Any] = []
        self.title: str | None = None  # the words of the first paragraph styled as the title

    def blocks(self, parent: Any) -> Blocks:
        """Yield (text, is heading) of each paragraph and row below an element, in reading order."""
        for child in parent:
            if child.tag in (P, H):
                yield from self._paragraph(child)
            elif child.tag == TABLE:
                yield from self._table(child)
            elif child.tag not in LEFT_OUT:
                yield from self.blocks(child)  # lists, sections, frames

    def notes(self) -> Blocks:
        """Yield the footnotes and endnotes that were passed, under a heading."""
        passed, self._notes = self._notes, []
        blocks = [block for note in passed for block in self.blocks(note)]
        yield from [("Notes", True)] * bool(blocks) + blocks

    def slide(self, page: Any, number: int) -> Blocks:
        """Yield a slide's title as its heading, its text, and the notes to it."""
        title, blocks = "", []
        for shape in page:
            kind = shape.get(_name("presentation", "class"))
            if shape.tag in LEFT_OUT or kind in RUNNING:
                continue
            own = list(self.blocks([shape]))
            words = " ".join(text for text, _ in own)
            if kind == "title" and not title and len(words) <= LONG_TITLE:
                title = words
            else:
                blocks += own
        notes = [
            block
            for part in page.iterfind(_name("presentation", "notes"))
            for frame in part
            if frame.get(_name("presentation", "class")) == "notes"
            for block in self.blocks(frame)
        ]
        self.title = self.title or title or None
        if title or blocks or notes:
            yield title or f"Slide {number}", bool(blocks or notes)
        yield from blocks
        yield from [("Notes", True)] * bool(notes) + notes

    def is_hidden(self, element: Any) -> bool:
        """Tell whether a sheet or a slide is hidden by its style."""
        name = element.get(_name("table", "style-name")) or element.get(_name("draw", "style-name"))
        style = self._styles.get(name)
        for properties in style if style is not None else ():
            if properties.get(_name("table", "display")) == "false":
                return True
            if properties.get(_name("presentation", "visibility")) == "hidden":
                return True
        return False

    def words(self, element: Any) -> str:
        """Return the words of a cell in one line."""
        return " ".join(text for text, _ in self.blocks(element))

    def _paragraph(self, paragraph: Any) -> Blocks:
        boxes: list[Any] = []
        text = one_line("".join(self._inline(paragraph, boxes)))
        style = self._style_of(paragraph)
        if text:
            if style == "title" and self.title is None:
                self.title = text
            yield text, paragraph.tag == H or style in ("title", "subtitle") or style.startswith("heading")
        for box in boxes:
            yield from self.blocks(box)

    def _inline(self, element: Any, boxes: list[Any]) -> Iterator[str]:
        """Yield the texts in a paragraph; text boxes and notes on the way are put aside."""
        yield element.text or ""
        for child in element:
            if child.tag in AS_SPACE:
                yield " "
            elif child.tag == NOTE:
                self._notes.append(child)
            elif child.tag in BOXES:
                boxes.append(child)
            elif child.tag not in LEFT_OUT:
                yield from self._inline(child, boxes)
            yield child.tail or ""

    def _style_of(self, paragraph: Any) -> str:
        """Return the name, in small letters, of the style that a paragraph's own is made of: "title", "heading_20_1"."""
        name = str(paragraph.get(_name("text", "style-name"), ""))
        style = self._styles.get(name)
        parent = style.get(_name("style", "parent-style-name")) if style is not None else None
        return str(parent or name).lower()

    def _table(self, table: Any) -> Blocks:
        rows = list(_rows(table))
        cells = [[cell for cell in row if cell.tag in CELLS] for row in rows]
        if len(rows) == 1 or max(map(len, cells), default=0) == 1:
            for cell in (cell for row in cells for cell in row):
                yield from self.blocks(cell)  # it only arranges prose
            return
        grid = [
            [
                Cell(self.words(c), _span(c, "columns"), _span(c, "rows"))
                for c in row
                if not c.tag.endswith("}covered-table-cell")
            ]
            for row in cells
        ]
        yield from ((line, False) for line in grid_lines(grid))


def _sheet_rows(walk: _Walk, table: Any) -> Iterator[list[str]]:
    """Yield the rows of a sheet; what is empty and repeated to the sheet's end stands once."""
    for row in _rows(table):
        cells: list[str] = []
        for cell in row:
            if cell.tag in CELLS:
                cells += [walk.words(cell)] * min(_repeated(cell, "columns"), MOST_COLUMNS - len(cells))
        while cells and not cells[-1]:
            cells.pop()
        for _ in range(_repeated(row, "rows") if cells else 1):
            yield list(cells)


def _areas(table: Any) -> list[Area]:
    """Return the cells of a sheet that are merged downwards."""
    areas: list[Area] = []
    number = 0
    for row in _rows(table):
        column = 0
        for cell in (cell for cell in row if cell.tag in CELLS):
            down = _span(cell, "rows")
            if down > 1:
                areas.append((number, number + down - 1, column, column))
            column += _repeated(cell, "columns")
        number += _repeated(row, "rows") if column and any(len(cell) for cell in row) else 1
    return areas


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == ROW:
            yield child
        elif child.tag in ROW_GROUPS:
            yield from _rows(child)


def _repeated(element: Any, what: str) -> int:
    return min(_count(element.get(_name("table", f"number-{what}-repeated"))), MOST_REPEATED)


def _span(cell: Any, what: str) -> int:
    return _count(cell.get(_name("table", f"number-{what}-spanned")))


def _count(value: str | None) -> int:
    return max(1, int(value)) if value and value.isdecimal() and len(value) < 8 else 1


def _stated(archive: Archive) -> dict[str, Any]:
    """Return the title and authors that the file states; the days on which it was made and saved are no publication."""
    if "meta.xml" not in archive:
        return {}
    meta = archive.xml("meta.xml")
    title = one_line(meta.findtext(f".//{_name('dc', 'title')}") or "")
    author = meta.findtext(f".//{_name('meta', 'initial-creator')}") or meta.findtext(f".//{_name('dc', 'creator')}")
    author = one_line(author or "")
    fields: dict[str, Any] = {"title": title} if title and title.lower() not in NO_TITLE else {}
    return fields | ({"authors": (author,)} if author and author.lower() not in NO_AUTHOR else {})
