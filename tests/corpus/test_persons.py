"""Names in the words of a source, and whom a story means by a part of a name."""

import pytest

from corpus.persons import Story, name_in
from corpus.segment import sentence_spans


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("the mayor, Ines Falk,", "Ines Falk"),
        ("the former chancellor Gerda Holm", "Gerda Holm"),
        ("Gerda Holm, once chancellor", "Gerda Holm"),
        ("Ada Kern of lying", "Ada Kern"),
        ("Ada Kern and Olaf Brenner", "Ada Kern and Olaf Brenner"),
        ("a spokesman for Ines Falk", "a spokesman for Ines Falk"),
        ("The officials", "the officials"),
        ("Monday Holm", "Holm"),
        ("Jan Holm", "Jan Holm"),
        ("Falk’s", "Falk"),
    ],
)
def test_a_source_gives_its_name_where_it_has_one(source: str, name: str) -> None:
    assert name_in(source) == name


@pytest.mark.parametrize(
    ("text", "words", "named"),
    [
        ("Olaf Brenner left. Mr. Brenner wept.", "Mr. Brenner", "Olaf Brenner"),
        ("Olaf and Ida met. Olaf Brenner left. Ida Brenner left. Brenner wept.", "Brenner wept", "Brenner"),
        ("The mayor met Ada Kern, the judge, and Bo Ek, a judge. The judge left.", "The judge", "the judge"),
        ("Nobody left.", "Nobody", None),
    ],
)
def test_a_part_of_a_name_or_an_office_stands_for_one_person_or_for_itself(
    text: str, words: str, named: str | None
) -> None:
    story = Story(text, sentence_spans(text))
    start = text.rindex(words)
    assert story.speaker((start, start + len(words.removesuffix(" wept")))) == named


@pytest.mark.parametrize("words", ["Aa ", "U.S. ", "a-", "A", "U."])
def test_a_text_of_names_alone_is_read_in_time(words: str) -> None:
    """Once such a text took hours: a test that does not end is one that fails."""
    assert Story(words * 40_000, [(0, 100)])._offices == {}
