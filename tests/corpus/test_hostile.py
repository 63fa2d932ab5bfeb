"""Hostile and damaged files: each ends in text or one clear error within 60 s and 1 GB, and the next file is read."""

import os
import random
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.hostile import CHANGES, measured
from corpus.errors import SourceError
from corpus.readers import READERS, read
from corpus.sandbox import Sandbox, reading
from corpus.types import Extract
from tests.corpus.hostile_files import MADE, Maker, zipped

DOCUMENTS = Path(__file__).parents[3] / "shared" / "data" / "documents"
MOST_SECONDS, MOST_BYTES = 60, 10**9
MAGIC = [
    *(
        b"",
        b"%PDF-1.7\n",
        b"PK\3\4",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"{\\rtf1 ",
        b"<!doctype html>",
        b"<html><body>",
    ),
    *(
        b"<?xml version='1.0'?>",
        b"From a@example.org Thu Jan  1 00:00:00 1970\n",
        b"MIME-Version: 1.0\nSubject: a\n",
        b"WEBVTT\n\n",
    ),
    *(
        b"1\n00:00:00,000 --> 00:00:01,000\n",
        b'{"text": "',
        b"[{",
        b"---\ntitle: ",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
    ),
    *(b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c"),
]
PARTS = [
    *("[Content_Types].xml", "_rels/.rels", "word/document.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"),
    *(
        "ppt/presentation.xml",
        "content.xml",
        "meta.xml",
        "mimetype",
        "META-INF/container.xml",
        "a.txt",
        "../a.html",
        "a.eml",
    ),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox[Path, str | int]]:
    with Sandbox(measured) as opened:
        yield opened


def outcome(sandbox: Sandbox[Path, str | int], path: Path) -> tuple[int, list[str]]:
    """Return how many texts a file gives, and its errors, having checked that the promise is kept."""
    started = time.monotonic()
    try:
        *told, peak = sandbox.run(path)
    except SourceError as error:
        told, peak = [str(error)], 0
    assert time.monotonic() - started <= MOST_SECONDS + 5
    assert int(peak) <= MOST_BYTES
    errors = [each for each in told if each != "text"]
    assert told, "neither text nor error"
    for error in errors:
        assert "\n" not in str(error) and path.name in str(error)
        assert re.search(r"\. [A-Z].*\.$", str(error)), f"no way out is named: {error}"
    return len(told) - len(errors), errors


@pytest.mark.parametrize("maker", MADE, ids=lambda maker: maker.__name__)
def test_a_hostile_file_is_refused_or_contained(
    maker: Maker, tmp_path: Path, sandbox: Sandbox[Path, str | int]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = maker(folder)
    outcome(sandbox, path)
    shutil.rmtree(folder)  # some are large, and pytest keeps what is left
    (tmp_path / "next.txt").write_text("The next file is read.")
    assert outcome(sandbox, tmp_path / "next.txt") == (1, [])


def test_no_file_of_this_machine_is_read_into_a_document(tmp_path: Path) -> None:
    """Neither by an entity of XML nor by an include of rst."""
    with reading() as sandbox:
        for maker in (maker for maker in MADE if "of_this_machine" in maker.__name__):
            folder = tmp_path / maker.__name__
            folder.mkdir()
            try:
                texts = [found.text for found in sandbox.run(maker(folder)) if isinstance(found, Extract)]
            except SourceError:
                continue
            assert not any("root:" in text for text in texts), maker.__name__


def test_a_text_of_two_gigabytes_is_refused_unread(tmp_path: Path, sandbox: Sandbox[Path, str | int]) -> None:
    (maker,) = (maker for maker in MADE if "two_gigabytes" in maker.__name__)
    path = maker(tmp_path)
    found, peak = sandbox.run(path)
    assert "2048 MB is over the limit of 100 MB a file" in str(found)
    assert int(peak) < 2**29
    path.unlink()


@pytest.mark.parametrize(
    "name",
    [
        b"new\nline.txt",
        b"\x1b[2Jclear.txt",
        b"bell\x07.txt",
        b"..txt",
        b"-rf.txt",
        b"no \xff utf-8.txt",
        b"n" * 251 + b".txt",
        b"'$(true)`.txt",
    ],
)
def test_a_file_of_any_name_is_read_or_refused_in_one_line_that_no_terminal_obeys(
    name: bytes, tmp_path: Path, sandbox: Sandbox[Path, str | int]
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_text("A sentence that stands here.")
    assert next(sandbox.run(path)) == "text"
    path.write_text("")
    (error, _) = sandbox.run(path)
    assert "the file is empty" in str(error)
    assert not re.search(r"[\0-\x1f\x7f-\x9f]", str(error))


def test_controls_of_a_terminal_do_not_come_out_of_a_document(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        '---\ntitle: "clear \\e[2J"\n---\nWords and \x1b[31m red ones.\n' + "More words. " * 20
    )
    (found,) = read(tmp_path / "a.md")
    assert isinstance(found, Extract)
    assert "\x1b" not in found.text + found.title
    assert "Words and \ufffd[31m red" in found.text


def test_a_title_is_never_longer_than_one_can_be(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"---\ntitle: {'long ' * 10_000}\n---\nWords.")
    (found,) = read(tmp_path / "a.md")
    assert isinstance(found, Extract)
    assert len(found.title) <= 300


@given(magic=st.sampled_from(MAGIC), suffix=st.sampled_from([*READERS, ".bin", ""]), rest=st.binary(max_size=2000))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_bytes_are_there_come_documents_or_a_source_error(
    magic: bytes, suffix: str, rest: bytes, tmp_path: Path
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(magic + rest)
    _read(path)


@given(
    suffix=st.sampled_from([".zip", ".docx", ".xlsx", ".pptx", ".odt", ".epub"]),
    parts=st.dictionaries(st.sampled_from(PARTS), st.binary(max_size=300) | st.text('<>/="wpt:&;! ax', max_size=300)),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_a_zip_there_come_documents_or_a_source_error(
    suffix: str, parts: dict[str, bytes | str], tmp_path: Path
) -> None:
    _read(zipped(tmp_path / f"a{suffix}", dict(parts)))


def _read(path: Path) -> None:
    try:
        found = list(read(path))
    except SourceError:
        return
    assert all(isinstance(each, Extract | SourceError) for each in found)


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the documents of the data folder are not there")
def test_documents_of_every_kind_and_damaged_copies_of_them_are_read_or_refused(
    tmp_path: Path, sandbox: Sandbox[Path, str | int]
) -> None:
    """A sample of what `make hostile` does."""
    chance = random.Random(1)
    files = sorted(path for path in DOCUMENTS.rglob("*.*") if path.is_file())
    for suffix in sorted({path.suffix.lower() for path in files}):
        path = chance.choice([path for path in files if path.suffix.lower() == suffix])
        outcome(sandbox, path)
        for change in CHANGES:
            copy = tmp_path / path.name
            for _ in range(4):
                copy.write_bytes(change(path.read_bytes(), chance)[0])
                outcome(sandbox, copy)
