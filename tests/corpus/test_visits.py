"""What is known of an address, and whether it is followed, are told apart and kept apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.catalog import Catalog
from corpus.errors import NotFoundError
from corpus.visits import Followed, Visit, Visits

FEED, PAGE = "https://news.example/feed", "https://news.example/storm"


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Visits]:
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    yield Visits(catalog)
    catalog.close()


def test_a_visit_is_kept_in_place_of_the_one_before(visits: Visits) -> None:
    assert visits.get(PAGE) is None
    visits.keep([Visit(PAGE, "page", "abc", '"1"', None, "2022-08-25T07:00:00+00:00", "it failed")])
    later = Visit(PAGE, "page", "def", '"2"', "Thu, 25 Aug 2022 07:00:00 GMT", "2022-08-26T07:00:00+00:00")
    visits.keep([later])
    assert visits.get(PAGE) == later


def test_a_visit_does_not_change_what_is_followed_nor_following_what_is_known(visits: Visits) -> None:
    visit = Visit(FEED, "feed", "abc", '"1"', None, "2022-08-25T07:00:00+00:00")
    visits.keep([visit])
    visits.follow(FEED, "feed", ("harbour",))
    assert visits.get(FEED) == visit
    visits.keep([visit])
    assert visits.followed() == [Followed(FEED, "feed", ("harbour",), "2022-08-25T07:00:00+00:00", None)]
    visits.unfollow(FEED)
    assert (visits.followed(), visits.get(FEED)) == ([], visit)


@pytest.mark.parametrize("known", [True, False])
def test_only_what_is_followed_can_be_unfollowed(visits: Visits, known: bool) -> None:
    visits.keep([Visit(FEED, "feed")] if known else [])
    with pytest.raises(NotFoundError, match="it is not followed"):
        visits.unfollow(FEED)


def test_trouble_leaves_what_was_known(visits: Visits) -> None:
    visits.trouble(Visit(PAGE, "page", problem="first"))
    assert visits.get(PAGE) == Visit(PAGE, "page", problem="first")
    visits.keep([Visit(PAGE, "page", "abc", '"1"', None, "2022-08-25T07:00:00+00:00")])
    visits.trouble(Visit(PAGE, "page", problem="then"))
    assert visits.get(PAGE) == Visit(PAGE, "page", "abc", '"1"', None, "2022-08-25T07:00:00+00:00", "then")


def test_a_page_of_which_nothing_was_added_was_not_removed(visits: Visits) -> None:
    visits.keep([Visit(PAGE, "page", None, checked_at="2022-08-25T07:00:00+00:00")])
    assert not visits.is_removed(PAGE) and not visits.is_removed(FEED)
    visits.keep([Visit(PAGE, "page", "abc")])
    assert visits.is_removed(PAGE)
