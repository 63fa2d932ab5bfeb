"""PowerPoint: slide by slide, by python-pptx, each a section under its title and a page of its own.

Taken: text, tables, the figures behind charts, diagrams (SmartArt), the notes to a slide. Left out: hidden slides, slide
numbers, dates and footers. A slide without a title is headed "Slide 3".
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import Blocks, joined, one_line
from corpus.readers.grids import Cell, grid_lines
from corpus.readers.ooxml import BROKEN, stated_fields
from corpus.readers.package import open_archive
from corpus.types import Extract

__all__ = ["read_pptx"]

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
DIAGRAM_POINTS = f"{{{DIAGRAM}}}ptLst/{{{DIAGRAM}}}pt"
RUNNING = ("SLIDE_NUMBER", "DATE", "FOOTER", "HEADER", "SLIDE_IMAGE")  # placeholders that say nothing of the slide
DEEPEST = 50  # groups within groups
LONG_TITLE = 200  # characters
MOST_POINTS = 1000  # of a chart


def read_pptx(path: Path) -> Iterator[Extract]:
    """Yield the file as one extract, a page a slide. Raises SourceError if it is encrypted, damaged, or no presentation."""
    import pptx  # here, since it takes 0.3 s to import
    from pptx.exc import PythonPptxError

    with open_archive(path) as archive:
        archive.check()
        stated = stated_fields(archive)
        try:
            every = list(pptx.Presentation(archive.file).slides)
            slides = [[] if _is_hidden(slide) else list(_slide(slide, number)) for number, slide in enumerate(every, 1)]
            titles = [_title(slide) for slide in every if not _is_hidden(slide)]
        except (PythonPptxError, *BROKEN) as error:
            raise SourceError(
                f"{path}: not a readable presentation ({one_line(str(error))}). Open it in PowerPoint and save it as .pptx."
            ) from error
    text, headings = joined([block for slide in slides for block in slide])
    title = stated.pop("title", None) or next(filter(None, titles), path.stem)
    fields = stated | {"title": title, "pages": _starts(slides, len(text))}
    yield Extract(text=text, media_type=MEDIA_TYPE, headings=headings, **fields)


def _starts(slides: list[list[tuple[str, bool]]], length: int) -> tuple[int, ...]:
    """Return the offset at which each slide starts in the joined text; one without words starts where the next does."""
    starts, at = [], 0
    for slide in slides:
        starts.append(min(at, length))
        at += sum(len(text) + len("\n\n") for text, _ in slide)
    return tuple(starts)


def _is_hidden(slide: Any) -> bool:
    return slide.element.get("show") in ("0", "false")


def _slide(slide: Any, number: int) -> Blocks:
    named = _title(slide)
    blocks = [block for shape in slide.shapes if not named or shape != slide.shapes.title for block in _shape(shape)]
    notes = _notes(slide)
    if blocks or notes:
        yield named or f"Slide {number}", True
    elif named:
        yield named, False  # words that head nothing are what the slide says
    yield from blocks
    yield from [("Notes", True)] * bool(notes) + notes


def _title(slide: Any) -> str:
    """Return the slide's title; prose in the place for one is none."""
    title = slide.shapes.title
    text = one_line(title.text_frame.text) if title is not None else ""
    return text if len(text) <= LONG_TITLE else ""


def _notes(slide: Any) -> list[tuple[str, bool]]:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return list(_paragraphs(frame)) if frame is not None else []


def _shape(shape: Any, depth: int = 0) -> Blocks:
    """Yield the blocks of a shape, and of those in it if it is a group."""
    if shape.is_placeholder and shape.placeholder_format.type.name in RUNNING:
        return
    if hasattr(shape, "shapes"):
        for inner in shape.shapes if depth < DEEPEST else ():
            yield from _shape(inner, depth + 1)
    elif shape.has_text_frame:
        yield from _paragraphs(shape.text_frame)
    elif getattr(shape, "has_table", False):
        yield from ((line, False) for line in grid_lines([_cells(row) for row in shape.table.rows]))
    elif getattr(shape, "has_chart", False):
        yield from _chart(shape.chart)
    else:
        yield from _diagram(shape)


def _paragraphs(frame: Any) -> Blocks:
    for paragraph in frame.paragraphs:
        text = one_line(paragraph.text)
        if text:
            yield text, False


def _cells(row: Any) -> list[Cell]:
    """Return a row's cells but for those that others cover."""
    return [Cell(cell.text_frame.text, cell.span_width, cell.span_height) for cell in row.cells if not cell.is_spanned]


def _chart(chart: Any) -> Blocks:
    """Yield a chart's title, and for each category a line with the figure of every series."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield from _paragraphs(chart.chart_title.text_frame)
    for plot in chart.plots:
        series = list(plot.series)
        rows = [["", *(str(one.name) for one in series)]]
        columns = [list(one.values)[:MOST_POINTS] for one in series]
        for row, category in enumerate(list(plot.categories)[:MOST_POINTS]):
            values = [column[row] if row < len(column) else None for column in columns]
            rows.append([str(category), *("" if value is None else f"{value:.15g}" for value in values)])
        yield from ((line, False) for line in grid_lines([[Cell(cell) for cell in row] for row in rows]))


def _diagram(shape: Any) -> Blocks:
    """Yield the words in a diagram, which stand in a part of their own."""
    from pptx.oxml import parse_xml

    for ids in shape.element.iter(f"{{{DIAGRAM}}}relIds"):
        relation = next((value for name, value in ids.attrib.items() if str(name).endswith("}dm")), None)
        if relation in shape.part.rels:
            for point in parse_xml(shape.part.related_part(relation).blob).iterfind(DIAGRAM_POINTS):
                for paragraph in point.iter(A + "p"):
                    text = one_line("".join(t.text or "" for t in paragraph.iter(A + "t")))
                    if text:
                        yield text, False
