"""Word: the text as it stands when printed, by python-docx and a walk through its XML.

Taken: headings by their style or set bold, lists, tables, text boxes, what was inserted under tracked changes, footnotes and
endnotes (at the end). Left out: what was deleted, hidden text, comments, headers and footers, field codes, tables of
contents, the numbers that Word gives lists. python-docx gives neither notes nor changes nor text boxes; hence the walk.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import Blocks, joined, one_line
from corpus.readers.dateline import head_fields
from corpus.readers.grids import Cell, grid_lines
from corpus.readers.ooxml import BROKEN, stated_fields
from corpus.readers.package import open_archive
from corpus.types import Extract

__all__ = ["read_docx"]

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
NOTES = ("footnotes", "endnotes")
LEFT_OUT = frozenset(
    [W + name for name in "del moveFrom delText instrText delInstrText rPr pPr rt fldData sectPr".split()] + [FALLBACK]
)
AS_SPACE = frozenset(W + name for name in ("tab", "br", "cr", "ptab"))
LONG_HEADING = 120  # characters
LONG_CELL = 400  # characters: a table with such a cell beside others is laid out with, and has no rows to tell


def read_docx(path: Path) -> Iterator[Extract]:
    """Yield the file as one extract. Raises SourceError if it is encrypted, damaged, or no Word file."""
    import docx  # here, since it takes 0.2 s to import
    from docx.opc.exceptions import OpcError

    with open_archive(path) as archive:
        archive.check()
        stated = stated_fields(archive)
        try:
            part = docx.Document(archive.file).part
            walk = _Walk(part)
            blocks = list(walk.blocks(part.element.body))
            blocks += walk.notes()
        except (OpcError, *BROKEN) as error:
            raise SourceError(
                f"{path}: not a readable Word file ({one_line(str(error))}). Open it in Word and save it as .docx."
            ) from error
    text, headings = joined(blocks)
    title = walk.title or stated.pop("title", None) or next((text for text, heads in blocks[:1] if heads), path.stem)
    yield Extract(
        text=text, media_type=MEDIA_TYPE, headings=headings, **{**stated, **head_fields(text), "title": title}
    )


class _Walk:
    """The way through one file's XML; it remembers the styles, and the fields that are open where it stands."""

    def __init__(self, part: Any) -> None:
        self._part = part
        self._styles = {style.get(W + "styleId"): style for style in part.styles.element.iter(W + "style")}
        self._fields: list[bool] = []  # open fields, the innermost last: is their code being passed, or their result?
        self.title: str | None = None  # the words of the first paragraph styled as the title

    def blocks(self, parent: Any) -> Blocks:
        """Yield (text, is heading) of each paragraph and row below an element, in reading order."""
        for child in parent:
            if child.tag == W + "p":
                yield from self._paragraph(child)
            elif child.tag == W + "tbl":
                yield from self._table(child)
            elif child.tag not in LEFT_OUT:
                yield from self.blocks(child)  # content controls, changes, custom XML

    def notes(self) -> Blocks:
        """Yield the footnotes and endnotes, each kind under a heading."""
        from docx.oxml import parse_xml

        for kind in NOTES:
            parts = [rel.target_part for rel in self._part.rels.values() if rel.reltype.endswith("/" + kind)]
            for part in parts:
                notes = [note for note in parse_xml(part.blob) if note.get(W + "type") in (None, "normal")]
                blocks = [block for note in notes for block in self.blocks(note)]
                yield from [(kind.capitalize(), True)] * bool(blocks) + blocks

    def _paragraph(self, paragraph: Any) -> Blocks:
        style = self._style_of(paragraph)
        boxes: list[Any] = []
        text = one_line("".join(self._runs(paragraph, boxes)))
        if text and not style.startswith("toc"):
            if style == "title" and self.title is None:
                self.title = text
            yield text, style in ("title", "heading") or _stands_as_heading(paragraph, text)
        for box in boxes:
            yield from self.blocks(box)

    def _runs(self, parent: Any, boxes: list[Any]) -> Iterator[str]:
        """Yield the texts below an element of a paragraph; text boxes on the way are put into `boxes`."""
        for child in parent:
            tag = child.tag
            if tag in LEFT_OUT or (tag == W + "r" and _is_hidden(child)):
                continue
            if tag == W + "fldChar":
                self._pass(child.get(W + "fldCharType"))
            elif tag == W + "txbxContent":
                boxes.append(child)
            elif tag in (W + "t", MATH_TEXT):
                yield "" if any(self._fields) else child.text or ""
            elif tag in AS_SPACE:
                yield " "
            elif tag == W + "noBreakHyphen":
                yield "-"
            else:
                yield from self._runs(child, boxes)

    def _pass(self, mark: str | None) -> None:
        """Note a field's beginning, the end of its code, or its end."""
        if mark == "begin":
            self._fields.append(True)
        elif mark == "separate" and self._fields:
            self._fields[-1] = False
        elif mark == "end" and self._fields:
            self._fields.pop()

    def _style_of(self, paragraph: Any) -> str:
        """Return "title", "heading", "toc..." or "", by the paragraph's own outline level, else its style and what that is based on."""
        if _is_outlined(paragraph):
            return "heading"
        named = paragraph.find(f"{W}pPr/{W}pStyle")
        style, seen = (named.get(W + "val") if named is not None else None), set()
        while style in self._styles and style not in seen:
            seen.add(style)
            element = self._styles[style]
            name = _value(element, "name").lower()
            if name in ("title", "subtitle") or name.startswith(("toc ", "toc heading")):
                return "heading" if name == "subtitle" else name
            if name.startswith("heading ") or _is_outlined(element):
                return "heading"
            style = _value(element, "basedOn")
        return ""

    def _table(self, table: Any) -> Blocks:
        rows = [_cells(row) for row in _below(table, "tr")]
        texts = [[[text for text, _ in self.blocks(cell)] for cell in row] for row in rows]
        if _is_layout(texts):
            for row in rows:
                for cell in row:
                    yield from self.blocks(cell)
            return
        yield from ((line, False) for line in grid_lines(list(_merged(rows, texts))))


