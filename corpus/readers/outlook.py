"""Outlook messages (msg), by python-oxmsg: what was written, by whom, on which day; each attachment is a document of its own.

A body that is kept as compressed RTF alone is not read, which is told as a message without text. Old Word and PowerPoint
files (doc, ppt) end here too: no kept library reads them, so they are refused with the way out.
"""

import struct
from collections.abc import Iterator
from email.utils import getaddresses
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import joined, one_line
from corpus.readers.members import cleaned, distinct, read_member
from corpus.readers.ooxml import BROKEN
from corpus.readers.xhtml import page_blocks, page_root
from corpus.types import Extract

__all__ = ["read_doc", "read_msg", "read_ppt"]

MEDIA_TYPE = "application/vnd.ms-outlook"
KIND = ".msg"
ENCRYPTED_TYPES = ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
ENCRYPTED_NAMES = ("message.rpmsg", "smime.p7m", "encrypted.asc")
CONTENT_ID = 0x3712  # the property of a picture that stands in the text (MS-OXPROPS, PidTagAttachContentId)


def read_msg(path: Path) -> Iterator[Extract | SourceError]:
    """Yield the message, then what is attached to it, each in a `row` of its name. Raises SourceError if it is encrypted or damaged."""
    import oxmsg  # here, for the few files that need it
    from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError

    try:
        message = oxmsg.Message.load(path.read_bytes())
        attached = [
            (part.file_name or "", part.mime_type or "", part.file_bytes, _is_inline(part))
            for part in message.attachments
        ]
        found = _message(message, path)
        kind = str(message.message_class)
    except (UnrecognizedCodePageError, UnsupportedEncodingError, struct.error, OSError, *BROKEN) as error:
        raise SourceError(
            f"{path}: not a readable Outlook message ({one_line(str(error))}). Save it anew, or as text."
        ) from error
    if kind == "IPM.Note.SMIME" or any(_is_encrypted(name, mime) for name, mime, _, _ in attached):
        raise SourceError(f"{path}: the message is encrypted. Open it in Outlook and save it as text.")
    if found.text.strip() or not attached:
        yield found
    taken: set[str] = set()
    for number, (name, mime, data, inline) in enumerate(attached, 1):
        row = distinct(cleaned(one_line(name).replace("/", " ") or f"attachment {number}"), taken)
        if data is None:
            yield SourceError(f"{path}#{row}: what is attached is no file. Save it by itself and add that.")
        elif not inline:
            yield from read_member(data, (path, KIND), row, mime)


def read_doc(path: Path) -> Iterator[Extract]:
    """Raise SourceError: old Word files are not read."""
    raise SourceError(f"{path}: the old Word format is not read. Open it in Word or LibreOffice and save it as .docx.")


def read_ppt(path: Path) -> Iterator[Extract]:
    """Raise SourceError: old PowerPoint files are not read."""
    raise SourceError(
        f"{path}: the old PowerPoint format is not read. Open it in PowerPoint or LibreOffice and save it as .pptx."
    )


def _message(message: Any, path: Path) -> Extract:
    blocks: list[tuple[str, bool]] = []
    text = "\n".join((message.body or "").split("\r\n")).strip()
    if not text and message.html_body:
        blocks = list(page_blocks(page_root(message.html_body, f"{path}: the message")))
        text, _ = joined(blocks)
    _, headings = joined(blocks)
    people = [name or address for name, address in getaddresses([message.sender or ""]) if name or address]
    sent = message.sent_date
    return Extract(
        text=text,
        title=one_line(message.subject or "") or path.stem,
        media_type=MEDIA_TYPE,
        published=sent.date().isoformat() if sent is not None else None,
        authors=tuple(people),
        headings=headings,
    )


def _is_encrypted(name: str, mime: str) -> bool:
    return mime.lower() in ENCRYPTED_TYPES or name.lower() in ENCRYPTED_NAMES


def _is_inline(part: Any) -> bool:
    """Tell whether an attachment is a picture in the text."""
    return str(part.mime_type or "").startswith("image/") and bool(part.properties.str_prop_value(CONTENT_ID))
