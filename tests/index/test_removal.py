"""Removal with undo: nobody finds what was removed, and it comes back as it was; killed at any step it is one or the other."""

import multiprocessing
import os
import signal
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from chaos import in_turn
from filelock import FileLock
from wordy import WordyEncoder

from corpus.catalog import Catalog
from corpus.errors import LibraryLockedError, NotFoundError
from corpus.filters import Filters
from corpus.listing import Listing
from corpus.views import View
from index.doctor import examine
from index.library import Library
from index.retriever import Retriever
from index.vectors import VectorIndex

TOLL = "Tolls\n\nThe toll for the tunnel is five crowns. It was four crowns before the storm, the keeper said."
WIRE = " ".join(f"The ship {n} left the harbour for the north with {n} crates." for n in range(20))


def found(library: Library, query: str, filters: Filters | None = None) -> set[str]:
    return {hit.passage.document_id for hit in Retriever(library).search(query, 20, filters).hits}


def long_ago(library: Library) -> None:
    with library.catalog.beside(writes=True) as db:
        db.execute("UPDATE documents SET removed_at = '2000-01-01T00:00:00+00:00' WHERE removed_at IS NOT NULL")


def problems(library: Library) -> list[str]:
    return [f"{check.check}: {check.found}" for check in examine(library) if check.state == "problem"]


@pytest.fixture
def small(tmp_path: Path) -> Any:
    """Return a library of a word encoder with three files, two of which tell the same."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in (("toll", TOLL), ("wire", WIRE), ("paper", f"{WIRE} Of it the paper knew.")):
        (folder / f"{name}.txt").write_text(text)
    with closing(Library(tmp_path / "home", encoder=WordyEncoder())) as library:
        library.add([folder], work=in_turn)
        yield library


def id_of(library: Library, name: str) -> str:
    return next(entry.id for entry in library.list() if Path(entry.source).stem == name)


def test_what_was_removed_is_found_no_longer_and_comes_back_as_it_was(small: Library) -> None:
    toll = id_of(small, "toll")
    before, hits = small.list(), Retriever(small).search("toll tunnel", 5).hits
    small.put_aside([toll])
    assert toll not in {entry.id for entry in small.list()} | found(small, "toll tunnel")
    assert toll not in found(small, "toll tunnel", Filters(as_of="2030-01-01"))
    with pytest.raises(NotFoundError, match="no such document"):
        small.show(toll)
    assert small.catalog.document(toll, 1).text == TOLL  # a saved citation resolves
    assert problems(small) == []
    assert any(check.found.startswith("1 removed") for check in examine(small))
    small.bring_back([toll])
    assert small.list() == before
    assert Retriever(small).search("toll tunnel", 5).hits == hits
    assert problems(small) == []


def test_after_a_day_the_next_writer_takes_it_out_for_good(small: Library) -> None:
    toll = id_of(small, "toll")
    small.put_aside([toll])
    long_ago(small)
    assert Listing(small.catalog).page(View(only="removed"), 10).rows == ()
    with pytest.raises(NotFoundError, match="After a day it is gone for good"):
        small.bring_back([toll])
    assert small.catalog.latest(toll) is None
    assert problems(small) == []


def test_near_duplicates_part_and_meet_again(small: Library) -> None:
    wire, paper = id_of(small, "wire"), id_of(small, "paper")
    assert small.show(wire).duplicate_group == small.show(paper).duplicate_group is not None
    small.put_aside([wire])
    assert small.show(paper).duplicate_group is None
    small.bring_back([wire])
    assert small.show(wire).duplicate_group == small.show(paper).duplicate_group is not None
    small.put_aside([wire, paper])
    small.bring_back([paper, wire])
    assert small.show(wire).duplicate_group == small.show(paper).duplicate_group is not None
    assert problems(small) == []


def test_adding_its_file_again_brings_it_back_with_what_was_stated_of_it(small: Library, tmp_path: Path) -> None:
    toll = id_of(small, "toll")
    small.edit(toll, {"outlet": "Harbour Post"})
    small.put_aside([toll])
    (outcome,) = small.add([tmp_path / "files" / "toll.txt"], work=in_turn)
    assert (outcome.ok, outcome.document_id) == (True, toll)
    assert small.show(toll).outlet == "Harbour Post"
    assert toll in found(small, "toll tunnel")
    long_ago(small)
    small.edit(toll, {"outlet": "Other"})
    assert small.show(toll).outlet == "Other"
    with pytest.raises(NotFoundError, match="no removed document"):
        small.bring_back([toll])


def test_ids_that_are_none_change_nothing(small: Library) -> None:
    toll, generation = id_of(small, "toll"), small.catalog.generation()
    with pytest.raises(NotFoundError, match="no such document"):
        small.put_aside([toll, "' OR 1=1 --"])
    with pytest.raises(NotFoundError, match="no removed document"):
        small.bring_back([toll])
    assert small.catalog.generation() == generation
    small.put_aside([toll])
    with pytest.raises(NotFoundError, match="no such document"):
        small.put_aside([toll])
    with pytest.raises(NotFoundError, match="no such document"):
        small.edit(toll, {"title": "x"})


def test_while_somebody_else_writes_nothing_is_removed(small: Library) -> None:
    toll = id_of(small, "toll")
    with FileLock(small.home / "writer.lock"), pytest.raises(LibraryLockedError, match="is being written by"):
        small.put_aside([toll])
    assert toll in found(small, "toll tunnel")


STEPS: dict[str, tuple[type, str]] = {
    "put aside": (Catalog, "put_aside"),
    "vectors removed": (VectorIndex, "remove"),
    "clear forgotten": (Catalog, "clear_forgotten"),
    "await back": (Catalog, "await_back"),
    "vectors added": (VectorIndex, "add"),
    "bring back": (Catalog, "bring_back"),
}


def killed(home: Path, id: str, undo: bool, step: str) -> None:
    """Remove a document, or undo that, in a process that is killed right after a step."""
    owner, name = STEPS[step]
    method = getattr(owner, name)

    def dying(*given: Any, **named: Any) -> Any:
        method(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)
    library = Library(home, encoder=WordyEncoder())
    (library.bring_back if undo else library.put_aside)([id])


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_is_wholly_there_or_wholly_gone(small: Library, step: str) -> None:
    toll, undo = id_of(small, "toll"), [*STEPS].index(step) > 2
    if undo:
        small.put_aside([toll])
    small.close()
    process = multiprocessing.get_context("forkserver").Process(target=killed, args=(small.home, toll, undo, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with closing(Library(small.home, encoder=WordyEncoder())) as library:
        there = toll in {entry.id for entry in library.list()}
        assert (toll in found(library, "toll tunnel")) == there
        library.edit(id_of(library, "wire"), {"outlet": "X"})  # any writer makes good what was left
        assert problems(library) == []
        (library.put_aside if there else library.bring_back)([toll])
        assert (toll in found(library, "toll tunnel")) != there
        assert problems(library) == []
