"""What reading in a child process costs: the same files read in this process and through the sandbox, in turns.

    python -m benchmarks.reading FOLDER [--repeats 5]

Prints the medians of the wall time, and their ratio; and how long a child takes to start, over that of a bare interpreter.
Both have read everything once before, so that no import is counted.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from corpus.errors import SourceError
from corpus.readers import read
from corpus.sandbox import reading


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    files = [path for path in sorted(given.folder.rglob("*")) if path.is_file() and _is_read(path)]
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} files, {size / 1e6:.1f} MB, {given.repeats} repeats")
    with reading() as sandbox:
        ways: dict[str, Callable[[], object]] = {
            "in this process": lambda: [list(read(path)) for path in files],
            "in a child": lambda: [list(sandbox.run(path)) for path in files],
            "in a child, 2 ahead": lambda: [list(items) for _, items in sandbox.run_all(files, ahead=2)],
        }
        medians = _medians(ways, given.repeats)
    first = medians["in this process"]
    for name, median in medians.items():
        print(f"{name:20} {median / len(files) * 1000:7.2f} ms a file   ratio {median / first:.2f}")
    starts: dict[str, Callable[[], object]] = {
        "a bare interpreter": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
        "a child, its refusal": _started,
    }
    for name, median in _medians(starts, given.repeats).items():
        print(f"{name:20} {median * 1000:7.1f} ms")


def _is_read(path: Path) -> bool:
    try:
        return not any(isinstance(each, SourceError) for each in read(path))
    except SourceError:
        return False


def _started() -> None:
    """Start a child and have it refuse a file that is not there."""
    with reading() as sandbox:
        try:
            list(sandbox.run(Path("none")))
        except SourceError:
            return


def _medians(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the median seconds of each, taken in turns after one that is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(repeats + 1):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            if number:
                taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(times) for name, times in taken.items()}


if __name__ == "__main__":
    main()
