"""The log of `onrecord serve`: a JSON object a line on stderr, or a line to read where stderr is a terminal.

    {"time": "2026-11-23T21:50:01.204Z", "level": "info", "event": "request", "request_id": "9f...", "method": "POST",
     "route": "/api/v1/ask", "status": 200, "ms": 41.2, "bytes": 8120, "user": "mara"}
    {"time": ..., "event": "question", "request_id": "9f...", "question": "hash:5d0c...", "status": "answered", "ms": 38.9, "engine": "quote"}

A path is told as its route, without what was filled in or asked for; an exception as its kind and where it was raised,
not in its words, which may be a document's or a user's. A question is told as a keyed hash: the same question has the
same hash until the server ends, and its key is nowhere but in the server's memory, so a log that is found cannot be
searched by guessing. It does not hide who asked, when, or that two asked the same.
"""

import hashlib
import json
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

__all__ = ["REQUEST_ID", "hidden", "log_to", "tell"]

REQUEST_ID: ContextVar[str | None] = ContextVar("onrecord.request_id", default=None)  # of the request that is answered
FIELDS = "onrecord"  # of a record: what is told beside its event
FRAMES = 12  # of a traceback, the innermost
TOLD_IN_WORDS = (OSError,)  # of these the words are the machine's
SECRETS = re.compile(
    r"""(?ix)
    (?P<before> (?:cookie|api[-_]?key|model_key|password|authorization) ['"]? \s* [:=] \s* ['"]? ) [^'"\n]+
    | (?P<scheme> \b(?:bearer|basic)\s+ ) \S+  |  (?P<address> :// ) [^/\s@]+ (?=@)  |  (?P<query> \? ) [^\s'"]+
    | \bonrecord_[\w-]{20,}  |  \bsk-[\w-]{16,}"""
)
log = logging.getLogger("onrecord")
Error = tuple[type[BaseException], BaseException, TracebackType | None]


def tell(event: str, level: int = logging.INFO, **fields: object) -> None:
    """Write what happened. `fields` are numbers and names that the program gave, no words of users or documents."""
    log.log(level, event, extra={FIELDS: fields})


def hidden(plainly: bool) -> Callable[[str], str]:
    """Return what writes a question down: as it is if `plainly`, else its hash by a key that nobody has."""
    key = secrets.token_bytes(32)

    def hashed(question: str) -> str:
        return "hash:" + hashlib.blake2b(question.encode(errors="replace"), key=key, digest_size=8).hexdigest()

    return str if plainly else hashed


def log_to(stream: TextIO | None = None) -> None:
    """Write the log of this process to `stream`, stderr if none is given: that of the web server and of libraries too."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Line() if stream.isatty() else _Json())
    logging.raiseExceptions = False  # where nobody reads stderr any more, the server goes on
    logging.captureWarnings(True)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    log.setLevel(logging.INFO if stream.isatty() else logging.DEBUG)


def _said(record: logging.LogRecord) -> dict[str, object]:
    """Return what a record tells, secrets masked."""
    fields = {"event": _masked(record.getMessage()), "request_id": REQUEST_ID.get(), **getattr(record, FIELDS, {})}
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = _error(record.exc_info)
    if record.name != log.name:
        fields["logger"] = record.name
    return {name: value for name, value in fields.items() if value is not None}


def _masked(text: str) -> str:
    return SECRETS.sub(lambda found: "".join(filter(None, found.groups())) + "***", text)


def _error(error: Error) -> str:
    """Return an exception's kind and the places it came through, the innermost last."""
    kind, raised, _ = error
    words = f": {_masked(str(raised))}" if isinstance(raised, TOLD_IN_WORDS) else ""
    frames = traceback.extract_tb(raised.__traceback__)[-FRAMES:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{kind.__name__}{words} ({places})"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"time": at, "level": record.levelname.lower(), **_said(record)}
        return json.dumps(line, ensure_ascii=False, default=str)


class _Line(logging.Formatter):
    """For a person: the time of day, what happened, and what is told of it, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        said = _said(record)
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        level = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        told = " ".join(f"{name}={value}" for name, value in said.items() if name not in ("event", "request_id"))
        return f"{at} {level}{said['event']} {told}".rstrip()
