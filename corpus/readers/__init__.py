"""Read files: a path goes in, one or more extracts come out. One format a file; READERS maps a kind, written as its usual
suffix, to its reader. `kinds` tells the kind from the bytes.

What the file says of itself (front matter, meta tags) is overridden by a sidecar, `NAME.meta.toml` beside it, with any
of title, published, updated, authors, outlet, tags, language and url; beside a file of many documents it is for all of
them, but for the title.
"""

import re
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from os.path import isfile
from pathlib import Path, PurePosixPath
from typing import Any

from corpus.errors import SourceError
from corpus.languages import code_of, recognised
from corpus.readers.archive import read_zip
from corpus.readers.charsets import charset_of, decoded_as
from corpus.readers.docx import read_docx
from corpus.readers.epub import read_epub
from corpus.readers.html import read_html
from corpus.readers.jsonl import read_json, read_jsonl
from corpus.readers.kinds import TEXTS, kind_of
from corpus.readers.mail import read_eml, read_mbox, read_mhtml
from corpus.readers.markdown import read_markdown
from corpus.readers.metadata import metadata_fields
from corpus.readers.opendocument import read_odp, read_ods, read_odt
from corpus.readers.outlook import read_doc, read_msg, read_ppt
from corpus.readers.pdf import read_pdf
from corpus.readers.pptx import read_pptx
from corpus.readers.rst import read_rst
from corpus.readers.rtf import read_rtf
from corpus.readers.sheets import read_csv, read_xls, read_xlsx
from corpus.readers.text import LONGEST_TITLE, read_text
from corpus.readers.transcript import read_srt, read_vtt
from corpus.types import PASTED, SIDECAR, Extract

__all__ = ["MAX_BYTES", "READERS", "SIDECAR", "read"]

MAX_BYTES = 100 * 2**20
STREAMED = frozenset([".jsonl", ".mbox"])  # read piece by piece: only their pieces are limited
# What parsers raise on files that are not what they seem, beside the errors of their own that their readers catch.
PARSERS_FAIL_WITH = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
LONGEST_STATED = 300  # characters of a title, an outlet, a name: titles are encoded with every passage
# NUL and lone surrogates; and the controls that a terminal obeys. What parts lines and sections stays.
UNSTORABLE = re.compile("[\0-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
Reader = Callable[[Path], Iterator[Extract] | Iterator[Extract | SourceError]]
READERS: dict[str, Reader] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".html": read_html,
    ".mhtml": read_mhtml,
    ".pdf": read_pdf,
    ".rst": read_rst,
    ".eml": read_eml,
    ".mbox": read_mbox,
    ".srt": read_srt,
    ".vtt": read_vtt,
    ".json": read_json,
    ".jsonl": read_jsonl,
    ".docx": read_docx,
    ".pptx": read_pptx,
    ".xlsx": read_xlsx,
    ".xls": read_xls,
    ".csv": read_csv,
    ".odt": read_odt,
    ".ods": read_ods,
    ".odp": read_odp,
    ".rtf": read_rtf,
    ".epub": read_epub,
    ".tsv": read_csv,
    ".msg": read_msg,
    ".doc": read_doc,
    ".ppt": read_ppt,
    ".zip": read_zip,
}


def read(path: Path, name: str | None = None, media_type: str | None = None) -> Iterator[Extract | SourceError]:
    """Yield the documents in a file, and in a file of many an error for each that is bad.

    `name` is what a file of no telling name is called (an address, a member of an archive): errors and titles have it.
    `media_type` is what came with it, a Content-Type: its charset is believed, its type chooses among texts alone.
    Raises SourceError if the file as a whole cannot be read; its message names the file and what to do.
    """
    called = str(path) if name is None else name
    readable = path
    try:
        with _in_charset(path, called, media_type) as readable:
            for found in _read(readable, called, media_type):
                if isinstance(found, SourceError):
                    yield _naming(found, readable, called)
                else:
                    yield _titled(found, readable, called)
    except SourceError as error:
        raise _naming(error, readable, called) from error
    except PARSERS_FAIL_WITH as error:
        kind = type(error).__name__
        raise SourceError(
            f"{called}: it is damaged or malformed ({kind}: {error}). Save it anew, or as text."
        ) from error


