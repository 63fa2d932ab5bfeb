"""The head of a text tells when and by whom, or nothing."""

from pathlib import Path

import pytest

from corpus.readers.dateline import head_fields
from corpus.readers.text import read_text

BODY = "\n\nThe wall of the harbour failed on 3 May 2020, the mayor said. It was built by Otto Lund in 1950.\n"


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ("Storm\n\nPublished: 25 August 2022", "2022-08-25"),
        ("Storm\nPublished on August 25, 2022 at 10:30 GMT", "2022-08-25"),
        ("Date: 2022-08-25", "2022-08-25"),
        ("Date: Thu, 25 Aug 2022 10:00:00 +0200", "2022-08-25"),
        ("Publication date: 2022-08", "2022-08"),
        ("LONDON, Aug 25, 2022 (Agency) - The wall", "2022-08-25"),
        ("KYIV, Ukraine (AP) Aug. 25, 2022 — The wall", "2022-08-25"),
        ("NEW YORK, Thursday, 25 August 2022 – The wall", "2022-08-25"),
        ("Storm\n\nBy Ada Wherry\n25 August 2022, 10:30", "2022-08-25"),
        ("LONDON, Aug 25 (Agency) - The wall", None),
        ("Published: 25 August 2022\nPublished: 26 August 2022", None),
        ("Published: last week", None),
        ("Published: 5/6/2022", None),
        ("Published: 25 August 2022 in the report of the council on harbours", None),
        ("Published figures show that 25 August 2022 was the hottest day", None),
        ("Date: the day of the storm", None),
        ("25 August 2022", None),
        ("On 25 August 2022 the wall failed.", None),
        ("THE MAYOR SAYS: 25 August 2022 was", None),
        ("Updated: 25 August 2022", None),
    ],
)
def test_a_head_dates_its_text_where_it_leaves_no_doubt(head: str, day: str | None) -> None:
    assert head_fields(head + BODY).get("published") == day


def test_a_change_is_no_publication() -> None:
    assert head_fields("Storm\nPublished: 25 August 2022\nLast updated: 27 August 2022") == {
        "published": "2022-08-25",
        "updated": "2022-08-27",
    }


@pytest.mark.parametrize(
    ("head", "authors"),
    [
        ("Storm\n\nBy Ada Wherry", ("Ada Wherry",)),
        ("Authors: Ada Wherry, Otto Lund", ("Ada Wherry", "Otto Lund")),
        ("by Ada Wherry and Otto Lund, Health Correspondent", ("Ada Wherry", "Otto Lund")),
        ("By Monday the council had met", None),
        ("By order of the mayor", None),
        ("Storm by the sea", None),
    ],
)
def test_a_byline_stands_in_a_line_of_its_own(head: str, authors: tuple[str, ...] | None) -> None:
    assert head_fields(head + BODY).get("authors") == authors


def test_what_stands_below_the_head_tells_nothing() -> None:
    assert head_fields("\n".join(["A line of words."] * 10) + "\nPublished: 25 August 2022\nBy Ada Wherry") == {}


def test_plain_text_is_read_with_what_its_head_tells(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Storm\n\nBy Ada Wherry\nPublished: 25 August 2022" + BODY)
    (found,) = read_text(path)
    assert (found.title, found.published, found.authors) == ("Storm", "2022-08-25", ("Ada Wherry",))
