"""What a user may state, and which versions it reaches."""

from dataclasses import replace

import pytest

from corpus.edits import restated, stated_fields
from corpus.errors import EditError
from corpus.types import Document

READ = Document(
    *("a" * 12, 1, "/a.txt", "Storm", "Words.", "2022-08-25", None, ("Ada Wherry",), "Harbour Post"),
    *(("war",), "en", "text/plain", "b" * 64, (), (), "2026-01-01T00:00:00+00:00"),
)


def test_what_is_given_is_set_and_the_rest_left_alone() -> None:
    given = {
        "title": "  Storm\tfloods ",
        "published": "2022-08",
        "authors": ["Ada Wherry", " Ada Wherry", ""],
        "outlet": None,
    }
    assert stated_fields(given) == {"title": "Storm floods", "published": "2022-08", "authors": ["Ada Wherry"]}


def test_an_empty_value_makes_a_field_unknown() -> None:
    fields = stated_fields({"title": "", "published": "", "outlet": " ", "authors": [""], "tags": [""], "url": ""})
    assert fields == {"title": "", "published": None, "outlet": None, "authors": [], "tags": [], "url": None}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        *(
            ("published", day, r"is not a date. Write it as 2022-08-25, 2022-08 or 2022")
            for day in ("25 August 2022", "2022-8-5", "2022-13", "2022-02-30", "2022-08-25T10:00", "0000", "22", "٢٠٢٢")
        ),
        ("updated", "soon", "updated: 'soon' is not a date"),
        ("language", "Martian", "language: 'Martian' is not known"),
        *(("url", url, "is not an address") for url in ("example.com", "file:///etc/passwd", "https://", "https://[")),
        ("title", "x" * 1001, "title: .* has 1,001 characters"),
    ],
)
def test_a_value_that_cannot_be_is_named(field: str, value: str, problem: str) -> None:
    with pytest.raises(EditError, match=problem):
        stated_fields({field: value})


def test_an_edit_of_nothing_names_the_fields() -> None:
    with pytest.raises(EditError, match=r"nothing to change\. Name what is to be: --title, --published"):
        stated_fields({"title": None, "authors": None})


def test_characters_that_cannot_be_stored_or_shown_become_space() -> None:
    assert stated_fields({"title": "a\0b\x1b[31mc\ud800\nd"}) == {"title": "a b [31mc d"}


def test_a_language_may_be_stated_by_its_name() -> None:
    assert stated_fields({"language": "German"}) == stated_fields({"language": "de-AT"}) == {"language": "de"}


def test_what_is_stated_stands_above_what_was_read() -> None:
    stated = {"published": None, "authors": ["Otto Lund"], "tags": ["x"]}
    assert restated(READ, stated) == replace(READ, published=None, authors=("Otto Lund",), tags=("x",))
    assert restated(READ, stated, ["y", "x"]).tags == ("x", "y")
    assert restated(READ, {}, ["y"]) == READ
