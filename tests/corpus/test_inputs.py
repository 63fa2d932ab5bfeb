"""What tells that a file is as it was."""

import os
import time
from pathlib import Path

from corpus.inputs import is_gone, stamp_of


def test_a_file_written_just_now_is_not_settled(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Words.")
    assert not stamp_of(path).is_settled
    os.utime(path, ns=(0, time.time_ns() - 3 * 10**9))
    assert stamp_of(path).is_settled
    os.utime(path, ns=(0, time.time_ns() + 10**12))  # a clock that was ahead
    assert not stamp_of(path).is_settled


def test_a_stamp_changes_with_the_size_the_time_and_the_sidecar(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Words.")
    stamps = [stamp_of(path).text]
    os.utime(path, ns=(0, 1))
    stamps.append(stamp_of(path).text)
    (tmp_path / "a.txt.meta.toml").write_text('outlet = "O"')
    stamps.append(stamp_of(path).text)
    (tmp_path / "a.txt.meta.toml").write_text('outlet = "Other"')
    stamps.append(stamp_of(path).text)
    path.write_text("Words, and more.")
    stamps.append(stamp_of(path).text)
    assert len(set(stamps)) == 5


def test_only_what_surely_is_not_there_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Words.")
    assert not is_gone(str(tmp_path / "a.txt"))
    assert is_gone(str(tmp_path / "b.txt"))
    assert is_gone(str(tmp_path / "a.txt" / "in it"))
    assert not is_gone("https://example.org/page")
