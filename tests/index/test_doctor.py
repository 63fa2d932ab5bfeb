"""The doctor finds every damage, and what it rebuilds from the record answers as before."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from drawn import HashingEncoder, drawn_corpus, drawn_words

from corpus.errors import LibraryLockedError
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


def written(library: Library, statement: str) -> None:
    """Change the record as no code of ours would."""
    with library.catalog.beside(writes=True) as db:
        db.execute(statement)


VECTORS = {
    "missing": "NULL",
    "of another size": "substr(vector, 1, 16)",
    "not of length 1": "zeroblob(128)",
    "not a number": "x'0000c07f' || substr(vector, 5)",
}


@pytest.mark.parametrize("value", VECTORS.values(), ids=VECTORS.keys())
def test_vectors_that_cannot_be_used_are_made_anew(sound: tuple[Path, Top], library: Library, value: str) -> None:
    written(library, f"UPDATE passages SET vector = CAST({value} AS BLOB) WHERE row IN (5, 50, 500)")
    found = {check.check: check.found for check in problems(library)}
    assert "3 passages have no vector" in found["vectors"]
    repair(library)
    assert not problems(library)
    assert same(sound[1], top(library))


@pytest.mark.parametrize(
    ("statement", "check", "told"),
    [
        ("UPDATE passages SET start = start + 1 WHERE row = 7", "passages", "not the words of the document"),
        ("UPDATE passages SET sentences = '[[0, 9999]]' WHERE row = 7", "passages", "not the words of the document"),
        (
            "UPDATE documents SET text = 'x' || text WHERE source LIKE '%#7'",
            "passages",
            "not the words of the document",
        ),
        ("DELETE FROM passages WHERE row = 7", "documents", "without any passage"),
    ],
)
def test_a_record_at_odds_with_itself_is_told(library: Library, statement: str, check: str, told: str) -> None:
    written(library, statement)
    assert told in {problem.check: problem.found for problem in problems(library)}[check]


def test_a_passage_too_many_or_too_few_in_an_index_is_found(library: Library) -> None:
    """As the record has it, the files are sound: only what is in them tells."""
    with library.writing("a test"), library.indexes() as indexes:
        ids, _ = next(indexes.vectors.kept())
        indexes.vectors.remove(ids[:2])
        indexes.vectors.add(["nobody's"], HashingEncoder().encode(["words"]))
        indexes.passages.write(removed=[indexes.passages.kept()[0][1]])
    found = {check.check: check.found for check in problems(library)}
    assert found["vector index"] == f"2 of {PASSAGES} passages are missing; 1 passages too many"
    assert found["lexical indexes"] == "1 passages are missing, 0 too many"
    repair(library)
    assert not problems(library)


def test_what_is_no_damage_is_a_note(library: Library) -> None:
    (library.home / "indexes" / "77").mkdir()
    (library.home / "lexical").mkdir()
    (library.home / "catalog.schema2.sqlite3").touch()
    written(
        library, "INSERT INTO inputs (place, kind, problem) VALUES ('https://a.example/feed', 'feed', 'gone (410)')"
    )
    written(library, "UPDATE documents SET attributed = 0 WHERE source LIKE '%#1'")
    notes = {check.check: check.found for check in examine(library) if check.state == "note"}
    assert notes["leftovers"] == "indexes/77, lexical serve no more"
    assert "catalog.schema2.sqlite3" in notes["copies"]
    assert notes["source"] == "https://a.example/feed: gone (410)"
    assert notes["quotations"].startswith("1 versions")
    assert not problems(library)
    repair(library)
    assert {check.check for check in examine(library) if check.state == "note"} == {"copies", "source"}


def test_a_library_that_another_writes_to_is_not_repaired(library: Library) -> None:
    with closing(opened(library.home)) as other, ThreadPoolExecutor(1) as threads, other.held("onrecord add"):
        with pytest.raises(LibraryLockedError, match="onrecord add"):
            threads.submit(repair, library).result()
        checks = threads.submit(examine, library).result()
    assert next(check for check in checks if check.check == "lock").state == "note"
    assert "vector index" not in {check.check for check in checks}


def test_a_model_of_the_same_name_with_other_weights_is_told(library: Library) -> None:
    with closing(Library(library.home, encoder=HashingEncoder("hashing of another kind"))) as other:
        (told,) = problems(other)
    assert (told.check, told.remedy) == ("encoder", "Run onrecord reindex.")


def test_a_copy_of_which_no_bytes_are_kept_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The ferry is full.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("The ferry is full.", encoding="utf-16")
    with closing(opened(tmp_path / "home")) as library:
        statuses = {outcome.status for outcome in library.add([tmp_path / "a.txt", tmp_path / "b.txt"])}
        assert statuses == {"added", "duplicate"}
        assert not problems(library)
