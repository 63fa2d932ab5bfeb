"""A library beside a dictionary: whatever is added, changed, removed and asked in whatever order, both hold the same."""

import shutil
import tempfile
from pathlib import Path

import pytest
from chaos import PARAGRAPHS, in_turn, problems_in, token, write
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from wordy import WordyEncoder

from corpus.listing import Listing
from corpus.views import View
from index.library import Library
from index.retriever import Retriever

NAMES = st.sampled_from([f"paper{number}" for number in range(5)])


class LibraryMachine(RuleBasedStateMachine):
    """Files of a folder and the versions in them; `held` is what the library must hold of them."""

    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.folder = self.place / "files"
        self.folder.mkdir()
        self.files: dict[str, int] = {}  # the version that is on the disk
        self.held: dict[str, int] = {}  # the version that was added
        self.aside: dict[str, int] = {}  # the version that was removed and can be brought back
        self.last: dict[str, int] = {}
        self.library = Library(self.place / "home", encoder=WordyEncoder())

    @rule(name=NAMES)
    def write_file(self, name: str) -> None:
        self.last[name] = self.files[name] = self.last.get(name, 0) + 1
        write(self.folder, name, self.files[name])

    @rule()
    def add_folder(self) -> None:
        outcomes = self.library.add([self.folder], work=in_turn)
        told = {Path(outcome.source).stem: outcome.status for outcome in outcomes}
        expected = {}
        for name, version in self.files.items():
            known = self.held.get(name)
            is_new = known is None and name not in self.aside
            expected[name] = "unchanged" if known == version else "added" if is_new else "updated"
        assert told == expected
        self.held |= self.files
        self.aside = {}  # they were added again

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.held)))
        (entry,) = [entry for entry in self.library.list() if Path(entry.source).stem == name]
        self.library.remove([entry.id])
        del self.held[name]
        (self.folder / f"{name}.txt").unlink()
        del self.files[name]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def put_aside(self, data: st.DataObject) -> None:
        names = data.draw(st.lists(st.sampled_from(sorted(self.held)), min_size=1, unique=True))
        self.library.put_aside([e.id for e in self.library.list() if Path(e.source).stem in names])
        self.aside |= {name: self.held.pop(name) for name in names}

    @precondition(lambda self: self.aside)
    @rule(data=st.data())
    def bring_back(self, data: st.DataObject) -> None:
        names = data.draw(st.lists(st.sampled_from(sorted(self.aside)), min_size=1, unique=True))
        removed = Listing(self.library.catalog).page(View(only="removed"), 50).rows
        self.library.bring_back([row.id for row in removed if Path(row.source).stem in names])
        self.held |= {name: self.aside.pop(name) for name in names}

    @precondition(lambda self: self.aside)
    @rule()
    def a_day_passes(self) -> None:
        long_ago = "2000-01-01T00:00:00+00:00"
        with self.library.catalog.beside(writes=True) as db:
            db.execute("UPDATE documents SET removed_at = ? WHERE removed_at IS NOT NULL", (long_ago,))
        self.aside = {}

    @rule()
    def restart(self) -> None:
        self.library.close()
        self.library = Library(self.place / "home", encoder=WordyEncoder())

    @precondition(lambda self: self.last)
    @rule(data=st.data())
    def search(self, data: st.DataObject) -> None:
        """A word of a version leads to it while it is held, and to no passage that has it afterwards."""
        name = data.draw(st.sampled_from(sorted(self.last)))
        version = data.draw(st.integers(1, self.last[name]))
        number = data.draw(st.integers(0, PARAGRAPHS - 2))
        word = token(name, version, number)
        found = [
            hit for hit in Retriever(self.library).search(f"{word} {word[::-1]}1", 5).hits if word in hit.passage.text
        ]
        assert len(found) == (1 if self.held.get(name) == version else 0)

    @invariant()
    def the_library_holds_what_the_dictionary_holds(self) -> None:
        if hasattr(self, "library"):
            assert problems_in(self.library, {name: {version} for name, version in self.held.items()}) == []

    def teardown(self) -> None:
        if hasattr(self, "library"):
            self.library.close()
            shutil.rmtree(self.place)


def test_a_library_holds_what_a_dictionary_would(pytestconfig: pytest.Config) -> None:
    checks = settings(
        max_examples=pytestconfig.getoption("--examples"),
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(LibraryMachine, settings=checks)
