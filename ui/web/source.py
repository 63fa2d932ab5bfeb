"""The pages in the frame beside the chat: a document with the cited words marked, and the list of the library.

They are plain pages without a script, so that the text of a document can do nothing, whatever it holds.
"""

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import quote

from corpus.catalog import Entry
from corpus.types import Document, Span
from ui.web.parts import FRAME
from ui.web.render import byline, count, day

__all__ = ["listed", "missing_page", "source_page"]

MOST_LISTED = 500
NEWER = "A newer version of this document is in the library."


def source_page(document: Document, cited: Span, newest: int) -> str:
    """Return the page of a document; the words of the span `cited` are marked, the first of them `#cited`.

    `newest` is the number of the document's newest version.
    """
    facts = [escape(byline(document)), f"version {document.version}"]
    page = document.page_of(cited[0])
    if page is not None:
        facts.append(f"page {page}")
    facts.append(_origin(document.source))
    later = f'<p class="notice">{NEWER}</p>' if newest > document.version else ""
    blocks = list(_blocks(document))
    first = next((block for block in blocks if block[2] > cited[0]), None)
    body = "".join(_block(document, block, cited, block is first) for block in blocks)
    return _page(
        document.name,
        f'<h1>{escape(document.name)}</h1><p class="said">{" · ".join(facts)}</p>{later}<div class="text">{body}</div>',
    )


def listed(entries: Sequence[Entry]) -> str:
    """Return the list of the library, in the order given."""
    rows = "".join(_row(entry) for entry in entries[:MOST_LISTED])
    more = len(entries) - MOST_LISTED
    rest = f'<p class="quiet">and {count(more, "older document")}</p>' if more > 0 else ""
    none = '<p class="quiet">Nothing here yet.</p>' if not entries else ""
    return f'{none}<ul class="library">{rows}</ul>{rest}'


def missing_page(message: str) -> str:
    """Return the page that says why a document cannot be shown."""
    return _page("Not found", f'<p class="notice failed">{escape(message)}</p>')


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/style.css"></head><body class="source">{body}</body></html>'
    )


def _row(entry: Entry) -> str:
    url = escape(f"/source/{quote(entry.id, safe='')}/{entry.version}")
    facts = " · ".join(filter(None, (entry.outlet, day(entry.published), count(entry.passages, "passage"))))
    return (
        f'<li><a href="{url}" target="{FRAME}">{escape(entry.name)}</a><span class="said">{escape(facts)}</span></li>'
    )


def _origin(source: str) -> str:
    """Return a link to a source on the web, or the name of a file without the folders of this machine."""
    if source.startswith(("http://", "https://")):
        site = source.split("/")[2]
        return f'<a href="{escape(source)}" target="_blank" rel="noopener noreferrer">{escape(site)}</a>'
    return escape(source.rpartition("/")[2])


def _blocks(document: Document) -> Iterator[tuple[str, int, int]]:
    """Yield (tag, start, end) of each heading and each paragraph; a blank line parts paragraphs."""
    headings = _heading_lines(document)
    tag, start, end = "p", 0, 0
    at = 0
    for line in document.text.split("\n"):
        kind = "h2" if at in headings else "p"
        if not line.strip() or kind != tag:
            if end > start:
                yield tag, start, end
            start = end = at
        if line.strip():
            tag, start, end = kind, start if end > start else at, at + len(line)
        at += len(line) + 1
    if end > start:
        yield tag, start, end


def _heading_lines(document: Document) -> set[int]:
    """Return the offsets of the lines that lie in a heading."""
    lines = set()
    for start, end in document.headings:
        at = document.text.rfind("\n", 0, start) + 1
        while 0 <= at < end:
            lines.add(at)
            at = document.text.find("\n", at) + 1 or end
    return lines


def _block(document: Document, block: tuple[str, int, int], cited: Span, anchored: bool) -> str:
    tag, start, end = block
    text, (first, last) = document.text, (max(start, cited[0]), min(end, cited[1]))
    if first >= last:
        repeated = tag == "h2" and text[start:end].strip() == document.name  # the title stands above the text already
        return "" if repeated else f"<{tag}>{escape(text[start:end])}</{tag}>"
    anchor = ' id="cited"' if anchored else ""
    marked = f"<mark{anchor}>{escape(text[first:last])}</mark>"
    return f"<{tag}>{escape(text[start:first])}{marked}{escape(text[last:end])}</{tag}>"
