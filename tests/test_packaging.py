"""What is shipped: sdist and wheel hold all that the code reads, and the wheel works far from the checkout."""

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
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
    """Return the paths of all files of the checkout that git does not ignore, committed or not."""
    ignored = [".git", *(ROOT / ".gitignore").read_text().split()]
    found = set()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not any(fnmatch(name, each.rstrip("/")) for each in ignored)]
        found |= {str((Path(folder) / name).relative_to(ROOT)) for name in names if name not in ignored}
    return found


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


def test_all_that_is_imported_is_declared_as_a_dependency_or_an_extra() -> None:
    wanted = {
        name for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] in PACKAGES for name in imports(path)
    }
    wanted -= sys.stdlib_module_names | PACKAGES
    stated = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    declared = {canonical(re.split(r"[^\w.-]", one)[0]) for group in stated for one in group}
    bringing = packages_distributions()
    assert [name for name in sorted(wanted) if declared.isdisjoint(map(canonical, bringing.get(name, [])))] == []


def imports(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, in functions too."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in names}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


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


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_and_options_once_that_is_installed(installed: Path, tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": f"{installed / 'bin'}:{os.environ['PATH']}"}

    def bash(code: str) -> list[str]:
        """Return the words that bash prints. The command looks for the shell that started it, so bash has to."""
        code += "\n:"  # else bash would become the command
        done = subprocess.run(["bash", "-c", code], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and not done.stderr
        return done.stdout.split()

    def completed(*words: str) -> list[str]:
        at = f"COMP_WORDS=(onrecord {' '.join(words)}); COMP_CWORD={len(words)}"
        found = bash(
            f'source ~/.bashrc; complete -p onrecord; {at}; _onrecord_completion onrecord; echo "${{COMPREPLY[*]}}"'
        )
        assert found[:6] == ["complete", "-o", "default", "-F", "_onrecord_completion", "onrecord"]
        return found[6:]

    assert "installed" in bash("onrecord --install-completion")
    assert completed("conv") == ["conversations"]
    assert completed("conversations", "e") == ["export"]
    assert completed("ask", "--as") == ["--as-of"]
    assert completed("add", "article") == []  # bash completes files then
