"""OpenDocument files give their words as they are shown, and are refused where they are encrypted."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.readers.opendocument import SPACES, read_odp, read_ods, read_odt
from corpus.types import Extract

DECLARED = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())
META = f"""<office:document-meta {DECLARED}><office:meta><dc:title>Grain</dc:title>
<meta:initial-creator>Jane Doe</meta:initial-creator><meta:creation-date>2024-05-15T21:26:37Z</meta:creation-date>
<dc:date>2024-05-16T00:00:00Z</dc:date></office:meta></office:document-meta>"""


def made(path: Path, body: str, styles: str = "", **others: str) -> Path:
    content = (
        f"<office:document-content {DECLARED}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body>{body}</office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", content)
        for name, data in others.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return path


def one(read: Callable[[Path], Iterator[Extract]], path: Path) -> Extract:
    (extract,) = read(path)
    return extract


def text(path: Path, inner: str, styles: str = "", **others: str) -> Extract:
    return one(read_odt, made(path, f"<office:text>{inner}</office:text>", styles, **others))


def test_a_text_gives_headings_lists_and_notes_and_no_comments_or_deletions(tmp_path: Path) -> None:
    found = text(
        tmp_path / "a.odt",
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Deleted.</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:p text:style-name="P1">The harbour</text:p>'
        '<text:h text:outline-level="1">Ships</text:h>'
        "<text:p>Three<text:s/>sh\u00adips<text:line-break/>sail<text:span>ed</text:span>."
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>By the ministry.</text:p></text:note-body></text:note>"
        "<office:annotation><text:p>Really?</text:p></office:annotation>"
        "<draw:frame><draw:text-box><text:p>In the box.</text:p></draw:text-box><svg:desc>A box</svg:desc></draw:frame></text:p>"
        "<text:list><text:list-item><text:p>one</text:p></text:list-item></text:list>",
        '<style:style style:name="P1" style:parent-style-name="Title"/>',
        meta_xml=META,
    )
    assert found.text.split("\n\n") == [
        "The harbour",
        "Ships",
        "Three ships sailed.",
        "In the box.",
        "one",
        "Notes",
        "By the ministry.",
    ]
    assert [found.text[slice(*span)] for span in found.headings] == ["The harbour", "Ships", "Notes"]
    assert (found.title, found.authors, found.published, found.updated) == ("The harbour", ("Jane Doe",), None, None)


def row(*cells: str) -> str:
    return "<table:table-row>" + "".join(cells) + "</table:table-row>"


def cell(words: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{words}</text:p></table:table-cell>"


def test_a_table_keeps_its_header_and_merged_cells(tmp_path: Path) -> None:
    covered = "<table:covered-table-cell/>"
    table = (
        "<table:table><table:table-header-rows>"
        + row(cell("Port"), cell("Ships"))
        + "</table:table-header-rows>"
        + row(cell("Odessa", 'table:number-rows-spanned="2"'), cell("33"))
        + row(covered, cell("40"))
        + "</table:table>"
    )
    assert text(tmp_path / "a.odt", table).text == "Port: Odessa; Ships: 33\n\nPort: Odessa; Ships: 40"


def test_a_spreadsheet_gives_what_is_shown_and_its_hidden_sheets_stay_out(tmp_path: Path) -> None:
    rows = (
        row(cell("Port"), cell("Day"), '<table:table-cell table:number-columns-repeated="16382"/>')
        + row(cell("Odessa"), cell("2022-08-25", 'office:value-type="date" office:date-value="2022-08-25"'))
        + '<table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    body = (
        f'<office:spreadsheet><table:table table:name="Ships">{rows}</table:table>'
        f'<table:table table:name="Secret" table:style-name="ta2">{rows}</table:table></office:spreadsheet>'
    )
    styles = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    found = one(read_ods, made(tmp_path / "a.ods", body, styles))
    assert found.text == "Ships\n\nPort: Odessa; Day: 2022-08-25"
    assert found.headings == ((0, 5),)


def test_a_presentation_gives_its_slides_as_pages(tmp_path: Path) -> None:
    def frame(words: str, kind: str) -> str:
        return f'<draw:frame presentation:class="{kind}"><draw:text-box><text:p>{words}</text:p></draw:text-box></draw:frame>'

    body = (
        "<office:presentation><draw:page>"
        + frame("Grain", "title")
        + frame("Three ships sailed.", "outline")
        + frame("7", "page-number")
        + f"<presentation:notes>{frame('Say it slowly.', 'notes')}</presentation:notes></draw:page>"
        + f'<draw:page draw:style-name="dp2">{frame("Hidden", "title")}</draw:page>'
        + f"<draw:page>{frame('No title.', 'outline')}</draw:page></office:presentation>"
    )
    styles = (
        '<style:style style:name="dp2"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    found = one(read_odp, made(tmp_path / "a.odp", body, styles))
    assert found.text.split("\n\n") == [
        "Grain",
        "Three ships sailed.",
        "Notes",
        "Say it slowly.",
        "Slide 3",
        "No title.",
    ]
    third = found.text.index("Slide 3")
    assert (found.title, found.pages) == ("Grain", (0, third, third))


def test_an_encrypted_file_is_told(tmp_path: Path) -> None:
    manifest = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    path = made(tmp_path / "a.odt", "<office:text/>", META__INF="", **{"META-INF__manifest_xml": manifest})
    with pytest.raises(SourceError, match="is encrypted"):
        list(read_odt(path))


def test_an_entity_bomb_and_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no text in it"):
        list(read_odt(made(tmp_path / "a.odt", "<office:spreadsheet/>")))
    with zipfile.ZipFile(tmp_path / "b.odt", "w") as archive:
        archive.writestr("content.xml", '<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>')
    with pytest.raises(SourceError, match=r"content\.xml in it has a DOCTYPE"):
        list(read_odt(tmp_path / "b.odt"))


def test_the_head_of_a_text_tells_its_author_and_day(tmp_path: Path) -> None:
    lines = ("The dam leaks", "By Ada Wherry", "Published: 14 March 2023", "It leaks.")
    found = text(tmp_path / "a.odt", "".join(f"<text:p>{line}</text:p>" for line in lines), meta_xml=META)
    assert (found.published, found.authors) == ("2023-03-14", ("Ada Wherry",))
