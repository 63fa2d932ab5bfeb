"""reStructuredText, by docutils: words without marks, headings kept apart, tables by rows. It opens no file it names.

Front matter or the field list at the head ("docinfo") states metadata. Inclusion of files and raw HTML are off, and
what docutils has to say of mistakes stays out of the text.
"""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import Blocks, joined, one_line, table_lines
from corpus.readers.charsets import decode
from corpus.readers.frontmatter import front_matter
from corpus.readers.metadata import metadata_fields
from corpus.types import Extract

__all__ = ["read_rst"]

LONGEST_LINE = 10_000  # characters: docutils leaves longer ones out
SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "_disable_config": True,
    "report_level": 5,  # none
    "halt_level": 6,  # never
    "smart_quotes": False,
    "line_length_limit": LONGEST_LINE,
}
FIELDS = {"author", "authors", "date", "published", "updated", "outlet", "tags", "language", "title", "url"}


def read_rst(path: Path) -> Iterator[Extract]:
    """Yield the file as one extract; its title is the one stated, else the first heading, else the file's name."""
    from docutils import nodes  # here, for those who have such files
    from docutils.core import publish_doctree

    fields, source = front_matter(decode(path.read_bytes(), path), path)
    tree = publish_doctree(_broken(source), reader=_reader(), settings_overrides=SETTINGS)
    for note in list(tree.findall(nodes.footnote_reference)):
        note.parent.replace(note, nodes.Text(f"[{note.astext()}]"))
    for name in list(tree.findall(nodes.substitution_reference)):
        defined = tree.substitution_defs.get(name["refname"])
        name.parent.replace(name, nodes.Text(name.astext() if defined is None else defined.astext()))
    blocks = list(_blocks(tree, nodes))
    text, headings = joined(blocks)
    first = next((words for words, is_heading in blocks if is_heading), path.stem)
    stated = {"title": first, **_docinfo(tree, nodes), **fields}
    yield Extract(text=text, media_type="text/x-rst", headings=headings, **stated)  # type: ignore[arg-type]


def _reader() -> Any:
    """Return docutils' reader of documents, which leaves substitutions alone: one in another can grow without end."""
    from docutils.readers.standalone import Reader
    from docutils.transforms.references import Substitutions

    class Plain(Reader):  # type: ignore[type-arg]
        def get_transforms(self) -> list[Any]:
            return [each for each in super().get_transforms() if each is not Substitutions]

    return Plain()


def _broken(source: str) -> str:
    """Return the source with its longest lines broken at spaces, each part indented as the line is."""
    lines = []
    for line in source.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        long = len(line) > LONGEST_LINE
        lines += [indent + part for part in textwrap.wrap(line.strip(), LONGEST_LINE // 2)] if long else [line]
    return "\n".join(lines)


def _blocks(node: Any, nodes: Any) -> Blocks:
    """Yield (text, is heading) of each block of docutils' tree, in reading order."""
    unseen = (nodes.comment, nodes.substitution_definition, nodes.docinfo, nodes.meta, nodes.label)
    for child in node.children:
        if isinstance(child, nodes.system_message):
            yield from _misread(child, nodes)
        elif isinstance(child, unseen):
            continue
        elif isinstance(child, nodes.title | nodes.subtitle | nodes.rubric):
            yield from _block(child, True)
        elif isinstance(child, nodes.table):
            rows = [[_words(entry) for entry in row.children] for row in child.findall(nodes.row)]
            yield from ((line, False) for line in table_lines(rows))
        elif isinstance(child, nodes.literal_block | nodes.doctest_block):
            yield child.astext().strip("\n"), False
        elif isinstance(child, nodes.field):
            yield from ((f"{child[0].astext()}: {_words(child[1])}", False),)
        elif isinstance(child, nodes.TextElement) and not isinstance(child, nodes.target):
            yield from _block(child, False)
        elif isinstance(child, nodes.Element):
            yield from _blocks(child, nodes)


def _block(node: Any, is_heading: bool) -> Blocks:
    words = _words(node)
    if words:
        yield words, is_heading


def _misread(message: Any, nodes: Any) -> Blocks:
    """Yield what docutils could not make out, a table badly drawn say, as it stands; directives are no words."""
    for source in message.findall(nodes.literal_block):
        if not source.astext().lstrip().startswith(".."):
            yield source.astext().strip("\n"), False


def _words(node: Any) -> str:
    return one_line(node.astext())


def _docinfo(tree: Any, nodes: Any) -> dict[str, object]:
    """Return the fields that the field list at the head states; a date in other words than ISO 8601's is left out."""
    stated: dict[str, object] = {}
    for info in tree.findall(nodes.docinfo):
        for field in info.children:
            name, value = field.tagname, field.astext()
            if isinstance(field, nodes.field):
                name, value = field[0].astext().lower(), field[1].astext()
            if isinstance(field, nodes.authors):
                value = [author.astext() for author in field.children]
            if name in FIELDS:
                stated |= _valid(name, value)
    return stated


def _valid(name: str, value: object) -> dict[str, object]:
    try:
        return metadata_fields({name: value}, "")
    except SourceError:
        return {}
