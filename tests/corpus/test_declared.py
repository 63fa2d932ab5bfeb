"""What pages declare: JSON-LD before meta tags, of the article that the page is, however untidy."""

import json
from typing import Any

import pytest
from trafilatura.utils import load_html

from corpus.readers.declared import Declared, declared
from corpus.readers.metadata import read_day

ADDRESS = "https://post.example/2022/storm"
META = '<meta property="article:published_time" content="2022-08-25T10:00:00+02:00"><meta name="author" content="Meta Name">'


def page(*scripts: Any, head: str = "", body: str = "") -> Declared:
    """Return what a page with these scripts of JSON-LD declares; a text is put in as it is."""
    told = "".join(
        f'<script type="application/ld+json">{s if isinstance(s, str) else json.dumps(s)}</script>' for s in scripts
    )
    return declared(load_html(f"<html><head>{head}{told}</head><body><p>Words.</p>{body}</body></html>"))


def article(**fields: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", "headline": "Storm", **fields}


def test_json_ld_comes_before_meta_tags() -> None:
    found = page(
        article(
            datePublished="2022-08-24",
            dateModified="2022-08-26T01:00:00Z",
            author={"@type": "Person", "name": "Ada Wherry"},
            publisher={"@type": "Organization", "name": "Harbour Post"},
            inLanguage="en-GB",
        ),
        head=META + '<meta property="og:site_name" content="Other"><meta property="og:title" content="Other">',
    )
    assert (found.title, found.published, found.updated) == ("Storm", "2022-08-24", "2022-08-26")
    assert (found.authors, found.outlet, found.language) == (("Ada Wherry",), "Harbour Post", "en")


def test_meta_tags_tell_what_json_ld_does_not() -> None:
    found = page(article(), head=META)
    assert (found.published, found.authors) == ("2022-08-25", ("Meta Name",))


def test_authors_of_a_graph_are_looked_up_and_organisations_left_out() -> None:
    graph = [
        article(
            datePublished="2022-08-24", author=[{"@id": "#a"}, {"@id": "#o"}, "Otto Lund"], publisher={"@id": "#o"}
        ),
        {"@type": "Person", "@id": "#a", "name": "Ada Wherry"},
        {"@type": "NewsMediaOrganization", "@id": "#o", "name": "Harbour Post"},
    ]
    found = page({"@context": "https://schema.org", "@graph": graph})
    assert (found.authors, found.outlet) == (("Ada Wherry", "Otto Lund"), "Harbour Post")


def test_of_several_articles_the_one_with_the_pages_address_counts() -> None:
    other = article(headline="Calm", datePublished="2021-01-01", url="https://post.example/2021/calm")
    own = article(datePublished="2022-08-24", mainEntityOfPage={"@type": "WebPage", "@id": ADDRESS + "/"})
    head = f'<link rel="canonical" href="{ADDRESS}">'
    assert page([other, own], head=head).published == "2022-08-24"
    assert page([other, article(datePublished="2022-08-24")]).published is None


def test_articles_of_a_list_are_other_pages() -> None:
    items = {"@type": "ItemList", "itemListElement": [article(datePublished="2021-01-01")]}
    assert page(items).published is None


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "Article", "datePublished": "2022-08-24"} -->',
        '//<![CDATA[\n{"@type": "Article", "datePublished": "2022-08-24"}\n//]]>',
        '{"@type": "Article", "datePublished": "2022-08-24",}',
        '{"@type": "Article", "headline": "a\nb", "datePublished": "2022-08-24"};',
        '[{"@type": ["Thing", "Article"], "datePublished": "2022-08-24"}]',
        '{"@type": "WebPage", "mainEntity": {"@type": "BlogPosting", "datePublished": "2022-08-24"}}',
    ],
)
def test_untidy_json_ld_is_read(script: str) -> None:
    assert page(script).published == "2022-08-24"


@pytest.mark.parametrize(
    "script",
    [
        "{",
        "null",
        "7",
        '"x"',
        "[" * 50_000,
        '{"@graph": {"@graph": 3}}',
        '{"@type": 7, "author": [7, [], {"@id": []}]}',
        '{"@type": "Article", "url": "http://[", "author": {"name": {"a": 1}}, "datePublished": {"x": []}}',
    ],
)
def test_json_ld_that_cannot_be_read_is_passed_over(script: str) -> None:
    assert page(script, head=META).published == "2022-08-25"
    assert page(script, script, head=META).published == "2022-08-25"


def test_the_earlier_of_two_declared_days_is_the_first_publication() -> None:
    assert page(article(datePublished="2022-08-27"), head=META).published == "2022-08-25"
    local = page(article(datePublished="2022-08-26T00:30:00+02:00"), head=META.replace("10:00:00+02:00", "22:30:00Z"))
    assert local.published == "2022-08-26"


def test_microdata_of_the_body_is_not_the_pages_own() -> None:
    assert page(body='<div><meta itemprop="datePublished" content="2022-08-25"></div>').published is None


@pytest.mark.parametrize(
    ("head", "url"),
    [
        (f'<link rel="canonical" href="{ADDRESS}#top">', ADDRESS),
        (f'<meta property="og:url" content="{ADDRESS}">', ADDRESS),
        (
            f'<link rel="canonical" href="{ADDRESS}"><meta property="og:url" content="http://www.post.example/x">',
            ADDRESS,
        ),
        (f'<link rel="canonical" href="{ADDRESS}"><meta property="og:url" content="https://other.example/x">', None),
        ('<link rel="canonical" href="/storm">', None),
        ('<link rel="canonical" href="https://post.example/">', None),
        ('<link rel="canonical" href="javascript:alert(1)">', None),
        ('<link rel="canonical" href="http://127.0.0.1/storm">', None),
        ('<link rel="canonical" href="http://localhost/storm">', None),
        ('<link rel="canonical" href="https://a:b@post.example/storm">', None),
        ('<link rel="canonical" href="https://[oops/storm">', None),
    ],
)
def test_a_pages_own_address_is_an_absolute_one_of_its_site(head: str, url: str | None) -> None:
    assert page(head=head).url == url


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2022-08-25", "2022-08-25"),
        ("2022-08-25T23:59:00+02:00", "2022-08-25"),
        ("20220825T101500Z", "2022-08-25"),
        ("2022-08", "2022-08"),
        ("2022/08", "2022-08"),
        ("2022", "2022"),
        ("2022/8/5", "2022-08-05"),
        ("Thu, 25 Aug 2022 10:00:00 GMT", "2022-08-25"),
        ("August 25, 2022", "2022-08-25"),
        ("25 August 2022, 10:30", "2022-08-25"),
        ("1969-07-16", "1969-07-16"),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01", None),
        ("2999-01-01", None),
        ("2022-13-45", None),
        ("August 2022", None),
        ("1661414400", None),
        ("5/6/22", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (["2022-08-25"], None),
    ],
)
def test_a_date_is_read_where_its_form_leaves_no_doubt(given: object, day: str | None) -> None:
    assert read_day(given) == day
