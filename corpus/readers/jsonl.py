"""JSON Lines: a document a line, `{"text": ...}` with optional id, title, published (or date), updated, authors, outlet,
url, tags and language. BEIR's corpus.jsonl is read as it is (`_id`, `title`, `text`).
"""

import json
from collections.abc import Iterator
from pathlib import Path

from corpus.errors import SourceError
from corpus.readers.metadata import metadata_fields
from corpus.types import Extract

__all__ = ["read_jsonl"]

LONGEST_LINE = 20 * 2**20  # bytes


def read_jsonl(path: Path) -> Iterator[Extract | SourceError]:
    """Yield each line's document, its `row` the line's id, else its number; for a bad line an error that names it."""
    with path.open("rb") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE + 1), b""), 1):
            where = f"{path}:{number}"
            if len(line) > LONGEST_LINE:
                while line and not line.endswith(b"\n"):
                    line = lines.readline(LONGEST_LINE)
                yield SourceError(f"{where}: the line is over {LONGEST_LINE // 2**20} MB. Split the document.")
            elif line.strip():
                yield _row(line, where, number)


def _row(line: bytes, where: str, number: int) -> Extract | SourceError:
    try:
        return _extract(line, where, number)
    except SourceError as error:
        return error


def _extract(line: bytes, where: str, number: int) -> Extract:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{where}: not valid JSON. Each line must be one JSON object.") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise SourceError(f'{where}: no "text" in it. Each line must be a JSON object with a text.')
    fields = metadata_fields(row, where)
    identity = row.get("id", row.get("_id"))
    title = fields.pop("title", None) or ""  # none is made up: a title is searched with every passage
    return Extract(
        text=row["text"],
        title=str(title),
        media_type="application/jsonl",
        row=str(number if identity is None else identity),
        **fields,  # type: ignore[arg-type]
    )
