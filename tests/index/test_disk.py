"""A full disk and a read-only one: one clear error, nothing lost, and it works again when there is room."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
OWN_MOUNTS = ["unshare", "--mount", "--map-root-user"]
MOUNTABLE = shutil.which("unshare") and not subprocess.run([*OWN_MOUNTS, "true"], capture_output=True).returncode


@pytest.mark.skipif(not MOUNTABLE, reason="a small disk cannot be mounted here")
def test_a_full_or_read_only_disk_costs_nothing_that_was_there(tmp_path: Path) -> None:
    command = [*OWN_MOUNTS, sys.executable, str(TESTS / "disk.py"), str(tmp_path)]
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=TESTS.parent, env={"PYTHONPATH": str(TESTS.parent)}
    )
    assert run.returncode == 0, run.stderr
    tried = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(tried) == 5
    for one in tried:
        assert one["problems"] == []
        assert one["told"].startswith("DiskError: ") and one["told"].endswith("run the same again."), one
