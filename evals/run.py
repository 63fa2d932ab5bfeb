"""Run suites: a fresh library each, the questions answered, the records written, the figures printed.

A run is one JSONL file: for each suite a line with the settings, the commit and the time, then a line a question.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.errors import SettingsError
from evals.metrics import Figure
from evals.suites import SUITES
from index.encoder import load_encoder

__all__ = ["run_suites"]


def run_suites(names: list[str], data: Path | None, output: Path | None, settings: Settings) -> list[Figure]:
    """Run the suites named, write the run to `output` and print the figures. Raises SettingsError for an unknown suite."""
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        raise SettingsError(f"{unknown[0]}: no such suite. There are {', '.join(SUITES)}.")
    path = output or Path("runs") / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{'-'.join(names)}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    encoder = load_encoder(settings.encoder, settings.home / "encoder")
    found: list[Figure] = []
    with path.open("w", encoding="utf-8") as file:
        for name in names:
            suite = SUITES[name]
            file.write(json.dumps(_header(name, settings)) + "\n")
            started = time.perf_counter()
            records = []
            with tempfile.TemporaryDirectory() as home:
                assistant = Assistant(settings.model_copy(update={"home": Path(home)}), encoder)
                try:
                    for record in suite.run(assistant, data):
                        records.append(record)
                        file.write(json.dumps(record, ensure_ascii=False) + "\n")
                finally:
                    assistant.close()
            figures = suite.figures(records)
            _print(name, figures, time.perf_counter() - started)
            found += figures
    print(f"The run is in {path}.", file=sys.stderr)
    return found


def _header(suite: str, settings: Settings) -> dict[str, object]:
    return {
        "run": 1,
        "suite": suite,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("onrecord"),
        "commit": _commit(),
        "settings": json.loads(settings.model_dump_json(exclude={"home"})),
        "settings_hash": settings.hash(),
    }


def _commit() -> str | None:
    """Return the checkout's commit, with "+" where files differ from it; None outside a checkout."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty=+"],
            cwd=Path(__file__).parent, capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()


def _print(name: str, figures: list[Figure], seconds: float) -> None:
    print(f"{name}  ({seconds:.0f} s)")
    for f in figures:
        print(f"  {f.name:40} {f.value:8.3f}  ± {f.standard_error:.3f}  n {f.n}")
