"""A byline gives names of people, or nothing."""

import pytest

from corpus.readers.bylines import people


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ada Wherry | Published 3 May 2022", ("Ada Wherry",)),
        ("By Ada Wherry and Otto Lund, Health Correspondent", ("Ada Wherry", "Otto Lund")),
        ("Written by Ada Wherry, Otto Lund & Ines Falk", ("Ada Wherry", "Otto Lund", "Ines Falk")),
        ("Von Ada Wherry, 22.01.2020, 13:45 Uhr", ("Ada Wherry",)),
        ("Wherry, Ada", ("Ada Wherry",)),
        ("van der Berg, Jan", ("Jan van der Berg",)),
        ("Jean-Luc O'Neill Jr.", ("Jean-Luc O'Neill Jr",)),
        ("https://example.com/authors/ada-wherry", ()),
        ("Staff and agencies", ()),
        ("Harbour Post Newsroom", ()),
        ("Reuters, Berlin", ()),
        ("admin", ()),
        ("ada_wherry", ()),
        ("published 3 May", ()),
        ("", ()),
    ],
)
def test_a_byline_gives_names_of_people_alone(byline: str, names: tuple[str, ...]) -> None:
    assert people([byline]) == names


def test_the_outlet_and_its_host_are_no_author() -> None:
    assert people(["Harbour Post", "Ada Wherry"], "The Harbour Post", "harbourpost.example") == ("Ada Wherry",)
    assert people(["Far Shore"], None, "www.farshore.example") == ()


def test_each_author_is_named_once() -> None:
    assert people(["Ada Wherry", "By Ada Wherry", "Otto Lund"]) == ("Ada Wherry", "Otto Lund")
