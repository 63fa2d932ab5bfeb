"""An answer read back from the JSON that was kept of it (schema 1), to be shown as it was when it was given.

The texts of the documents come from the record; what was known of them then, title and date, stays as it was. Where the
library has a document no longer, or its words do not stand there, the quotation that was kept is shown, and the document
is named in `Answer.gone`. A kept answer may have been imported: what is not of the form it should have is left out, but
for what `assistant.evidence` has made sure of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

from assistant.answer import Answer, Citation, Conflict, Position, Reason, Statement, Usage
from assistant.evidence import fits, resolved
from corpus.catalog import Catalog, Entry
from corpus.dates import When
from corpus.errors import QuestionError
from corpus.filters import Filters, filters_of
from corpus.types import Document, Passage, Span
from index.retriever import Hit

__all__ = ["answer_of_json"]

MAYBE_TEXT = (str, type(None))
MAYBE_NUMBER = (int, type(None))
WHEN = {"text": str, "from": MAYBE_TEXT, "to": MAYBE_TEXT}
FORMS: Mapping[str, Any] = {  # of what an answer may have, by key
    "age": str,
    "answer": [int],
    "by_words_only": bool,
    "confidence": (int, float),
    "conflicts": [{"statements": [int], "kind": str, "line": str}],
    "content": [int],
    "date": str,
    "duplicate_group": str,
    "filters": dict,
    "id": str,
    "model": str,
    "passages": [{**dict.fromkeys(("document_id", "source", "text"), str), "start": int, "end": int}],
    "positions": [{"speaker": str, "dates": [str], "statements": [int], "stance": MAYBE_TEXT}],
    "retold": [str],
    "said_on": WHEN,
    "score": (int, float),
    "searched": int,
    "settings_hash": str,
    "timings": dict,
    "undated_left_out": int,
    "usage": dict.fromkeys(("prompt_tokens", "completion_tokens"), MAYBE_NUMBER)
    | dict.fromkeys(("passages", "passages_left_out"), int),
    "views": dict,
    "when": WHEN,
}
STATUSES = ("answered", "partial", "abstained", "failed")
SUPPORTS = ("supported", "partly", "contradicted", "unsupported", "quoted")
SPEECHES = ("direct", "reported", "outlet")
STANCES = ("for", "against")
KINDS = ("figure", "date", "yes-no")
MOST_PAGES = 100_000


def answer_of_json(given: Mapping[str, Any], catalog: Catalog) -> Answer:
    """Return the answer that `as_json` wrote, its documents found in the record; those that are not are in `gone`."""
    gone: set[str] = set()
    citations = tuple(_citation(one, catalog, gone) for one in given["citations"])
    hits, documents = _hits(_of(given, "passages", ()), catalog, gone)
    said = tuple(_statement(one) for one in given["statements"])
    reason, usage = given["reason"], _of(given, "usage", None)
    return Answer(
        question=given["question"],
        query=given["query"],
        status=_one_of(STATUSES, given["status"], "partial"),
        confidence=_of(given, "confidence", 0.0),
        statements=said,
        citations=citations,
        positions=_positions(_of(given, "positions", ()), len(said)),
        conflicts=_conflicts(_of(given, "conflicts", ()), len(said)),
        reason=Reason(reason["code"], reason["message"], tuple(reason["missing"])) if reason else None,
        short=given["short"],
        hits=hits,
        documents=documents,
        filters=_filters(given),
        age=_of(given, "age", None),
        undated=_of(_of(given, "filters", {}), "undated_left_out", 0),
        searched=_of(given, "searched", None),
        by_words_only=_of(given, "by_words_only", False),
        engine=given["engine"],
        model=_of(given, "model", None),
        usage=Usage(**{field.name: usage[field.name] for field in fields(Usage)}) if usage else None,
        settings_hash=_of(given, "settings_hash", ""),
        timings={name: ms for name, ms in _of(given, "timings", {}).items() if isinstance(ms, int | float)},
        id=_of(given, "id", None),
        gone=frozenset(gone),
    )


def _of(given: Mapping[str, Any], key: str, default: Any) -> Any:
    """Return what stands under a key, if it has the form that it should have."""
    return given[key] if key in given and fits(given[key], FORMS[key]) else default


def _one_of(known: Sequence[str], word: object, default: Any) -> Any:
    return word if word in known else default


def _statement(given: Mapping[str, Any]) -> Statement:
    support = _one_of(SUPPORTS, given["support"], "unsupported")
    return Statement(given["text"], tuple(given["citations"]), support, given["reason"], _of(given, "date", None))


def _positions(given: Sequence[Mapping[str, Any]], count: int) -> tuple[Position, ...]:
    return tuple(
        Position(one["speaker"], tuple(one["dates"]), _numbers(one, count), _one_of(STANCES, one["stance"], None))
        for one in given
    )


def _conflicts(given: Sequence[Mapping[str, Any]], count: int) -> tuple[Conflict, ...]:
    return tuple(Conflict(_numbers(one, count), _one_of(KINDS, one["kind"], "figure"), one["line"]) for one in given)


def _numbers(given: Mapping[str, Any], count: int) -> tuple[int, ...]:
    """Return the numbers of statements that there are."""
    return tuple(number for number in given["statements"] if number < count)


def _citation(given: Mapping[str, Any], catalog: Catalog, gone: set[str]) -> Citation:
    about, start, end = given["document"], given["start"], given["end"]
    found = resolved(given, catalog)
    shift = 0
    if found is None:
        gone.add(f"{about['id']}@{about['version']}")
        found, shift = _remains(about, given["quote"], given["page"]), start
        start, end = 0, len(given["quote"])
    group = _of(about, "duplicate_group", None)
    return Citation(
        marker=given["marker"],
        document=_as_it_was(found, about, group),
        start=start,
        end=end,
        answer=_span(given, "answer", shift),
        speaker=given["speaker"],
        speech=_one_of(SPEECHES, given["speech"], "outlet"),
        cue=given["cue"],
        content=_span(given, "content", shift),
        via=tuple(given["via"]),
        said_on=_when(given, "said_on"),
        when=_when(given, "when"),
        retold=_retold(_of(given, "retold", ()), group, catalog),
    )


def _remains(about: Mapping[str, Any], text: str, page: int | None = None) -> Document:
    """Return what is left of a document: the words that were kept, as if they were its text."""
    return Document(
        id=about["id"],
        version=about["version"],
        source=about["source"],
        title=about["title"],
        text=text,
        published=None,
        updated=None,
        authors=(),
        outlet=None,
        tags=(),
        language=None,
        media_type="text/plain",
        content_hash=about["content_hash"],
        headings=(),
        pages=(0,) * page if page and page <= MOST_PAGES else (),
        added_at="",
    )


def _as_it_was(document: Document, about: Mapping[str, Any], group: str | None) -> Document:
    """Return the document with what was known of it when it was cited."""
    return replace(
        document,
        title=about["title"],
        source=about["source"],
        outlet=about["outlet"],
        published=about["published"],
        updated=about["updated"],
        authors=tuple(about["authors"]),
        tags=tuple(about["tags"]),
        duplicate_group=group,
    )


def _span(given: Mapping[str, Any], key: str, shift: int) -> Span | None:
    span = _of(given, key, ())
    return (max(0, span[0] - shift), max(0, span[1] - shift)) if len(span) == 2 else None


def _when(given: Mapping[str, Any], key: str) -> When | None:
    when = _of(given, key, None)
    if when is None:
        return None
    first, last = _day(when["from"]), _day(when["to"])
    return When(0, len(when["text"]), when["text"], first, last)


def _day(text: str | None) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        return None


def _retold(ids: Sequence[str], group: str | None, catalog: Catalog) -> tuple[Entry, ...]:
    return tuple(entry for entry in catalog.entries(group) if entry.id in ids) if ids and group else ()


def _filters(given: Mapping[str, Any]) -> Filters:
    try:
        return filters_of({**_of(given, "filters", {}), "as_of": given["as_of"]})
    except QuestionError:
        return Filters()


def _hits(
    given: Sequence[Mapping[str, Any]], catalog: Catalog, gone: set[str]
) -> tuple[tuple[Hit, ...], Mapping[str, Document]]:
    """Return the passages and their documents, by "id@version"."""
    hits: list[Hit] = []
    documents: dict[str, Document] = {}
    for at, one in enumerate(given):
        id, start, end, text = one["document_id"], one["start"], one["end"], one["text"]
        versions = [] if catalog.removed_at(id) else reversed(catalog.every_version(id))
        found = next((version for version in versions if version.text[start:end] == text), None)
        if found is None:
            about = {"id": id, "version": -at, "title": "", "source": one["source"], "content_hash": ""}
            found, start, end = _remains(about, text), 0, len(text)
            gone.add(f"{id}@{-at}")
        documents[f"{id}@{found.version}"] = found
        views = {name: score for name, score in _of(one, "views", {}).items() if isinstance(score, int | float | None)}
        hits.append(Hit(Passage("", id, found.version, at, start, end, text, ()), _of(one, "score", 0.0), views))
    return tuple(hits), documents
