"""What is shipped: sdist and wheel hold all that the code reads, and the wheel works far from the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = {package.partition(".")[0] for package in PROJECT["tool"]["setuptools"]["packages"]}
READ_BY_PEOPLE = {"evals/LOG.md"}
OF_THE_CHECKOUT = {".gitignore", ".ci/run", "MANIFEST.in"}


def run(*command: str | Path, cwd: Path) -> str:
    """Return what a command prints, run without a trace of this checkout in its environment. Fails if the command does."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    found = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def tracked() -> set[str]:
    """Return the paths of all files of the checkout, those not yet committed too."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    return {path for path in listed.split("\0") if path and (ROOT / path).is_file()}


@pytest.fixture(scope="module")
def built(tracked: set[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    for path in tracked:
        copy = folder / "checkout" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, copy)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, folder / "checkout", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment with the wheel installed, which finds what it depends on where the tests find it."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    (wheel,) = built.glob("*.whl")
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-compile",
        wheel,
        cwd=folder,
    )
    own = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    (Path(own) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(tracked: set[str], built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
    ours = {path for path in tracked if PurePosixPath(path).parts[0] in PACKAGES}
    assert sorted(held) == sorted(ours - READ_BY_PEOPLE)


def test_the_sdist_holds_the_whole_checkout(tracked: set[str], built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as opened:
        held = {name.partition("/")[2] for name in opened.getnames()}
    assert tracked - held <= OF_THE_CHECKOUT


def test_the_installed_command_adds_the_samples_and_answers(installed: Path, home: Path, tmp_path: Path) -> None:
    onrecord, python = installed / "bin" / "onrecord", installed / "bin" / "python"
    code = "import ui, corpus.speech; from ui.samples import sample_folders; print(ui.__file__, *sample_folders(), sep='\\n')"
    places = run(python, "-c", code, cwd=tmp_path).split()
    assert all(Path(place).is_relative_to(installed) for place in places)
    assert run(onrecord, "version", cwd=tmp_path).strip() == PROJECT["project"]["version"]
    apollo = next(place for place in places if place.endswith("apollo"))
    assert "Eagle leaves the Moon" in run(onrecord, "--home", home, "add", apollo, cwd=tmp_path)
    answer = run(onrecord, "--home", home, "ask", "Where did the astronauts splash down?", cwd=tmp_path)
    assert "[1]" in answer and "Pacific" in answer
