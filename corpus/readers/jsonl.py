"""JSON and JSON Lines: documents as objects, `{"text": ...}` with optional id, title, published (or date), updated, authors,
outlet, url, tags and language. JSON Lines has one a line; JSON is one of them, an array, or `{"documents": [...]}`.
BEIR's corpus.jsonl is read as it is (`_id`, `title`, `text`).
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus.errors import SourceError
from corpus.readers.charsets import decode
from corpus.readers.metadata import metadata_fields
from corpus.types import Extract

__all__ = ["read_json", "read_jsonl"]

LONGEST_LINE = 20 * 2**20  # bytes
FORM = 'Write {"text": "..."} with title, date, authors, url or outlet; or an array of these.'


def read_json(path: Path) -> Iterator[Extract | SourceError]:
    """Yield the document of an object, or of each object of an array, its `row` its id, else its number in the array.

    Raises SourceError if the file is not valid JSON or has no such objects; for one of many that is bad it is yielded.
    """
    try:
        found = json.loads(decode(path.read_bytes(), path))
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not valid JSON ({error}). Correct it, or save it as text.") from error
    if isinstance(found, dict) and isinstance(found.get("documents"), list):
        found = found["documents"]
    if isinstance(found, dict):
        extract = _extract(found, str(path), 1, "application/json")
        yield replace(extract, title=extract.title or path.stem, row=None)
        return
    if not isinstance(found, list) or not any(isinstance(row, dict) and "text" in row for row in found):
        raise SourceError(f"{path}: no documents in it. {FORM}")
    for number, row in enumerate(found, 1):
        try:
            yield _extract(row, f"{path}:{number}", number, "application/json")
        except SourceError as error:
            yield error


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
        return _extract(json.loads(line), where, number, "application/jsonl")
    except SourceError as error:
        return error
    except (ValueError, RecursionError):
        return SourceError(f"{where}: not valid JSON. Each line must be one JSON object.")


def _extract(row: object, where: str, number: int, media_type: str) -> Extract:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise SourceError(f'{where}: no "text" in it. {FORM}')
    fields = metadata_fields(row, where)
    identity = row.get("id", row.get("_id"))
    title = fields.pop("title", None) or ""  # none is made up: a title is searched with every passage
    return Extract(
        text=row["text"],
        title=str(title),
        media_type=media_type,
        row=str(number if identity is None else identity),
        **fields,  # type: ignore[arg-type]
    )