def _read(path: Path, called: str, media_type: str | None) -> Iterator[Extract | SourceError]:
    reader = _reader_of(path, called, media_type)
    sidecar = path.with_name(path.name + SIDECAR)
    stated = _sidecar_fields(sidecar) if isfile(sidecar) else {}  # and not Path's, which raises on a long name
    for extract in reader(path):
        if isinstance(extract, SourceError):
            yield extract
        elif not extract.text.strip():
            where = str(path) if extract.row is None else f"{path}#{extract.row}"
            yield SourceError(f"{where}: no text found in it. Add a file that has some.")
        else:
            of_it = {name: value for name, value in stated.items() if name != "title" or extract.row is None}
            fields = {name: _storable(value) for name, value in (asdict(extract) | of_it).items()}
            fields["title"], fields["outlet"] = (
                value and " ".join(value.split())[:LONGEST_STATED].strip()
                for value in (fields["title"], fields["outlet"])
            )
            fields["language"] = code_of(fields["language"]) or recognised(fields["text"])
            yield Extract(**fields)


def _storable(value: Any) -> Any:
    """Return texts with what no database can hold, or no terminal should be shown, replaced, every offset kept."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    return tuple(map(_storable, value)) if isinstance(value, tuple) else value


def _reader_of(path: Path, called: str, media_type: str | None) -> Reader:
    try:
        if not path.is_file():
            missing = (
                f"{path}: no such file or folder. Check the path." if not path.exists() else f"{path}: not a file."
            )
            raise SourceError(missing)
        size = path.stat().st_size
        if size == 0:
            raise SourceError(f"{path}: the file is empty. Add a file that has text.")
        kind = kind_of(path, called, media_type)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}. Check its permissions.") from error
    if size > MAX_BYTES and kind not in STREAMED:
        limit = MAX_BYTES // 2**20
        raise SourceError(
            f"{path}: {size / 2**20:.0f} MB is over the limit of {limit} MB a file. Split it and add the parts."
        )
    if kind not in READERS:
        raise SourceError(f"{path}: files of type {kind} are not read. Save it as PDF, .docx or text.")
    return READERS[kind]


def _sidecar_fields(sidecar: Path) -> dict[str, object]:
    try:
        return metadata_fields(tomllib.loads(sidecar.read_text(encoding="utf-8")), str(sidecar))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{sidecar}: not valid TOML ({error}). Correct it or remove it.") from error


@contextmanager
def _in_charset(path: Path, called: str, media_type: str | None) -> Iterator[Path]:
    """Lend the file as UTF-8 where `media_type` states another charset that fits it, else as it is."""
    charset = charset_of(media_type)
    is_text = charset is not None and path.is_file() and kind_of(path, called, media_type) in TEXTS
    text = decoded_as(path.read_bytes(), charset) if charset is not None and is_text else None
    if text is None:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_text(text, encoding="utf-8-sig")  # the mark stands above what the page itself declares
        yield copy


def _titled(extract: Extract, path: Path, called: str) -> Extract:
    """Return the extract of a file of no telling name with the title that it has, for want of another, from what it is called."""
    if extract.title != path.stem or str(path) == called:
        return extract
    if called.startswith(PASTED):
        return replace(extract, title=" ".join(extract.text.strip().partition("\n")[0][:LONGEST_TITLE].split()))
    last = called.rpartition("#")[2] if "#" in called else called.partition("?")[0]
    return replace(extract, title=PurePosixPath(last).stem)


def _naming(error: SourceError, path: Path, called: str) -> SourceError:
    return error if str(path) == called else SourceError(str(error).replace(str(path), called))
