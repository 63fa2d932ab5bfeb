"""The files in folders: which of them are wanted, and what cannot be looked into.

A pattern of `--ignore`, or a line of a folder's `.onrecordignore`, is like one of .gitignore: `*` and `?` stand for any
characters; a pattern with a slash in it is held against the path below the folder, one without against every name; a
slash at its end means folders only; `!` takes in again what an earlier line left out. Lines with `#` are remarks. Unlike
git's, `*` also stands for slashes. Hidden files and sidecars are left out; what is named itself is always taken.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from corpus.errors import SourceError
from corpus.types import SIDECAR, Input, place_of

__all__ = ["IGNORE_FILE", "files_in", "inputs_in"]

IGNORE_FILE = ".onrecordignore"
Problem = Callable[[str, SourceError], None]  # is told of the folder, and what is wrong with it


@dataclass(frozen=True, slots=True)
class _Rules:
    """Patterns, and the folder below which they hold, as it is reached."""

    folder: str
    patterns: tuple[str, ...]

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """Tell whether the last pattern that fits a path leaves it out; None where none fits."""
        found = None
        below = path[len(self.folder) :].lstrip("/")
        for line in self.patterns:
            pattern = line.removeprefix("!").removesuffix("/")
            name = below if "/" in pattern else below.rpartition("/")[2]
            if (is_folder or not line.endswith("/")) and fnmatchcase(name, pattern.removeprefix("/")):
                found = not line.startswith("!")
        return found


def inputs_in(paths: Iterable[Path], ignored: Sequence[str] = (), problem: Problem | None = None) -> Iterator[Input]:
    """Yield the files named, and those below the folders named, in order of name; a folder reached twice is read once.

    What cannot be looked into is told to `problem`, or raised where there is none.
    """
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if path.is_dir():
            rules = (_Rules(str(path), tuple(ignored)),)
            yield from _walk(str(path), os.path.realpath(path), rules, seen, problem or _raised)
        else:
            yield Input.of(path)


def files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files as `inputs_in` finds them. Raises SourceError if a folder cannot be looked into."""
    return (input.path for input in inputs_in(paths))


def _walk(
    folder: str,
    place: str,
    rules: tuple[_Rules, ...],
    seen: set[tuple[int, int]],
    problem: Problem,
) -> Iterator[Input]:
    """Yield the files below a folder; `place` is its path without links, so that no file's path need be resolved."""
    try:
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in seen:  # a link that leads back, or a folder named twice
            return
        seen.add((status.st_dev, status.st_ino))
        rules = (*rules, *_own_rules(folder))
        with os.scandir(folder) as found:
            entries = sorted((entry.name, entry.is_symlink(), _is_folder(entry)) for entry in found)
    except OSError as error:
        problem(folder, SourceError(f"{folder}: the folder cannot be read: {error.strerror}. Check its permissions."))
        return
    except SourceError as error:
        problem(folder, error)
        return
    for name, is_link, is_folder in entries:
        path, inside = os.path.join(folder, name), os.path.join(place, name)
        if name.startswith(".") or _left_out(path, is_folder, rules):
            continue
        real = os.path.realpath(inside) if is_link else inside
        if is_folder:
            yield from _walk(path, real, rules, seen, problem)
        elif not name.endswith(SIDECAR):
            yield Input(place_of(real), Path(path))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle, say: told of when it is read
        return False


def _left_out(path: str, is_folder: bool, rules: Sequence[_Rules]) -> bool:
    """Tell whether a path is ignored: the folder nearest to it decides, as in git."""
    verdicts = (each.verdict(path, is_folder) for each in reversed(rules))
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _own_rules(folder: str) -> list[_Rules]:
    """Return the rules of a folder's own ignore file. Raises SourceError if it cannot be read."""
    file = Path(folder, IGNORE_FILE)
    try:
        lines = map(str.strip, file.read_text(encoding="utf-8").splitlines()) if file.is_file() else ()
        return [_Rules(folder, tuple(line for line in lines if line and not line.startswith("#")))]
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: cannot be read ({error}). The folder is passed over until it can.") from error


def _raised(folder: str, error: SourceError) -> None:
    raise error
