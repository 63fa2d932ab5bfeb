"""A backup brings everything back, and an archive that is not whole, or not what it says, changes nothing."""

import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from drawn import HashingEncoder

from corpus.conversations import Conversations
from corpus.errors import LibraryDamagedError, SettingsError
from index.backup import back_up, restore
from index.doctor import examine
from index.library import Library
from index.retriever import Retriever

QUERY = "How many cars does the ferry carry?"


@pytest.fixture
def library(tmp_path: Path, articles: Path) -> Iterator[Library]:
    """Return a library with a document in two versions and a conversation."""
    with closing(Library(tmp_path / "home", encoder=HashingEncoder())) as library:
        library.add([articles])
        (articles / "bridge.txt").write_text((articles / "bridge.txt").read_text().replace("900", "650"))
        library.add([articles])
        Conversations(library.catalog).keep(None, "How many?", {"text": "650", "citations": []})
        yield library


@pytest.fixture
def archive(library: Library, tmp_path: Path) -> Path:
    back_up(library, tmp_path / "kept.tar")
    return tmp_path / "kept.tar"


def hits(library: Library) -> list[tuple[str, float]]:
    return [(hit.passage.id, round(hit.score, 4)) for hit in Retriever(library).search(QUERY, 10).hits]


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("name", ["kept.tar", "kept.tar.gz"])
def test_what_was_backed_up_comes_back_whole(library: Library, tmp_path: Path, name: str) -> None:
    contents = back_up(library, tmp_path / name)
    assert (contents.documents, contents.conversations, len(contents.files), contents.missing) == (3, 1, 5, ())
    _, aside = restore(tmp_path / "new" / "home", tmp_path / name)
    assert aside is None
    with closing(Library(tmp_path / "new" / "home", encoder=HashingEncoder())) as restored:
        assert hits(restored) == hits(library)
        assert restored.list() == library.list()
        id = next(entry.id for entry in library.list() if entry.version == 2)
        assert "900 cars" in restored.catalog.document(id, 1).text
        assert [c.title for c in Conversations(restored.catalog).list()] == ["How many?"]
        assert not [check for check in examine(restored) if check.state == "problem"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_backup_made_while_somebody_writes_has_no_half_of_it(library: Library, tmp_path: Path) -> None:
    with closing(sqlite3.connect(library.home / "catalog.sqlite3", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM documents")
        assert back_up(library, tmp_path / "kept.tar").documents == 3
        writer.execute("ROLLBACK")


def test_a_file_that_is_there_is_replaced_only_if_told_to(library: Library, archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(SettingsError, match=r"kept\.tar: the file is there already"):
        back_up(library, archive)
    assert archive.read_bytes() == before
    back_up(library, archive, replaces=True)


def test_a_lost_or_changed_original_is_left_out_and_named(library: Library, tmp_path: Path) -> None:
    first, second = library.catalog.originals()[:2]
    library.original(first).unlink()
    library.original(second).write_text("something else")
    assert back_up(library, tmp_path / "kept.tar").missing == (first, second)
    restore(tmp_path / "new", tmp_path / "kept.tar")
    told = next(check for check in examine(library) if check.check == "originals")
    assert (told.state, first[:12] in told.found, second[:12] in told.found) == ("problem", True, True)


def test_a_library_that_is_there_is_moved_aside_and_only_if_told_to(library: Library, archive: Path) -> None:
    home = library.home
    library.remove([entry.id for entry in library.list()])
    library.close()
    with pytest.raises(SettingsError, match="there is a library already"):
        restore(home, archive)
    _, aside = restore(home, archive, replaces=True)
    assert aside is not None
    with closing(Library(aside)) as old, closing(Library(home, encoder=HashingEncoder())) as new:
        assert (len(old.list()), len(new.list())) == (0, 3)
        assert hits(new)


def test_a_record_that_cannot_be_read_is_kept_aside(library: Library, archive: Path) -> None:
    library.close()
    (library.home / "catalog.sqlite3").write_bytes(b"garbage" * 1_000)
    _, aside = restore(library.home, archive, replaces=True)
    assert aside is not None and (aside / "catalog.sqlite3").read_bytes().startswith(b"garbage")


@pytest.mark.parametrize(
    "share",
    [0.0, 0.01, 0.5, 0.9],  # after that come the zeros that end an archive
)
def test_an_archive_cut_short_changes_nothing(archive: Path, tmp_path: Path, share: float) -> None:
    os.truncate(archive, int(archive.stat().st_size * share))
    refused(archive, tmp_path / "new")


def refused(archive: Path, home: Path) -> None:
    with pytest.raises(LibraryDamagedError, match="Nothing was changed"):
        restore(home, archive)
    assert tree(home) == set()


Forgery = Callable[[dict[str, Any], list[tuple[tarfile.TarInfo, bytes]]], None]


def _outside(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    content = b"mine"
    manifest["files"]["../evil"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    add(members, "../evil", content)


def _unlisted(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    add(members, "onrecord.toml", b"model_url = 'http://127.0.0.1'")


def _link(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members[-1][0].type, members[-1][0].linkname, members[-1][0].size = tarfile.SYMTYPE, "/etc/passwd", 0


def _changed(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    info, content = members[-1]
    members[-1] = (info, content[:-1] + b"!")


def _renamed(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    """An original whose bytes are not those of its name, with a list that says so."""
    info, content = members[-1]
    manifest["files"][info.name] = {"size": len(content), "sha256": hashlib.sha256(content[::-1]).hexdigest()}
    members[-1] = (info, content[::-1])


def _twice(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members.append(members[-1])


def _without(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members.pop()


def _no_record(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    del manifest["files"]["catalog.sqlite3"]
    members.pop(0)


def _other_counts(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    manifest["documents"] = 4


def _later(manifest: dict[str, Any], members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    manifest["onrecord_backup"] = 2


def add(members: list[tuple[tarfile.TarInfo, bytes]], name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    members.append((info, content))


FORGERIES: list[Forgery] = [
    _outside, _unlisted, _link, _changed, _renamed, _twice, _without, _no_record, _other_counts, _later
]  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.strip("_"))
def test_a_forged_archive_changes_nothing(archive: Path, tmp_path: Path, forge: Forgery) -> None:
    with tarfile.open(archive) as given:
        read = [(info, given.extractfile(info).read()) for info in given]  # type: ignore[union-attr]
    manifest, members = json.loads(read[0][1]), read[1:]
    forge(manifest, members)
    with tarfile.open(tmp_path / "forged.tar", "w") as forged:
        listed = json.dumps(manifest).encode()
        read[0][0].size = len(listed)
        for info, content in [(read[0][0], listed), *members]:
            forged.addfile(info, io.BytesIO(content))
    refused(tmp_path / "forged.tar", tmp_path / "new")
    assert not (tmp_path / "evil").exists()


def test_a_file_that_is_no_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter.tar").write_text("Dear editor, " * 100)
    refused(tmp_path / "letter.tar", tmp_path / "new")
    with pytest.raises(SettingsError, match="no such file"):
        restore(tmp_path / "new", tmp_path / "none.tar")
