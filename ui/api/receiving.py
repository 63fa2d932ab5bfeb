"""Files as programs send them, multipart/form-data: written to disk as they come, into the library's home, within bounds.

Starlette would keep each in memory up to a megabyte, then on the disk of the system's temporary files. Whatever breaks off,
nothing is left: the files lie in a folder of their own until they are taken from there.
"""

import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header
from starlette.concurrency import run_in_threadpool

from corpus.errors import DiskError
from ui.api.holdings import LONGEST_TAGS
from ui.api.problems import CLOSE, Problem
from ui.web.quota import QuotaError, Room
from ui.web.uploads import MAX_UPLOAD, Upload

__all__ = ["FILES", "MOST_FILES", "MULTIPART", "TAGS", "received"]

MULTIPART = "multipart/form-data"
FILES, TAGS = "files", "tags"  # the names of the form's fields
MOST_FILES = 500  # of a request
LEFT_S = 86_400  # after which what a server that was killed has left is deleted
PREFIX = "rest-"
DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)


@asynccontextmanager
async def received(request: Request, arriving: Path, room: Room) -> AsyncIterator[tuple[list[Upload], str]]:
    """Take the files and the tags of a form, and lend them; what is not moved away is deleted when the block ends.

    Raises Problem where it is too large, or no such form, and ClientDisconnect where the sender hangs up.
    """
    told = request.headers.get("content-length", "")
    size = int(told) if DIGITS.fullmatch(told) else 0
    try:
        async with room.kept(size) as keep:
            folder = await run_in_threadpool(_folder, arriving)
            try:
                form = _Form(request.headers.get("content-type", ""), folder)
                try:
                    async for chunk in request.stream():
                        keep(0 if size else len(chunk))
                        await run_in_threadpool(form.write, chunk)
                finally:
                    form.close()
                form.end()
                yield form.uploads, form.tags
            finally:
                await run_in_threadpool(shutil.rmtree, folder, ignore_errors=True)
    except QuotaError as error:
        raise Problem(413, str(error), CLOSE) from error


def _folder(arriving: Path) -> Path:
    """Return a new folder; those that a server left which was killed are deleted. Raises DiskError."""
    try:
        arriving.mkdir(parents=True, exist_ok=True)
        for old in arriving.glob(f"{PREFIX}*"):
            with suppress(FileNotFoundError):  # that of another upload, which has just ended
                if time.time() - old.stat().st_mtime > LEFT_S:
                    shutil.rmtree(old, ignore_errors=True)
        return Path(mkdtemp(prefix=PREFIX, dir=arriving))
    except OSError as error:
        raise DiskError("The library", error.strerror) from error


class _Form:
    """A form that is being read."""

    def __init__(self, content_type: str, folder: Path) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != MULTIPART.encode() or not boundary:
            raise Problem(415, f"Send JSON, or files as {MULTIPART} with a boundary.")
        self.uploads: list[Upload] = []
        self.tags = ""
        self._folder = folder
        self._has_tags = False
        self._headers: dict[str, bytes] = {}
        self._name, self._value = b"", b""
        self._file: IO[bytes] | None = None
        self._size = 0
        self._field = bytearray()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_name,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header,
                    "on_headers_finished": self._named,
                    "on_part_data": self._data,
                    "on_part_end": self._end,
                },
            )
        except FormParserError as error:
            raise _broken() from error

    def write(self, chunk: bytes) -> None:
        """Take what has come. Raises Problem."""
        if not chunk:
            return
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _broken() from error
        except OSError as error:
            raise DiskError("The library", error.strerror) from error

    def close(self) -> None:
        """Close the file that is being written."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def end(self) -> None:
        """Raises Problem if the form is cut off, or holds no file."""
        if self._parser.state != MultipartState.END:
            raise _broken()
        if not self.uploads:
            raise _wrong(FILES, "it is missing; send one file at least")

    def _begin(self) -> None:
        self._headers, self._name, self._value = {}, b"", b""

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value
        self._name, self._value = b"", b""

    def _named(self) -> None:
        """Begin what the headers of a part tell of: a file, or a tag."""
        _, options = parse_options_header(self._headers.get("content-disposition", b"").decode("latin-1"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._field, self._size = bytearray(), 0
        if name == FILES:
            if b"filename" not in options:
                raise _wrong(FILES, "it must be a file, with its name")
            if len(self.uploads) >= MOST_FILES:
                raise _wrong(FILES, f"at most {MOST_FILES} files can be sent at once")
            path = self._folder / str(len(self.uploads)) / "file"
            path.parent.mkdir()
            self._file = path.open("xb")
            self.uploads.append(Upload(options[b"filename"].decode("utf-8", "replace"), path, ""))
        elif name != TAGS or self._has_tags:
            raise _wrong(name[:100], "nothing more of this name is known here")
        else:
            self._has_tags = True

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._file is None:
            self._field += data[start:end]
            if len(self._field) > 4 * LONGEST_TAGS:  # bytes of UTF-8
                raise _wrong(TAGS, "it is too long")
            return
        if self._size > MAX_UPLOAD:
            name = self.uploads[-1].name[:100]
            raise Problem(413, f"{name}: it is larger than {MAX_UPLOAD // 2**20} MB. Nothing was added.", CLOSE)
        self._file.write(data[start:end])

    def _end(self) -> None:
        if self._file is None:
            self.tags = self._field.decode("utf-8", "replace")
            if len(self.tags) > LONGEST_TAGS:
                raise _wrong(TAGS, "it is too long")
        self.close()


def _broken() -> Problem:
    return Problem(400, f"The form cannot be read: it is cut off, or no {MULTIPART}. Nothing was added.", CLOSE)


def _wrong(name: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "form", "loc": ("body", name), "msg": message}])
