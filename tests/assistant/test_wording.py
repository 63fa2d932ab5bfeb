"""Figures, dates, names and quoted words of a statement must stand in its sentences."""

from dataclasses import replace

import pytest

from assistant.answer import Citation
from assistant.wording import verdict
from corpus.types import Document

SENTENCE = (
    "By 23 August, 33 ships had left with nearly 720,000 tons of grain, said Olena Marchuk of the United Nations, and "
    "“the corridor holds”; 40 percent of it went to Egypt, two thirds of the rest to Iran."
)


def cited(text: str = SENTENCE, published: str | None = "2022-08-24") -> list[Citation]:
    document = Document(
        *("d", 1, "file", "Harbour talks in Odessa", text, published, None, (), "Sample Daily", (), None, "text/plain"),
        *("hash", (), (), "2026-01-01"),
    )
    return [Citation(1, document, 0, len(text), speaker="Olena Marchuk", speech="reported")]


@pytest.mark.parametrize(
    "statement",
    [
        "By August 23 Olena Marchuk counted 33 ships, she told the UN.",
        "Thirty-three ships had left by 23 August 2022 with 720 thousand tons.",
        "About 40% went to Egypt, Marchuk said.",
        'She said that "the corridor holds".',
        "She said in August 2022 that “The corridor holds,” as the Sample Daily reports.",
        "Iranian buyers took two thirds of the rest.",
        "Ships left Odessa.",
        "The ships may leave again.",
    ],
)
def test_what_stands_in_the_sentence_is_found_however_it_is_written(statement: str) -> None:
    assert verdict(statement, cited()) == ("supported", None)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("By 23 August, 34 ships had left.", "34 is not in the cited sentence"),
        ("40 million tons had left.", "40 million is not in the cited sentence"),
        ("About 33 percent went to Egypt.", "33 percent is not in the cited sentence"),
        ("By 24 August 33 ships had left; by 25 August more.", "25 August is not in the cited sentence"),
        ("In July 33 ships had left.", "July is not in the cited sentence"),
        ("In August 2021 33 ships had left.", "2021 is not in the cited sentence"),
        ("On Friday 33 ships had left.", "Friday is not in the cited sentence"),
        ("33 ships had left, Ben Wallace said.", "Ben Wallace is not in the cited sentence"),
        ('She said "the corridor is broken".', '"the corridor is broken" is not in the cited sentence'),
        ("She said ‘we shall fight’.", '"we shall fight" is not in the cited sentence'),
        ("In July Ben Wallace counted 34.", "34, July, Ben Wallace are not in the cited sentence"),
    ],
)
def test_what_does_not_stand_there_is_unsupported_and_named(statement: str, reason: str) -> None:
    assert verdict(statement, cited()) == ("unsupported", reason)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("Three officials of the United Nations counted 33 ships.", "Three is not in the cited sentence"),
        ("Then Anna Marchuk counted 33 ships.", "Anna is not in the cited sentence"),
    ],
)
def test_a_small_count_or_a_part_of_a_name_is_a_doubt(statement: str, reason: str) -> None:
    assert verdict(statement, cited()) == ("partly", reason)


def test_two_sentences_bear_a_statement_together() -> None:
    both = [*cited(), replace(cited("Ben Wallace saw 12 more.", None)[0], marker=2, speaker=None)]
    assert verdict("Olena Marchuk counted 33 ships, Ben Wallace 12.", both) == ("supported", None)
    assert verdict("They counted 45.", both) == ("unsupported", "45 is not in the cited sentences")
