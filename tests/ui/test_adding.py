"""Adding as its users see it: interrupted at any moment, followed on a terminal, and going on by itself."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.encoder import Encoder
from index.library import Library

PATIENCE_S = 120


def command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "ui.cli", "--home", str(home), *words]


@contextmanager
def running(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command(home, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
            process.wait(PATIENCE_S)
        finally:
            process.kill()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Return a file of 1,500 documents, three batches of them."""
    rows = ({"id": n, "text": f"Ship {n} came in. The harbour master noted number {n * 7}."} for n in range(1500))
    (tmp_path / "many.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "many.jsonl"


@pytest.mark.parametrize(("after", "sign"), [(0.0, signal.SIGINT), (0.4, signal.SIGTERM), (1.1, signal.SIGINT)])
def test_interrupted_at_any_moment_it_goes_on_where_it_stopped(
    home: Path, many: Path, encoder: Encoder, sign: signal.Signals, after: float
) -> None:
    with running(home, "add", str(many), "--json") as adding:
        assert adding.stdout is not None and adding.stderr is not None
        told = [json.loads(adding.stdout.readline())]
        while told[-1]["event"] != "document":  # until something has gone live
            told.append(json.loads(adding.stdout.readline()))
        time.sleep(after)
        adding.send_signal(sign)
        told += map(json.loads, adding.stdout)
        problems = adding.stderr.read()
    assert (adding.returncode, "Traceback" in problems) == (130, False), problems
    assert "interrupted" in problems
    added = [event["document_id"] for event in told if event["event"] == "document"]
    assert told[-1]["counts"] == {"added": len(added)}
    library = Library(home, encoder=encoder)
    try:
        assert {entry.id for entry in library.list()} == set(added)
        outcomes = library.add([many])
        assert sorted(o.status for o in outcomes) == ["added"] * (1500 - len(added)) + ["unchanged"] * len(added)
        assert library.catalog.count() == (1500, 1500)
        with library.indexes() as indexes:
            assert (indexes.vectors.count(), indexes.passages.count(), indexes.documents.count()) == (1500,) * 3
    finally:
        library.close()


def test_interrupted_before_anything_was_done_it_leaves_nothing(home: Path, many: Path) -> None:
    with running(home, "add", str(many)) as adding:
        while not (home / "writer.json").exists() and adding.poll() is None:
            time.sleep(0.01)
        adding.send_signal(signal.SIGINT)
        problems = adding.stderr.read() if adding.stderr else ""
    assert (adding.returncode, "Traceback" in problems) == (130, False), problems
    assert not (home / "writer.json").exists()
    library = Library(home)
    assert library.list() == []
    library.close()


def test_a_terminal_shows_one_bar_and_the_documents(home: Path, articles: Path) -> None:
    control, terminal = pty.openpty()
    adding = subprocess.Popen(
        command(home, "add", str(articles)), stdout=subprocess.PIPE, stderr=terminal, env=os.environ | {"TERM": "xterm"}
    )
    os.close(terminal)
    shown = b""
    try:
        while block := os.read(control, 65536):
            shown += block
    except OSError:  # the terminal's end
        pass
    printed = adding.communicate(timeout=PATIENCE_S)[0].decode()
    os.close(control)
    lines = {re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in re.split(r"[\r\n]+", shown.decode())}
    assert adding.returncode == 0
    assert printed.count("added") == 3  # what is added goes to standard output, whatever the bar is shown on
    assert any("bridge.txt" in line and "documents" in line and "/s" in line for line in lines), lines
    assert any("3 added" in line for line in lines)


def test_a_name_cannot_steer_the_terminal_or_break_a_line(home: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a\n\x1b[31mred.txt").write_bytes(b"")
    with open(os.path.join(os.fsencode(tmp_path), b"in", b"odd\xff.txt"), "wb"):
        pass
    for words in ((), ("--json",)):
        added = subprocess.run(
            command(home, "add", str(tmp_path / "in"), *words), capture_output=True, text=True, timeout=PATIENCE_S
        )
        assert (added.returncode, "Traceback" in added.stderr) == (1, False)
        assert "a\\n\\x1b[31mred.txt" in added.stderr
        assert "\x1b" not in added.stdout + added.stderr
        assert len(added.stderr.splitlines()) == (3 if not words else 2)


def test_ignored_files_are_left_out_and_vanished_ones_pruned(home: Path, articles: Path) -> None:
    def statuses(*words: str) -> dict[str, str]:
        added = subprocess.run(
            command(home, "add", str(articles), "--json", *words), capture_output=True, text=True, timeout=PATIENCE_S
        )
        events = [json.loads(line) for line in added.stdout.splitlines()]
        return {Path(event["source"]).name: event["status"] for event in events if event["event"] == "document"}

    assert statuses("--ignore", "*.html", "--ignore", "school*") == {"bridge.txt": "added"}
    (articles / "bridge.txt").rename(articles / "ferry.txt")
    assert statuses("--ignore", "*.html", "--ignore", "school*") == {"ferry.txt": "moved"}
    (articles / "ferry.txt").unlink()
    assert statuses("--ignore", "*.html") == {"school.md": "added", "ferry.txt": "missing"}
    assert statuses("--ignore", "*.html", "--prune") == {"school.md": "unchanged", "ferry.txt": "retired"}


def test_a_watched_folder_is_followed(home: Path, articles: Path) -> None:
    with running(home, "add", str(articles), "--watch", "--json") as watching:
        assert watching.stdout is not None
        output = watching.stdout

        def awaited(name: str, status: str) -> None:
            for line in output:
                event = json.loads(line)
                if event["event"] == "document" and event["source"].endswith(name):
                    assert event["status"] == status
                    return
            raise AssertionError(f"{name} was never {status}")

        awaited("storm.html", "added")
        (articles / "new.txt").write_text("A tram line to the harbour was opened.")
        awaited("new.txt", "added")
        (articles / "new.txt").write_text("A tram line to the airport was opened.")
        awaited("new.txt", "updated")
        (articles / "new.txt").rename(articles / "tram.txt")
        awaited("tram.txt", "moved")
        (articles / "tram.txt").unlink()
        awaited("tram.txt", "retired")
        watching.send_signal(signal.SIGINT)
        assert "Traceback" not in (watching.stderr.read() if watching.stderr else "")
    assert watching.returncode == 130


@pytest.mark.parametrize("other", ["bridge.txt", "-"])
def test_only_folders_are_watched(home: Path, articles: Path, other: str) -> None:
    watching = subprocess.run(
        command(home, "add", str(articles), other if other == "-" else str(articles / other), "--watch"),
        input="Pasted text.",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (watching.returncode, "--watch follows folders" in watching.stderr) == (2, True)
