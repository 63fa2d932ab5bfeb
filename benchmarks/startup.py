"""What starting costs: CPU of `onrecord --help`, and a whole `onrecord ask` beside importing sentence-transformers.

    python benchmarks/startup.py [--repeats 5]

Builds a library of the sample corpus in a temporary folder first. Wall time and CPU time (user and system), medians; the
three commands are run in turns.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

COMMANDS = {
    "onrecord --help": ["-m", "ui.cli", "--help"],
    "onrecord ask": ["-m", "ui.cli", "ask", "How many cargo ships had left under the grain deal?"],
    "import sentence_transformers": ["-c", "import sentence_transformers"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ONRECORD_HOME": home}
        samples = Path(str(files("corpus").joinpath("samples")))
        add = [sys.executable, "-m", "ui.cli", "add", str(samples / "apollo"), str(samples / "negotiations")]
        subprocess.run(add, env=environment, check=True, capture_output=True)
        subprocess.run([sys.executable, *COMMANDS["onrecord ask"]], env=environment, check=True, capture_output=True)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
        for _ in range(repeats):
            for name, command in COMMANDS.items():
                taken[name].append(_run([sys.executable, *command], environment))
    medians = {
        name: tuple(statistics.median(column) for column in zip(*runs, strict=True)) for name, runs in taken.items()
    }
    for name, (wall, cpu) in medians.items():
        print(f"{name:30} wall {wall:6.2f} s   CPU {cpu:6.2f} s   ({repeats} runs, medians)")
    ask, baseline = medians["onrecord ask"], medians["import sentence_transformers"]
    print(f"ask / import: wall {ask[0] / baseline[0]:.2f}, CPU {ask[1] / baseline[1]:.2f}")


def _run(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return wall and CPU seconds of a whole process."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    wall, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu


if __name__ == "__main__":
    main()
