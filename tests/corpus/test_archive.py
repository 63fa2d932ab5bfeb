"""A zip gives the documents in it; a bad one costs itself, a hostile one is refused, and no name of a member leaves it."""

import zipfile
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.readers import archive, read
from corpus.types import Extract

WORDS = "Words of an article."


def packed(path: Path, members: dict[str, bytes | str], kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def rows(found: list[Extract | SourceError]) -> list[str | None]:
    return [each.row for each in found if isinstance(each, Extract)]


def test_each_file_in_a_zip_is_a_document(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {
        "a.txt": WORDS,
        "a.txt.meta.toml": 'title = "Stated"\npublished = 2022-08-25\n',
        "deep/b.md": "# Head\n\nWords.",
        "rows.jsonl": '{"id": "x", "text": "One."}\n{"text": "Two."}\n',
        "__MACOSX/a.txt": "resource fork",
        ".hidden/a.txt": WORDS,
        "deep/.DS_Store": WORDS,
    }
    found = list(read(packed(tmp_path / "a.zip", members)))
    assert rows(found) == ["a.txt", "deep/b.md", "rows.jsonl#x", "rows.jsonl#2"]
    first = found[0]
    assert isinstance(first, Extract)
    assert (first.title, first.published) == ("Stated", "2022-08-25")
    assert isinstance(found[1], Extract) and found[1].title == "Head"


def test_a_sidecar_of_a_zip_is_for_all_that_is_in_it_but_for_the_title(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.txt": WORDS, "b.txt": "Others."})
    (tmp_path / "a.zip.meta.toml").write_text('title = "All"\noutlet = "Harbour Post"\n')
    assert [(f.title, f.outlet) for f in read(path) if isinstance(f, Extract)] == [
        ("a", "Harbour Post"),
        ("b", "Harbour Post"),
    ]


def test_a_bad_file_in_a_zip_costs_only_itself(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "a.zip", {"bad.pdf": "%PDF- broken", "empty.txt": "", "a.txt": WORDS, "b.txt": "---\ndate: x\n---\n"}
    )
    found = list(read(path))
    assert rows(found) == ["a.txt"]
    assert [str(error).partition(": ")[0] for error in found if isinstance(error, SourceError)] == [
        f"{path}#bad.pdf",
        f"{path}#empty.txt",
        f"{path}#b.txt",
    ]


def test_a_damaged_member_costs_only_itself(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.txt": WORDS, "b.txt": "Other words of it."})
    path.write_bytes(path.read_bytes().replace(WORDS.encode(), WORDS.upper().encode()))
    found = list(read(path))
    assert rows(found) == ["b.txt"]
    assert "damaged" in str(found[0])


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("../../etc/passwd.txt", "etc/passwd.txt"),
        ("/etc/passwd.txt", "etc/passwd.txt"),
        ("C:\\windows\\a.txt", "windows/a.txt"),
        ("new\nline\x1b[31m.txt", "new\ufffdline\ufffd[31m.txt"),
        ("x" * 255 + ".txt", "x" * 251 + ".txt"),
        ("\u202etxt.exe.txt", "\ufffdtxt.exe.txt"),
    ],
)
def test_the_name_of_a_member_is_contained(tmp_path: Path, name: str, row: str) -> None:
    found = list(read(packed(tmp_path / "a.zip", {name: WORDS})))
    assert rows(found) == [row]
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_two_members_whose_names_come_out_alike_are_two_documents(tmp_path: Path) -> None:
    found = list(read(packed(tmp_path / "a.zip", {"a.txt": WORDS, "../a.txt": "Others."})))
    assert rows(found) == ["a.txt", "a.txt (2)"]


def test_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", {"a.txt": WORDS})
    outer = packed(tmp_path / "outer.zip", {"misnamed.txt": inner.read_bytes(), "b.txt": WORDS})
    found = list(read(outer))
    assert rows(found) == ["b.txt"]
    assert f"{outer}#misnamed.txt: an archive in an archive" in str(found[0])


def test_a_zip_of_too_many_files_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {f"{number}.txt": "" for number in range(archive.MAX_FILES + 1)})
    with pytest.raises(SourceError, match="10,001 files in it, over 10,000"):
        list(read(path))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"bomb.txt": b"0" * 30_000_000, "a.txt": WORDS}, zipfile.ZIP_DEFLATED)
    found = list(read(path))
    assert rows(found) == ["a.txt"]
    assert "bomb.txt unpacks to over" in str(found[0])


def test_an_encrypted_zip_is_said_to_be(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.txt": WORDS})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match="the zip is encrypted"):
        list(read(path))


def test_an_empty_zip_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no files in it"):
        list(read(packed(tmp_path / "a.zip", {})))
