"""A page of a PDF as a picture, with words outlined on it. It runs in a child process, as the readers do: a PDF is hostile.

Left out on purpose: what is on the page but was not printed there. Annotations are drawn, forms and scripts are not run.
"""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from math import sqrt
from pathlib import Path
from typing import Any

from corpus.errors import SourceError

__all__ = ["DRAWING", "PageAsked", "drawn", "is_pdf", "letters"]

DRAWING = 1  # raised whenever the same page would be drawn otherwise
WIDTH = 1000  # pixels, unless the page would have more than
MOST_PIXELS = 4_000_000
QUALITY = 82  # of the JPEG
INK = (11, 107, 99, 255)  # the accent of the site
THICK, APART = 3, 3  # pixels: the outline, and how far around the words
LONGEST = 5_000  # characters of words that are looked for
LEAST_PART = 12  # letters of them that must stand on a page, where they go on on the next
HEAD = 1024  # bytes, in which a PDF says that it is one

Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class PageAsked:
    """The page of a file, by its number from 1, and the words to outline: where they stand there often, after so many others."""

    path: Path
    number: int
    words: str = ""
    after: int = 0


def is_pdf(path: Path) -> bool:
    """Tell whether a file is there and is a PDF by its first bytes."""
    try:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(HEAD)
    except OSError:
        return False


def letters(text: str) -> str:
    """Return the letters and digits of a text in one, by which words are found however a page breaks and spaces them."""
    return "".join(filter(str.isalnum, text))


def drawn(asked: PageAsked) -> Iterator[bytes]:
    """Yield the page as a JPEG. Raises SourceError if it cannot be drawn."""
    import pypdfium2 as pdfium

    try:
        with pdfium.PdfDocument(asked.path) as pdf:
            if not 0 < asked.number <= len(pdf):
                raise SourceError(f"the file has no page {asked.number}")
            yield _jpeg(pdf[asked.number - 1], asked)
    except pdfium.PdfiumError as error:
        raise SourceError(f"the file is damaged ({error})") from error


def _jpeg(page: Any, asked: PageAsked) -> bytes:
    width, height = (max(1.0, side) for side in page.get_size())
    scale = min(WIDTH / width, sqrt(MOST_PIXELS / (width * height)))
    bitmap = page.render(scale=scale, rev_byteorder=True, may_draw_forms=False)
    for box in _boxes(page, asked, (bitmap.width, bitmap.height)):
        _outline(bitmap, box)
    file = BytesIO()
    bitmap.to_pil().convert("RGB").save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _outline(bitmap: Any, box: Box) -> None:
    left, top = max(0, box[0] - APART), max(0, box[1] - APART)
    right, bottom = min(bitmap.width, box[2] + APART), min(bitmap.height, box[3] + APART)
    for x, y, width, height in (
        (left, top, right - left, THICK),
        (left, bottom - THICK, right - left, THICK),
        (left, top, THICK, bottom - top),
        (right - THICK, top, THICK, bottom - top),
    ):
        if width > 0 and height > 0 and y >= 0 and x >= 0:
            bitmap.fill_rect(INK, x, y, width, height)


def _boxes(page: Any, asked: PageAsked, size: tuple[int, int]) -> list[Box]:
    """Return where on the picture the words stand, a box a line; none where they are not found."""
    words = page.get_textpage()
    printed, places = _printed(words)
    found = _found(printed, letters(asked.words[:LONGEST]), asked.after)
    if found is None:
        return []
    first, last = places[found[0]], places[found[1] - 1]
    rectangles = [words.get_rect(number) for number in range(words.count_rects(first, last - first + 1))]
    return [_on_picture(page, rectangle, size) for rectangle in rectangles]


def _printed(words: Any) -> tuple[str, list[int]]:
    """Return the letters and digits of a page in one, and the number of each among its characters."""
    import pypdfium2.raw as raw

    printed, places = [], []
    for number in range(words.count_chars()):
        code = raw.FPDFText_GetUnicode(words, number)
        if code < 0x110000 and chr(code).isalnum():
            printed.append(chr(code))
            places.append(number)
    return "".join(printed), places


def _found(printed: str, wanted: str, after: int) -> tuple[int, int] | None:
    """Return the span of the wanted letters, where the page has them after so many others like them; else the span of as
    many of the first or the last of them as the page has, where they go on over its end.
    """
    at = -1
    for _ in range(after + 1):
        at = printed.find(wanted, at + 1) if wanted else -1
    at = at if at >= 0 else printed.find(wanted)
    if wanted and at >= 0:
        return at, at + len(wanted)
    first = _most(len(wanted), lambda count: wanted[:count] in printed)
    last = _most(len(wanted), lambda count: wanted[len(wanted) - count :] in printed)
    if max(first, last) < LEAST_PART:
        return None
    if first >= last:
        at = printed.rfind(wanted[:first])
        return at, at + first
    at = printed.find(wanted[len(wanted) - last :])
    return at, at + last


def _most(below: int, holds: Callable[[int], bool]) -> int:
    """Return the largest number below another that holds, where with each all smaller ones hold; 0 for none."""
    low, high = 0, max(below, 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _on_picture(page: Any, rectangle: tuple[float, float, float, float], size: tuple[int, int]) -> Box:
    """Return a rectangle of the page (left, bottom, right, top in points) in pixels, however the page is turned."""
    import pypdfium2.raw as raw

    left, bottom, right, top = rectangle
    corners = []
    for x, y in ((left, top), (right, bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
        corners.append((across.value, down.value))
    (x1, y1), (x2, y2) = corners
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
