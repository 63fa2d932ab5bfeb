"""HTML: the article without its page, by trafilatura; title, authors, dates and outlet from what the page declares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import joined, table_lines
from corpus.readers.charsets import decode_page
from corpus.types import Extract

__all__ = ["read_html"]

EARLIEST = "1600-01-01"  # htmldate's own is 1995: archives are older
TEXT_BLOCKS = ("p", "item", "quote", "ab", "code")


def read_html(path: Path) -> Iterator[Extract]:
    """Yield the page's article as one extract. Raises SourceError if no article text is found."""
    from trafilatura import bare_extraction, html2txt  # here, since it takes 0.7 s to import

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
        text=text,
        title=(page.title if page is not None else None) or path.stem,
        media_type="text/html",
        published=_published(data),
        updated=_updated(data),
        authors=tuple(name for name in ((page.author if page is not None else None) or "").split("; ") if name),
        outlet=page.sitename if page is not None else None,
        language=page.language if page is not None else None,
        headings=headings,
    )


def _published(data: bytes) -> str | None:
    """Return the publication date that the page declares, or None: a date is never guessed from the text's footers."""
    return _declared(data, original=True)


def _updated(data: bytes) -> str | None:
    updated = _declared(data, original=False)
    return updated if updated != _declared(data, original=True) else None


def _declared(data: bytes, original: bool) -> str | None:
    from htmldate import find_date

    return find_date(data.decode("utf-8", "replace"), original_date=original, extensive_search=False, min_date=EARLIEST)  # type: ignore[no-any-return]


def _blocks(element: Any) -> Iterator[tuple[str, bool]]:
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


def _block(element: Any, heading: bool = False) -> Iterator[tuple[str, bool]]:
    text = _text(element)
    if text:
        yield text, heading


def _text(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split()) if len(element) else " ".join((element.text or "").split())
