"""What is still to be added, and what could not be: kept in the record until it is in, or let be."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from corpus.catalog import Catalog
from corpus.inputs import Seen
from corpus.problems import WAITING, Problems
from corpus.visits import Visits


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with closing(Catalog(tmp_path / "catalog.sqlite3")) as opened:
        yield opened


@pytest.fixture
def problems(catalog: Catalog) -> Problems:
    return Problems(catalog)


def told(problems: Problems) -> dict[str, str]:
    return {each.place: each.reason for each in problems.list()}


def test_what_is_expected_is_a_problem_until_it_is_settled(problems: Problems) -> None:
    problems.expect(["/a.txt", "/b.txt"], "file", ["harbour"])
    assert told(problems) == {"/a.txt": WAITING, "/b.txt": WAITING}
    assert problems.list()[0].tags == ("harbour",)
    problems.settle(["/a.txt"])
    problems.fail([("/b.txt", "it is empty.")], "file", ["harbour"])
    problems.settle(["/b.txt"])  # what failed does not only wait
    assert told(problems) == {"/b.txt": "it is empty."}
    problems.dismiss(["/b.txt"])
    assert told(problems) == {}


def test_what_was_read_since_is_not_waited_for(catalog: Catalog, problems: Problems) -> None:
    problems.expect(["/a.txt"], "file", [])
    with catalog.transaction():
        catalog.inputs.keep(Seen("/a.txt", "sha", "", 3, "stamp", 1))
    assert told(problems) == {}
    problems.expect(["/a.txt"], "file", [])
    assert catalog.inputs.seen("/a.txt") == Seen("/a.txt", "sha", "", 3, "stamp", 1, problem=WAITING)
    problems.settle(["/a.txt"])
    assert catalog.inputs.seen("/a.txt") == Seen("/a.txt", "sha", "", 3, "stamp", 1)


def test_what_is_followed_stays_so_whatever_becomes_of_its_problem(catalog: Catalog, problems: Problems) -> None:
    Visits(catalog).follow("https://news.example/feed", "feed", ("daily",))
    problems.expect(["https://news.example/feed"], "page", ["other"])
    (problem,) = problems.list()
    assert (problem.kind, problem.tags, problem.is_followed) == ("feed", ("daily",), True)
    problems.dismiss(["https://news.example/feed"])
    (followed,) = Visits(catalog).followed()
    assert (followed.source, followed.problem) == ("https://news.example/feed", None)
