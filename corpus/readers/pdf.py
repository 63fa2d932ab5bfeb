"""PDF: the text layer by pdfium, lines joined into paragraphs, running heads left out, page starts kept."""

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.bylines import people
from corpus.readers.dateline import head_fields
from corpus.types import Extract, Span

__all__ = ["read_pdf"]

MAX_PAGES = 20_000  # a page that is full takes some 3 ms, and a file 60 s at the most
SENTENCE_END = (".", "!", "?", ":", ".”", '."', "?”", "!”", ".)", "…")
BULLETS = ("•", "- ", "– ", "▪", "‣")
HEAD = 2_000  # characters
NO_TITLE = re.compile(
    r"Microsoft (?:Word|PowerPoint|Excel) -.*|untitled.*|document ?\d*|(?:slide|page) 1|.*\.(?:docx?|pptx?|xlsx?|pdf|indd|qxd|"
    r"tex|dvi|odt|rtf|pages|ps|eps|cdr|ai|pub|txt|html?)",
    re.IGNORECASE,
)
NUMBERS = re.compile(r"\d+")
HYPHEN = ("\ufffe", "\x02")  # pdfium's mark of a hyphen at a line's end: the word goes on in the next line
WITHIN = re.compile("[\ufffe\x02](?=.)")  # the same mark where pdfium has joined the lines
PARAGRAPH_GAP = 0.6  # of a line's height, between two lines: paragraphs stand further apart than lines
LARGER = 1.05  # times the usual size: a heading
SHORT = 0.85  # of the usual width: a paragraph's last line


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line: its words, their size in points, its top and bottom in points from the page's foot."""

    text: str
    size: float
    top: float
    bottom: float


@dataclass(slots=True)
class Block:
    """A paragraph or a heading: its lines, and the number of the page on which each stands."""

    lines: list[Line]
    pages: list[int]


def read_pdf(path: Path) -> Iterator[Extract]:
    """Yield the file as one extract. Raises SourceError if it is encrypted, damaged or has no text layer."""
    pages, stated = _pages(path)
    if not any(pages):
        raise SourceError(f"{path}: no text found. Is it a scanned PDF? Run it through OCR first.")
    blocks = list(_blocks(_without_running_heads(pages)))
    text, starts, headings = _joined(blocks, len(pages))
    first = text[slice(*headings[0])] if headings and headings[0][0] == 0 else None
    fields = {"title": _title(stated) or first or path.stem, "authors": _authors(stated, text), **head_fields(text)}
    yield Extract(text=text, media_type="application/pdf", headings=headings, pages=starts, **fields)  # type: ignore[arg-type]


def _authors(stated: Mapping[str, str], text: str) -> tuple[str, ...]:
    """Return the authors that the file states and its first words name: else it may be whose program made the file."""
    return tuple(name for name in people([stated.get("Author", "")]) if name in " ".join(text[:HEAD].split()))


def _title(stated: Mapping[str, str]) -> str | None:
    """Return the title that the file states, unless it is what the program that made it put there: a file's name."""
    title = " ".join(stated.get("Title", "").split())
    return None if not title or NO_TITLE.fullmatch(title) else title


def _pages(path: Path) -> tuple[list[list[Line]], Mapping[str, str]]:
    """Return the lines of each page, and what the file states of itself.

    When it was made or changed is not taken from there: neither is when its words were published.
    """
    import pypdfium2 as pdfium  # here, with its native library, for those who have PDFs

    try:
        with pdfium.PdfDocument(path) as pdf:
            if len(pdf) > MAX_PAGES:
                raise SourceError(
                    f"{path}: it claims {len(pdf):,} pages, and the limit is {MAX_PAGES:,}. Split it and add the parts."
                )
            pages = [list(_lines(page.get_textpage())) for page in pdf]
            return pages, pdf.get_metadata_dict()
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise SourceError(f"{path}: the PDF is encrypted. Save a copy without a password and add that.") from error
        raise SourceError(f"{path}: not a readable PDF ({error}). Open it in a viewer and save it anew.") from error


def _lines(page: Any) -> Iterator[Line]:
    """Yield the printed lines of a page that have words."""
    import pypdfium2.raw as raw

    at = 0
    for text in page.get_text_range().split("\n"):
        words = " ".join(text.replace("\0", "").split())
        words = WITHIN.sub("", words)
        if words:
            first = at + len(text) - len(text.lstrip())
            _, bottom, _, top = page.get_charbox(first, loose=True)
            yield Line(words, raw.FPDFText_GetFontSize(page, first), top, bottom)
        at += len(text) + 1


def _without_running_heads(pages: list[list[Line]]) -> list[list[Line]]:
    """Drop a first or last line that stands, page numbers aside, on at least half of the pages, and on two or more."""
    seen = Counter(NUMBERS.sub("#", line.text) for page in pages for line in (page[:1] + page[-1:]))
    heads = {text for text, count in seen.items() if count >= max(2, len(pages) / 2)}
    kept = []
    for page in pages:
        dropped = [line for line in (page[:1] + page[-1:]) if NUMBERS.sub("#", line.text) in heads]
        kept.append([line for line in page if not any(line is other for other in dropped)])
    return kept if any(kept) else pages


def _blocks(pages: list[list[Line]]) -> Iterator[Block]:
    """Yield the paragraphs and headings, in reading order; one that goes on over a page's end is one."""
    width = statistics.median([len(line.text) for page in pages for line in page] or [0])
    block: Block | None = None
    for number, page in enumerate(pages):
        for line in page:
            if block is not None and _goes_on(block.lines[-1], line, width, block.pages[-1] == number):
                block.lines.append(line)
                block.pages.append(number)
                continue
            if block is not None:
                yield block
            block = Block([line], [number])
    if block is not None:
        yield block


def _goes_on(previous: Line, line: Line, width: float, same_page: bool) -> bool:
    """Tell whether `line` belongs to the paragraph or heading of the line before it."""
    if previous.text.endswith(HYPHEN):
        return True
    if line.text.startswith(BULLETS) or max(previous.size, line.size) > LARGER * min(previous.size, line.size):
        return False
    ended = previous.text.endswith(SENTENCE_END)
    if not same_page:
        return not ended
    gap = previous.bottom - line.top
    return gap <= PARAGRAPH_GAP * (line.top - line.bottom) and not (ended and len(previous.text) < SHORT * width)


def _joined(blocks: list[Block], pages: int) -> tuple[str, tuple[int, ...], tuple[Span, ...]]:
    """Return the text, the offset at which each page starts, and the spans of headings: lines set larger, or alone."""
    lines = [line for block in blocks for line in block.lines]
    usual = statistics.median([line.size for line in lines])
    width = statistics.median([len(line.text) for line in lines])
    text = ""
    headings: list[Span] = []
    starts: dict[int, int] = {0: 0}
    for block in blocks:
        text += "\n\n" if text else ""
        start = len(text)
        for line, page in zip(block.lines, block.pages, strict=True):
            if len(text) > start:
                text = text[:-1] if text.endswith(HYPHEN) else text + " "
            starts.setdefault(page, len(text))
            text += line.text
        if _is_heading(block, usual, width):
            headings.append((start, len(text)))
    offsets = [starts.get(page, len(text)) for page in range(pages)]
    return text, tuple(min(offsets[page:]) for page in range(pages)), tuple(headings)


def _is_heading(block: Block, usual: float, width: float) -> bool:
    first = block.lines[0]
    alone = len(block.lines) == 1 and len(first.text) < 0.8 * width and first.text[0].isupper()
    return first.size > LARGER * usual or (alone and not first.text.endswith((*SENTENCE_END, ",", ";")))
