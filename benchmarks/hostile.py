"""Read every file of a folder, then cut and bit-flipped copies of one file of each type: text or one clear error, each.

    python -m benchmarks.hostile FOLDER [--cuts 100] [--flips 50] [--seed 1]

Prints how many gave text and how many an error, the slowest, the most memory, and what crashed or broke a limit. Exit code 1
where a file took more than 60 s or 1 GB, or ended otherwise. Memory is the child's peak; where a child died it is not known,
and below what the kernel allows it.
"""

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from corpus.confinement import peak_bytes
from corpus.errors import SourceError
from corpus.folders import files_in
from corpus.readers import SIDECAR, read
from corpus.sandbox import Sandbox
from corpus.types import Extract

MOST_SECONDS, MOST_MB = 60, 1000
Change = Callable[[bytes, random.Random], tuple[bytes, str]]  # how a copy's bytes differ, and in words
BROKEN = re.compile(r"broke off \(\S+|took more than \d+ s|more than \d+ MB( of memory)?|did not start")


def measured(path: Path) -> Iterator[str | int]:
    """Yield "text" for each document, each error's message, and last the process's peak in bytes."""
    try:
        for found in read(path):
            yield "text" if isinstance(found, Extract) else str(found)
    except SourceError as error:
        yield str(error)
    yield peak_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--flips", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    from benchmarks import hostile  # by its name: a child does not import the main program

    files = [path for path in files_in([given.folder]) if not path.name.endswith(SIDECAR)]
    chance = random.Random(given.seed)
    with Sandbox(hostile.measured) as sandbox, tempfile.TemporaryDirectory() as folder:
        kept = _walk("as they are", sandbox, ((path, path.name) for path in files))
        cut = _walk("cut", sandbox, _copies(_of_each_type(files, chance), given.cuts, _cut, chance, Path(folder)))
        flipped = _walk(
            "flipped", sandbox, _copies(_of_each_type(files, chance), given.flips, _flip, chance, Path(folder))
        )
    sys.exit(0 if kept and cut and flipped else 1)


def _of_each_type(files: list[Path], chance: random.Random) -> list[Path]:
    suffixes = sorted({path.suffix.lower() for path in files if path.suffix})
    return [chance.choice([path for path in files if path.suffix.lower() == suffix]) for suffix in suffixes]


def _copies(
    files: list[Path], times: int, change: Change, chance: random.Random, folder: Path
) -> Iterator[tuple[Path, str]]:
    for path in files:
        data = path.read_bytes()
        for _ in range(times):
            copy = folder / path.name
            changed, how = change(data, chance)
            copy.write_bytes(changed)
            yield copy, f"{path.name} {how}"


def _cut(data: bytes, chance: random.Random) -> tuple[bytes, str]:
    place = chance.randrange(len(data))
    return data[:place], f"cut at {place}"


def _flip(data: bytes, chance: random.Random) -> tuple[bytes, str]:
    """Flip one to sixteen bits."""
    changed = bytearray(data)
    places = [chance.randrange(8 * len(data)) for _ in range(2 ** chance.randrange(5))]
    for place in places:
        changed[place // 8] ^= 1 << place % 8
    return bytes(changed), f"bits {places}"


CHANGES = (_cut, _flip)


def _walk(what: str, sandbox: Sandbox[Path, str | int], cases: Iterator[tuple[Path, str]]) -> bool:
    """Read each, print the figures, and tell whether all kept the promise."""
    ended: Counter[str] = Counter()
    slowest, largest = (0.0, "-"), (0, "-")
    broken: list[str] = []
    for path, name in cases:
        started = time.perf_counter()
        try:
            found = list(sandbox.run(path))
        except SourceError as error:
            found = [str(error)]
        slowest = max(slowest, (time.perf_counter() - started, name))
        largest = max(largest, (max((each for each in found if isinstance(each, int)), default=0), name))
        told = [each for each in found if isinstance(each, str)]
        ended["text" if "text" in told else "error" if told else "nothing"] += 1
        broken += [f"{name}: an error of several lines" for each in told if "\n" in each]
        broken += [f"{name}: {match.group()}" for each in told if (match := BROKEN.search(each))]
    print(
        f"{what}: {ended.total()} files, {ended['text']} texts, {ended['error']} errors, {ended['nothing']} neither; "
        f"slowest {slowest[0]:.1f} s ({slowest[1]}); most memory {largest[0] / 1e6:.0f} MB ({largest[1]}); "
        f"{len(broken)} crashed or broke a limit",
        *broken,
        sep="\n    ",
        flush=True,
    )
    return ended["text"] > 0 and not ended["nothing"] and slowest[0] <= MOST_SECONDS and largest[0] <= MOST_MB * 1e6


if __name__ == "__main__":
    main()
