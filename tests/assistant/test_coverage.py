"""How a library's coverage of a subject runs over time: which words are looked for, which documents are counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.coverage import Coverage, coverage
from corpus.filters import Filters
from index.encoder import Encoder
from index.library import Library

ARTICLES = {
    "a": ("Harbour Post", "2021-05-04", "The harbour mill burned at night."),
    "b": ("Harbour Post", "2021-05-30", "The mills of the harbour are closed."),
    "c": ("Coast Daily", "2021-06", "A mill burned in the hills."),
    "d": ("Coast Daily", None, "Harbour and mill were sold."),
    "e": ("Coast Daily", "2021-07-01", "It rained."),
}


@pytest.fixture
def filled(library: Library, tmp_path: Path, encoder: Encoder) -> Iterator[Library]:
    for name, (outlet, published, text) in ARTICLES.items():
        date = f"published: {published}\n" if published else ""
        (tmp_path / f"{name}.md").write_text(f"---\noutlet: {outlet}\n{date}---\n{text}\n")
    library.add([tmp_path / f"{name}.md" for name in ARTICLES])
    yield library


def test_documents_that_have_two_thirds_of_the_words_are_counted_by_month_and_outlet(filled: Library) -> None:
    found = coverage("Why did the harbour mill burn?", Filters(), filled)
    assert (found.words, found.least) == (("harbour", "mill", "burn"), 2)
    months = {("2021-05", "Harbour Post"): 2, ("2021-06", "Coast Daily"): 1, ("", "Coast Daily"): 1}
    assert found.documents == months


def test_filters_hold_and_a_date_in_the_question_is_no_word_of_it(filled: Library) -> None:
    filters = Filters(outlets=("Harbour Post",), to_date="2021-05-10")
    found = coverage("Was the mill sold on 4 May 2021?", filters, filled)
    assert found == Coverage(("mill", "sold"), 2, {})
    assert coverage("What is said about the mill?", filters, filled).documents == {("2021-05", "Harbour Post"): 1}


def test_a_question_without_a_subject_is_about_every_document(filled: Library) -> None:
    found = coverage("What happened in May 2021?", Filters(), filled)
    assert found.words == () and sum(found.documents.values()) == len(ARTICLES)


def test_a_word_that_stands_nowhere_is_looked_for_all_the_same(filled: Library) -> None:
    assert coverage("Who won the chess championship?", Filters(), filled).documents == {}


def test_a_removed_document_is_not_counted(filled: Library) -> None:
    filled.put_aside([entry.id for entry in filled.list() if entry.outlet == "Harbour Post"])
    assert set(coverage("the harbour mill", Filters(), filled).documents) == {("", "Coast Daily")}
