"""A real Ray cluster on this machine reads and encodes, and its workers are killed."""

import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ClusterError, EncoderError, SettingsError
from corpus.types import Input
from index.encoder import Encoder
from index.library import Library
from index.ray import TRIES, Cluster, cluster

TABLES = ("documents", "passages", "attributions")


@pytest.fixture(autouse=True)
def no_network() -> None:
    """Let Ray's processes be asked, in place of what keeps the other tests to 127.0.0.1: they have this machine's own address."""


@pytest.fixture(scope="module")
def workers(encoder: Encoder, encoder_folder: Path) -> Iterator[Cluster]:
    with cluster("auto", encoder, encoder_folder) as lent:
        yield lent


@pytest.fixture
def twin(tmp_path: Path, encoder: Encoder) -> Iterator[Library]:
    """Return a second library, to which the same is added without Ray."""
    opened = Library(tmp_path / "twin", encoder=encoder)
    yield opened
    opened.close()


def rows_of(library: Library) -> dict[str, list[tuple[object, ...]]]:
    """Return what the record holds of documents, passages and who says what, without the times of adding."""
    with sqlite3.connect(library.home / "catalog.sqlite3") as db:
        names = {table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for table in TABLES}
        return {
            table: sorted(
                db.execute(
                    f"SELECT {', '.join(n for n in names[table] if n not in ('added_at', 'vector'))} FROM {table}"
                ),
                key=repr,
            )
            for table in TABLES
        }


def assert_same(library: Library, twin: Library) -> None:
    assert rows_of(library) == rows_of(twin)
    ours, theirs = ({id: vector for id, _, vector in each.catalog.vectors()} for each in (library, twin))
    assert ours.keys() == theirs.keys()
    cosines = [np.frombuffer(ours[id], np.float32) @ np.frombuffer(theirs[id], np.float32) for id in ours]
    assert min(cosines) > 1 - 1e-3


def processes(title: str) -> list[int]:
    """Return the workers of this title that the cluster of this process has: a raylet's children, as that is ours."""
    found = []
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdecimal() and (place / "cmdline").read_text(errors="replace").startswith(title):
                found += [int(place.name)] if parent(parent(int(place.name))) == os.getpid() else []
        except OSError:
            continue
    return found


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_ray_finds_what_reading_here_finds(
    library: Library, twin: Library, workers: Cluster, articles: Path, tmp_path: Path
) -> None:
    (articles / "rows.jsonl").write_text(
        "".join(f'{{"id": "{n}", "text": "Row {n} tells of the harbour, said the clerk."}}\n' for n in range(300))
        + "no json\n"
    )
    (articles / "torn.pdf").write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 9)
    (articles / "empty.txt").write_text("")
    page = tmp_path / "fetched"
    page.write_text("<html><title>Ferry</title><p>The ferry carries 900 cars a day, said Ines Falk.</p></html>")
    pages = [Input("https://example.org/ferry", page, "https://example.org/ferry", "text/html")]
    paths = [articles, tmp_path / "missing.txt"]
    ours = library.add(paths, ["harbour"], pages=pages, workers=workers)
    theirs = twin.add(paths, ["harbour"], pages=pages)
    assert ours == theirs
    assert {outcome.status for outcome in ours} == {"added", "failed"}
    assert_same(library, twin)
    assert {outcome.status for outcome in library.add(paths, workers=workers)} == {"unchanged", "failed"}


@contextmanager
def killing(wanted: list[float], titles: tuple[str, ...] = ("ray::read_sent", "ray::Coder")) -> Iterator[list[int]]:
    """Kill a process of these titles, in turn, each time that so many seconds have passed; lend who was killed."""
    killed: list[int] = []
    ended = threading.Event()

    def kill() -> None:
        for number, seconds in enumerate(wanted):
            if ended.wait(seconds):
                return
            title = titles[number % len(titles)]
            while not (found := processes(title)):
                if ended.wait(0.01):
                    return
            os.kill(found[0], signal.SIGKILL)
            killed.append(found[0])

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


def test_workers_that_are_killed_lose_and_double_nothing(
    library: Library, twin: Library, workers: Cluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(8):
        said = "".join(f"The clerk said on day {n} that {number} boats had come. " for n in range(150))
        (folder / f"{number}.txt").write_text(f"Report {number}\n\n{said}")
    with killing([0.2, 0.5]) as killed:
        library.add([folder], workers=workers)
    twin.add([folder])
    assert len(killed) == 2
    assert_same(library, twin)
    assert capfd.readouterr().out == ""  # where results stand


def test_an_input_that_kills_its_worker_costs_itself_alone(library: Library, workers: Cluster, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("a", "poison", "z"):
        said = "".join(
            f"The clerk said on day {n} that boats had come. " for n in range(3_000 if name == "poison" else 9)
        )
        (folder / f"{name}.txt").write_text(f"Report {name}\n\n{said}")
    ended = threading.Event()

    def kill() -> None:
        """Kill what reads the poison: a worker that has written it down has a child that opens it."""
        place = Path(os.environ.get("TMPDIR", "/tmp"))
        while not ended.wait(0.01):
            for path in place.glob("onrecord-ray-*/onrecord-*/poison.txt"):
                for process in processes("ray::read_sent")[:1]:
                    path.unlink(missing_ok=True)
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)

    killed: list[int] = []
    thread = threading.Thread(target=kill)
    thread.start()
    outcomes = library.add([folder], workers=workers)
    ended.set()
    thread.join()
    assert len(killed) == TRIES
    told = {Path(outcome.source).stem: outcome for outcome in outcomes}
    assert {name: outcome.status for name, outcome in told.items()} == {"a": "added", "poison": "failed", "z": "added"}
    assert "reading it broke off 6 times" in (told["poison"].message or "")


def test_a_worker_with_another_encoder_is_an_error(workers: Cluster, encoder: Encoder, encoder_folder: Path) -> None:
    class Other:
        info = replace(encoder.info, weights_sha256="0" * 64)

    with pytest.raises(EncoderError, match="it is another model here"):
        Cluster(Other(), encoder_folder)  # type: ignore[arg-type]


def test_without_ray_it_is_told_how_to_have_it(
    encoder: Encoder, encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match=r"pip install 'onrecord\[ray\]'"), cluster("auto", encoder, encoder_folder):
        pass


@pytest.mark.parametrize("address", ["", "here", "ray://127.0.0.1:10001", "127.0.0.1:", "127.0.0.1:99999", ":6379"])
def test_what_is_no_address_is_told(address: str, encoder: Encoder, encoder_folder: Path) -> None:
    with (
        pytest.raises(SettingsError, match=r"no cluster's address\. Write auto, or HOST:PORT"),
        cluster(address, encoder, encoder_folder),
    ):
        pass


def test_a_cluster_that_does_not_answer_is_told_at_once(encoder: Encoder, encoder_folder: Path) -> None:
    started = time.monotonic()
    with (
        pytest.raises(ClusterError, match=r"127\.0\.0\.1:9: no Ray cluster answers there\. Is it running"),
        cluster("127.0.0.1:9", encoder, encoder_folder),
    ):
        pass
    assert time.monotonic() - started < 5
