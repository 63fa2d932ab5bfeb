"""PDF: the text layer by pdfium, lines joined into paragraphs, running heads left out, page starts kept."""

import re
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from corpus.errors import SourceError
from corpus.types import Extract, Span

__all__ = ["read_pdf"]

Line = str
SENTENCE_END = (".", "!", "?", ":", ".”", '."', "?”", "!”", ".)", "…")
NUMBERS = re.compile(r"\d+")


def read_pdf(path: Path) -> Iterator[Extract]:
    """Yield the file as one extract. Raises SourceError if it is encrypted, damaged or has no text layer."""
    pages, title = _pages(path)
    if not any(line.strip() for page in pages for line in page):
        raise SourceError(f"{path}: no text found. Is it a scanned PDF? Run it through OCR first.")
    text, starts, headings = _joined(_without_running_heads(pages))
    first = text[headings[0][0] : headings[0][1]] if headings and headings[0][0] == 0 else None
    yield Extract(text, title or first or path.stem, "application/pdf", headings=headings, pages=starts)


def _pages(path: Path) -> tuple[list[list[Line]], str | None]:
    """Return the lines of each page, and the title that the file declares."""
    import pypdfium2 as pdfium  # here, with its native library, for those who have PDFs

    try:
        with pdfium.PdfDocument(path) as pdf:
            pages = [_lines(page.get_textpage().get_text_bounded()) for page in pdf]
            title = " ".join((pdf.get_metadata_dict().get("Title") or "").split())
            return pages, title or None
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise SourceError(f"{path}: the PDF is encrypted. Save a copy without a password and add that.") from error
        raise SourceError(f"{path}: not a readable PDF ({error}). Open it in a viewer and save it anew.") from error


def _lines(text: str) -> list[Line]:
    # pdfium marks a hyphen at a line's end with U+FFFE or U+0002: the word goes on in the next line.
    text = re.sub(r"[\ufffe\x02]\r?\n?", "", text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return [" ".join(line.split()) for line in text.split("\n")]


def _without_running_heads(pages: list[list[Line]]) -> list[list[Line]]:
    """Drop a first or last line that stands, page numbers aside, on at least half of the pages, and on two or more."""
    seen: Counter[str] = Counter()
    for page in pages:
        ends = [line for line in page if line]
        seen.update({NUMBERS.sub("#", line) for line in (ends[:1] + ends[-1:])})
    heads = {line for line, count in seen.items() if count >= max(2, len(pages) / 2)}
    kept = []
    for page in pages:
        filled = [index for index, line in enumerate(page) if line]
        dropped = {index for index in (filled[:1] + filled[-1:]) if NUMBERS.sub("#", page[index]) in heads}
        kept.append([line for index, line in enumerate(page) if index not in dropped])
    return kept


def _joined(pages: list[list[Line]]) -> tuple[str, tuple[int, ...], tuple[Span, ...]]:
    """Return the text, the offset at which each page starts, and the spans of short lines that are no sentences."""
    width = statistics.median([len(line) for page in pages for line in page if line])
    text, starts, headings = "", [], []
    previous = ""
    for page in pages:
        starts.append(len(text))
        for line in page:
            if not line:
                previous = ""
                continue
            gap = _gap(previous, line, width) if text else ""
            text += gap
            heading = _is_heading(line, width) and gap != " "
            if heading:
                headings.append((len(text), len(text) + len(line)))
            text += line
            previous = "" if heading else line
    return text, tuple(starts), tuple(headings)


def _gap(previous: Line, line: Line, width: float) -> str:
    """Return what stands between two lines: a blank line where a paragraph ends."""
    if not previous:
        return "\n\n"
    ends = previous.endswith(SENTENCE_END) and len(previous) < 0.85 * width
    return "\n\n" if ends or line.startswith(("•", "- ", "– ")) else " "


def _is_heading(line: Line, width: float) -> bool:
    return len(line) < 0.8 * width and line[0].isupper() and not line.endswith((*SENTENCE_END, ",", ";"))
