"""Whether a server grows: its resident memory while everything is used at once, over and over.

    python -m benchmarks.soak [--minutes 10] [--home DIR]

`onrecord serve` over a copy of the sample corpus (or of DIR) is used by PROGRAMS programs through every door: searches,
answers, streams, conversations, uploads, edits, removals, what breaks off and what is wrong (`benchmarks.mixed`). Printed
are the memory every few seconds, the growth from the end of the first minute to the mean of the last, the rate, and every
answer that has no business to be there. Before the first minute each way is gone ROUNDS times by one program: a first
question, a first file and a first change load what they need once.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from time import perf_counter, sleep

import httpx

from benchmarks.mixed import Program

PROGRAMS, EVERY_S, MINUTE = 4, 5.0, 60.0
ROUNDS = 3  # of every way once, before the first minute
EXPECTED = {"wrong": {400, 404, 413, 422}, "change": {200, 204, 404, 409}}
FINE = {200, 202, 204, 409, 503}


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process, as Linux tells it."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1e3


def use(url: str, seed: int, until: float, told: Counter[str], errors: list[BaseException]) -> None:
    def seen(what: str, response: httpx.Response) -> None:
        told[what] += 1
        if response.status_code not in (FINE | EXPECTED.get(what, set())):
            told[f"{what}: {response.status_code} {response.text[:200]}"] += 1

    program = Program(url, {}, f"canary{seed}", seen, seed)
    ways = program.reading * 4 + (program.writing if seed == 0 else [])
    try:
        while perf_counter() < until:
            program.draw.choice(ways)()
    except Exception as error:  # noqa: BLE001  it is told at the end
        errors.append(error)


def measure(home: Path, minutes: float) -> None:
    command = [sys.executable, "-m", "ui.cli", "--home", str(home), "serve", "--port", "0", "--samples"]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            url = next(line for line in server.stdout if line.startswith("OnRecord is at")).split()[-1]
            watch(server.pid, url, minutes)
        finally:
            server.terminate()


def watch(pid: int, url: str, minutes: float) -> None:
    told: Counter[str] = Counter()
    errors: list[BaseException] = []
    first_one = Program(url, {}, "canary", lambda what, response: None, 0)
    for way in [*first_one.reading, *first_one.writing] * ROUNDS:
        way()
    started = perf_counter()
    until = started + minutes * MINUTE
    threads = [threading.Thread(target=use, args=(url, seed, until, told, errors)) for seed in range(PROGRAMS)]
    for thread in threads:
        thread.start()
    seen: list[tuple[float, float]] = []
    while perf_counter() < until:
        sleep(EVERY_S)
        seen.append((perf_counter() - started, resident_mb(pid)))
        print(f"{seen[-1][0]:7.0f} s {seen[-1][1]:8.1f} MB  {sum(told.values())} requests", flush=True)
    for thread in threads:
        thread.join()
    first = [mb for at, mb in seen if at <= MINUTE][-1]
    last = [mb for at, mb in seen if at > seen[-1][0] - MINUTE / 2]
    growth = sum(last) / len(last) / first - 1
    print(f"{first:.1f} MB after a minute, {sum(last) / len(last):.1f} MB at the end: {growth:+.1%}")
    print(dict(told), [repr(error) for error in errors])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if given.home:
            shutil.copytree(given.home, home, symlinks=True)
        measure(home, given.minutes)


if __name__ == "__main__":
    main()
