"""The evidence pack: a kept conversation as a file, with every quotation and all that is known of where it stands.

    {"onrecord": "conversation", "schema": 1, "id": "...", "title": "...", "created_at": "...", "updated_at": "...",
     "turns": [{"question": "...", "asked_at": "...", "answer": {schema 1}}]}

A citation resolves where the library has a version with the same content hash, and the quotation stands in it at its
offsets. One that does not resolve is kept: its words and their origin are in the answer itself. What is read from a file
is checked for its form before it is believed; its texts stay untrusted, and are escaped where they are shown.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus.catalog import Catalog
from corpus.conversations import Conversation, Exchange
from corpus.errors import SourceError
from corpus.types import Document

__all__ = [
    "LARGEST_NUMBER",
    "PACK",
    "PACK_SCHEMA",
    "citations",
    "fits",
    "pack",
    "pack_of",
    "read_pack",
    "resolved",
]

PACK_SCHEMA = 1
LARGEST_PACK = 100_000_000  # bytes
LARGEST_NUMBER = 2**53  # what every reader of JSON can hold
OPTIONAL = (str, type(None))
TEXTS = [str]
DOCUMENT = {
    **dict.fromkeys(("id", "title", "source", "content_hash"), str),
    **dict.fromkeys(("outlet", "published", "updated"), OPTIONAL),
    **{"version": int, "authors": TEXTS, "tags": TEXTS},
}
CITATION = {
    **dict.fromkeys(("marker", "start", "end"), int),
    **{"document": DOCUMENT, "quote": str, "speech": str, "via": TEXTS, "page": (int, type(None))},
    **dict.fromkeys(("speaker", "cue"), OPTIONAL),
    "said_on": ({"text": str, "from": OPTIONAL, "to": OPTIONAL}, type(None)),
}
STATEMENT = {"text": str, "start": int, "end": int, "support": str, "reason": OPTIONAL, "citations": [int]}
ANSWER = {
    **dict.fromkeys(("question", "query", "status", "text", "engine"), str),
    **{"as_of": OPTIONAL, "short": OPTIONAL, "statements": [STATEMENT], "citations": [CITATION]},
    "reason": ({"code": str, "message": str, "missing": TEXTS}, type(None)),
}
PACK = {
    **dict.fromkeys(("id", "title", "created_at", "updated_at"), str),
    "turns": [{"question": str, "asked_at": str, "answer": ANSWER}],
}


def pack(conversation: Conversation) -> dict[str, object]:
    """Return the conversation as the JSON object of an evidence pack (docs/json.md)."""
    turns = [{"question": t.question, "asked_at": t.asked_at, "answer": t.answer} for t in conversation.turns]
    return {
        "onrecord": "conversation",
        "schema": PACK_SCHEMA,
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "turns": turns,
    }


def read_pack(path: Path) -> Conversation:
    """Return the conversation of an evidence pack. Raises SourceError that says what is not as in one, and where."""
    try:
        if path.stat().st_size > LARGEST_PACK:
            raise SourceError(f"{path}: larger than {LARGEST_PACK:,} bytes, so no evidence pack.")
        given = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_number)
        json.dumps(given, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error}). Name a file of onrecord conversations export.") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: no evidence pack ({error}). Export one with --format json.") from error
    return pack_of(given, str(path))


def pack_of(given: object, name: str) -> Conversation:
    """Return the conversation of an evidence pack that was read from JSON. Raises SourceError, which calls it `name`."""
    if not isinstance(given, dict) or given.get("onrecord") != "conversation":
        raise SourceError(f"{name}: no evidence pack. Export one with: onrecord conversations export ID --format json")
    if given.get("schema") != PACK_SCHEMA:
        raise SourceError(f"{name}: its schema is {str(given.get('schema'))[:20]}; this OnRecord reads {PACK_SCHEMA}.")
    wrong = next(_unlike(given, PACK, ""), None) or _other_than_kept(given)
    if wrong:
        raise SourceError(f"{name}: not as an evidence pack is: {wrong}. Export it anew.")
    turns = (Exchange(turn["question"], turn["answer"], turn["asked_at"]) for turn in given["turns"])
    return Conversation(given["id"], given["title"], given["created_at"], given["updated_at"], tuple(turns))


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def fits(value: Any, form: Any) -> bool:
    """Tell whether something read from JSON has a form: see `_unlike`."""
    return next(_unlike(value, form, ""), None) is None


def _unlike(value: Any, form: Any, where: str) -> Iterator[str]:
    """Yield what in `value` has not the form: a type, a list's [form], an object's {key: form}, or a tuple of choices."""
    if isinstance(form, tuple):
        ways = [list(_unlike(value, one, where)) for one in form]
        yield from () if [] in ways else ways[0]
    elif isinstance(form, dict) and isinstance(value, dict):
        for key, part in form.items():
            yield from _unlike(value[key], part, f"{where}.{key}") if key in value else [f"{where}.{key} is missing"]
    elif isinstance(form, list) and isinstance(value, list):
        for at, part in enumerate(value):
            yield from _unlike(part, form[0], f"{where}[{at}]")
    elif form is int:
        if type(value) is not int or not 0 <= value < LARGEST_NUMBER:
            yield f"{where} is no number from 0 up"
    elif isinstance(form, dict | list) or not isinstance(value, form):
        yield f"{where or 'it'} is of the wrong kind"


def _other_than_kept(given: Mapping[str, Any]) -> str | None:
    """Return what could never have been kept: an id or a time in another form, no title, no turn."""
    id, times = given["id"], [given["created_at"], given["updated_at"], *(turn["asked_at"] for turn in given["turns"])]
    if len(id) != 12 or set(id) - set("0123456789abcdef"):
        return ".id is not 12 hexadecimal digits"
    if not given["title"].strip() or not given["turns"]:
        return "it has no title, or no turn"
    return next((f"{time[:40]!r} is no time in UTC" for time in times if not _is_utc(time)), None)


def _is_utc(time: str) -> bool:
    try:
        return datetime.fromisoformat(time).astimezone(UTC).isoformat(timespec="seconds") == time
    except (ValueError, OverflowError):
        return False


def citations(conversation: Conversation) -> list[Mapping[str, Any]]:
    """Return the JSON of each citation, in order."""
    return [citation for turn in conversation.turns for citation in turn.answer["citations"]]


def resolved(citation: Mapping[str, Any], catalog: Catalog) -> Document | None:
    """Return the version that a citation's JSON quotes, if the library has it and the words stand at their offsets."""
    cited, start, end = citation["document"], citation["start"], citation["end"]
    found = catalog.version_of_content(cited["content_hash"], cited["id"], cited["version"])
    if found is None or found.text[start:end] != citation["quote"] or catalog.removed_at(found.id):
        return None
    return found
