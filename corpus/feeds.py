"""Feeds: RSS, Atom and RDF, from bytes that were fetched; the parser is given no address, so it fetches nothing.

What an entry says of its page (title, authors, dates) stands in where the page itself is silent. Its text stands in for
the page only where it is the whole text: a summary is none.
"""

import io
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any

from corpus.addresses import canonical, parsed
from corpus.errors import FetchError, SourceError
from corpus.readers.metadata import read_day
from corpus.types import Told

__all__ = ["Entry", "is_feed", "page_of", "read_feed"]

MAX_BYTES = 10 * 2**20
HEAD_BYTES = 4096
NO_DAY = "1970-01-01"  # what content systems put where they know none
FULL_WORDS = 100  # fewer are a summary, or cannot be told from one
CUT_OFF = re.compile(
    r"(?:\.\.\.|…|\[(?:…|\.\.\.)\]|read (?:more|on|the (?:full|rest).*)|continue reading.*|more)\W*$", re.I
)
ROOT = re.compile(rb"<(?:[\w-]+:)?(rss|feed|RDF)[\s>]")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed. `address` is its page's, None where it names none that may be read; `id` is the entry's own.

    `changed` is the instant of its last change (ISO, UTC). `html` is its text where that is whole, else None.
    """

    address: str | None
    id: str
    told: Told
    changed: str | None
    html: str | None


def is_feed(data: bytes) -> bool:
    """Tell by its first tag whether a file is a feed."""
    head = data[:HEAD_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    while head.startswith((b"<?", b"<!")):  # declarations and comments before the first tag
        subset = b"[" in head.partition(b">")[0]
        end = b"-->" if head.startswith(b"<!--") else b"]>" if subset else b">"
        _, found, head = head.partition(end)
        head = head.lstrip() if found else b""
    root = ROOT.match(head)
    return root is not None and (root[1] != b"RDF" or b"purl.org/rss/" in head)


def read_feed(fetched: tuple[Path, str]) -> Iterator[Entry]:
    """Yield the entries of a feed in its order, given its file and the address it came from. Raises SourceError."""
    import feedparser  # here, for those who have feeds

    path, address = fetched
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        raise SourceError(f"{address}: a feed of more than {MAX_BYTES // 2**20} MB is not read.")
    if b"<!ENTITY" in data.replace(b"\0", b""):
        raise SourceError(f"{address}: a feed that defines entities is not read.")
    found = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    if not found.version and not found.entries:
        raise SourceError(f"{address}: not a feed that can be read ({found.get('bozo_exception', 'no entries')}).")
    for entry in found.entries:
        yield _entry(entry, address, found.version)


def _entry(entry: Any, address: str, version: str) -> Entry:
    link = _address(entry.get("link"), address)
    day, changed = _day(entry, "published"), _day(entry, "updated")
    if version.startswith("rss") and day is None:
        day, changed = changed, None  # RSS has no date of change; dc:date is the entry's own
    html = _full_text(entry)
    names = [str(author.get("name") or "").strip() for author in entry.get("authors", [])]
    told = Told(
        title=" ".join(re.sub(r"<[^<>]*>", " ", str(entry.get("title") or "")).split()) or None,
        published=day,
        updated=changed if changed != day else None,
        authors=tuple(dict.fromkeys(name for name in names if name and "@" not in name)),
    )
    return Entry(link, str(entry.get("id") or link or told.title or "")[:500], told, _instant(entry), html)


def _address(link: object, base: str) -> str | None:
    try:
        return canonical(str(parsed(str(link).strip(), base=parsed(base)))) if link else None
    except FetchError:
        return None


def _day(entry: Any, field: str) -> str | None:
    """Return the date that an entry states, as precisely as it does, by the clock of whoever stated it; None if it cannot be."""
    text = str(entry.get(field) or "") if field in entry else ""
    parsed_utc = entry.get(f"{field}_parsed") if f"{field}_parsed" in entry else None
    day = read_day(text) or (read_day(date(*parsed_utc[:3]).isoformat()) if parsed_utc else None)
    return None if day == NO_DAY else day


def _instant(entry: Any) -> str | None:
    instants = [entry[f"{field}_parsed"] for field in ("published", "updated") if f"{field}_parsed" in entry]
    known = [datetime.fromtimestamp(timegm(instant), UTC) for instant in instants if instant]
    return max(known).isoformat(timespec="seconds") if known else None


def _full_text(entry: Any) -> str | None:
    """Return the text of an entry if it is the whole of it: long enough, and not cut off with a promise of more."""
    contents = [part for part in entry.get("content", []) if part.get("value")]
    for part in contents:
        html = str(part["value"]) if "html" in str(part.get("type")) else f"<p>{escape(str(part['value']))}</p>"
        words = re.sub(r"<[^<>]*>", " ", html).split()
        if len(words) >= FULL_WORDS and not CUT_OFF.search(" ".join(words[-12:])):
            return html
    return None


def page_of(entry: Entry) -> str:
    """Return the text of an entry as a page of its own; it must have one."""
    title = escape(entry.told.title or "")
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{title}</title></head>"
        f"<body><article><h1>{title}</h1>{entry.html}</article></body></html>"
    )
