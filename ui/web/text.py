"""A document's text as HTML: headings, paragraphs, lists, rows of tables, with the cited words marked in them.

The text stands there character by character; what readers wrote of a table ("Port: Odessa; Ships: 33") or a list is only
set apart. Of a long text the neighbourhood of the cited words is given: laying out a megabyte takes longer than a reader waits.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise

from corpus.types import Document, Span

__all__ = ["Marks", "body", "neighbourhood"]

AROUND = 60_000  # characters on either side of the words that are read
LINES = 1_500  # and no more lines than that, where they are short
SLACK = 4_000  # characters that are given more, so that no paragraph is cut
ITEM = re.compile(r"\s*(?:[-–*•▪‣·]|\d{1,3}[.)])\s+\S")
CELL = re.compile(r"(?:^|(?<=; ))([^:;|]{1,80}:)(?= )")
NO_SPAN = (0, 0)
TAGS = {
    "heading": ("h2", False),
    "paragraph": ("p", False),
    "item": ("li", True),
    "row": ("li", True),
}  # and whether it stands in a list


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked of a text: the cited words, in them those that answer, and the offset where a page image stands."""

    cited: Span = NO_SPAN
    answer: Span = NO_SPAN
    picture_at: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph, an item of a list or a row of a table, and its span."""

    kind: str
    start: int
    end: int


def neighbourhood(text: str, at: int) -> Span:
    """Return the span of a text that is shown with the character at an offset: whole paragraphs where they are short."""
    start, end = max(0, at - AROUND), min(len(text), at + AROUND)
    before, after = text[start:at].split("\n"), text[at:end].split("\n")
    start += sum(len(line) + 1 for line in before[:-LINES])
    end -= sum(len(line) + 1 for line in after[LINES:])
    return (
        0 if start <= SLACK else _boundary(text, start),
        len(text) if end + SLACK >= len(text) else _boundary(text, end),
    )


def _boundary(text: str, at: int) -> int:
    """Return an offset soon after another where a paragraph begins, else a word, else the offset itself."""
    for gap in ("\n\n", "\n", " "):
        found = text.find(gap, at, at + SLACK)
        if found >= 0:
            return found + len(gap)
    return at


def body(document: Document, shown: Span, marks: Marks, picture: str) -> str:
    """Return the HTML of the span `shown` of a document. The first of the cited words is `#cited`.

    `picture` is put behind the block that holds `marks.picture_at`.
    """
    blocks = _rows_told(document.text, list(_blocks(document, shown)))
    starts = {start: number for number, start in enumerate(document.pages, 1) if shown[0] <= start < shown[1]}
    first = next((block for block in blocks if marks.cited[1] > block.start and block.end > marks.cited[0]), None)
    last = _holding(blocks, marks.picture_at) if picture else None
    parts = []
    for kind, run in groupby(blocks, key=lambda block: block.kind):
        tag, within = TAGS[kind]
        inner = []
        for block in run:
            words = _words(document.text, block, marks, starts, block is first)
            if not (kind == "heading" and block is not first and _is_title(document, block)):
                inner.append(f"<{tag}>{words}</{tag}>")
            if block is last:
                inner.append(f"<li>{picture}</li>" if within else picture)
        parts.append(f'<ul class="{kind}s">{"".join(inner)}</ul>' if within else "".join(inner))
    return "".join(parts)


def _holding(blocks: Sequence[Block], at: int | None) -> Block | None:
    """Return the last block that begins at an offset or before it, else the first."""
    before = [block for block in blocks if at is not None and block.start <= at]
    return before[-1] if before else next(iter(blocks), None)


def _is_title(document: Document, block: Block) -> bool:
    return document.text[block.start : block.end].strip() == document.name  # it stands above the text already


def _words(text: str, block: Block, marks: Marks, starts: dict[int, int], anchored: bool) -> str:
    """Return the inner HTML of a block, with the words marked that are cited."""
    start, end = block.start, block.end
    names = [match.span(1) for match in CELL.finditer(text[start:end])] if block.kind == "row" else []
    bold = [(start + a, start + b) for a, b in names]
    first, last = (min(max(at, start), end) for at in marks.cited)
    inner = _Inner(text, bold, marks.answer, {at: n for at, n in starts.items() if start <= at < end})
    if first >= last:
        return inner.html(start, end)
    anchor = ' id="cited"' if anchored else ""
    marked = f"<mark{anchor}>{inner.html(first, last)}</mark>"
    return f"{inner.html(start, first)}{marked}{inner.html(last, end)}"


@dataclass(frozen=True, slots=True)
class _Inner:
    """Writes a stretch of text: names of columns bold, words that answer strong, the starts of pages noted."""

    text: str
    bold: Sequence[Span]  # in order
    answer: Span
    pages: dict[int, int]

    def html(self, start: int, end: int) -> str:
        edges = {start, end, *self.pages, *self.answer, *(edge for span in self.bold for edge in span)}
        within = sorted(edge for edge in edges if start <= edge <= end)
        return "".join(self._piece(a, b) for a, b in pairwise(within))

    def _piece(self, start: int, end: int) -> str:
        html = escape(self.text[start:end])
        before = bisect_right(self.bold, (start, len(self.text)))
        if before and end <= self.bold[before - 1][1]:
            html = f"<b>{html}</b>"
        if self.answer[0] <= start and end <= self.answer[1]:
            html = f"<strong>{html}</strong>"
        number = self.pages.get(start)
        return html if number is None else f'<span class="folio" data-page="Page {number}"></span>{html}'


def _blocks(document: Document, shown: Span) -> Iterator[Block]:
    """Yield the blocks of a span; a blank line parts paragraphs, and a line that opens an item is one."""
    headings = _heading_lines(document, shown)
    kind, start, end = "paragraph", shown[0], shown[0]
    at = shown[0]
    for line in document.text[slice(*shown)].split("\n"):
        own = "heading" if at in headings else "item" if ITEM.match(line) else ""
        follows = line.strip() and end > start and (own == kind if own == "heading" else not own and kind != "heading")
        if not follows:
            if end > start:
                yield Block(kind, start, end)
            kind, start, end = own or "paragraph", at, at
        if line.strip():
            end = at + len(line)
        at += len(line) + 1
    if end > start:
        yield Block(kind, start, end)


def _heading_lines(document: Document, shown: Span) -> set[int]:
    """Return the offsets of the lines of a span that lie in a heading."""
    lines = set()
    for start, end in document.headings:
        if end <= shown[0] or start >= shown[1]:
            continue
        at = max(document.text.rfind("\n", 0, start) + 1, shown[0])
        while 0 <= at < end:
            lines.add(at)
            at = document.text.find("\n", at) + 1 or end
    return lines


def _rows_told(text: str, blocks: list[Block]) -> list[Block]:
    """Return the blocks, those that are rows of one table told so: neighbours with the same names of columns."""
    names = [_columns(text, block) for block in blocks]
    beside = [
        any(0 <= other < len(names) and names[other][:1] == mine[:1] for other in (number - 1, number + 1))
        for number, mine in enumerate(names)
    ]
    return [
        Block("row", block.start, block.end) if mine and same else block
        for block, mine, same in zip(blocks, names, beside, strict=True)
    ]


def _columns(text: str, block: Block) -> list[str]:
    """Return the names of the columns in a row of a table; none of what is no row."""
    line = text[block.start : block.end]
    if block.kind != "paragraph" or "\n" in line:
        return []
    if " | " in line and ": " not in line:
        return ["|"]
    return CELL.findall(line) if "; " in line or CELL.match(line) else []
