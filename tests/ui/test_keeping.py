"""doctor, backup, restore and reindex as their users run them; and a home that is none."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.library import Library


def onrecord(home: Path, *words: str, under: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ONRECORD_")}
    command = [*under, sys.executable, "-m", "ui.cli", "--home", str(home), *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


@pytest.fixture
def filled(home: Path, library: Library, articles: Path) -> Path:
    library.add([articles])
    library.close()
    return home


def test_the_doctor_tells_of_damage_and_repairs_it(filled: Path) -> None:
    sound = onrecord(filled, "doctor")
    assert sound.returncode == 0, sound.stdout
    assert "problem" not in sound.stdout
    next((filled / "indexes").glob("*/passages/*.idx")).write_bytes(b"garbage")
    ill = onrecord(filled, "doctor", "--json")
    told = json.loads(ill.stdout)
    assert (ill.returncode, told["sound"]) == (5, False)
    (problem,) = [check for check in told["checks"] if check["state"] == "problem"]
    assert (problem["check"], problem["remedy"]) == ("indexes", "Run onrecord doctor --repair.")
    assert [onrecord(filled, "doctor", "--repair").returncode for _ in range(2)] == [0, 0]


@pytest.mark.parametrize("words", [["doctor"], ["doctor", "--repair"], ["list"], ["ask", "Who?"]])
def test_a_record_that_cannot_be_read_is_one_problem_and_stays(filled: Path, words: list[str]) -> None:
    garbage = b"garbage" * 2_000
    (filled / "catalog.sqlite3").write_bytes(garbage)
    told = onrecord(filled, *words)
    assert told.returncode == 5
    assert "Traceback" not in told.stderr and "cannot be read" in told.stdout + told.stderr
    assert (filled / "catalog.sqlite3").read_bytes() == garbage


def test_a_backup_is_restored_elsewhere_and_answers_the_same(
    filled: Path, tmp_path: Path, encoder_folder: Path
) -> None:
    file, other = tmp_path / "kept.tar.gz", tmp_path / "other"
    made = onrecord(filled, "backup", str(file))
    assert (made.returncode, "3 documents, 4 passages, 0 conversations; 3 originals" in made.stderr) == (0, True)
    assert onrecord(filled, "backup", str(file)).returncode == 2
    other.mkdir()
    (other / "encoder").symlink_to(encoder_folder)
    assert onrecord(other, "restore", str(file)).returncode == 0
    question = ("ask", "How many pupils will the school have?")
    assert onrecord(other, *question).stdout == onrecord(filled, *question).stdout != ""
    assert onrecord(other, "restore", str(file)).returncode == 2
    again = onrecord(other, "restore", str(file), "--force")
    assert (again.returncode, "what was there is in" in again.stderr) == (0, True)


def test_reindexing_keeps_the_answers(filled: Path) -> None:
    question = ("ask", "How many pupils will the school have?")
    before = onrecord(filled, *question).stdout
    made = onrecord(filled, "reindex")
    assert (made.returncode, "4 passages encoded with all-MiniLM-L6-v2" in made.stderr) == (0, True), made.stderr
    assert onrecord(filled, *question).stdout == before
    assert onrecord(filled, "doctor").returncode == 0
    assert onrecord(filled, "reindex", "--encoder", "/no/such/model").returncode == 1


@pytest.mark.parametrize("words", [["list"], ["show", "a"], ["ask", "Who?"], ["search", "x"], ["doctor"], ["remove", "a"],
                                   ["conversations", "list"], ["backup", "kept.tar"], ["reindex"]], ids=" ".join)  # fmt: skip
def test_a_home_that_is_not_there_is_told_and_not_begun(tmp_path: Path, words: list[str]) -> None:
    told = onrecord(tmp_path / "mistyped", *words)
    assert told.returncode == 1
    assert f"there is no library in {tmp_path / 'mistyped'} yet. Add documents with: onrecord" in told.stderr
    assert not (tmp_path / "mistyped").exists()


def test_a_home_that_may_only_be_read_answers_and_says_so_where_it_is_to_be_written(filled: Path) -> None:
    before = {path: path.stat().st_mode for path in [filled, *filled.rglob("*")] if not path.is_symlink()}
    powers = "-dac_override,-dac_read_search"  # by which root writes where it may not
    bound = (
        [shutil.which("setpriv") or "", f"--inh-caps={powers}", f"--bounding-set={powers}"] if os.getuid() == 0 else []
    )
    if bound and not bound[0]:
        pytest.skip("needs setpriv where root runs the tests")
    for path, mode in before.items():
        path.chmod(mode & 0o555)
    try:
        found = [onrecord(filled, *words, under=bound) for words in (["ask", "How many pupils will the school have?"],
                 ["search", "ferry"], ["doctor"], ["add", __file__])]  # fmt: skip
    finally:
        for path, mode in before.items():
            path.chmod(mode)
    assert [told.returncode for told in found] == [0, 0, 0, 1], [told.stderr for told in found]
    assert "600 pupils" in found[0].stdout and "ferry" in found[1].stdout
    assert "has the record's live vectors, and finds them" in found[2].stdout
    assert "cannot be written (Permission denied)" in found[3].stderr and "Traceback" not in found[3].stderr
