"""Rich Text Format: the words by striprtf; headings by their style or outline level; tables row by row.

Left out: what was deleted under tracked changes, hidden text, footnotes, pictures. striprtf knows neither headings nor
changes, so marks are set for it beforehand.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import Blocks, joined, one_line, table_lines
from corpus.readers.dateline import head_fields
from corpus.readers.metadata import names
from corpus.readers.ooxml import NO_AUTHOR, NO_TITLE
from corpus.types import Extract

__all__ = ["read_rtf"]

LARGEST = 20 * 2**20  # characters without pictures; a million take half a second
LONG_HEADING = 200  # characters
HEADING = "\ue000"
PICTURE = re.compile(r"[0-9a-fA-F\r\n]{500,}+")
CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
STYLE = re.compile(r"\{\\s(\d{1,4})[^{}]*?\b(?:heading \d|title|subtitle);\}", re.IGNORECASE)
LINK = re.compile(r"(\\fldinst[^}]{0,40}?)HYPERLINK", re.IGNORECASE)  # of which striprtf would print the address
BULLET = re.compile(r"^[·•▪‣\uf0b7][ \t]+")


def read_rtf(path: Path) -> Iterator[Extract]:
    """Yield the file as one extract. Raises SourceError if it is damaged or too large."""
    source = _source(path)
    lines = _plain(_marked(source), path).split("\n")
    blocks = list(_blocks(lines))
    text, headings = joined(blocks)
    title = _property(source, "title", path)
    if not title or title.lower() in NO_TITLE:
        title = next((block for block, heads in blocks[:1] if heads), path.stem)
    authors = [name for name in names(_property(source, "author", path)) if name.lower() not in NO_AUTHOR]
    stated: dict[str, Any] = {"title": title, "authors": tuple(authors), **head_fields(text)}
    yield Extract(text, media_type="application/rtf", headings=headings, **stated)


def _source(path: Path) -> str:
    """Return the file's code, its pictures left out."""
    data = path.read_bytes()
    page = CODE_PAGE.search(data)
    encoding = f"cp{page.group(1).decode()}" if page else "cp1252"
    try:
        codecs.lookup(encoding)
    except LookupError:
        encoding = "cp1252"
    source = PICTURE.sub("", data.decode(encoding, "replace"))
    if not source.lstrip("\ufeff \r\n\t").startswith("{\\rtf"):
        raise SourceError(f"{path}: this is no RTF. Give the file the suffix of its real type.")
    if len(source) > LARGEST:
        raise SourceError(f"{path}: over {LARGEST:,} characters of code. Split it and add the parts.")
    return source


def _marked(source: str) -> str:
    """Return the code with a mark where a heading begins, and with what is no text made into what striprtf passes over."""
    styles = "|".join({number for number in STYLE.findall(source) if number != "0"})
    heads = rf"\\(?:outlinelevel[0-8]{rf'|s(?:{styles})' if styles else ''})(?![0-9a-z])"
    source = re.sub(heads, lambda match: f"{match.group()} {HEADING}", source)
    source = LINK.sub(r"\1LINK", source)
    passed_over = r"\\(listtext|deleted)(?![0-9a-z])" if "\\v0" in source else r"\\(listtext|deleted|v)(?![0-9a-z])"
    return re.sub(passed_over, r"\\*\\\1", source)


def _plain(source: str, path: Path) -> str:
    from striprtf.striprtf import rtf_to_text  # here, for the few files that need it

    try:
        text: str = rtf_to_text(source, errors="replace")
    except (ValueError, LookupError, TypeError, OverflowError) as error:
        raise SourceError(
            f"{path}: not readable RTF ({one_line(str(error))}). Open it in a word processor and save it as .docx."
        ) from error
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # letters that came in two halves


def _blocks(lines: list[str]) -> Blocks:
    """Yield (text, is heading) of each paragraph, and of each row of a table."""
    table: list[list[str]] = []
    for line in lines:
        if line.rstrip().endswith("|"):
            table.append([one_line(cell) for cell in line.replace(HEADING, "").rstrip()[:-1].split("|")])
            continue
        yield from ((row, False) for row in table_lines(table))
        table = []
        text = BULLET.sub("", one_line(line.replace(HEADING, "")))
        if text:
            yield text, HEADING in line and len(text) <= LONG_HEADING
    yield from ((row, False) for row in table_lines(table))


def _property(source: str, name: str, path: Path) -> str:
    match: Any = re.search(rf"\{{\\info\b.{{0,2000}}?\{{\\{name} ([^{{}}]{{1,500}})\}}", source, re.DOTALL)
    return one_line(_plain(f"{{\\rtf1 {match.group(1)}}}", path)) if match else ""
