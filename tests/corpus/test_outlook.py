"""A message gives what was written, by whom and when, and what is attached to it; what is encrypted is told."""

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from compound import compound

from corpus.errors import SourceError
from corpus.readers import read
from corpus.readers.outlook import read_doc, read_msg, read_ppt
from corpus.types import Extract

TEXT, BINARY, TIME, NUMBER = 0x001F, 0x0102, 0x0040, 0x0003  # types of properties, by MS-OXCDATA
CLASS, SUBJECT, BODY, HTML, SENDER, ADDRESS, SENT = 0x001A, 0x0037, 0x1000, 0x1013, 0x0C1A, 0x0C1F, 0x0039
DATA, NAME, MIME, METHOD, CONTENT_ID = 0x3701, 0x3707, 0x370E, 0x3705, 0x3712
Value = str | bytes | int | datetime


def properties(values: dict[int, Value], header: int, folder: str = "") -> dict[str, bytes]:
    """Return the streams of a message or an attachment that has these properties."""
    streams, listed = {}, bytes(header)
    for number, value in values.items():
        if isinstance(value, datetime):
            ticks = int((value - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 10**7)
            listed += struct.pack("<HHIQ", TIME, number, 6, ticks)
        elif isinstance(value, int):
            listed += struct.pack("<HHIQ", NUMBER, number, 6, value)
        else:
            kind, data = (TEXT, value.encode("utf-16-le")) if isinstance(value, str) else (BINARY, value)
            listed += struct.pack("<HHIQ", kind, number, 6, len(data) + 2 * (kind == TEXT))
            streams[f"{folder}__substg1.0_{number:04X}{kind:04X}"] = data
    return {f"{folder}__properties_version1.0": listed} | streams


def message(path: Path, values: dict[int, Value], *attached: dict[int, Value]) -> Path:
    streams = properties({CLASS: "IPM.Note"} | values, 32)
    head = struct.pack("<8x4I8x", 0, len(attached), 0, len(attached))
    streams["__properties_version1.0"] = head + streams["__properties_version1.0"][32:]
    for number, part in enumerate(attached):
        streams |= properties({METHOD: 1} | part, 8, f"__attach_version1.0_#{number:08X}/")
    path.write_bytes(compound(streams))
    return path


LETTER: dict[int, Value] = {
    SUBJECT: "Grain\u00a0leaves",
    BODY: "Three ships sailed.\r\n\r\nA fourth waits.\r\n",
    SENDER: "Jane Doe",
    ADDRESS: "jane@example.org",
    SENT: datetime(2022, 8, 25, 9, 30, tzinfo=UTC),
}


def test_a_message_gives_its_words_sender_subject_and_day(tmp_path: Path) -> None:
    (found,) = read_msg(message(tmp_path / "a.msg", LETTER))
    assert isinstance(found, Extract)
    assert found.text == "Three ships sailed.\n\nA fourth waits."
    assert (found.title, found.authors, found.published) == ("Grain leaves", ("Jane Doe",), "2022-08-25")
    assert found.row is None


def test_a_message_written_in_html_alone_is_read(tmp_path: Path) -> None:
    page = b"<html><body><p>Three ships<br>sailed.</p><p>A fourth waits.</p></body></html>"
    (found,) = read_msg(message(tmp_path / "a.msg", {HTML: page}))
    assert isinstance(found, Extract)
    assert (found.text, found.title, found.published) == ("Three ships sailed.\n\nA fourth waits.", "a", None)


def test_what_is_attached_is_read_by_its_kind_and_pictures_in_the_text_are_not(tmp_path: Path) -> None:
    found = list(
        read_msg(
            message(
                tmp_path / "a.msg",
                LETTER,
                {NAME: "../ports.csv", MIME: "text/csv", DATA: b"Port,Ships\nOdessa,33\n"},
                {NAME: "logo.png", MIME: "image/png", CONTENT_ID: "logo", DATA: b"\x89PNG"},
                {NAME: "photo.png", MIME: "image/png", DATA: b"\x89PNG\r\n\x1a\n" + bytes(99)},
                {NAME: "a meeting", METHOD: 5},
            )
        )
    )
    assert isinstance(found[1], Extract)
    assert (found[1].row, found[1].text) == (".. ports.csv", "Port: Odessa; Ships: 33")
    assert [str(error).partition(": ")[0].rpartition("#")[2] for error in found[2:]] == ["photo.png", "a meeting"]
    assert all(isinstance(error, SourceError) for error in found[2:])


@pytest.mark.parametrize(
    ("values", "attached"),
    [
        ({CLASS: "IPM.Note.SMIME"}, ()),
        ({}, ({NAME: "ATT00001", MIME: "application/pgp-encrypted", DATA: b"Version: 1"},)),
        ({}, ({NAME: "message.rpmsg", MIME: "application/x-microsoft-rpmsg-message", DATA: b"?"},)),
    ],
)
def test_an_encrypted_message_is_told(
    tmp_path: Path, values: dict[int, Value], attached: tuple[dict[int, Value], ...]
) -> None:
    with pytest.raises(SourceError, match="the message is encrypted"):
        list(read_msg(message(tmp_path / "a.msg", values, *attached)))


def test_a_damaged_message_ends_in_text_or_one_error(tmp_path: Path) -> None:
    path = message(tmp_path / "a.msg", LETTER)
    data = path.read_bytes()
    for cut in range(1, len(data), 97):
        path.write_bytes(data[:cut])
        try:
            list(read_msg(path))
        except SourceError as error:
            assert "not a readable Outlook message" in str(error)


def test_a_message_in_a_code_page_that_is_none_is_one_error(tmp_path: Path) -> None:
    streams = properties({CLASS: "IPM.Note", 0x3FFD: 99999, 0x3FDE: 99999}, 32)
    streams["__properties_version1.0"] += struct.pack("<HHIQ", 0x001E, SUBJECT, 6, 6)
    streams[f"__substg1.0_{SUBJECT:04X}001E"] = b"Grain"
    path = tmp_path / "a.msg"
    path.write_bytes(compound(streams))
    with pytest.raises(SourceError, match="not a readable Outlook message"):
        list(read_msg(path))


def test_old_word_and_powerpoint_files_are_told_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"save it as \.docx"):
        read_doc(tmp_path / "a.doc")
    with pytest.raises(SourceError, match=r"save it as \.pptx"):
        read_ppt(tmp_path / "a.ppt")


@pytest.mark.parametrize(
    ("stream", "says"),
    [
        ("EncryptedPackage", "encrypted"),
        ("WordDocument", r"save it as \.docx"),
        ("PowerPoint Document", r"save it as \.pptx"),
    ],
)
def test_a_compound_file_is_told_by_what_is_in_it(tmp_path: Path, stream: str, says: str) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(compound({stream: b"words"}))
    with pytest.raises(SourceError, match=says):
        list(read(path))
