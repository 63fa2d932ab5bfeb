"""What Ray costs on one machine, and what it costs when workers are killed.

    python -m benchmarks.rays SOURCE... [--repeats 3] [--kills 5] [--seed 1] [--encoder-folder DIR]

First, seconds of `Library.add` on a cluster of Ray's own on this machine over those without Ray, in turns, medians, both
warm. A cluster is there only while its turn lasts; what its start and end take is told apart. Then, in one adding more,
workers that read or encode are killed (SIGKILL) at random moments, and what is lost or doubled is counted against the
library that was made without Ray: documents, passages, who says what, and vectors that differ by more than 1e-3 in cosine.
"""

import argparse
import os
import random
import signal
import sqlite3
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from index.adding import Workers
from index.encoder import DEFAULT_MODEL, Encoder, load_encoder
from index.library import Library
from index.ray import cluster

TITLES = ("ray::read_sent", "ray::Coder")
TABLES = {
    "documents": "source, version, title, text, published, outlet, authors, tags, language, media_type, content_hash",
    "passages": "id, document_id, ordinal, start, end, sentences",
    "attributions": "document_id, version, start, end, speaker, cue, content_start, content_end",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--encoder-folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = given.encoder_folder or Path(place, "encoder")
        encoder = load_encoder(DEFAULT_MODEL, folder)
        plain = Path(place, "plain")
        warmed(Path(place), encoder, None)
        adding(plain, given.sources, encoder, None)  # what the others are compared with; not counted
        seconds = report_speed(Path(place), given.sources, encoder, folder, given.repeats)
        if given.kills:
            draw = random.Random(given.seed)
            moments = [draw.uniform(0.3, 0.9) * seconds / given.kills for _ in range(given.kills)]
            report_kills(Path(place), given.sources, encoder, folder, moments, plain)


def report_speed(place: Path, sources: list[Path], encoder: Encoder, folder: Path, repeats: int) -> float:
    """Print the ratio; return the median seconds with Ray."""
    without, on_ray, starts, ends = [], [], [], []
    passages = 0
    for number in range(repeats):
        taken, passages = adding(place / f"without{number}", sources, encoder, None)
        without.append(taken)
        begun = time.perf_counter()
        with cluster("auto", encoder, folder) as workers:
            warmed(place / f"warm{number}", encoder, workers)
            starts.append(time.perf_counter() - begun)
            on_ray.append(adding(place / f"ray{number}", sources, encoder, workers)[0])
            begun = time.perf_counter()
        ends.append(time.perf_counter() - begun)
    print(f"{encoder.runtime}, {os.cpu_count()} cores, {passages} passages, {repeats} runs each, seconds")
    print(f"without Ray: {statistics.median(without):.1f}  {[round(each, 1) for each in without]}")
    print(f"on Ray:      {statistics.median(on_ray):.1f}  {[round(each, 1) for each in on_ray]}")
    ratios = [one / other for one, other in zip(on_ray, without, strict=True)]
    print(f"ratio {statistics.median(ratios):.3f}  {[round(each, 3) for each in ratios]}")
    print(
        f"cluster's start, a first file read: {statistics.median(starts):.1f}; its end: {statistics.median(ends):.1f}"
    )
    return statistics.median(on_ray)


def report_kills(
    place: Path, sources: list[Path], encoder: Encoder, folder: Path, moments: list[float], plain: Path
) -> None:
    with cluster("auto", encoder, folder) as workers:
        warmed(place / "warm", encoder, workers)
        with killing(moments) as killed:
            adding(place / "killed", sources, encoder, workers)
    wanted, found = rows_of(plain), rows_of(place / "killed")
    lost, doubled = (sum((one - other).values()) for one, other in ((wanted, found), (found, wanted)))
    print(f"{len(killed)} kills ({', '.join(killed)}): {lost} lost, {doubled} doubled of {wanted.total()} rows")
    print(f"vectors: least cosine {least_cosine(plain, place / 'killed'):.6f}")


def warmed(place: Path, encoder: Encoder, workers: Workers | None) -> None:
    """Add a sentence, so that all processes are there and have imported what they need."""
    place.mkdir(parents=True, exist_ok=True)
    file = place / "warm.txt"
    file.write_text("A sentence to begin with, said the clerk.")
    adding(place / "home", [file], encoder, workers)


def adding(home: Path, sources: list[Path], encoder: Encoder, workers: Workers | None) -> tuple[float, int]:
    """Add to a new library; return the seconds that took, and how many passages there are."""
    library = Library(home, encoder=encoder)
    started = time.perf_counter()
    outcomes = library.add(sources, workers=workers)
    seconds = time.perf_counter() - started
    library.close()
    return seconds, sum(outcome.passages for outcome in outcomes)


@contextmanager
def killing(waits: list[float]) -> Iterator[list[str]]:
    """Kill a worker after each wait, one that reads and one that encodes in turn; lend what was killed."""
    killed: list[str] = []
    ended = threading.Event()

    def kill() -> None:
        for number, seconds in enumerate(waits):
            title = TITLES[number % len(TITLES)]
            if ended.wait(seconds):
                return
            while not (found := own_workers(title)):
                if ended.wait(0.005):
                    return
            os.kill(found[0], signal.SIGKILL)
            killed.append(title)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


def own_workers(title: str) -> list[int]:
    """Return the workers of this title of the cluster that this process has started: its raylet's children."""
    found = []
    for place in Path("/proc").iterdir():
        try:
            is_one = place.name.isdecimal() and (place / "cmdline").read_text(errors="replace").startswith(title)
            if is_one and parent(parent(int(place.name))) == os.getpid():
                found.append(int(place.name))
        except OSError:
            continue
    return found


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def rows_of(home: Path) -> Counter[tuple[object, ...]]:
    with sqlite3.connect(home / "catalog.sqlite3") as db:
        return Counter(
            (table, *row) for table, names in TABLES.items() for row in db.execute(f"SELECT {names} FROM {table}")
        )


def least_cosine(one: Path, other: Path) -> float:
    """Return the least cosine of a passage's vector in one library with that in the other."""
    kept = []
    for home in (one, other):
        with sqlite3.connect(home / "catalog.sqlite3") as db:
            kept.append(dict(db.execute("SELECT id, vector FROM passages")))
    return min(float(np.frombuffer(kept[0][id], "f4") @ np.frombuffer(kept[1][id], "f4")) for id in kept[0])


if __name__ == "__main__":
    main()
