"""What the head of a page says of addresses: the page's own, and its feeds. Nothing that it names is loaded.

A page may be wrong about its own address: templates name the home page, or the article they were made with. It is believed
only of its own site, and only where the two addresses plainly name one article.
"""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qsl, unquote, urlsplit

from corpus.addresses import canonical, parsed, same_site
from corpus.errors import FetchError

__all__ = ["HEAD_BYTES", "Links", "links_in", "own_address"]

HEAD_BYTES = 2**18
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
TAG = re.compile(r"<!--|-->|<script\b|</script\b|<(link|meta)\b([^<>]*)>|<body\b", re.IGNORECASE)
ATTRIBUTE = re.compile(r"([a-z:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
# Parameters of a page's other dress: for telephones, for print, for sharing.
DRESS = {"amp", "output", "outputtype", "print", "printable", "share", "mobile", "m", "view", "via", "ref", "source"}
AMP = re.compile(r"(?:^|/)amp(?=/|$)|[./]amp(?=\.html?$|$)", re.IGNORECASE)
SUFFIX = re.compile(r"\.(?:html?|php|aspx?|shtml)$", re.IGNORECASE)
SHORTEST_SLUG = 8  # letters, of what one address may have of the other's last part
NUMBER = re.compile(r"\d{5,}")


@dataclass(frozen=True, slots=True)
class Links:
    """The address that a page says is its own, and those of its feeds, absolute; none is checked."""

    own: str | None
    feeds: tuple[str, ...]


def links_in(data: bytes, address: str) -> Links:
    """Return what the first HEAD_BYTES of a page say; nothing where it is no HTML."""
    text = data[:HEAD_BYTES].decode("utf-8", "replace")
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return Links(None, ())
    found: dict[str, list[str]] = {"canonical": [], "og:url": [], "feed": []}
    for kind, href in _named(text):
        found[kind].append(href)
    owns = [_absolute(href, address) for href in (*found["canonical"], *found["og:url"])]
    feeds = [_absolute(href, address) for href in found["feed"]]
    return Links(next((own for own in owns if own), None), tuple(dict.fromkeys(feed for feed in feeds if feed)))


def _named(text: str) -> list[tuple[str, str]]:
    """Return (kind, address as written) for each tag of the head that names one."""
    found = []
    until = ""  # what ends the comment or script that we are in
    for match in TAG.finditer(text):
        token = match[0].lower()
        if until:
            until = "" if token == until else until
        elif token in ("<!--", "<script"):
            until = {"<!--": "-->", "<script": "</script"}[token]
        elif token == "<body":
            break
        elif match[1]:
            given = {name.lower(): unescape(a or b or c).strip() for name, a, b, c in ATTRIBUTE.findall(match[2])}
            found.extend(_of_tag(given))
    return found


def _of_tag(given: dict[str, str]) -> list[tuple[str, str]]:
    relations = given.get("rel", "").lower().split()
    if given.get("property", given.get("name", "")).lower() == "og:url":
        return [("og:url", given.get("content", ""))]
    if "canonical" in relations:
        return [("canonical", given.get("href", ""))]
    if "alternate" in relations and given.get("type", "").lower() in FEED_TYPES:
        return [("feed", given.get("href", ""))]
    return []


def _absolute(href: str, address: str) -> str | None:
    try:
        return canonical(str(parsed(href, base=parsed(address)))) if href else None
    except FetchError:
        return None


def own_address(address: str, own: str | None) -> str:
    """Return the address to know a page by: the one that it names if that can be believed, else the one it came from."""
    return own if own is not None and own != address and _is_believed(address, own) else address


def _is_believed(address: str, own: str) -> bool:
    here, there = urlsplit(address), urlsplit(own)
    if not same_site(here.hostname or "", there.hostname or ""):
        return False
    left_out = [pair for pair in parse_qsl(here.query) if pair not in parse_qsl(there.query)]
    path = unquote(there.path)
    if any(name.lower() not in DRESS and not (NUMBER.fullmatch(value) and value in path) for name, value in left_out):
        return False
    return _names_one(unquote(here.path) + "?" + here.query, path + "?" + there.query)


def _names_one(one: str, other: str) -> bool:
    """Tell whether two paths with their queries name one article: the same last part, a long number, or much of one."""
    (path, _, query), (path_there, _, query_there) = one.partition("?"), other.partition("?")
    path, path_there = _plain(path), _plain(path_there)
    if path == path_there:
        return True
    if not path_there.strip("/"):  # the home page, unless a query names the article
        return bool(set(NUMBER.findall(one)) & set(NUMBER.findall(query_there)))
    if set(NUMBER.findall(one)) & set(NUMBER.findall(other)):
        return True
    last, last_there = path.rpartition("/")[2], path_there.rpartition("/")[2]
    short, long = sorted((last, last_there), key=len)
    return query == query_there and len(short) >= SHORTEST_SLUG and short in long


def _plain(path: str) -> str:
    return SUFFIX.sub("", AMP.sub("", path)).rstrip("/").lower()
