"""Plain text: the whole file is the document's text, in whatever character set it is."""

from collections.abc import Iterator
from pathlib import Path

from corpus.readers.charsets import decode
from corpus.readers.dateline import head_fields
from corpus.readers.frontmatter import front_matter
from corpus.types import Extract, Span

__all__ = ["LONGEST_TITLE", "read_text"]

LONGEST_TITLE = 160  # characters


def read_text(path: Path) -> Iterator[Extract]:
    """Yield the file as one extract; a first line that stands alone is its title; front matter is read."""
    fields, text = front_matter(decode(path.read_bytes(), path), path)
    title, heading = _title_line(text)
    stated = {"title": title or path.stem, **head_fields(text), **fields}
    yield Extract(text, media_type="text/plain", headings=heading, **stated)  # type: ignore[arg-type]


def _title_line(text: str) -> tuple[str | None, tuple[Span, ...]]:
    """Return the title and its span where the text opens with a short line, no sentence, with a blank line after it."""
    start = len(text) - len(text.lstrip())
    line, _, rest = text[start:].partition("\n")
    title = line.strip()
    alone = rest.lstrip(" \t\r").startswith("\n")
    if not alone or not title or len(title) > LONGEST_TITLE or title.endswith((".", ",", ";", ":")):
        return None, ()
    return title, ((start, start + len(line.rstrip())),)
