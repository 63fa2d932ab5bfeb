"""What a page declares of itself to machines: JSON-LD first, meta tags below it. What it only shows is read elsewhere.

JSON-LD is believed of the article that the page is: of several, the one whose address or headline the page has; where that
leaves a doubt and they differ, none. A date is read where its form leaves no doubt; one in the future, or the placeholder
of a content system (1970-01-01T00:00), is none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from corpus.addresses import same_site
from corpus.languages import code_of
from corpus.readers.jsonld import article_of, nodes, organization, people_of, text_of
from corpus.readers.metadata import read_day

__all__ = ["UPDATED", "Declared", "declared"]

PUBLISHED = tuple(
    (
        "article:published_time og:article:published_time article:published article:published_date datepublished "
        "date_published citation_publication_date citation_online_date citation_date dc.date.issued dcterms.issued "
        "prism.publicationdate sailthru.date parsely-pub-date shareaholic:article_published_time rnews:datepublished "
        "cxenseparse:recs:publishtime bt:pubdate pubdate publication_date publish-date publish_date publishdate "
        "published_time date:published_time bepress_citation_date vr:published_time displaydate "
        "dcsext.articlefirstpublished"
    ).split()
)
UPDATED = tuple(
    (
        "article:modified_time og:article:modified_time article:modified article:modified_date datemodified "
        "dcterms.modified dc.date.modified dc.modified og:updated_time last-modified lastmod last_modified"
    ).split()
)
AUTHOR = tuple(
    (
        "author article:author citation_author parsely-author sailthru.author dc.creator dcterms.creator dc.creator.aut "
        "byl shareaholic:article_author_name og:article:author"
    ).split()
)
TITLE = ("og:title", "citation_title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title", "twitter:title")
OUTLET = ("og:site_name", "citation_journal_title", "dc.publisher", "dcterms.publisher", "application-name")
UTC_TIME = re.compile(r"[T ](\d\d):[:.\d]*(?:Z|[+-]00:?00)$")

DayTold = tuple[str, int | None]  # a day, and the hour where it is told in UTC


@dataclass(frozen=True, slots=True)
class Declared:
    """What a page declares, None or empty where it does not. Authors and outlet are as they stand, not yet cleaned."""

    title: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    outlet: str | None = None
    language: str | None = None
    url: str | None = None
    utc_hour: int | None = None  # of the publication, where it is told in UTC: its place may have had another day


def declared(tree: Any) -> Declared:
    """Return what the page of an lxml tree declares."""
    metas = _metas(tree)
    url = _address(tree, metas)
    found = nodes(tree)
    article = article_of(found, url, _first(metas, TITLE))
    by_id = {str(node["@id"]): node for node in found if "@id" in node}
    published = _first_of(_day([article.get("datePublished")]), _first_day(metas, PUBLISHED))
    updated = _day([article.get("dateModified")]) or _first_day(metas, UPDATED)
    return Declared(
        title=text_of(article.get("headline")) or _first(metas, TITLE),
        published=published and published[0],
        updated=updated and updated[0],
        authors=people_of(article.get("author"), by_id)
        or tuple(dict.fromkeys(v for key in AUTHOR for v in metas.get(key, ()))),
        outlet=organization(article.get("publisher"), by_id) or _first(metas, OUTLET),
        language=code_of(text_of(article.get("inLanguage")) or tree.get("lang") or _first(metas, ("og:locale",))),
        url=url,
        utc_hour=published[1] if published else None,
    )


def _metas(tree: Any) -> dict[str, list[str]]:
    """Return the contents of the meta tags by their name or property in lower case, by their itemprop in the head alone."""
    metas: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = " ".join((element.get("content") or element.get("datetime") or "").split())
        in_head = element.getparent() is not None and element.getparent().tag == "head"
        names = (element.get(key) for key in ("property", "name", "http-equiv", *(("itemprop",) if in_head else ())))
        for name in {name.lower().strip() for name in names if name}:
            if content:
                metas.setdefault(name, []).append(unescape(content))
    return metas


def _first(metas: Mapping[str, list[str]], keys: Sequence[str]) -> str | None:
    return next((metas[key][0] for key in keys if key in metas), None)


def _first_of(one: DayTold | None, other: DayTold | None) -> DayTold | None:
    """Return the first of two declared days, which is when a story was published; one told in UTC is not before a local one."""
    if one is None or other is None:
        return one or other
    return other if other[0] < one[0] and (one[1] is not None or other[1] is None) else one


def _first_day(metas: Mapping[str, list[str]], keys: Sequence[str]) -> DayTold | None:
    return next((day for key in keys if (day := _day(metas.get(key, ())))), None)


def _day(values: Sequence[object]) -> DayTold | None:
    """Return the one date that the values give; None where they differ."""
    read = {day: UTC_TIME.search(str(value)) for value in values if (day := read_day(value))}
    return next(((day, int(time[1]) if time else None) for day, time in read.items()), None) if len(read) == 1 else None


def _address(tree: Any, metas: Mapping[str, list[str]]) -> str | None:
    """Return the address that the page gives as its own, an absolute one of the web that is no site's front page.

    A canonical address on another site than og:url is another's page: neither is taken.
    """
    links = (link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    given = [next(links, None), *metas.get("og:url", [])[:1]]
    found = [url for each in given if each and (url := _public(each.strip()))]
    hosts = [urlsplit(url).hostname or "" for url in found]
    return found[0] if found and same_site(hosts[0], hosts[-1]) else None


def _public(url: str) -> str | None:
    """Return an address without its fragment; None where it is not absolute, names nothing public, or a site as a whole."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        plain = parts.port is None and parts.username is None
    except ValueError:
        return None
    named = "." in host.strip(".") and not host.rsplit(".", 1)[-1].isdigit() and not re.search(r"[\s<>\"]", url)
    page = parts.path.strip("/") or parts.query
    return url.partition("#")[0] if parts.scheme in ("http", "https") and named and plain and page else None
