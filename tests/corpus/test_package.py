"""A zip is read within bounds, whatever it says of itself; XML with a DOCTYPE is refused."""

import io
import zipfile
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.readers import package
from corpus.readers.package import open_archive

BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


def zipped(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_a_part_is_read_and_parsed(tmp_path: Path) -> None:
    with open_archive(zipped(tmp_path / "a.zip", {"a.xml": "<a><b>words</b></a>", "folder/": ""})) as archive:
        archive.check()
        assert archive.names == ("a.xml",)
        assert "a.xml" in archive and "b.xml" not in archive
        assert archive.xml("a.xml").findtext("b") == "words"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("name", ["a.xml", "a.bin"])
def test_a_doctype_is_refused_in_any_encoding_and_under_any_name(tmp_path: Path, encoding: str, name: str) -> None:
    path = zipped(tmp_path / "a.zip", {name: BOMB.encode(encoding)})
    with open_archive(path) as archive, pytest.raises(SourceError, match=f"{name} in it has a DOCTYPE"):
        archive.check()
    with open_archive(path) as archive, pytest.raises(SourceError, match="DOCTYPE"):
        archive.xml(name)


def test_a_picture_may_have_a_doctype_without_entities(tmp_path: Path) -> None:
    svg = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://e/svg.dtd"><svg/>'
    with open_archive(zipped(tmp_path / "a.zip", {"media/a.svg": svg})) as archive:
        archive.check()
    path = zipped(tmp_path / "b.zip", {"media/a.svg": BOMB})
    with open_archive(path) as archive, pytest.raises(SourceError, match="DOCTYPE"):
        archive.check()


def test_a_member_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.xml": b"<a>" + b" " * 5 * 2**20 + b"</a>"})
    with open_archive(path) as archive, pytest.raises(SourceError, match="unpacks to over 250 times its size"):
        archive.read("a.xml")
    with open_archive(path) as archive, pytest.raises(SourceError, match="unpacks to over 250 times its size"):
        archive.check()


def test_bytes_are_counted_as_they_unpack_and_not_as_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_TOTAL", 3000)
    path = zipped(tmp_path / "a.zip", {f"{n}.txt": bytes(range(256)) * 4 for n in range(4)})
    stated = path.read_bytes().replace((1024).to_bytes(4, "little"), (1).to_bytes(4, "little"))
    with open_archive(path) as archive, pytest.raises(SourceError, match=r"2\.txt in it unpacks to over"):
        archive.check()
    path.write_bytes(stated)
    with open_archive(path) as archive, pytest.raises(SourceError):
        [archive.read(name) for name in archive.names]


def test_a_member_over_the_callers_limit_is_refused(tmp_path: Path) -> None:
    with (
        open_archive(zipped(tmp_path / "a.zip", {"a": b"x" * 100})) as archive,
        pytest.raises(SourceError, match="a in it"),
    ):
        archive.read("a", 99)


def test_too_many_members_are_refused_before_their_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "MAX_MEMBERS", 3)
    path = zipped(tmp_path / "a.zip", {str(n): "" for n in range(4)})
    with pytest.raises(SourceError, match="over 3 files"), open_archive(path):
        pass


def test_a_missing_part_and_a_part_that_is_no_xml_are_named(tmp_path: Path) -> None:
    with open_archive(zipped(tmp_path / "a.zip", {"a.xml": "<a><b></a>"})) as archive:
        with pytest.raises(SourceError, match=r"no part b\.xml"):
            archive.xml("b.xml")
        with pytest.raises(SourceError, match=r"a\.xml in it is not valid XML"):
            archive.xml("a.xml")


def test_a_truncated_zip_and_one_with_flipped_bytes_are_damaged(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.txt": "some words " * 50})
    data = path.read_bytes()
    for cut in range(1, len(data), 7):
        path.write_bytes(data[:cut])
        with pytest.raises(SourceError, match="damaged"), open_archive(path) as archive:
            archive.read("a.txt")
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        try:
            with open_archive(path) as archive:
                archive.read("a.txt")
        except SourceError as error:
            assert str(path) in str(error)


def test_an_encrypted_member_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.txt": "words"})
    data = bytearray(path.read_bytes())
    for entry, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(entry) + flags] |= 1
    path.write_bytes(bytes(data))
    with open_archive(path) as archive, pytest.raises(SourceError, match=r"a\.txt in it is encrypted"):
        archive.read("a.txt")


@pytest.mark.parametrize(("inside", "says"), [("EncryptedPackage", "encrypted"), ("WordDocument", "old office file")])
def test_a_compound_file_is_told_from_a_zip(tmp_path: Path, inside: str, says: str) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(package.OLE + bytes(504) + inside.encode("utf-16-le"))
    with pytest.raises(SourceError, match=says), open_archive(path):
        pass


def test_names_of_members_never_touch_the_disk(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"../../outside.xml": "<a/>", "/etc/x.xml": "<a/>", "a\nb.xml": "<a/>"})
    with open_archive(path) as archive:
        archive.check()
        assert [archive.read(name) for name in archive.names] == [b"<a/>"] * 3
    assert [p.name for p in tmp_path.rglob("*")] == ["a.zip"]
    assert isinstance(archive.file, io.BytesIO)
