"""Documents within documents: the files in a zip, what is attached to a message. Each is read by its own kind.

A member's bytes are put into a temporary file of a name made here: its own name never reaches the disk, and is cleaned
before it is shown or kept.
"""

import secrets
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path

from corpus.errors import SourceError
from corpus.types import SIDECAR, Extract

__all__ = ["as_file", "cleaned", "distinct", "inside", "read_member"]

DEEPEST = 4  # a message attached to a message attached to a message: so far, and no further
LONGEST_NAME = 255  # characters
_inside: ContextVar[tuple[str, ...]] = ContextVar("inside", default=())


@contextmanager
def as_file(data: bytes) -> Iterator[Path]:
    """Lend bytes as a file in a folder of its own, both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
        path = Path(folder) / secrets.token_hex(8)
        path.write_bytes(data)
        yield path


def inside() -> tuple[str, ...]:
    """Return the kinds of the files, from the outermost, within which a member is being read just now."""
    return _inside.get()


def read_member(
    data: bytes, of: tuple[Path, str], row: str, media_type: str | None = None, sidecar: bytes | None = None
) -> list[Extract | SourceError]:
    """Return the documents in a member of a file: `of` is that file and its kind, `row` the member's cleaned name.

    What cannot be read is a SourceError in the list, which names file and member.
    """
    from corpus.readers import read  # here, since it reads by these very readers

    path, kind = of
    called = f"{path}#{row}"
    if len(inside()) >= DEEPEST:
        return [SourceError(f"{called}: it is {DEEPEST} files deep in others. Save it by itself and add that.")]
    token = _inside.set((*inside(), kind))
    try:
        with as_file(data) as file:
            if sidecar is not None:
                file.with_name(file.name + SIDECAR).write_bytes(sidecar)
            return [_in_row(found, row) for found in read(file, called, media_type)]
    except SourceError as error:
        return [error]
    finally:
        _inside.reset(token)


def _in_row(found: Extract | SourceError, row: str) -> Extract | SourceError:
    if isinstance(found, SourceError):
        return found
    return replace(found, row=row if found.row is None else f"{row}#{found.row}")


def cleaned(name: str) -> str:
    """Return a member's name without what leads out of its archive, control characters, or more than 255 characters."""
    plain = "".join("\ufffd" if unicodedata.category(c).startswith("C") else c for c in name.replace("\\", "/"))
    parts = [part.strip() for part in plain.split("/")]
    kept = [part for part in parts if part not in ("", ".", "..") and not part.endswith(":")]
    return "/".join(kept)[-LONGEST_NAME:] or "unnamed"


def distinct(name: str, taken: set[str]) -> str:
    """Return `name`, numbered where it is taken already, and take it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free
