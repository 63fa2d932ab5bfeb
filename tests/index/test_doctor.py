"""The doctor finds every damage, and what it rebuilds from the record answers as before."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from drawn import HashingEncoder, drawn_corpus, drawn_words

from index.doctor import Check, examine, repair
from index.library import Library
from index.retriever import Retriever

PASSAGES = 1_100  # Chroma writes its graph to files from 1,000 on
QUERIES = [" ".join(drawn_words(4, seed=10_000 + number)) for number in range(50)]
Top = list[list[tuple[str, float]]]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Top]:
    """Return a home whose indexes are all in files, and the ten best hits of each query in it."""
    folder = tmp_path_factory.mktemp("sound")
    with closing(opened(folder / "home")) as library, pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.ingest.quotations", lambda document, passages: [])  # made-up words quote nobody
        assert all(outcome.ok for outcome in library.add([drawn_corpus(folder / "corpus.jsonl", PASSAGES)]))
        assert not problems(library)
        return library.home, top(library)


@pytest.fixture
def copy(sound: tuple[Path, Top], tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound[0], tmp_path / "home"))


@pytest.fixture
def library(copy: Path) -> Iterator[Library]:
    with closing(opened(copy)) as library:
        yield library


def opened(home: Path) -> Library:
    return Library(home, encoder=HashingEncoder())


def top(library: Library) -> Top:
    retriever = Retriever(library)
    return [[(hit.passage.id, hit.score) for hit in retriever.search(query, 10).hits] for query in QUERIES]


def same(before: Top, after: Top) -> bool:
    """Tell whether the hits are the same, those aside that are within 1e-4 of each other."""
    return all(
        len(old) == len(new) and all(a == b or abs(x - y) <= 1e-4 for (a, x), (b, y) in zip(old, new, strict=True))
        for old, new in zip(before, after, strict=True)
    )


def problems(library: Library) -> list[Check]:
    return [check for check in examine(library) if check.state == "problem"]


def of(home: Path, pattern: str) -> Path:
    """Return the largest file or folder of the serving indexes that fits."""
    return max((home / "indexes" / "1").glob(pattern), key=lambda path: path.stat().st_size)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    draw, content = random.Random(1), bytearray(path.read_bytes())
    for _ in range(50):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def blow_up(path: Path) -> None:
    os.truncate(path, 10 * 2**30)  # sparse: it takes no room


def garble(path: Path) -> None:
    path.write_bytes(random.Random(2).randbytes(path.stat().st_size))


def flip_words(home: Path) -> None:
    for kind in ("store", "idx", "term"):
        flip(of(home, f"passages/*.{kind}"))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "Chroma's tables cut": lambda home: cut(of(home, "vectors/chroma.sqlite3")),
    "Chroma's tables garbage": lambda home: garble(of(home, "vectors/chroma.sqlite3")),
    "vectors cut": lambda home: cut(of(home, "vectors/*/data_level0.bin")),
    "vectors with flipped bits": lambda home: flip(of(home, "vectors/*/data_level0.bin")),  # Chroma dies of it
    "vectors blown up to 10 GB": lambda home: blow_up(of(home, "vectors/*/data_level0.bin")),  # Chroma does not notice
    "the graph's header cut": lambda home: cut(of(home, "vectors/*/header.bin")),  # Chroma dies of it
    "the graph deleted": lambda home: shutil.rmtree(of(home, "vectors/*/header.bin").parent),
    "a segment of the words deleted": lambda home: of(home, "passages/*.idx").unlink(),
    "the words' list of files cut": lambda home: cut(of(home, "documents/meta.json")),
    "words with flipped bits": flip_words,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_index_is_found_and_rebuilt_to_the_same_hits(
    sound: tuple[Path, Top], copy: Path, damage: Callable[[Path], None]
) -> None:
    damage(copy)
    with closing(opened(copy)) as library:
        assert [check.remedy for check in problems(library)] == ["Run onrecord doctor --repair."]
        repair(library)
        assert not problems(library)
        assert same(sound[1], top(library))
    assert [path.name for path in (copy / "indexes").iterdir()] == ["2"]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_search_rebuilds_a_damaged_index_by_itself(
    sound: tuple[Path, Top], copy: Path, damage: Callable[[Path], None]
) -> None:
    damage(copy)
    with closing(opened(copy)) as library:
        assert same(sound[1], top(library))
        assert not problems(library)
