"""What the user states of a document: it stands above what its source says, now and in every later version.

An edit changes the record in place: a version's text is immutable, its metadata is not. It reaches the live version, and of
the older ones those that had the same value in that field: they had the same mistake, and would be found by it as of a day.
A version that said otherwise keeps what it said. The content hash stays that of what was read, so what cites a document
still finds it.
"""

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from corpus.errors import EditError
from corpus.languages import code_of
from corpus.types import Document, last_day

__all__ = ["FIELDS", "LISTS", "Stated", "edit", "restated", "stated", "stated_fields"]

FIELDS = ("title", "published", "updated", "authors", "outlet", "tags", "language", "url")
LISTS = ("authors", "tags")
LONGEST = 1_000  # characters of a value
ISO_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)
UNSTORABLE = re.compile("[\0-\x1f\x7f\ud800-\udfff]")

Stated = dict[str, Any]  # field -> text, list of texts, or None for unknown


def stated_fields(given: Mapping[str, str | Sequence[str] | None]) -> Stated:
    """Return the fields that a user sets, ready to be kept; None in `given` sets nothing, an empty value makes it unknown.

    Raises EditError that names the field and what is wrong with its value.
    """
    fields = {name: _value(name, value) for name, value in given.items() if value is not None}
    if not fields:
        named = ", ".join(f"--{'author' if n == 'authors' else 'tag' if n == 'tags' else n}" for n in FIELDS)
        raise EditError(f"nothing to change. Name what is to be: {named}.")
    return fields


def _value(name: str, value: str | Sequence[str]) -> object:
    if name in LISTS:
        return list(dict.fromkeys(text for each in value if (text := _text(name, each))))
    text = _text(name, str(value))
    if not text:
        return "" if name == "title" else None
    if name in ("published", "updated"):
        return _day(name, text)
    if name == "language" and code_of(text) is None:
        raise EditError(f"language: {text!r} is not known. Write its code, as en or de.")
    if name == "url":
        return _address(text)
    return code_of(text) if name == "language" else text


def _text(name: str, value: str) -> str:
    text = " ".join(UNSTORABLE.sub(" ", value).split())
    if len(text) > LONGEST:
        raise EditError(f"{name}: {text[:40]!r}... has {len(text):,} characters, over {LONGEST:,}. Write less.")
    return text


def _day(name: str, text: str) -> str:
    try:
        if ISO_DATE.fullmatch(text):
            last_day(text)
            return text
    except ValueError:
        pass
    raise EditError(f"{name}: {text!r} is not a date. Write it as 2022-08-25, 2022-08 or 2022, or '' for unknown.")


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        if parts.scheme in ("http", "https") and parts.hostname and " " not in text:
            return text
    except ValueError:
        pass
    raise EditError(f"url: {text!r} is not an address. Write it whole, as https://example.com/story.")


def restated(document: Document, stated: Stated, tags: Sequence[str] = ()) -> Document:
    """Return a document with what the user stated in place of what was read; `tags` given with the command are added."""
    fields = {name: tuple(value) if name in LISTS else value for name, value in stated.items()}
    if "tags" in fields:
        fields["tags"] = tuple(dict.fromkeys((*fields["tags"], *tags)))
    return replace(document, **fields)  # type: ignore[arg-type]


def stated(db: sqlite3.Connection, id: str) -> Stated:
    """Return what the user stated of a document's newest version; nothing where none is known."""
    row = db.execute("SELECT stated FROM documents WHERE id = ? ORDER BY version DESC LIMIT 1", (id,)).fetchone()
    return dict(json.loads(row[0])) if row else {}


def edit(db: sqlite3.Connection, id: str, fields: Stated) -> list[str]:
    """Write what the user states of a live document, and return the keys ("id@version") of those whose title changed."""
    columns = {name: json.dumps(value) if name in LISTS else value for name, value in fields.items()}
    sql = f"SELECT version, state, stated, {', '.join(columns)} FROM documents WHERE id = ? AND state IN ('live', 'retired')"
    versions = db.execute(f"{sql} ORDER BY state = 'live' DESC", (id,)).fetchall()
    live, retitled = versions[0], []
    for version, _, stated, *values in versions:
        before = dict(zip(columns, values, strict=True))
        same = [name for name, value, ours in zip(columns, values, live[3:], strict=True) if value == ours]
        if not same:
            continue
        kept = json.dumps(json.loads(stated) | {name: fields[name] for name in same}, ensure_ascii=False)
        setting = ", ".join(f"{name} = ?" for name in (*same, "stated"))
        setting += ", attributed = 0" if "language" in same else ""  # who says what is read in English alone
        given = (*(columns[name] for name in same), kept, id, version)
        db.execute(f"UPDATE documents SET {setting} WHERE id = ? AND version = ?", given)
        if "title" in same and before["title"] != fields["title"]:
            retitled.append(f"{id}@{version}")
    return retitled
