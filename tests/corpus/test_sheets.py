"""A row of a sheet says what its columns are and what the sheet shows; what is hidden, huge or broken is told."""

import csv
import datetime
import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from corpus.errors import SourceError
from corpus.readers import sheets
from corpus.readers.sheets import read_csv, read_xls, read_xlsx
from corpus.types import Extract


def saved(book: openpyxl.Workbook, path: Path) -> Extract:
    book.save(path)
    (extract,) = read_xlsx(path)
    return extract


def lines(found: Extract) -> list[str]:
    return found.text.split("\n\n")


def separated(path: Path, data: str | bytes) -> list[str]:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    (extract,) = read_csv(path)
    assert (extract.title, extract.media_type) == (path.stem, "text/csv")
    return lines(extract)


def test_each_sheet_is_a_section_and_each_row_names_its_columns(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    one = book.active
    assert one is not None
    one.title = "Ships"
    for row in (
        ["Exports of grain"],
        [],
        ["Port", "Day", "Share", "Tons"],
        ["Odessa", datetime.date(2022, 8, 25), 0.125, 0.1 + 0.2],
    ):
        one.append(row)
    one["C4"].number_format = "0.0%"
    book.create_sheet("Empty")
    book.create_sheet("Notes").append(["Only\u00a0words."])
    found = saved(book, tmp_path / "a.xlsx")
    assert lines(found) == [
        "Ships",
        "Exports of grain",
        "Port: Odessa; Day: 2022-08-25; Share: 12.5%; Tons: 0.3",
        "Notes",
        "Only words.",
    ]
    assert [found.text[slice(*span)] for span in found.headings] == ["Ships", "Notes"]
    assert (found.title, found.published, found.authors) == ("a", None, ())


def test_a_hidden_sheet_stays_out_and_a_book_of_hidden_ones_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Secret").append(["not for you"])
    book["Secret"].sheet_state = "hidden"
    book["Sheet"].append(["for you"])
    found = saved(book, tmp_path / "a.xlsx")
    assert lines(found) == ["Sheet", "for you"]
    book.save(tmp_path / "b.xlsx")
    with zipfile.ZipFile(tmp_path / "b.xlsx") as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["xl/workbook.xml"] = members["xl/workbook.xml"].replace(b'state="visible"', b'state="hidden"')
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name, data in members.items():
            new.writestr(name, data)
    with pytest.raises(SourceError, match="all of its sheets are hidden"):
        list(read_xlsx(tmp_path / "b.xlsx"))


def test_merged_cells_and_tables_apart_by_blank_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Port", "2022", None],
        [None, "Ships", "Tons"],
        [],
        ["Odessa", 33, 7],
        [None, 40, 9],
        [],
        ["Izmail", 1, 2],
        [],
        ["Minister", "Since"],
        ["Roe", 2019],
    ):
        sheet.append(row)
    for area in ("B1:C1", "A1:A2", "A4:A5"):
        sheet.merge_cells(area)
    assert lines(saved(book, tmp_path / "a.xlsx"))[1:] == [
        "Port: Odessa; 2022 Ships: 33; 2022 Tons: 7",
        "Port: Odessa; 2022 Ships: 40; 2022 Tons: 9",
        "Port: Izmail; 2022 Ships: 1; 2022 Tons: 2",
        "Minister: Roe; Since: 2019",
    ]


