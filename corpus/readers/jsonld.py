"""JSON-LD of a page: its objects, the article that the page is, the people and the organisation that they name.

An object that is about something else, as of a list of other articles, is left out; a script that is no JSON, after what
is commonly wrong with it is mended, is passed over.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from corpus.readers.metadata import read_day

__all__ = ["Node", "article_of", "nodes", "organization", "people_of", "text_of"]

ARTICLE = re.compile(r"(?:Article|Posting|Report|Recipe|HowTo|Question)$")
PAGE = re.compile(r"Page$")
TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)"
    r"|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$|;\s*$"
)
DEEPEST = 6  # nested mainEntity and @graph

Node = Mapping[str, Any]


def nodes(tree: Any) -> list[Node]:
    """Return the objects of an lxml tree's scripts that stand for themselves: top ones, of lists and graphs, main entities."""
    return [node for script in tree.iter("script") for node in _nodes(script)]


def article_of(nodes: Sequence[Node], url: str | None, title: str | None) -> Node:
    """Return the object that the page is; an empty one where none is it without doubt."""
    for kind in (ARTICLE, PAGE):
        found = [node for node in nodes if any(kind.search(name) for name in _texts(node.get("@type")))]
        found = [node for node in found if "datePublished" in node or "headline" in node or "author" in node]
        if len(found) > 1:
            found = [node for node in found if _is_page(node, url, title)] or found
        if len({read_day(node.get("datePublished")) for node in found}) == 1:
            return found[0]
        if found:
            return {}
    return {}


def people_of(given: Any, by_id: Mapping[str, Node]) -> tuple[str, ...]:
    """Return the names of authors; an organisation is an outlet, no author."""
    people = []
    for each in given if isinstance(given, list) else [given]:
        node = by_id.get(str(each.get("@id")), each) if isinstance(each, dict) else {"name": each}
        if not any(name.endswith(("Organization", "Corporation")) for name in _texts(node.get("@type"))):
            people += _texts(node.get("name"))
    return tuple(dict.fromkeys(people))


def organization(given: Any, by_id: Mapping[str, Node]) -> str | None:
    for each in given if isinstance(given, list) else [given]:
        node = by_id.get(str(each.get("@id")), each) if isinstance(each, dict) else {"name": each}
        if name := text_of(node.get("name")):
            return name
    return None


def text_of(value: Any) -> str | None:
    """Return a text with entities and space mended; of {"@value": text} that; None for what is none."""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    return " ".join(unescape(value).split()) or None if isinstance(value, str) else None


def _nodes(script: Any) -> Iterator[Node]:
    """Yield the objects of a script of JSON-LD that stand for themselves: top ones, of lists and graphs, main entities."""
    if "ld+json" not in (script.get("type") or "").lower() or not script.text:
        return
    text = WRAPPING.sub("", WRAPPING.sub("", script.text)).strip()
    for attempt in (text, TRAILING_COMMA.sub("", text)):
        try:
            given, _ = json.JSONDecoder(strict=False).raw_decode(attempt)
        except (ValueError, RecursionError):
            continue
        yield from _top(given, 0)
        return


def _top(given: Any, depth: int) -> Iterator[Node]:
    if depth > DEEPEST:
        return
    if isinstance(given, list):
        for each in given:
            yield from _top(each, depth + 1)
    elif isinstance(given, dict):
        yield given
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _top(given.get(key), depth + 1)


def _is_page(node: Node, url: str | None, title: str | None) -> bool:
    addresses = [node.get("url"), node.get("@id"), node.get("mainEntityOfPage")]
    named = [address.get("@id") if isinstance(address, dict) else address for address in addresses]
    same = {_plain(address) for address in named if isinstance(address, str)}
    return bool(url and _plain(url) in same) or bool(title and text_of(node.get("headline")) == title)


def _plain(address: str) -> str:
    """Return an address as it is compared; one that is none as it stands."""
    try:
        parts = urlsplit(address.split("#")[0])
    except ValueError:
        return address
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}".lower()


def _texts(value: Any) -> list[str]:
    return [text for each in (value if isinstance(value, list) else [value]) if (text := text_of(each))]
