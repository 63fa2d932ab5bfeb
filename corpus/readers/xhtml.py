"""Pages of a book: XHTML without its markup, headings apart, tables row by row. Nothing of a page is judged to be clutter.

A DOCTYPE is usual here and is taken off before parsing; one that declares entities is refused. Left out: scripts, styles,
the numbers that point to notes, marks of printed pages, readings above characters (ruby).
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import Blocks, one_line
from corpus.readers.grids import Cell, grid_lines

__all__ = ["page_blocks", "page_root"]

PROLOGUE = re.compile(
    r"\A\s*(?:<\?xml[^>]*\?>)?\s*(?:<!--.*?-->\s*)*<!DOCTYPE\s[^\[>]*(\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")
EMPTY_ELEMENT = re.compile(r"<(title|script|style|a|p|div|span|i|b|em)\b([^<>]*)/>", re.IGNORECASE)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
BLOCKS = HEADINGS | frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "center",
            "dd",
            "div",
            "dl",
            "dt",
            "figcaption",
            "figure",
        ),
        *("footer", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "ul"),
    )
)
LEFT_OUT = frozenset(
    ("head", "script", "style", "svg", "audio", "video", "object", "iframe", "template", "rt", "rp", "noscript")
)
MARKS = ("noteref", "pagebreak")  # epub:type of what a printed page would not count as its words
TYPE = "{http://www.idpf.org/2007/ops}type"


def page_root(text: str, where: str) -> Any:
    """Return the root element of a page, as lxml has it. Raises SourceError, naming `where`, if it declares entities or is no page."""
    from lxml import etree, html  # here, since only those who add books need it

    prologue = PROLOGUE.match(text)
    if prologue and "<!entity" in prologue.group().lower():
        raise SourceError(f"{where} declares entities, which may be an attack. Save the book anew.")
    body = NAMED.sub(
        lambda match: unescape(match.group()), DECLARATION.sub("", text[prologue.end() :] if prologue else text)
    )
    strict = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(body.encode("utf-8", "replace"), strict)
    except etree.XMLSyntaxError:
        lenient = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
        body = EMPTY_ELEMENT.sub(r"<\1\2></\1>", body)
    try:
        return html.document_fromstring(body.encode("utf-8", "replace"), parser=lenient)
    except (etree.ParserError, ValueError) as error:
        raise SourceError(f"{where} is not readable ({one_line(str(error))}). Save the book anew.") from error


def page_blocks(element: Any) -> Blocks:
    """Yield (text, is heading) of each paragraph, heading and row of a table below an element, in reading order."""
    words: list[str] = [element.text or ""]
    for child in element:
        name = _local(child)
        if name in BLOCKS and not _is_left_out(child, name):
            yield from _paragraph(words)
            words = []
            yield from _block(child, name)
        elif not _is_left_out(child, name):
            inner = [part for part in child.iter() if _local(part) in BLOCKS]
            if inner:
                yield from _paragraph(words)
                words = []
                yield from page_blocks(child)
            else:
                words.append(_inline(child))
        words.append(child.tail or "")
    yield from _paragraph(words)


def _block(element: Any, name: str) -> Blocks:
    if name in HEADINGS:
        text = one_line(_inline(element))
        if text:
            yield text, True
    elif name == "table":
        yield from _table(element)
    else:
        yield from page_blocks(element)


def _paragraph(words: list[str]) -> Blocks:
    text = one_line("".join(words))
    if text:
        yield text, False


def _inline(element: Any) -> str:
    """Return the words in an element, breaks and blocks in it as spaces."""
    name = _local(element)
    if _is_left_out(element, name):
        return ""
    inner = "".join([element.text or "", *(_inline(child) + (child.tail or "") for child in element)])
    return f" {inner} " if name in BLOCKS or name in ("br", "td", "th") else inner


def _table(table: Any) -> Blocks:
    rows = [[cell for cell in row if _local(cell) in ("td", "th")] for row in _rows(table)]
    if len(rows) == 1 or max(map(len, rows), default=0) == 1:
        for cell in (cell for row in rows for cell in row):
            yield from page_blocks(cell)  # it only arranges prose
        return
    grid = [[Cell(_inline(c), _count(c.get("colspan")), _count(c.get("rowspan"))) for c in row] for row in rows]
    yield from ((line, False) for line in grid_lines(grid))


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if _local(child) == "tr":
            yield child
        elif _local(child) in ("thead", "tbody", "tfoot"):
            yield from _rows(child)


def _is_left_out(element: Any, name: str) -> bool:
    kind = f"{element.get(TYPE) or element.get('epub:type') or ''} {element.get('role') or ''}" if name else ""
    return not name or name in LEFT_OUT or any(mark in kind for mark in MARKS)


def _local(element: Any) -> str:
    """Return an element's name without its namespace, in small letters; "" for what is no element."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _count(value: str | None) -> int:
    return max(1, int(value)) if value and value.isdecimal() and len(value) < 5 else 1
