"""What serving costs: many users at once on REST, beside one process that answers the same questions one after the other.

    python -m benchmarks.load [--passages 20000] [--users 50] [--seconds 120] [--home DIR]

A library of drawn documents (`evals.drawn`) is asked drawn questions, no two alike, on the same cores: first by
`Assistant.ask` in a loop, in a process of its own; then by the suite `load` against `onrecord serve`, each in its own
process. Printed are both rates, their ratio, the errors and the times of an answer. Both are warmed by questions of their own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from assistant.assistant import Assistant
from assistant.settings import Settings
from benchmarks.asking import KINDS, library
from evals.drawn import drawn_queries

PASSAGES, USERS, SECONDS = 20_000, 50, 120.0
WARMING = 50  # questions
DISTINCT = 20_000  # questions; a fast server is asked fewer


def questions() -> list[str]:
    return [KINDS[i % len(KINDS)].format(query) for i, query in enumerate(drawn_queries(DISTINCT + WARMING))]


def looped(home: Path, seconds: float) -> float:
    """Return how many questions a second one loop in this process answers."""
    with Assistant(Settings(home=home)) as assistant:
        asked = iter(questions()[::-1])
        for _ in range(WARMING):
            assistant.ask(next(asked))
        started, done = perf_counter(), 0
        while perf_counter() - started < seconds:
            assistant.ask(next(asked))
            done += 1
        return done / (perf_counter() - started)


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Start a server over a library, and yield its address."""
    command = [sys.executable, "-m", "ui.cli", "--home", str(home), "serve", "--port", "0"]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            yield next(line for line in server.stdout if line.startswith("OnRecord is at")).split()[-1]
        finally:
            server.terminate()


def loaded(home: Path, users: int, seconds: float, folder: Path) -> dict[str, float]:
    """Return the figures of the suite `load`."""
    from evals.compare import scored
    from evals.records import read_run

    asked = folder / "questions.jsonl"
    asked.write_text("".join(json.dumps({"question": question}) + "\n" for question in questions()), encoding="utf-8")
    run = folder / "run.jsonl"
    with served(home) as url:
        for each in (5.0, seconds):  # the first one warms
            command = [sys.executable, "-m", "ui.cli", "eval", "run", "load", "--url", url, "--questions", str(asked)]
            command += ["--users", str(users), "--seconds", str(each), "-o", str(run)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return {figure.name: figure.value for figure in scored(read_run(run)[0])}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=PASSAGES)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--loop", type=Path, help="only the loop, over this home")
    given = parser.parse_args()
    if given.loop:
        print(looped(given.loop, given.seconds))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder) / "home"
        if given.home is None:
            home.mkdir()
            library(home, given.passages)
        command = [sys.executable, "-m", "benchmarks.load", "--loop", str(home), "--seconds", str(given.seconds)]
        one = float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        told = loaded(home, given.users, given.seconds, Path(folder))
    print(f"{len(os.sched_getaffinity(0))} cores, {given.users} users, {given.seconds:.0f} s each")
    print(f"one loop in one process   {one:8.1f} answers a second")
    for name, value in told.items():
        print(f"served: {name:40} {value:10.3f}")
    print(f"served over one loop      {told['answers a second'] / one:8.2f}")


if __name__ == "__main__":
    main()
