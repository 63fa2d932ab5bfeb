"""When a page was published: declared, then shown; never changed, saved, mentioned or guessed."""

import pytest
from trafilatura.utils import load_html

from corpus.readers.declared import declared
from corpus.readers.pagedate import published, saved, updated

TIME = '<time datetime="2022-08-25">25 August</time>'
UTC = '<meta property="article:published_time" content="2022-08-26T01:30:00Z">'


def page(head: str = "", body: str = "") -> tuple[str | None, str | None]:
    html = f"<html><head>{head}</head><body><h1>Storm</h1>{body}<p>The wall has failed.</p></body></html>"
    tree = load_html(html)
    said = declared(tree)
    day = published(tree, said, saved(html.encode()))
    return day, updated(tree, said, day)


@pytest.mark.parametrize(
    ("body", "day"),
    [
        (TIME, "2022-08-25"),
        (TIME + TIME, "2022-08-25"),
        ('<span itemprop="datePublished" content="2022-08-25">then</span>' + TIME.replace("25", "27"), "2022-08-25"),
        (f'<article>{TIME}</article><div class="comments">{TIME.replace("25", "26")}</div>', "2022-08-25"),
        (f"<article>{TIME}</article><aside>{TIME.replace('25', '20')}</aside>", "2022-08-25"),
        ('<p class="byline">By Ada Wherry, 25 August 2022</p>', "2022-08-25"),
        ("<p><em>25.08.2022</em></p>", "2022-08-25"),
        (
            "<p>25.08.2022 - The wall of the harbour has failed in the night, the mayor says, and the town is cut off.</p>",
            "2022-08-25",
        ),
    ],
)
def test_a_date_that_the_page_shows_as_its_own_is_taken(body: str, day: str) -> None:
    assert page(body=body)[0] == day


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<footer>© 2022 Harbour Post</footer>",
        "<p>Copyright 2019-2022 Harbour Post. All rights reserved.</p>",
        "<p>The council said on 25 August 2022 that the wall would be built anew before the winter.</p>",
        "<p>The council said on 2022-08-25 that the wall would be built anew before the winter comes.</p>",
        "<p>The council has said that the wall would be built anew before the winter, on\n25 August 2022.\nIt is not.</p>",
        "<pre>The council has said that the wall would be built anew\n25 August 2022\nif it can be paid for.</pre>",
        "<p>August 2022</p>",
        '<img src="/photos/2022/08/25/wall.jpg"><p>The wall.</p>',
        "<!-- FILE ARCHIVED ON 10:16:17 Aug 25, 2022 AND RETRIEVED FROM AN ARCHIVE ON 10:16:17 Aug 26, 2022 -->",
        "<!-- Page saved with a browser, saved date: Thu Aug 25 2022 10:16:17 GMT -->",
        "<script>var now = '2022-08-25T10:00:00Z';</script>",
    ],
)
def test_what_is_no_date_of_publication_dates_no_page(body: str) -> None:
    assert page(body=body)[0] is None


def test_no_page_is_from_after_the_day_on_which_it_was_saved() -> None:
    saved = "<!-- FILE ARCHIVED ON 10:16:17 Aug 20, 2022 -->"
    assert page(body=TIME + saved)[0] is None
    assert page(UTC, saved)[0] is None
    assert page(body=TIME + saved.replace("20,", "25,"))[0] == "2022-08-25"


def test_a_date_of_change_alone_is_no_publication() -> None:
    assert page('<meta property="article:modified_time" content="2022-08-27T10:00:00Z">') == (None, "2022-08-27")
    assert page('<meta name="last-modified" content="2022-08-27">') == (None, "2022-08-27")


def test_a_page_that_shows_no_day_but_that_of_its_last_change_is_dated_by_it() -> None:
    assert page(body="<p>This page was last changed on 25 August 2022 at 13:22.</p>")[0] == "2022-08-25"
    assert page(body="<p>The law on harbours was last changed, from 25 August 2022, by the council.</p>")[0] is None


def test_a_change_is_later_than_the_publication() -> None:
    modified = '<meta property="article:modified_time" content="{}">'
    assert page(modified.format("2022-08-27T10:00:00Z"), TIME) == ("2022-08-25", "2022-08-27")
    assert page(modified.format("2022-08-25T10:00:00Z"), TIME) == ("2022-08-25", None)
    assert page(modified.format("2022-08-20T10:00:00Z"), TIME) == ("2022-08-25", None)


def test_a_time_in_utc_is_of_the_day_that_its_place_had() -> None:
    assert page(UTC)[0] == "2022-08-26"
    assert page(UTC, "<p>25 August 2022</p>")[0] == "2022-08-25"
    assert page(UTC, "<p>25 August 2022</p><p>26 August 2022</p>")[0] == "2022-08-26"
    assert page(UTC.replace("T01:30", "T18:30"), "<p>25 August 2022</p>")[0] == "2022-08-26"
    address = '<link rel="canonical" href="https://post.example/2022/08/25/storm">'
    assert page(UTC + address)[0] == "2022-08-25"
    assert page(UTC.replace("Z", "+02:00") + address)[0] == "2022-08-26"


def test_the_day_in_the_address_is_that_of_the_story() -> None:
    address = '<link rel="canonical" href="https://post.example/{}/storm">'
    assert page(address.format("2022/08/25"))[0] == "2022-08-25"
    assert page(address.format("20220825"))[0] == "2022-08-25"
    assert page(UTC.replace("2022", "2023") + address.format("2022/8/25"))[0] == "2022-08-25"
    assert page(address.format("2022/08"))[0] is None


def test_an_archive_of_long_ago_keeps_its_date() -> None:
    assert page('<meta name="pubdate" content="1969-07-16">')[0] == "1969-07-16"
