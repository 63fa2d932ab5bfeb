"""HTML: the article without its page, by trafilatura; its metadata from what the page declares, then from what it shows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from corpus.errors import SourceError
from corpus.readers.blocks import Blocks, joined, one_line, table_lines
from corpus.readers.bylines import letters, people
from corpus.readers.charsets import decode_page
from corpus.readers.declared import Declared, declared
from corpus.readers.pagedate import published, saved, updated
from corpus.types import Extract

__all__ = ["read_html"]

TEXT_BLOCKS = ("p", "item", "quote", "ab", "code")
BETWEEN = re.compile(r"\s+[|–—·•»›~-]+\s+|\s*[｜|]\s*")
MARKS = " |–—·•»›~-｜"


def read_html(path: Path) -> Iterator[Extract]:
    """Yield the page's article as one extract. Raises SourceError if no article text is found."""
    from trafilatura import bare_extraction, html2txt  # here, since it takes 0.7 s to import
    from trafilatura.utils import load_html

    data = decode_page(path.read_bytes(), path).encode("utf-8", "replace")
    page = bare_extraction(data, with_metadata=True, include_comments=False, include_links=False, favor_recall=True)
    blocks = list(_blocks(page.body)) if page is not None and page.body is not None else []
    if not blocks:
        blocks = [(line, False) for line in html2txt(data).splitlines() if line.strip()]
    if not blocks:
        raise SourceError(
            f"{path}: no article text found in the page. Save the page complete, or as text, and add that."
        )
    text, headings = joined(blocks)
    yield Extract(
        text=text, media_type="text/html", headings=headings, **_metadata(load_html(data), page, path.stem, saved(data))
    )


def _metadata(tree: Any, page: Any, name: str, latest: str | None) -> dict[str, Any]:
    """Return the fields of an Extract but its text; `page` is trafilatura's reading, for a title and a byline that are only shown."""
    said = declared(tree) if tree is not None else Declared()
    host = (urlsplit(said.url or "").hostname or "").removeprefix("www.")
    outlet = said.outlet if said.outlet and "://" not in said.outlet else host or None
    shown = (page.title, page.author) if page is not None else (None, None)
    titles = [said.title, shown[0], tree.findtext(".//title") if tree is not None else None]
    bare = [_without_outlet(one_line(title or ""), outlet, host) for title in titles]
    day = published(tree, said, latest) if tree is not None else None
    return {
        "title": next((title for title in bare if title), shown[0] or name),
        "published": day,
        "updated": updated(tree, said, day) if tree is not None else None,
        "authors": people(said.authors, outlet, host) or people((shown[1] or "").split(";"), outlet, host),
        "outlet": outlet,
        "language": said.language,
        "url": said.url,
    }


def _without_outlet(title: str, outlet: str | None, host: str) -> str:
    """Return a title without the outlet's name, or its host's, set off at an end; nothing where it is that name alone."""
    first, *rest = parts = [part for part in BETWEEN.split(title) if part.strip()] or [""]
    if not outlet:
        return title
    ours = {letters(outlet), letters(host), *map(letters, host.split(".")[:-1])}
    if letters(parts[-1]) in ours:
        return title[: title.rindex(parts[-1])].rstrip(MARKS) if rest else ""
    return title[title.index(first) + len(first) :].lstrip(MARKS) if rest and letters(first) in ours else title


def _blocks(element: Any) -> Blocks:
    """Yield (text, is heading) of each block of trafilatura's tree, in reading order."""
    for child in element:
        if child.tag == "head":
            yield from _block(child, heading=True)
        elif child.tag == "table":
            rows = [[_text(cell) for cell in row] for row in child.iter("row")]
            yield from ((line, False) for line in table_lines(rows))
        elif child.tag in TEXT_BLOCKS and not len(child.findall("p")):
            yield from _block(child)
        else:
            yield from _blocks(child)


def _block(element: Any, heading: bool = False) -> Blocks:
    text = _text(element)
    if text:
        yield text, heading


def _text(element: Any) -> str:
    return one_line(" ".join(element.itertext()) if len(element) else element.text or "")
