"""Plain text: the whole file is the document's text, in whatever character set it is."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from corpus.errors import SourceError
from corpus.types import Extract, Span

__all__ = ["decode", "read_text", "title_line"]

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LONGEST_TITLE = 160  # characters


def read_text(path: Path) -> Iterator[Extract]:
    """Yield the file as one extract; a first line that stands alone is its title."""
    text = decode(path.read_bytes(), path)
    title, heading = title_line(text)
    yield Extract(text, title or path.stem, "text/plain", headings=heading)


def title_line(text: str) -> tuple[str | None, tuple[Span, ...]]:
    """Return the title and its span where the text opens with a short line, no sentence, with a blank line after it."""
    start = len(text) - len(text.lstrip())
    line, _, rest = text[start:].partition("\n")
    title = line.strip()
    alone = rest.lstrip(" \t\r").startswith("\n")
    if not alone or not title or len(title) > LONGEST_TITLE or title.endswith((".", ",", ";", ":")):
        return None, ()
    return title, ((start, start + len(line.rstrip())),)


def decode(data: bytes, path: Path) -> str:
    """Return the text of `data`, its character set detected, lines ended by newlines. Raises SourceError on binary data."""
    text = _by_bom(data) or _by_zeros(data)
    if text is None:
        if b"\0" in data[:65536]:
            raise _binary(path)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = _detected(data, path)
    controls = sum(
        1 for c in text[:65536] if (c < " " and c not in "\t\n\r\f\x1b") or "\x7f" <= c < "\xa0" or c == "\ufffd"
    )
    if controls > 0.02 * min(len(text), 65536):
        raise _binary(path)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _by_bom(data: bytes) -> str | None:
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, errors="replace")
    return None


def _by_zeros(data: bytes) -> str | None:
    """Return UTF-16 without a mark, told by a zero in every other byte, as Latin letters have in it."""
    head = data[:4096]
    for first, encoding in ((0, "utf-16-be"), (1, "utf-16-le")):
        if head[first::2].count(0) > 0.4 * len(head) and head[1 - first :: 2].count(0) < 0.02 * len(head):
            return data.decode(encoding, errors="replace")
    return None


def _detected(data: bytes, path: Path) -> str:
    from charset_normalizer import from_bytes  # here, for the few files that need it

    best = from_bytes(data).best()
    if best is None:
        raise _binary(path)
    return str(best)


def _binary(path: Path) -> SourceError:
    return SourceError(
        f"{path}: this is binary data, not text. Give the file the suffix of its real type, or leave it out."
    )
