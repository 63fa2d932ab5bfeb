"""Which files of a folder are taken."""

import os
import socket
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.folders import files_in, inputs_in


def made(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Words.")


def found(folder: Path, *ignored: str) -> list[str]:
    return [str(input.path.relative_to(folder)) for input in inputs_in([folder], ignored)]


def test_files_come_in_order_without_hidden_ones_and_sidecars(tmp_path: Path) -> None:
    made(tmp_path, "b.txt", "a/z.txt", "a.txt", ".hidden.txt", ".git/config", "a.txt.meta.toml")
    assert found(tmp_path) == ["a/z.txt", "a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["*.log"], ["a.txt", "old/b.txt", "old/deep/c.txt"]),
        (["old"], ["a.txt", "run.log"]),
        (["old/"], ["a.txt", "run.log"]),
        (["run.log/"], ["a.txt", "old/b.txt", "old/deep/c.txt", "run.log"]),
        (["old/*.txt"], ["a.txt", "run.log"]),
        (["/b.txt"], ["a.txt", "old/b.txt", "old/deep/c.txt", "run.log"]),
        (["*.txt", "!c.txt"], ["old/deep/c.txt", "run.log"]),
    ],
)
def test_ignore_patterns_are_like_those_of_git(tmp_path: Path, patterns: list[str], left: list[str]) -> None:
    made(tmp_path, "a.txt", "old/b.txt", "old/deep/c.txt", "run.log")
    assert found(tmp_path, *patterns) == left


def test_an_ignore_file_holds_for_its_folder_and_the_nearest_decides(tmp_path: Path) -> None:
    made(tmp_path, "a.log", "in/b.log", "in/c.txt")
    (tmp_path / ".onrecordignore").write_text("# logs\n\n*.log\n")
    (tmp_path / "in" / ".onrecordignore").write_text("!b.log\nc.*\n")
    assert found(tmp_path) == ["in/b.log"]


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    made(tmp_path, ".hidden.txt")
    assert list(files_in([tmp_path / ".hidden.txt"])) == [tmp_path / ".hidden.txt"]


def test_links_are_followed_once_and_never_in_a_circle(tmp_path: Path) -> None:
    made(tmp_path / "here", "a.txt", "in/b.txt")
    made(tmp_path / "there", "c.txt")
    (tmp_path / "here" / "in" / "up").symlink_to(tmp_path / "here")
    (tmp_path / "here" / "other").symlink_to(tmp_path / "there")
    (tmp_path / "here" / "self").symlink_to("self")
    (tmp_path / "here" / "link.txt").symlink_to("a.txt")
    every = list(inputs_in([tmp_path / "here"]))
    names = [str(input.path.relative_to(tmp_path / "here")) for input in every]
    assert names == ["a.txt", "in/b.txt", "link.txt", "other/c.txt", "self"]
    assert every[3].place == str(tmp_path / "there" / "c.txt")
    assert every[0].place == every[2].place


def test_a_folder_that_cannot_be_read_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, "a.txt", "locked/b.txt", "z.txt")
    scandir = os.scandir

    def refusing(path: str) -> object:  # root may read anything, so the refusal is made
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    problems: list[str] = []
    names = [i.path.name for i in inputs_in([tmp_path], (), lambda folder, error: problems.append(str(error)))]
    assert names == ["a.txt", "z.txt"]
    assert problems == [f"{tmp_path}/locked: the folder cannot be read: Permission denied. Check its permissions."]
    with pytest.raises(SourceError, match="locked: the folder cannot be read"):
        list(files_in([tmp_path]))


def test_what_is_no_file_is_named_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        assert found(tmp_path) == ["pipe", "socket"]


def test_each_odd_name_has_a_place_of_its_own(tmp_path: Path) -> None:
    for name in (b"odd\xff.txt", b"odd\xfe.txt", b"two\nlines.txt", b"x" * 255):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_text("Words.")
    places = [input.place for input in inputs_in([tmp_path])]
    assert len(set(places)) == 4
    assert any(place.endswith("odd\\xff.txt") for place in places)
    assert all(place.encode() for place in places)


def test_ten_thousand_files_are_listed_with_one_look_at_each_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10_000):
        (tmp_path / f"{number}.txt").touch()
    looks = 0
    stat = os.stat

    def counted(*given: object, **more: object) -> os.stat_result:
        nonlocal looks
        looks += 1
        return stat(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", counted)
    assert len(list(inputs_in([tmp_path]))) == 10_000
    assert looks < 10
