"""What `onrecord add` does beside `onrecord serve`: real processes over one home, started once."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from articles import write_articles

from assistant.settings import Settings
from corpus.catalog import Catalog
from corpus.errors import OnRecordError
from index.library import Library
from ui.handing import Server, announced, handed, server_of
from ui.output import AddReport
from ui.terminal import Adding

PATIENCE_S = 120
ENCODER = Settings().encoder
NUMBER = 4000  # of documents that are being added while something else is done


def command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "ui.cli", "--home", str(home), *words]


@contextmanager
def serving(home: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command(home, "serve", "--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None and "OnRecord is at" in process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a running server."""
    folder = tmp_path_factory.mktemp("served") / "home"
    folder.mkdir()
    (folder / "encoder").symlink_to(encoder_folder)
    with serving(folder) as process:
        yield process


@pytest.fixture(scope="module")
def home(process: subprocess.Popen[str]) -> Path:
    """Return the home of the server."""
    assert isinstance(process.args, list)
    return Path(process.args[process.args.index("--home") + 1])


@pytest.fixture
def many(tmp_path: Path) -> Path:
    rows = ({"id": n, "text": f"Ship {n} came in. The harbour master noted number {n * 7}."} for n in range(NUMBER))
    (tmp_path / "many.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "many.jsonl"


def added(home: Path, *words: str, given: str = "", at: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(home, "add", *words), capture_output=True, text=True, input=given, timeout=PATIENCE_S, cwd=at
    )


def server(home: Path) -> Server:
    found = server_of(home, ENCODER)
    assert found is not None
    return found


def events(printed: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in printed.splitlines()]


def test_what_is_added_beside_a_server_is_told_as_the_command_tells_it_alone(
    home: Path, tmp_path: Path, encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    write_articles(tmp_path / "articles")
    (tmp_path / "articles" / "empty.txt").touch()
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "encoder").symlink_to(encoder_folder)
    words = ("articles", str(tmp_path / "nowhere.txt"), "--tag", "harbour", "--ignore", "storm*", "--json")
    ours, theirs = (added(each, *words, at=tmp_path) for each in (home, alone))
    assert (ours.returncode, theirs.returncode) == (3, 3), ours.stderr
    assert f"{server(home).url} serves this library, and adds it." in ours.stderr

    def told(printed: str) -> list[tuple[str, object, object]]:
        documents = [each for each in events(printed) if each["event"] == "document"]
        return sorted((Path(str(each["source"])).name, each["status"], each["passages"]) for each in documents)  # type: ignore[type-var]

    assert told(ours.stdout) == told(theirs.stdout)
    assert [name for name, _, _ in told(ours.stdout)] == ["bridge.txt", "empty.txt", "nowhere.txt", "school.md"]
    assert events(ours.stdout)[-1] == events(theirs.stdout)[-1]
    with closing(Library(home)) as library:
        assert {entry.tags for entry in library.list()} == {("harbour",)}


def test_text_from_standard_input_is_handed_over_too(home: Path) -> None:
    first = added(home, "-", "--title", "Ferry", given="The ferry carries 900 cars a day, its owner said.")
    again = added(home, "-", "--title", "Ferry", given="The ferry carries 900 cars a day, its owner said.")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert first.stdout.endswith("Ferry\n")
    assert "1 unchanged" in again.stderr


def test_ctrl_c_stops_the_work_at_the_server_and_until_then_who_writes_is_told_so(home: Path, many: Path) -> None:
    with subprocess.Popen(
        command(home, "add", str(many), "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as adding:
        assert adding.stdout is not None and adding.stderr is not None
        first = next(event for event in map(json.loads, adding.stdout) if event["event"] == "document")
        removing = subprocess.run(
            command(home, "remove", first["document_id"]), capture_output=True, text=True, timeout=PATIENCE_S
        )
        adding.send_signal(signal.SIGINT)
        problems = adding.stderr.read()
    assert (removing.returncode, removing.stderr.count("\n")) == (4, 1)
    assert f"is being written by onrecord add (process {server(home).pid}" in removing.stderr
    assert (adding.returncode, "interrupted" in problems, "Traceback" in problems) == (130, True, False)
    with closing(Catalog(home / "catalog.sqlite3")) as catalog:
        assert 0 < catalog.count()[0] < NUMBER
    # The job is over soon, and what comes after it is done.
    assert handed(server(home), Adding([many.parent / "none"]), [], False, as_json=True)


def test_a_server_that_ends_says_that_not_all_was_added(
    home: Path, process: subprocess.Popen[str], many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = home / "server.json"
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    running = server(home)
    monkeypatch.setattr(AddReport, "outcome", lambda *_: process.terminate())  # at the first thing that is told
    with pytest.raises(OnRecordError, match=r"run the same command again|fell silent"):
        handed(running, Adding([many.parent / "none", many]), [], False, as_json=True)
    process.wait(PATIENCE_S)
    assert not note.exists()
    assert handed(running, Adding([many]), [], False, as_json=True) is None  # the command adds it by itself now


@pytest.mark.parametrize(
    "change",
    [{"pid": 2**22 - 3}, {"version": "0.0.1/1"}, {"host": "elsewhere"}, {"encoder": "another"}],
    ids=lambda change: next(iter(change)),
)
def test_a_note_that_does_not_fit_is_passed_over(tmp_path: Path, change: dict[str, object]) -> None:
    here = Server.here("http://127.0.0.1:9", "secret", ENCODER)
    (tmp_path / "server.json").write_text(json.dumps({name: getattr(here, name) for name in here.__slots__}))
    assert server_of(tmp_path, ENCODER) == here
    other = replace(here, **change)  # type: ignore[arg-type]
    (tmp_path / "server.json").write_text(json.dumps({name: getattr(other, name) for name in here.__slots__}))
    assert server_of(tmp_path, ENCODER) is None


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"url": 1}'])
def test_a_note_that_cannot_be_read_is_passed_over(tmp_path: Path, note: str) -> None:
    (tmp_path / "server.json").write_text(note)
    assert server_of(tmp_path, ENCODER) is None


def test_a_server_that_is_not_there_takes_nothing(tmp_path: Path) -> None:
    gone = Server.here("http://127.0.0.1:9", "secret", ENCODER)
    assert handed(gone, Adding([tmp_path]), [], False, as_json=False) is None


def test_a_note_of_another_server_is_left(tmp_path: Path) -> None:
    first, second = (Server.here(f"http://127.0.0.1:{port}", "secret", ENCODER) for port in (8, 9))
    with announced(tmp_path, first), announced(tmp_path, second):
        assert server_of(tmp_path, ENCODER) == second
    assert not (tmp_path / "server.json").exists()
    with announced(tmp_path, first):
        os.replace(tmp_path / "server.json", tmp_path / "kept")
        (tmp_path / "server.json").write_text((tmp_path / "kept").read_text().replace(":8", ":9"))
    assert (tmp_path / "server.json").exists()
