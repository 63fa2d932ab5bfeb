"""A file is what its bytes say, whatever it is called; what has no words is named, with the way out."""

import io
import zipfile
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.readers import read
from corpus.readers.kinds import kind_of, suffix_of
from corpus.types import Extract

DOCUMENTS = Path(__file__).parents[3] / "shared" / "data" / "documents"
MAIL = "Return-Path: <a@example.org>\nFrom: Ines Falk <a@example.org>\nSubject: The bridge\n\nIt is closed.\n"
PAGE = "<!DOCTYPE html>\n<html><body><p>The harbour bridge was closed on Monday.</p></body></html>"


def packed(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, words in members.items():
            archive.writestr(name.replace("__", "/"), words)
    return file.getvalue()


def office(part: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<x/>")
    return file.getvalue()


KINDS = {
    ".pdf": b"%PDF-1.7\n",
    ".rtf": b"{\\rtf1\\ansi words}",
    ".docx": office("word/document.xml"),
    ".pptx": office("ppt/presentation.xml"),
    ".xlsx": office("xl/workbook.xml"),
    ".odt": packed(mimetype="application/vnd.oasis.opendocument.text"),
    ".epub": packed(mimetype="application/epub+zip"),
    ".zip": packed(a="words"),
    ".html": PAGE.encode(),
    ".eml": MAIL.encode(),
    ".mbox": b"From a@example.org Mon Mar  1 10:00:00 2021\n" + MAIL.encode(),
    ".mhtml": b"From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x--\n",
    ".vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\nWords.\n",
    ".srt": b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,000\r\nWords.\r\n",
    ".json": b'{\n "text": "Words."\n}',
    ".jsonl": b'{"text": "One."}\n{"text": "Two."}\n',
}


@pytest.mark.parametrize("called", ["a.txt", "a.docx", "a.dat", "a"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_misnamed_file_is_told_by_its_content(tmp_path: Path, kind: str, called: str) -> None:
    path = tmp_path / called
    path.write_bytes(KINDS[kind])
    assert kind_of(path, called) == kind


def test_a_piece_of_a_page_is_html_and_markdown_may_open_with_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text('<div class="story"><p>The harbour bridge was closed.</p></div>')
    assert kind_of(path, "a.txt") == ".html"
    assert kind_of(path, "a.md") == ".md"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_a_kind_is_told_in_wide_characters_too(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(PAGE.encode(encoding))
    assert kind_of(path, "a.txt") == ".html"


@pytest.mark.parametrize(
    ("called", "media_type", "kind"),
    [
        ("a.md", None, ".md"),
        ("a.RST", None, ".rst"),
        ("a.csv", None, ".csv"),
        ("a.htm", None, ".html"),
        ("a.markdown", None, ".md"),
        ("a.pdf", None, ".txt"),
        ("a.docx", None, ".txt"),
        ("a", None, ".txt"),
        ("a.xyz", None, ".txt"),
        ("https://example.org/news.php?id=7", "text/html; charset=utf-8", ".html"),
        ("https://example.org/notes.md", "text/plain", ".md"),
        ("https://example.org/table", "text/csv", ".csv"),
    ],
)
def test_plain_text_is_what_it_is_called(tmp_path: Path, called: str, media_type: str | None, kind: str) -> None:
    path = tmp_path / "file"
    path.write_text("Port,Ships\nOdessa,33\n")
    assert kind_of(path, called, media_type) == kind


@pytest.mark.parametrize(
    "words",
    [
        "From: the mayor\nTo: all\n\nThe bridge is closed.",
        "From Monday on, in 2021: the bridge is closed.\nNote: all of it.",
        "{curly} words open this text",
        "[1] A note opens this text",
        "1\nThe first chapter of it",
        "WEBVTTX is a word",
    ],
)
def test_a_text_that_only_opens_like_another_kind_stays_a_text(tmp_path: Path, words: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(words)
    assert kind_of(path, "a.txt") == ".txt"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), r"an image \(PNG\).*OCR"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(50), r"an image \(JPEG\).*OCR"),
        (b"ID3\x04\x00" + bytes(50), r"a sound recording \(MP3\).*transcript"),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(50), r"a sound recording \(WAV\).*transcript"),
        (b"\0\0\0\x18ftypmp42" + bytes(50), r"a video \(MP4\).*transcript"),
        (b"\x7fELF\x02\x01\x01" + bytes(50), "ELF executable"),
        (b"\x1f\x8b\x08\x00" + bytes(50), "an archive .*Unpack it"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "an archive .*Unpack it"),
        (b"PK\x03\x04" + bytes(50), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "damaged Office file"),
        (bytes(range(256)) * 9, "binary data"),
        (packed(mimetype="application/vnd.oasis.opendocument.graphics"), "opendocument.graphics are not read"),
        (office("visio/document.xml"), "an Office file of a kind that is not read"),
        (b"<?xml version='1.0'?><rss></rss>", "a feed. Add its address"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "an SVG image"),
        (b"<?xml version='1.0'?><data>words</data>", "XML data"),
        (b"%!PS-Adobe-3.0\n", r"an image \(EPS\)"),
    ],
)
def test_what_has_no_words_is_named_with_the_way_out(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=says) as error:
        list(read(path))
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_a_file_of_no_telling_name_is_called_what_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "x7f3"
    path.write_text("The council voted for a new school on Monday.")
    (found,) = read(path, "https://example.org/news/new-school?id=1", "text/plain")
    assert isinstance(found, Extract)
    assert found.title == "new-school"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    with pytest.raises(SourceError, match=r"^https://example.org/a: an image"):
        list(read(path, "https://example.org/a", "text/plain"))


def test_the_charset_of_a_content_type_is_believed_where_it_fits(tmp_path: Path) -> None:
    path = tmp_path / "page"
    words = "Президент: мост"
    path.write_bytes(words.encode("koi8-r"))
    (found,) = read(path, "https://example.org/a", "text/plain; charset=KOI8-R")
    assert isinstance(found, Extract)
    assert found.text == words
    path.write_text(words)
    (found,) = read(path, "https://example.org/a", "text/plain; charset=iso-8859-1")
    assert isinstance(found, Extract)
    assert found.text == words


def test_the_suffix_of_an_address_is_that_of_its_path() -> None:
    assert suffix_of("https://example.org/a.PDF?x=b.html") == ".pdf"
    assert suffix_of("https://example.org/a.zip#deep/b.md") == ".md"
    assert suffix_of("/a/b.zip#deep/b.md") == ".md"
    assert suffix_of("What is this?.txt") == ".txt"


@pytest.mark.skipif(not DOCUMENTS.exists(), reason="the shared documents are not here")
def test_every_shared_document_gives_text_or_one_clear_error() -> None:
    files = [path for path in sorted(DOCUMENTS.rglob("*")) if path.is_file()]
    unclear = []
    for path in files:
        found: list[Extract | SourceError] = []
        try:
            found += read(path)
        except SourceError as error:
            found.append(error)
        for each in found:
            words = each.text if isinstance(each, Extract) else str(each)
            named = isinstance(each, Extract) or (
                words.startswith(str(path)) and words.endswith(".") and "\n" not in words
            )
            if not words.strip() or not named:
                unclear.append((path.name, words[:200]))
        if not found:
            unclear.append((path.name, "nothing"))
    assert len(files) > 200
    assert not unclear