def _stands_as_heading(paragraph: Any, text: str) -> bool:
    """Tell whether a short paragraph, no sentence, is set bold throughout: a heading by one who does not use styles."""
    runs = [run for run in paragraph.iter(W + "r") if "".join(run.itertext(W + "t")).strip()]
    bold = [run.find(f"{W}rPr/{W}b") for run in runs]
    alone = len(text) <= LONG_HEADING and not text.endswith((".", ",", ";", ":", "!", "?"))
    return alone and bool(bold) and all(mark is not None and _is_on(mark) for mark in bold)


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{W}rPr/{W}vanish")
    return vanish is not None and _is_on(vanish)


def _is_on(mark: Any) -> bool:
    return mark.get(W + "val") not in ("0", "false", "off")


def _is_layout(texts: list[list[list[str]]]) -> bool:
    """Tell whether a table only arranges prose: it has one row or column, or a cell of several paragraphs as long as a text."""
    cells = [cell for row in texts for cell in row]
    narrow = len(texts) == 1 or max(map(len, texts), default=0) == 1
    return narrow or any(len(cell) > 1 and sum(map(len, cell)) > LONG_CELL for cell in cells)


def _merged(rows: list[list[Any]], texts: list[list[list[str]]]) -> Iterator[list[Cell]]:
    """Yield each row's cells with what they cover; a cell that continues the one above it is not its own."""
    above: dict[int, str] = {}  # by column: the words of the last cell that is merged downwards
    for row, row_texts in zip(rows, texts, strict=True):
        cells = [Cell("")] * _number(row[0].getparent() if row else None, "trPr", "gridBefore")
        column = len(cells)
        for cell, blocks in zip(row, row_texts, strict=True):
            merge, across = cell.find(f"{W}tcPr/{W}vMerge"), max(1, _number(cell, "tcPr", "gridSpan"))
            text = " ".join(blocks)
            if merge is not None and merge.get(W + "val") != "restart":
                text = above.get(column, text)
            else:
                above[column] = text if merge is not None else ""
            cells.append(Cell(text, across))
            column += across
        yield cells


def _cells(row: Any) -> list[Any]:
    return list(_below(row, "tc"))


def _below(parent: Any, name: str) -> Iterator[Any]:
    """Yield the rows of a table, or the cells of a row, those in content controls and insertions too, deleted ones not."""
    for child in parent:
        if child.tag == W + name:
            if child.find(f"{W}trPr/{W}del") is None:
                yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "customXml"):
            yield from _below(child, name)


def _is_outlined(element: Any) -> bool:
    level = element.find(f"{W}pPr/{W}outlineLvl")
    return level is not None and level.get(W + "val") in tuple("012345678")


def _value(element: Any, name: str) -> str:
    child = element.find(W + name)
    return str(child.get(W + "val", "")) if child is not None else ""


def _number(element: Any, properties: str, name: str) -> int:
    child = element.find(f"{W}{properties}/{W}{name}") if element is not None else None
    value = str(child.get(W + "val", "")) if child is not None else ""
    return min(int(value), 100) if value.isdecimal() else 0
