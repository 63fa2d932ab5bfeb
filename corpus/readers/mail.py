"""Mail: a message's words with its subject, sender and date; what is attached becomes documents of their own.

The plain part is preferred to the HTML one; quoted replies stay. Signatures and pictures set into the text are left out,
encrypted parts are an error. A mailbox (mbox) is read message by message; a web page saved as MHTML is its HTML part: its
date is when it was saved, so it is not taken for the date of publication.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from corpus.errors import SourceError
from corpus.languages import code_of
from corpus.readers.charsets import decode, decoded_as, opening
from corpus.readers.html import read_html
from corpus.readers.members import as_file, cleaned, distinct, read_member
from corpus.types import Extract

__all__ = ["read_eml", "read_mbox", "read_mhtml"]

EML, MBOX = ".eml", ".mbox"
LONGEST_MESSAGE = 100 * 2**20  # bytes
SIGNATURES = frozenset(
    [
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
    ]
)
SMIME = frozenset(["application/pkcs7-mime", "application/x-pkcs7-mime"])
PGP = re.compile(r"^-----BEGIN PGP MESSAGE-----", re.MULTILINE)
MOST_PARTS = 1000  # in one part
DEEPEST = 50  # parts within parts
Found = Iterator[Extract | SourceError]


def read_eml(path: Path) -> Found:
    """Yield a message, then the documents attached to it, their `row` the attachment's name. Raises SourceError."""
    yield from _documents(_message(path.read_bytes(), path), (path, EML), None)


def read_mbox(path: Path) -> Found:
    """Yield each message of a mailbox, its `row` the Message-ID, else its number, with what is attached to it."""
    rows: set[str] = set()
    for number, data in enumerate(_messages(path), 1):
        if data is None:
            limit = LONGEST_MESSAGE // 2**20
            yield SourceError(
                f"{path}#{number}: the message is over {limit} MB. Save it by itself without attachments."
            )
            continue
        message = message_from_bytes(data, policy=policy.compat32)
        identity = _header(message, "Message-ID").strip("<> ")
        row = distinct(cleaned(identity) if identity else str(number), rows)
        try:
            yield from _documents(message, (path, MBOX), row)
        except SourceError as error:
            yield error


def read_mhtml(path: Path) -> Found:
    """Yield the page that was saved, its address the part's Content-Location. Raises SourceError if it has no HTML part."""
    message = _message(path.read_bytes(), path)
    part = next((part for part in _leaves(message) if part.get_content_type() == "text/html"), None)
    if part is None:
        raise SourceError(f"{path}: no HTML page in it. Save the page again, as HTML.")
    address = _header(part, "Content-Location") or _header(message, "Snapshot-Content-Location")
    page = _html(part, path)
    yield replace(
        page,
        title=page.title or _header(message, "Subject") or path.stem,
        media_type="multipart/related",
        url=page.url or (address if address.startswith(("http://", "https://")) else None),
    )


def _message(data: bytes, path: Path) -> Message:
    """Return the message in a file; one whose file was saved in wide characters is brought back to bytes first."""
    if b"\0" in data[:4096] and opening(data[:4096]) is not None:
        data = decode(data, path).encode()
    return message_from_bytes(data.removeprefix(b"\xef\xbb\xbf").lstrip(), policy=policy.compat32)


def _messages(path: Path) -> Iterator[bytes | None]:
    """Yield the messages of a mailbox, which "From " after a blank line parts; None for one that is too long."""
    lines: list[bytes] = []
    size, blank, begun = 0, True, False
    with path.open("rb") as file:
        while line := file.readline(LONGEST_MESSAGE):
            if blank and line.startswith(b"From "):
                if begun:
                    yield b"".join(lines) if size <= LONGEST_MESSAGE else None
                lines, size, begun, blank = [], 0, True, False
                continue
            blank = not line.strip()
            size += len(line)
            if size <= LONGEST_MESSAGE:
                lines.append(re.sub(rb"^>(>*From )", rb"\1", line))
            else:
                lines = []
    if begun:
        yield b"".join(lines) if size <= LONGEST_MESSAGE else None


def _documents(message: Message, of: tuple[Path, str], row: str | None) -> Found:
    """Yield a message and what is attached to it. Raises SourceError if it is encrypted, or has neither words nor files."""
    path = of[0]
    where = str(path) if row is None else f"{path}#{row}"
    leaves = list(_leaves(message))
    _refuse_encrypted(message, leaves, where)
    attached = [part for part in leaves if _is_attached(part)]
    body = _body(message, path)
    if PGP.search(body.text):
        raise SourceError(
            f"{where}: the message is encrypted (PGP). Decrypt it in your mail program and save it as text."
        )
    if body.text.strip() or not attached:
        yield replace(body, row=row)
    taken: set[str] = set()
    for number, part in enumerate(attached, 1):
        name = distinct(_name(part, number), taken)
        yield from read_member(_bytes(part), of, name if row is None else f"{row}/{name}", part.get("Content-Type"))


