"""What a page says of its own address is believed where it can be true, and nowhere else."""

import time

import pytest

from corpus.links import Links, links_in, own_address

HERE = "https://news.example/2022/08/grain-deal-holds"


def test_the_head_names_the_page_s_own_address_and_its_feeds() -> None:
    page = b"""\xef\xbb\xbf<!doctype html><html><head>
        <!-- <link rel="canonical" href="https://news.example/old"> -->
        <script>document.write('<link rel="canonical" href="https://news.example/script">')</script>
        <LINK href='/2022/08/grain-deal-holds?utm_source=x&amp;p=1' rel="shortlink Canonical">
        <link rel=alternate type=application/rss+xml href=/feed.xml title="All">
        <link rel="alternate" type="application/atom+xml" href="https://other.example/atom">
        <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
        <link rel="alternate" hreflang="de" href="/de/">
        </head><body><link rel="canonical" href="/body"></body></html>"""
    feeds = ("https://news.example/feed.xml", "https://other.example/atom")
    assert links_in(page, "https://news.example/a") == Links(f"{HERE}?p=1", feeds)


def test_og_url_stands_in_for_a_canonical_link() -> None:
    page = b'<html><meta property="og:url" content="https://news.example/a"><link rel="canonical" href=""></html>'
    assert links_in(page, HERE).own == "https://news.example/a"


def test_what_is_no_page_names_nothing() -> None:
    assert links_in(b'%PDF-1.7 <link rel="canonical" href="/a">', HERE) == Links(None, ())


@pytest.mark.parametrize("unit", [b"<", b"<!--", b"<link ", b'<link rel="', b"<meta a=", b"<link a='\"'>", b"<script"])
def test_a_hostile_head_takes_no_long_time(unit: bytes) -> None:
    begun = time.process_time()
    assert links_in(b"<html>" + unit * 200_000, HERE).own is None
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("address", "own"),
    [
        (HERE + "?amp=1", HERE),
        (HERE + "/amp", HERE),
        (HERE + "/amp/", HERE + "/"),
        ("https://amp.news.example/2022/08/grain-deal-holds", HERE),
        ("https://www.news.example/2022/08/grain-deal-holds.amp.html", HERE + ".html"),
        ("http://news.example/2022/08/grain-deal-holds", HERE),
        ("https://m.news.example/world/grain-deal-holds/", HERE),
        ("https://news.example/12345678", "https://news.example/world/grain-deal-12345678"),
        ("https://news.example/article?id=12345678", "https://news.example/world/grain-deal-12345678.html"),
        ("https://news.example/grain-deal-holds-for-now", "https://news.example/world/grain-deal-holds-for-now"),
    ],
)
def test_another_address_of_the_same_article_is_believed(address: str, own: str) -> None:
    assert own_address(address, own) == own


@pytest.mark.parametrize(
    ("address", "own"),
    [
        (HERE, "https://news.example/"),
        (HERE, "https://news.example"),
        (HERE, "https://other.example/2022/08/grain-deal-holds"),
        (HERE, "https://news.example/2022/08/storm-in-odessa"),
        (HERE, "https://news.example/2022/08/"),
        (HERE, "https://news.example/404"),
        (HERE + "?page=2", HERE),
        ("https://news.example/article.php?id=7", "https://news.example/article.php"),
        ("https://news.example/?p=12", "https://news.example/"),
        ("https://news.example/a", "https://news.example/abcdefgh"),
        ("https://news.example/live", "https://news.example/live/12345678"),
    ],
)
def test_the_home_page_another_article_or_another_site_is_not_believed(address: str, own: str) -> None:
    assert own_address(address, own) == address
    assert own_address(address, None) == address
