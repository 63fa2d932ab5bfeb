"""The ten lines of Python in the README, as they stand there."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import assistant
from corpus.errors import SettingsError

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_ten_lines_of_the_readme_answer_with_speaker_and_source(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = README.split("\n### Python\n")[1].split("\n### ")[0]
    lines = textwrap.dedent(re.findall(r"(?:^(?: {4}.*)?\n)+", section, re.MULTILINE)[0]).strip()
    assert len(lines.splitlines()) == 10
    home.rename(home.with_name("moon"))
    (home.parent / "corpus").symlink_to(ROOT / "corpus")
    monkeypatch.chdir(home.parent)
    exec(compile(lines, "README.md", "exec"), {})
    status, text, cited = capsys.readouterr().out.splitlines()
    assert status == "answered"
    assert "one giant leap for mankind" in text
    assert cited.startswith("Neil Armstrong | Sample Daily | 1969-07-21 | Armstrong put his left foot")


def test_a_home_is_opened_as_it_is_set_up(home: Path) -> None:
    (home / "onrecord.toml").write_text("k = 3\n")
    with assistant.Assistant.open(home) as opened:
        assert (opened.settings.home, opened.settings.k) == (home, 3)
    (home / "onrecord.toml").write_text("k = 'many'\n")
    with pytest.raises(SettingsError, match="k: Input should be a valid integer"):
        assistant.Assistant.open(home)


def test_what_the_package_names_is_there_and_nothing_else() -> None:
    assert {getattr(assistant, name).__name__ for name in assistant.__all__} == {*assistant.__all__}
    with pytest.raises(AttributeError, match="no attribute 'Asistant'"):
        assistant.Asistant  # noqa: B018


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, assistant; print([name for name in ('numpy', 'pydantic', 'assistant.assistant') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"
