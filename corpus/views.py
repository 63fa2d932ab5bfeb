"""A view of the documents: which are wanted, and in which order; and the SQL that says so of documents `d`."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from corpus.edits import LISTS
from corpus.errors import QuestionError
from corpus.removal import KEPT_FOR
from corpus.types import last_day

__all__ = ["COLUMNS", "KINDS", "KIND_OF", "OTHER_KIND", "WITH_PROBLEM", "Only", "View", "condition", "order"]

OFFICE, OPEN = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
KINDS = {
    "PDF": ("application/pdf",),
    "Web page": ("text/html", "application/xhtml+xml", "multipart/related"),
    "Feed item": ("application/rss+xml",),
    "Word": (f"{OFFICE}wordprocessingml.document", "application/msword"),
    "Text": ("text/plain", "text/markdown", "text/x-rst", "application/rtf", f"{OPEN}text"),
    "Slides": (f"{OFFICE}presentationml.presentation", f"{OPEN}presentation"),
    "Table": (
        *(f"{OFFICE}spreadsheetml.sheet", f"{OPEN}spreadsheet", "application/vnd.ms-excel"),
        *("text/csv", "text/tab-separated-values"),
    ),
    "E-mail": ("message/rfc822", "application/mbox", "application/vnd.ms-outlook"),
    "E-book": ("application/epub+zip",),
    "Transcript": ("text/vtt", "application/x-subrip"),
    "Data": ("application/json", "application/jsonl"),
}
KIND_OF = {media_type: kind for kind, types in KINDS.items() for media_type in types}
OTHER_KIND = "Other"
COLUMNS = ("title", "outlet", "published", "kind", "passages", "state", "added")
SEARCHED = ("title", "outlet", "authors", "tags", "source")
MOST_WORDS = 8
LONGEST_SEARCH = 200  # characters
WITH_PROBLEM = "SELECT d.id FROM inputs i CROSS JOIN documents d ON d.input = i.place WHERE i.problem IS NOT NULL AND i.kind = 'file'"
Only = Literal["", "undated", "duplicates", "problems", "removed"]


@dataclass(frozen=True, slots=True)
class View:
    """Which documents are listed, and in which order. Dates are years, months or days; `story` is a duplicate group."""

    words: str = ""
    outlet: str = ""
    kind: str = ""
    tag: str = ""
    first: str = ""
    last: str = ""
    only: Only = ""
    story: str = ""
    sort: str = "published"
    descending: bool = True
    page: int = 1


def condition(view: View) -> tuple[str, list[object]]:
    """Return the condition on documents `d`, and what it is given. Raises QuestionError."""
    parts: list[str] = []
    given: list[object] = []

    def wanted(condition: str, *values: object) -> None:
        parts.append(condition)
        given.extend(values)

    if view.only == "removed":
        since = (datetime.now(UTC) - KEPT_FOR).isoformat(timespec="seconds")
        wanted("d.state = 'retired' AND d.removed_at >= ?", since)
        wanted("d.version = (SELECT max(version) FROM documents v WHERE v.id = d.id)")
    else:
        wanted("d.state = 'live'")
    for word in view.words[:LONGEST_SEARCH].split()[:MOST_WORDS]:
        likes = [_like(column, word) for column in SEARCHED]
        wanted("(" + " OR ".join(sql for sql, _ in likes) + ")", *(value for _, values in likes for value in values))
    if view.outlet:
        wanted("d.outlet = ?", view.outlet)
    if view.kind:
        types = KINDS.get(view.kind, tuple(KIND_OF) if view.kind == OTHER_KIND else ())
        within = "NOT IN" if view.kind == OTHER_KIND else "IN"
        wanted(f"d.media_type {within} (SELECT value FROM json_each(?))", json.dumps(types))
    if view.tag:
        wanted("EXISTS (SELECT 1 FROM json_each(d.tags) WHERE value = ?)", view.tag)
    if view.story:
        wanted("d.duplicate_group = ?", view.story)
    for name, date, sign in (("from", view.first, ">="), ("to", view.last, "<=")):
        if date:
            wanted(f"substr(d.published, 1, ?) {sign} ?", len(_date(name, date)), date)
    only = {
        "undated": "d.published IS NULL",
        "duplicates": "d.duplicate_group IS NOT NULL",
        "problems": f"d.id IN ({WITH_PROBLEM})",
    }
    parts += [only[view.only]] if view.only in only else []
    return " AND ".join(parts), given


def _date(name: str, date: str) -> str:
    try:
        last_day(date)
    except ValueError as error:
        raise QuestionError(f"{name}: {date[:40]!r} is not a date. Write it as 2022-08-25, 2022-08 or 2022.") from error
    return date


def _like(column: str, word: str) -> tuple[str, list[str]]:
    """Return the condition that a column holds a word in any case: SQLite's LIKE knows that of ASCII alone."""
    forms = [word] if word.isascii() else [*dict.fromkeys((word, word.lower(), word.upper(), word.capitalize()))]
    found, values = f"d.{column} LIKE ? ESCAPE '\\'", [_pattern(form) for form in forms]
    if column in LISTS:  # JSON, in which a letter may be written by its number: looked into where the word could be
        found += f" AND EXISTS (SELECT 1 FROM json_each(d.{column}) WHERE value LIKE ? ESCAPE '\\')"
        values = [each for form in forms for each in (_pattern(json.dumps(form)[1:-1]), _pattern(form))]
    return " OR ".join([f"({found})"] * len(forms)), values


def _pattern(word: str) -> str:
    return "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def order(sort: str, descending: bool) -> list[tuple[str, bool]]:
    """Return what is sorted by, and whether downwards: what is unknown comes last either way."""
    cases = " ".join(f"WHEN '{media_type}' THEN '{kind}'" for media_type, kind in KIND_OF.items())
    columns = {
        "title": [("d.title = ''", False), ("d.title COLLATE NOCASE", descending)],
        "outlet": [("d.outlet IS NULL", False), ("d.outlet COLLATE NOCASE", descending)],
        "kind": [(f"CASE d.media_type {cases} ELSE '{OTHER_KIND}' END", descending)],
        "passages": [("d.passages", descending)],
        "added": [("d.added_at", descending)],
        "state": [
            (f"CASE WHEN d.id IN ({WITH_PROBLEM}) THEN 0 WHEN d.duplicate_group IS NULL THEN 2 ELSE 1 END", descending),
            ("d.duplicate_group", False),
        ],
    }
    published = [("d.published IS NULL", False), ("d.published", descending)]
    return [*columns.get(sort, published), ("d.id", False)]
