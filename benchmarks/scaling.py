"""What one machine holds: disk by store, memory of a server, time of searches and questions, as a library grows.

    python -m benchmarks.scaling [--home DIR] [SIZE ...]

A library of drawn documents (`evals.drawn`) grows to each SIZE in passages (1,000 to 100,000 if not told otherwise). Its vectors are drawn too, under the default encoder's name: encoding would take an hour, and is measured by
`benchmarks/adding.py`. At each size `onrecord serve` is started on it and asked over REST by one client: what is found and
answered is nonsense, what it costs is not. With --home a library that is there is measured as it is.

CPU is what the server's process has used, per request, and holds on a busy machine too; p50 and p95 are of the clock, and
hold on a quiet one. Memory is resident, mapped files that are in memory counted. Prints a table in Markdown.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import httpx
import numpy as np

from corpus.confinement import peak_bytes
from evals.drawn import PASSAGES, DrawnEncoder, drawn_documents, drawn_queries
from index.encoder import DEFAULT_MODEL, load_encoder
from index.library import Library

SIZES = (1_000, 10_000, 20_000, 50_000, 100_000)
SEARCHES, QUESTIONS = 40, 25
HALF = {"from": "2020-01-01"}  # of the documents
T = TypeVar("T")
TICK = os.sysconf("SC_CLK_TCK")
STORES = {"record": "catalog.sqlite3*", "originals": "originals", "vectors": "indexes/*/vectors"}


def convert(home: Path) -> None:
    """Make the encoder ready, which takes time and memory of its own."""
    load_encoder(DEFAULT_MODEL, home / "encoder")


def grow(home: Path, there: int, size: int) -> tuple[float, int]:
    """Add the drawn documents from passage `there` to `size`; return the seconds of CPU, and this process's peak in bytes."""
    model = load_encoder(DEFAULT_MODEL, home / "encoder")
    encoder = DrawnEncoder(model)
    encoder.info = model.info
    rows = home / f"drawn-{size}.jsonl"
    drawn = islice(drawn_documents(size), there // PASSAGES, None)
    rows.write_text("".join(json.dumps(row) + "\n" for row in drawn), encoding="utf-8")
    library = Library(home, encoder=encoder)
    started = time.process_time()
    outcomes = library.add([rows])
    library.close()
    assert all(outcome.ok for outcome in outcomes)
    rows.unlink()
    return time.process_time() - started, peak_bytes()


class Server:
    """A running `onrecord serve`, and what it has used."""

    def __init__(self, home: Path) -> None:
        command = [sys.executable, "-m", "ui.cli", "--home", str(home), "serve", "--port", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._client = httpx.Client(base_url=self._process.stdout.readline().split()[-1], timeout=120)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def asked(self, path: str, bodies: Sequence[Mapping[str, object]]) -> Iterator[float]:
        """Send the bodies one after the other; yield the seconds that each answer took."""
        for body in bodies:
            started = time.perf_counter()
            self._client.post(f"/api/v1/{path}", json=body).raise_for_status()
            yield time.perf_counter() - started

    @property
    def cpu_s(self) -> float:
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICK

    @property
    def memory_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1e3


def measured(server: Server, path: str, bodies: Sequence[Mapping[str, object]]) -> str:
    """Return CPU per request, p50 and p95 in milliseconds; the first request, which opens what it needs, is not among them."""
    list(server.asked(path, bodies[:1]))
    before = server.cpu_s
    seconds = [*server.asked(path, bodies[1:])]
    cpu = (server.cpu_s - before) / len(seconds)
    p50, p95 = np.percentile(seconds, [50, 95])
    return f"{cpu * 1e3:,.0f}, {p50 * 1e3:,.0f}, {p95 * 1e3:,.0f}"


def disk_mb(home: Path) -> dict[str, float]:
    """Return what each store takes on the disk."""
    sizes = {name: sum(map(_taken, home.glob(pattern))) for name, pattern in STORES.items()}
    sizes["lexical"] = sum(map(_taken, home.glob("indexes/*/*"))) - sizes["vectors"]
    return sizes


def _taken(path: Path) -> float:
    files = [path, *path.rglob("*")]
    return sum(file.stat().st_blocks for file in files) * 512 / 1e6


def row(home: Path) -> str:
    """Return a row of the table: of the library as it is. No query comes twice, since passages met lately cost less."""
    drawn = iter(drawn_queries(2 * SEARCHES + QUESTIONS + 3))
    searches, filtered = ([{"query": query, "k": 10} for query in islice(drawn, SEARCHES + 1)] for _ in range(2))
    questions = [{"question": f"Who said {query}?"} for query in drawn]
    with Server(home) as server:
        begun = server.memory_mb
        cells = [measured(server, "search", searches), measured(server, "ask", questions)]
        asked = server.memory_mb
        cells.append(measured(server, "search", [{**body, **HALF} for body in filtered]))
        memory = f"{begun:,.0f}, {asked:,.0f}, {server.memory_mb:,.0f}"
    disk = disk_mb(home)
    return " | ".join([*(f"{disk[name]:,.0f}" for name in disk), f"{sum(disk.values()):,.0f}", memory, *cells])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="measure this library as it is")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    given = parser.parse_args()
    print(
        "| passages | record MB | originals | vectors | lexical | all | memory MB: begun, asked, filtered | search ms: CPU, p50, p95 | ask | filtered search | adding: CPU ms, peak MB |"
    )
    print("|---" * 11 + "|", flush=True)
    if given.home:
        print(f"| | {row(given.home)} | |")
        return
    with tempfile.TemporaryDirectory() as folder:
        home, there = Path(folder), 0
        alone(convert, home)
        for size in sorted(given.sizes):
            cpu, peak = alone(grow, home, there, size)
            print(f"| {size:,} | {row(home)} | {cpu / (size - there) * 1e3:.1f}, {peak / 1e6:,.0f} |", flush=True)
            there = size


def alone(work: Callable[..., T], *given: object) -> T:
    """Do the work in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        return processes.submit(work, *given).result()


if __name__ == "__main__":
    main()
