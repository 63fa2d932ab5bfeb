"""A presentation gives its slides in order, each a page and a section, and nothing that is not shown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from corpus.errors import SourceError
from corpus.readers.pptx import read_pptx
from corpus.types import Extract

PLACE = (Inches(1), Inches(1), Inches(4), Inches(2))


def made(path: Path, build: Callable[[Any], object]) -> Extract:
    presentation = pptx.Presentation()
    build(presentation)
    presentation.save(str(path))
    (extract,) = read_pptx(path)
    return extract


def slide(presentation: Any, title: str | None, *lines: str) -> Any:
    added = presentation.slides.add_slide(presentation.slide_layouts[1])
    if title is not None:
        added.shapes.title.text = title
    added.placeholders[1].text = "\n".join(lines)
    return added


def test_each_slide_is_a_page_under_its_title_with_its_notes(tmp_path: Path) -> None:
    def build(presentation: Any) -> None:
        slide(presentation, "Grain", "Three ships\u00a0sailed.", "A fourth waits.")
        second = slide(presentation, None, "No title here.")
        second.notes_slide.notes_text_frame.text = "Say it slowly."

    found = made(tmp_path / "a.pptx", build)
    assert found.text.split("\n\n") == [
        "Grain",
        "Three ships sailed.",
        "A fourth waits.",
        "Slide 2",
        "No title here.",
        "Notes",
        "Say it slowly.",
    ]
    assert [found.text[slice(*span)] for span in found.headings] == ["Grain", "Slide 2", "Notes"]
    assert found.pages == (0, found.text.index("Slide 2"))
    assert (found.title, found.published) == ("Grain", None)


def test_a_hidden_slide_stays_out_and_keeps_its_number(tmp_path: Path) -> None:
    def build(presentation: Any) -> None:
        slide(presentation, "One", "Shown.")
        slide(presentation, "Two", "Not shown.").element.set("show", "0")
        slide(presentation, "Three", "Shown again.")

    found = made(tmp_path / "a.pptx", build)
    assert "Not shown" not in found.text and "Two" not in found.text
    third = found.text.index("Three")
    assert found.pages == (0, third, third)


def test_the_title_of_a_slide_that_has_nothing_else_is_its_text(tmp_path: Path) -> None:
    found = made(tmp_path / "a.pptx", lambda p: slide(p, "Exports fell by a third."))
    assert (found.text, found.headings) == ("Exports fell by a third.", ())


def test_prose_in_the_place_of_a_title_is_text(tmp_path: Path) -> None:
    prose = "The ministry said that it would. " * 10
    found = made(tmp_path / "a.pptx", lambda p: slide(p, prose, "More."))
    assert found.text == f"Slide 1\n\n{prose.strip()}\n\nMore."
    assert found.title == "a"


def test_tables_merged_cells_and_groups_are_read(tmp_path: Path) -> None:
    def build(presentation: Any) -> None:
        added = slide(presentation, "Ports")
        table = added.shapes.add_table(3, 2, *PLACE).table
        for cell, text in zip(table.iter_cells(), ("Port", "Ships", "Odessa", "33", "", "40"), strict=True):
            cell.text = text
        table.cell(1, 0).merge(table.cell(2, 0))
        outer = added.shapes.add_group_shape()
        outer.shapes.add_group_shape().shapes.add_textbox(*PLACE).text_frame.text = "Deep inside."

    assert made(tmp_path / "a.pptx", build).text.split("\n\n") == [
        "Ports",
        "Port: Odessa; Ships: 33",
        "Port: Odessa; Ships: 40",
        "Deep inside.",
    ]


def test_a_charts_figures_are_read_as_its_table(tmp_path: Path) -> None:
    def build(presentation: Any) -> None:
        data = CategoryChartData()
        data.categories = ["Odessa", "Izmail"]
        data.add_series("2021", (0.1 + 0.2, 4))
        data.add_series("2022", (7, None))
        slide(presentation, "Tons").shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, data)

    assert made(tmp_path / "a.pptx", build).text.split("\n\n") == [
        "Tons",
        "Odessa; 2021: 0.3; 2022: 7",
        "Izmail; 2021: 4",
    ]


def test_a_word_file_under_the_wrong_name_is_told(tmp_path: Path) -> None:
    import docx

    path = tmp_path / "a.pptx"
    docx.Document().save(str(path))
    with pytest.raises(SourceError, match="not a readable presentation"):
        list(read_pptx(path))
