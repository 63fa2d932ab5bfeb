"""Markdown: the words without the marks, headings kept apart, front matter as metadata."""

from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.readers.blocks import Blocks, joined, one_line, table_lines
from corpus.readers.charsets import decode
from corpus.readers.frontmatter import front_matter
from corpus.types import Extract

__all__ = ["read_markdown"]


def read_markdown(path: Path) -> Iterator[Extract]:
    """Yield the file as one extract; its title is the front matter's, else the first heading, else the file's name."""
    source = decode(path.read_bytes(), path)
    fields, body = front_matter(source, path)
    blocks = list(_blocks(MarkdownIt("commonmark").enable("table").parse(body)))
    text, headings = joined(blocks)
    title = next((block for block, is_heading in blocks if is_heading), path.stem)
    stated = {"title": title, **fields}
    yield Extract(text=text, media_type="text/markdown", headings=headings, **stated)  # type: ignore[arg-type]


def _blocks(tokens: list[Token]) -> Blocks:
    """Yield (text, is heading) of each block that has words."""
    heading = False
    table: list[list[str]] = []
    for token in tokens:
        if token.type == "heading_open":
            heading = True
        elif token.type == "tr_open":
            table.append([])
        elif token.type == "table_close":
            yield from ((line, False) for line in table_lines(table))
            table = []
        elif token.type == "inline" and table:
            table[-1].append(_words(token))
        elif token.type == "inline":
            words = _words(token)
            if words:
                yield words, heading
            heading = False
        elif token.type in ("fence", "code_block") and token.content.strip():
            yield token.content.rstrip("\n"), False


def _words(token: Token) -> str:
    parts = []
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type in ("text", "code_inline"):
            parts.append(child.content)
    return one_line("".join(parts))