def test_of_a_formula_the_saved_result_is_taken_and_no_error(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Port", "Tons"])
    sheet.append(["Odessa", "=1+2"])
    sheet.append(["Izmail", "#REF!"])
    book.save(path)
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    part = "xl/worksheets/sheet1.xml"
    members[part] = (
        members[part]
        .replace(b"<f>1+2</f><v />", b"<f>1+2</f><v>3</v>")
        .replace(b"<f>1+2</f><v></v>", b"<f>1+2</f><v>3</v>")
    )
    with zipfile.ZipFile(path, "w") as new:
        for name, data in members.items():
            new.writestr(name, data)
    (found,) = read_xlsx(path)
    assert lines(found)[1:] == ["Port: Odessa; Tons: 3", "Port: Izmail"]


def test_a_sheet_that_is_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in range(40):
        sheet.append([f"name {row}", row, "x" * 50])
    book.save(tmp_path / "a.xlsx")
    for limit in ("MAX_CELLS", "MAX_CHARACTERS"):
        with monkeypatch.context() as patch, pytest.raises(SourceError, match=r"a\.xlsx.* over 100 "):
            patch.setattr(sheets, limit, 100)
            list(read_xlsx(tmp_path / "a.xlsx"))


def test_a_cell_far_away_costs_no_time(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "near"
    sheet["A1048576"] = "far down"
    sheet["XFD1"] = "far right"
    sheet.merged_cells.add("A2:XFD1048575")
    assert lines(saved(book, tmp_path / "a.xlsx")) == ["Sheet", "near | far right", "far down"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([["Port", "Note"], ["Odessa", 'He said: "We, the; people|\tsail"\nnow.'], ["Izmail", "1,5; 2"]])
    assert separated(tmp_path / "a.csv", out.getvalue()) == [
        'Port: Odessa; Note: He said: "We, the; people| sail" now.',
        "Port: Izmail; Note: 1,5; 2",
    ]


def test_a_single_column_has_no_delimiter(tmp_path: Path) -> None:
    text = "Well, then\nnothing more\nto say, or\nto add\nat all\n"
    assert separated(tmp_path / "a.csv", text) == text.splitlines()


def test_the_character_set_of_separated_values_is_detected(tmp_path: Path) -> None:
    text = "Hafen;Größe;Bemerkung\nBüsum;groß;für Fußgänger geöffnet\nHusum;größer;über die Brücke\n"
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        assert separated(tmp_path / "a.csv", text.encode(encoding))[0] == (
            "Hafen: Büsum; Größe: groß; Bemerkung: für Fußgänger geöffnet"
        )


def test_a_quotation_mark_that_does_not_pair_swallows_no_rows(tmp_path: Path) -> None:
    text = 'Port,Note\nOdessa,"never closed\nIzmail,open\nReni,open\n'
    assert separated(tmp_path / "a.csv", text) == [
        "Port: Odessa; Note: never closed",
        "Port: Izmail; Note: open",
        "Port: Reni; Note: open",
    ]


def test_a_very_long_cell_is_read(tmp_path: Path) -> None:
    assert separated(tmp_path / "a.csv", "Port,Note\nOdessa," + "word " * 60_000 + "\n")[0].endswith("word word")


def test_blank_rows_and_columns_say_nothing(tmp_path: Path) -> None:
    assert separated(tmp_path / "a.csv", "Port,,Ships\n,,\nOdessa,,33\n\n\n") == ["Port: Odessa; Ships: 33"]


def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
    with pytest.raises(SourceError, match="not a readable workbook"):
        list(read_xlsx(path))
    path.write_bytes(b"nothing of the kind " * 100)
    with pytest.raises(SourceError, match=r"not a readable workbook.*Save it as \.xlsx"):
        list(read_xls(path))


def record(kind: int, data: bytes) -> bytes:
    return kind.to_bytes(2, "little") + len(data).to_bytes(2, "little") + data


def test_an_old_workbook_is_read(tmp_path: Path) -> None:
    def place(row: int, column: int) -> bytes:
        return struct.pack("<HH3x", row, column)

    path = tmp_path / "a.xls"
    words = {(0, 0): b"Port", (0, 1): b"Tons", (1, 0): b"Odessa"}
    labels = b"".join(record(0x04, place(*at) + bytes([len(text)]) + text) for at, text in words.items())
    number = record(0x03, place(1, 1) + struct.pack("<d", 0.1 + 0.2))
    path.write_bytes(record(0x09, struct.pack("<HH", 2, 0x10)) + labels + number + record(0x0A, b""))
    (found,) = read_xls(path)
    assert lines(found)[1:] == ["Port: Odessa; Tons: 0.3"]
