"""A suite in a process of its own: the process is a small script here, the real one is run in tests/ui/browser."""

import sys
from pathlib import Path

import pytest

from corpus.errors import SourceError
from ui.web.jobs import Job
from ui.web.runs import run_suite


def test_a_suite_that_says_much_of_what_is_wrong_ends_and_the_last_line_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "python"
    script.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no weather today\\n' * 20_000 + 'it rains')\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(SourceError, match=r"^it rains$"):
        run_suite(Job("samples"), tmp_path, "samples")
