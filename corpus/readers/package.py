"""Zips whose contents are read: office files, books, plain archives. Opened as if somebody hostile had made each of them.

Members are read into memory alone, so their names never touch the disk. What is bounded is their number, the bytes that
they really unpack to (what the archive states is not trusted) and how much larger than packed these are. A part of XML
with a DOCTYPE is refused, and with it entities. Libraries that parse parts by themselves are given `Archive.file` after
`Archive.check()`: the very bytes that were checked.
"""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from corpus.errors import SourceError
from corpus.readers.blocks import one_line
from corpus.readers.members import cleaned

__all__ = ["MAX_TOTAL", "OLE", "Archive", "open_archive"]

MAX_MEMBERS = 20_000
MAX_PART = 64 * 2**20  # bytes of a part that is parsed as a tree, which takes some eight times as much memory
MAX_TOTAL = 512 * 2**20  # bytes that one archive may unpack to
MAX_RATIO = 250  # unpacked over packed, of members over a megabyte: XML of sheets reaches 60, deflate's most is 1,032
CHUNK = 2**20
ENTRY = b"PK\x01\x02"  # opens each member's entry in the directory
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # opens a compound file: an old office file, or an encrypted new one
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
XML = (".xml", ".rels")
ZIP_FAILS_WITH = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


class Archive:
    """An open zip: `names` of its members, in its own order; `file` is the whole of it, for a library to open."""

    def __init__(self, path: Path, data: bytes) -> None:
        """Raises SourceError if `data` is no zip, or one of too many members."""
        self.path = path
        self.file = io.BytesIO(data)
        self._left = MAX_TOTAL
        if data.count(ENTRY) > MAX_MEMBERS:
            raise SourceError(f"{path}: over {MAX_MEMBERS:,} files in it. Unpack it and add what you need.")
        try:
            self._zip = zipfile.ZipFile(self.file)
        except ZIP_FAILS_WITH as error:
            raise _damaged(path, error) from error
        self.names = tuple(name for name in self._zip.namelist() if not name.endswith("/"))

    @property
    def encrypted(self) -> bool:
        """Whether a member wants a password."""
        return any(info.flag_bits & 0x1 for info in self._zip.infolist())

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def read(self, name: str, limit: int = MAX_PART) -> bytes:
        """Return a member's bytes. Raises SourceError if it is missing, damaged, encrypted, or unpacks to over `limit`."""
        return b"".join(self._chunks(name, limit))

    def xml(self, name: str) -> Any:
        """Return a part's root element, as lxml has it. Raises SourceError if it is missing, is not XML or has a DOCTYPE."""
        from lxml import etree  # here, since only those who add such files need it

        data = self.read(name)
        self._refuse_doctype(name, data)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        try:
            return etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise SourceError(
                f"{self.path}: {cleaned(name)} in it is not valid XML ({one_line(str(error))}). Save it anew."
            ) from error

    def check(self, largest_xml: int = MAX_PART) -> None:
        """Read every member once. Raises SourceError if one is damaged or too large, or is XML with a DOCTYPE."""
        for name in self.names:
            chunks = self._chunks(name, MAX_TOTAL)
            head, size = b"", 0
            for chunk in chunks:
                head = head or chunk
                size += len(chunk)
                if size > largest_xml and _is_xml(name, head):
                    raise _too_large(self.path, name, largest_xml)
            if head and _is_xml(name, head):
                self._refuse_doctype(name, head)
        self._left = MAX_TOTAL

    def _chunks(self, name: str, limit: int) -> Iterator[bytes]:
        """Yield a member's bytes as they unpack, counted; what the archive says of their number is not asked."""
        size = 0
        try:
            info = self._zip.getinfo(name)
            if info.flag_bits & 0x1:
                raise SourceError(
                    f"{self.path}: {cleaned(name)} in it is encrypted. Save a copy without a password and add that."
                )
            with self._zip.open(info) as member:
                while chunk := member.read(CHUNK):
                    size += len(chunk)
                    self._left -= len(chunk)
                    if size > limit or self._left < 0:
                        raise _too_large(self.path, name, limit if size > limit else MAX_TOTAL)
                    if size > CHUNK and size > MAX_RATIO * max(1, info.compress_size):
                        raise SourceError(
                            f"{self.path}: {cleaned(name)} unpacks to over {MAX_RATIO} times its size. It may be an attack; left out."
                        )
                    yield chunk
        except KeyError as error:
            raise SourceError(f"{self.path}: it is damaged: it has no part {cleaned(name)}. Save it anew.") from error
        except ZIP_FAILS_WITH as error:
            raise _damaged(self.path, error) from error

    def _refuse_doctype(self, name: str, data: bytes) -> None:
        from defusedxml import DTDForbidden, EntitiesForbidden  # here, with its parsers, for those who have such files
        from defusedxml.ElementTree import iterparse

        bare = not name.lower().endswith(".svg")  # pictures often have one, without entities
        try:
            next(iter(iterparse(io.BytesIO(data), events=("start",), forbid_dtd=bare)), None)
        except (DTDForbidden, EntitiesForbidden) as error:
            raise SourceError(
                f"{self.path}: {cleaned(name)} in it has a DOCTYPE, which may be an attack. Save it anew."
            ) from error
        except (ParseError, ValueError, LookupError) as error:
            if not name.lower().endswith(XML):
                return  # text that opens with a "<", which no library will parse
            raise SourceError(
                f"{self.path}: {cleaned(name)} in it is not valid XML ({one_line(str(error))}). Save it anew."
            ) from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open the zip at `path`. Raises SourceError if it is none, is damaged, or is an encrypted office file."""
    with path.open("rb") as file:
        data = file.read()
    if data.startswith(OLE):
        if ENCRYPTED_PACKAGE in data:
            raise SourceError(f"{path}: the file is encrypted. Save a copy without a password and add that.")
        raise SourceError(f"{path}: it is an old office file under a new name. Save it as .docx, .pptx or .xlsx.")
    archive = Archive(path, data)
    try:
        yield archive
    finally:
        archive.file.close()


def _is_xml(name: str, head: bytes) -> bool:
    """Tell whether a part is XML: by its name, or because it opens as XML does in UTF-8 or UTF-16."""
    start = head[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return name.lower().endswith(XML) or start.startswith(b"<")


def _damaged(path: Path, error: Exception) -> SourceError:
    return SourceError(
        f"{path}: it is damaged: its archive cannot be read ({one_line(str(error))}). Save it anew, or as text."
    )


def _too_large(path: Path, name: str, limit: int) -> SourceError:
    return SourceError(
        f"{path}: {cleaned(name)} in it unpacks to over {limit // 2**20} MB. Split it and add the parts."
    )