def _leaves(part: Message, depth: int = 0) -> Iterator[Message]:
    """Yield the parts that have no parts, and attached messages whole, in order."""
    inner = _inner(part)
    if part.get_content_type() == "message/rfc822" or not inner or depth > DEEPEST:
        yield part
        return
    for child in inner:
        yield from _leaves(child, depth + 1)


def _is_attached(part: Message) -> bool:
    """Tell whether a part is a file: named or said to be attached, but no signature and no picture in the text."""
    kind = part.get_content_type()
    if kind in SIGNATURES or kind in SMIME:
        return False
    if part.get_content_maintype() == "image":
        return part.get_content_disposition() == "attachment" and part.get("Content-ID") is None
    return kind == "message/rfc822" or part.get_content_disposition() == "attachment" or part.get_filename() is not None


def _refuse_encrypted(message: Message, leaves: list[Message], where: str) -> None:
    if message.get_content_type() == "multipart/encrypted":
        raise SourceError(
            f"{where}: the message is encrypted (PGP). Decrypt it in your mail program and save it as text."
        )
    for part in leaves:
        if part.get_content_type() in SMIME:
            signed = part.get_param("smime-type") == "signed-data"
            what = "signed in a form that hides its words" if signed else "encrypted"
            raise SourceError(
                f"{where}: the message is {what} (S/MIME). Open it in your mail program and save it as text."
            )


def _body(message: Message, path: Path) -> Extract:
    """Return a message's own words, and what its headers say of it."""
    texts = [part for part in _shown(message) if not _is_attached(part)]
    plain = "\n\n".join(text for part in texts if _is_plain(part) if (text := _text(part, path).strip()))
    pages = [part for part in texts if part.get_content_type() == "text/html"]
    found = Extract(plain, "", "message/rfc822")
    if not plain and pages:
        found = replace(_html(pages[0], path), media_type="message/rfc822", url=None)
    names = [name or address for name, address in getaddresses([_header(message, "From")]) if name or address]
    return replace(
        found,
        title=_header(message, "Subject") or path.stem,
        published=_day(_header(message, "Date")),
        updated=None,
        outlet=None,
        authors=tuple(names),
        language=code_of(_header(message, "Content-Language")),
    )


def _shown(part: Message, depth: int = 0) -> Iterator[Message]:
    """Yield the parts that a reader is shown: of alternatives the plain text that has words, else all of them."""
    inner = _inner(part)
    if part.get_content_type() == "message/rfc822" or not inner or depth > DEEPEST:
        yield part
        return
    plain = [child for child in inner if child.get_content_type() == "text/plain" and _bytes(child).strip()]
    children = plain[:1] if plain and part.get_content_type() == "multipart/alternative" else inner
    for child in children:
        yield from _shown(child, depth + 1)


def _is_plain(part: Message) -> bool:
    """Tell whether a part is plain text; so is what is said to have parts and has none."""
    return part.get_content_type() == "text/plain" or part.get_content_maintype() == "multipart"


def _html(part: Message, path: Path) -> Extract:
    """Return the words of an HTML part, and what it declares; no words where it has none. Its title is "" if it has none."""
    with as_file(_text(part, path).encode("utf-8-sig", "replace")) as file:
        try:
            found = next(read_html(file))
        except SourceError:
            return Extract("", "", "text/html")
        return replace(found, title="" if found.title == file.stem else found.title)


def _text(part: Message, path: Path) -> str:
    data = _bytes(part)
    charset = part.get_content_charset()
    text = decoded_as(data, charset) if charset else None
    return decode(data, path) if text is None else text.replace("\r\n", "\n")


def _inner(part: Message) -> list[Message]:
    """Return the parts of a part."""
    inner = part.get_payload()
    return [child for child in inner[:MOST_PARTS] if isinstance(child, Message)] if isinstance(inner, list) else []


def _bytes(part: Message) -> bytes:
    inner = _inner(part)
    if inner:
        return inner[0].as_bytes()
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name(part: Message, number: int) -> str:
    """Return what an attachment is called; an attached message has its subject for a name."""
    if part.get_content_type() == "message/rfc822":
        inner = _inner(part)
        subject = _header(inner[0], "Subject") if inner else ""
        return cleaned(f"{subject.replace('/', ' ') or f'message {number}'}{EML}")
    name = _decoded(part.get_filename() or "")
    return cleaned(name).replace("/", " ") if name.strip() else f"attachment {number}"


def _header(message: Message, name: str) -> str:
    """Return a header's words in one line, "" where it is missing."""
    value = message.get(name)
    return "" if value is None else _decoded(str(value))


def _decoded(value: str) -> str:
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    try:
        words = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        words = value
    return " ".join(words.split())


def _day(date: str) -> str | None:
    """Return the day of a Date header, where the sender was; None where it is none."""
    try:
        return parsedate_to_datetime(date).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        match = re.match(r"\d{4}-\d{2}-\d{2}", date)
        return match.group() if match else None
