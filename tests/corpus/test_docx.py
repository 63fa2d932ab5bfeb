"""A Word file gives its words as they would be printed, and says of itself only what it states."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from corpus.errors import SourceError
from corpus.readers.docx import read_docx
from corpus.types import Extract

NOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"


def made(path: Path, build: Callable[[Any], object]) -> Extract:
    document = docx.Document()
    build(document)
    document.save(str(path))
    (extract,) = read_docx(path)
    return extract


def paragraph(document: Any, xml: str) -> None:
    document.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')}>{xml}</w:p>"))


def rezip(path: Path, changes: dict[str, Callable[[bytes], bytes]]) -> None:
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members |= {name: change(members.get(name, b"")) for name, change in changes.items()}
    with zipfile.ZipFile(path, "w") as new:
        for name, data in members.items():
            new.writestr(name, data)


def test_headings_are_told_by_style_or_by_being_bold(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        document.add_heading("The harbour", 0)
        document.add_heading("Ships", 2)
        document.add_paragraph("Three ships sailed.")
        document.add_paragraph().add_run("Cargo").bold = True
        document.add_paragraph().add_run("This was said in bold.").bold = True
        document.add_paragraph("one", style="List Bullet")

    found = made(tmp_path / "a.docx", build)
    assert found.text == "The harbour\n\nShips\n\nThree ships sailed.\n\nCargo\n\nThis was said in bold.\n\none"
    assert [found.text[slice(*span)] for span in found.headings] == ["The harbour", "Ships", "Cargo"]
    assert found.title == "The harbour"


def test_a_style_based_on_a_heading_is_one(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        style = document.styles.add_style("Rubrik", 1)
        style.base_style = document.styles["Heading 1"]
        document.add_paragraph("Hafen", style="Rubrik")
        document.add_paragraph("Words follow.")

    assert made(tmp_path / "a.docx", build).headings == ((0, 5),)


def test_a_sentence_in_many_runs_comes_out_as_it_is_printed(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        line = document.add_paragraph("The min")
        line.add_run("is\u00adter").bold = True
        line.add_run("\u00a0said\tit")
        line.add_run().add_break(WD_BREAK.LINE)
        line.add_run("was so.")

    assert made(tmp_path / "a.docx", build).text == "The minister said it was so."


def test_what_is_deleted_hidden_or_code_is_no_text_and_what_is_inserted_is(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        paragraph(
            document,
            '<w:r><w:t xml:space="preserve">We </w:t></w:r>'
            '<w:del w:id="1" w:author="A"><w:r><w:delText>never </w:delText></w:r></w:del>'
            '<w:ins w:id="2" w:author="A"><w:r><w:t xml:space="preserve">always </w:t></w:r></w:ins>'
            '<w:moveFrom w:id="3" w:author="A"><w:r><w:t>moved </w:t></w:r></w:moveFrom>'
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secretly </w:t></w:r>"
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> HYPERLINK "http://e" </w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>inner</w:t></w:r>'
            '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>sail</w:t></w:r>'
            '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>.</w:t></w:r>',
        )

    assert made(tmp_path / "a.docx", build).text == "We always sail."


def test_tables_keep_their_header_with_each_row_and_merged_cells_are_said_once_a_row(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        table = document.add_table(4, 3)
        for row, texts in zip(
            table.rows,
            (("Port", "2022", ""), ("", "Ships", "Tons"), ("Odessa", "33", "7"), ("", "40", "9")),
            strict=True,
        ):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.cell(0, 1).merge(table.cell(0, 2))
        table.cell(0, 0).merge(table.cell(1, 0))
        table.cell(2, 0).merge(table.cell(3, 0))

    found = made(tmp_path / "a.docx", build)
    assert found.text.split("\n\n") == [
        "Port: Odessa; 2022 Ships: 33; 2022 Tons: 7",
        "Port: Odessa; 2022 Ships: 40; 2022 Tons: 9",
    ]


def test_a_table_that_only_arranges_prose_is_read_as_prose(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        row = document.add_table(1, 2).rows[0]
        row.cells[0].text = "The left side speaks first."
        row.cells[1].text = "The right side answers."

    assert made(tmp_path / "a.docx", build).text == "The left side speaks first.\n\nThe right side answers."


def test_text_boxes_are_read_once(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
        paragraph(
            document,
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
            f"<mc:Choice><w:r>{box}</w:r></mc:Choice><mc:Fallback><w:r>{box}</w:r></mc:Fallback></mc:AlternateContent>"
            "<w:r><w:t>Beside it.</w:t></w:r>",
        )

    assert made(tmp_path / "a.docx", build).text == "Beside it.\n\nIn the box."


def test_footnotes_stand_at_the_end_and_headers_and_comments_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    document = docx.Document()
    document.add_paragraph("The grain deal holds.")
    document.sections[0].header.paragraphs[0].text = "Running head"
    document.add_comment(document.paragraphs[0].runs, text="Is that so?", author="A", initials="A")
    document.save(str(path))
    notes = (
        f"<w:footnotes {nsdecls('w')}>"
        '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>'
        '<w:footnote w:id="1"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> By the ministry.</w:t></w:r></w:p></w:footnote>'
        "</w:footnotes>"
    ).encode()
    relation = f'<Relationship Id="rId99" Type="{NOTES}" Target="footnotes.xml"/></Relationships>'.encode()
    rezip(
        path,
        {
            "word/footnotes.xml": lambda _: notes,
            "word/_rels/document.xml.rels": lambda old: old.replace(b"</Relationships>", relation),
        },
    )
    (found,) = read_docx(path)
    assert found.text == "The grain deal holds.\n\nFootnotes\n\nBy the ministry."
    assert [found.text[slice(*span)] for span in found.headings] == ["Footnotes"]


def test_a_table_of_contents_is_left_out(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        document.styles.add_style("toc 1", 1)
        document.add_paragraph("Ships 7", style="toc 1")
        document.add_paragraph("Three ships sailed.")

    assert made(tmp_path / "a.docx", build).text == "Three ships sailed."


def test_title_and_authors_are_the_files_own_and_its_dates_are_no_publication(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        document.core_properties.title = "Grain  leaves"
        document.core_properties.author = "Doe, Jane; R. Roe"
        document.add_paragraph("Words.")

    found = made(tmp_path / "a.docx", build)
    assert (found.title, found.authors) == ("Grain leaves", ("Doe, Jane", "R. Roe"))
    assert found.published is None and found.updated is None


def test_what_a_program_wrote_in_place_of_an_author_and_a_title_is_none(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        document.core_properties.title = "Word Document"
        document.add_paragraph("Words.")

    found = made(tmp_path / "memo.docx", build)
    assert (found.title, found.authors) == ("memo", ())


@pytest.mark.parametrize(
    ("stated", "published"), [("2022-08-25T00:00:00Z", "2022-08-25"), ("2022-08", "2022-08"), ("last May", None)]
)
def test_a_custom_property_states_the_date_of_publication(tmp_path: Path, stated: str, published: str | None) -> None:
    path = tmp_path / "a.docx"
    made(path, lambda document: document.add_paragraph("Words."))
    custom = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        f'<property name="Publication date"><vt:lpwstr>{stated}</vt:lpwstr></property>'
        '<property name="Publisher"><vt:lpwstr>Harbour Post</vt:lpwstr></property></Properties>'
    )
    rezip(path, {"docProps/custom.xml": lambda _: custom.encode()})
    (found,) = read_docx(path)
    assert (found.published, found.outlet) == (published, "Harbour Post")


def test_an_entity_bomb_in_a_word_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    made(path, lambda document: document.add_paragraph("Words."))
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><w:document'
    rezip(path, {"word/document.xml": lambda old: re.sub(rb"<w:document", bomb, old, count=1)})
    with pytest.raises(SourceError, match=r"word/document\.xml in it has a DOCTYPE"):
        list(read_docx(path))


def test_a_zip_that_is_no_word_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "words")
    with pytest.raises(SourceError, match="not a readable Word file"):
        list(read_docx(path))


def test_the_head_of_the_text_tells_its_author_and_day(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        document.core_properties.author = "Typing Pool"
        for line in ("The dam leaks", "By Ada Wherry", "Published: 14 March 2023", "It leaks a lot."):
            document.add_paragraph(line)

    found = made(tmp_path / "a.docx", build)
    assert (found.published, found.authors) == ("2023-03-14", ("Ada Wherry",))
