"""The suite of htmldate's pages: both readers on the same pages, scored as the set's own evaluation scores."""

import json
from pathlib import Path
from typing import cast

import pytest

from assistant.assistant import Assistant
from corpus.errors import SourceError
from evals.records import Record
from evals.suite import Figure, figures, is_odd
from evals.suites.htmldate import SUITE

DECLARED = '<meta property="article:published_time" content="2022-08-25T10:00:00+02:00">'
PAGES = {  # file: (what the head says, what the body says, the set's date)
    "told.html": (DECLARED, "", "2022-08-25"),
    "wrong.html": (DECLARED, "", "2022-08-26"),
    "year.html": ("", "<footer>© 2021 Harbour Post</footer>", "2021-03-04"),
    "none.html": ("", "", None),
}
ARTICLE = "<p>The wall of the harbour has failed in the night, the mayor says, and the old town is cut off.</p>"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder as a copy of htmldate's repository is, its addresses such that all are odd rows but the last."""
    tests = tmp_path / "tests"
    (tests / "cache").mkdir(parents=True)
    listed = {}
    for name, (head, body, date) in PAGES.items():
        html = (
            f"<html><head>{head}<title>Storm</title></head><body><article>{ARTICLE * 3}</article>{body}</body></html>"
        )
        (tests / "cache" / name).write_text(html, encoding="utf-8")
        tries = (f"https://post.example/{name}/{number}" for number in range(100))
        address = next(address for address in tries if is_odd(address) == (name != "none.html"))
        listed[address] = {"file": name, "date": float("nan") if date is None else date}
    (tests / "eval_default.json").write_text(json.dumps(listed))
    (tests / "eval_mediacloud_2020.json").write_text("{}")
    return tmp_path


def run(folder: Path) -> list[Record]:
    assert SUITE.run is not None
    return list(SUITE.run(cast(Assistant, None), folder))


def test_both_readers_are_scored_on_the_same_pages(copy: Path) -> None:
    found: dict[str, Figure] = {figure.name: figure for figure in figures(run(copy), SUITE.measures)}
    assert {name: figure.n for name, figure in found.items() if "accuracy" in name} == {
        **dict.fromkeys(("odd: published: accuracy", "odd: htmldate: accuracy", "odd: accuracy over htmldate's"), 3),
        **dict.fromkeys(("all: published: accuracy", "all: htmldate: accuracy", "all: accuracy over htmldate's"), 4),
    }
    assert found["odd: published: accuracy"].value == pytest.approx(1 / 3)
    assert found["all: published: accuracy"].value == pytest.approx(2 / 4)  # none where there is none is right
    assert found["all: published: precision"].value == pytest.approx(1 / 2)
    assert found["all: htmldate: precision"].value < 1 / 2  # it makes a day of the copyright line
    assert found["all: accuracy over htmldate's"].value >= 0


def test_a_page_that_is_not_there_is_unscored(copy: Path) -> None:
    (copy / "tests" / "cache" / "told.html").unlink()
    assert [record.error is not None for record in run(copy)] == [True, False, False, False]


def test_a_folder_that_is_no_copy_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no tests/eval_default\.json in it"):
        run(tmp_path)
