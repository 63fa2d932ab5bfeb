"""Hostile and damaged files: each ends in text or one clear error within 60 s and 1 GB, and the next file is read."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hostile import measured
from corpus.errors import SourceError
from corpus.sandbox import Sandbox
from tests.corpus.hostile_files import MADE, Maker

MOST_SECONDS, MOST_BYTES = 60, 10**9


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox[Path, str | int]]:
    with Sandbox(measured) as opened:
        yield opened


def outcome(sandbox: Sandbox[Path, str | int], path: Path) -> tuple[int, list[str]]:
    """Return how many texts a file gives, and its errors, having checked that the promise is kept."""
    started = time.monotonic()
    try:
        *told, peak = sandbox.run(path)
    except SourceError as error:
        told, peak = [str(error)], 0
    assert time.monotonic() - started <= MOST_SECONDS + 5
    assert int(peak) <= MOST_BYTES
    errors = [each for each in told if each != "text"]
    assert told, "neither text nor error"
    for error in errors:
        assert "\n" not in str(error) and path.name in str(error)
        assert re.search(r"\. [A-Z].*\.$", str(error)), f"no way out is named: {error}"
    return len(told) - len(errors), errors


@pytest.mark.parametrize("maker", MADE, ids=lambda maker: maker.__name__)
def test_a_hostile_file_is_refused_or_contained(
    maker: Maker, tmp_path: Path, sandbox: Sandbox[Path, str | int]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = maker(folder)
    texts, errors = outcome(sandbox, path)
    print(texts, errors)
    shutil.rmtree(folder)  # some are large, and pytest keeps what is left
    (tmp_path / "next.txt").write_text("The next file is read.")
    assert outcome(sandbox, tmp_path / "next.txt") == (1, [])
