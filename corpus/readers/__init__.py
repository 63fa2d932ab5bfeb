"""Read files: a path goes in, one or more extracts come out. One format a file; READERS maps a suffix to its reader.

What the file says of itself (front matter, meta tags) is overridden by a sidecar, `NAME.meta.toml` beside it, with any
of title, published, updated, authors, outlet, tags and language.
"""

import dataclasses
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.docx import read_docx
from corpus.readers.html import read_html
from corpus.readers.jsonl import read_jsonl
from corpus.readers.markdown import read_markdown
from corpus.readers.metadata import metadata_fields
from corpus.readers.pdf import read_pdf
from corpus.readers.pptx import read_pptx
from corpus.readers.text import read_text
from corpus.types import Extract

__all__ = ["MAX_BYTES", "READERS", "SIDECAR", "files_in", "read"]

MAX_BYTES = 100 * 2**20
SIDECAR = ".meta.toml"
# What parsers raise on files that are not what they seem, beside the errors of their own that their readers catch.
PARSERS_FAIL_WITH = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
Reader = Callable[[Path], Iterator[Extract] | Iterator[Extract | SourceError]]
READERS: dict[str, Reader] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    ".jsonl": read_jsonl,
    ".docx": read_docx,
    ".pptx": read_pptx,
}


def files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files named, and those below the folders named, in order of name; hidden files and sidecars left out."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith(".") and not name.endswith(SIDECAR):
                    yield Path(folder) / name


def read(path: Path) -> Iterator[Extract | SourceError]:
    """Yield the documents in a file, and in a file of many an error for each that is bad.

    Raises SourceError if the file as a whole cannot be read; its message names the file and what to do.
    """
    try:
        yield from _read(path)
    except PARSERS_FAIL_WITH as error:
        kind = type(error).__name__
        raise SourceError(f"{path}: it is damaged or malformed ({kind}: {error}). Save it anew, or as text.") from error


def _read(path: Path) -> Iterator[Extract | SourceError]:
    reader = _reader_of(path)
    sidecar = path.with_name(path.name + SIDECAR)
    stated = _sidecar_fields(sidecar) if sidecar.is_file() else {}
    for extract in reader(path):
        if isinstance(extract, SourceError):
            yield extract
        elif not extract.text.strip():
            where = str(path) if extract.row is None else f"{path}#{extract.row}"
            yield SourceError(f"{where}: no text found in it. Add a file that has some.")
        else:
            fields = dataclasses.asdict(extract) | stated
            yield Extract(**{name: _storable(value) for name, value in fields.items()})


def _storable(value: Any) -> Any:
    """Return texts with what no file or database can hold (NUL, lone surrogates) replaced, every offset kept."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    return tuple(map(_storable, value)) if isinstance(value, tuple) else value


def _reader_of(path: Path) -> Reader:
    try:
        if not path.is_file():
            missing = (
                f"{path}: no such file or folder. Check the path." if not path.exists() else f"{path}: not a file."
            )
            raise SourceError(missing)
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}. Check its permissions.") from error
    if size == 0:
        raise SourceError(f"{path}: the file is empty. Add a file that has text.")
    if size > MAX_BYTES and path.suffix.lower() != ".jsonl":
        limit = MAX_BYTES // 2**20
        raise SourceError(
            f"{path}: {size / 2**20:.0f} MB is over the limit of {limit} MB a file. Split it and add the parts."
        )
    return _by_content(head) or READERS.get(path.suffix.lower()) or _unknown(path)


def _by_content(head: bytes) -> Reader | None:
    """Return the reader for contents that leave no doubt, whatever the file is called."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"%pdf-"):
        return read_pdf
    if start.startswith((b"<!doctype html", b"<html")):
        return read_html
    return None


def _unknown(path: Path) -> Reader:
    if path.suffix:
        known = ", ".join(sorted(READERS))
        raise SourceError(f"{path}: files of type {path.suffix} are not read. Convert it to one of {known}.")
    return read_text


def _sidecar_fields(sidecar: Path) -> dict[str, object]:
    try:
        return metadata_fields(tomllib.loads(sidecar.read_text(encoding="utf-8")), str(sidecar))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{sidecar}: not valid TOML ({error}). Correct it or remove it.") from error
