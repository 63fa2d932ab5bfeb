"""What a search or a question is limited to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.errors import QuestionError
from corpus.types import first_day, last_day

__all__ = ["FILTER_KEYS", "Filters", "filters_of"]

# The last day that `published`, an ISO date of any precision, may mean; as types.last_day.
LAST_DAY = (
    "CASE length(published) WHEN 10 THEN published WHEN 7 THEN date(published || '-01', '+1 month', '-1 day') "
    "ELSE published || '-12-31' END"
)
NAMED = "SELECT 1 FROM json_each({}) AS has JOIN json_each(?) AS wanted ON fold(has.value) = wanted.value"
FILTER_KEYS = ("as_of", "from", "to", "outlets", "authors", "tags", "documents", "speakers")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to. Dates are ISO 8601 days; a document of unknown date passes no date filter."""

    as_of: str | None = None
    from_date: str | None = None
    to_date: str | None = None
    outlets: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()  # a search takes the documents in which they speak, an answer their sentences

    @property
    def limits_documents(self) -> bool:
        """Whether any document may be left out."""
        return self != Filters()

    def versions(self) -> tuple[str, list[str]]:
        """Return the SQL that selects (id, version) of the versions that pass all but `speakers`, and what it is given.

        As of a day a document is seen in its newest version published by then, else in the one that is live; one of which
        no version is live any more is not seen. The columns
        are those of the index documents_state, which alone is read; `fold` is schema.connected's.
        """
        columns = f"id, version, outlet, authors, tags, source, {LAST_DAY} AS day"
        if self.as_of:
            seen = (
                f"SELECT {columns}, max(version) FROM documents WHERE state IN ('live', 'retired') AND {LAST_DAY} <= ? "
                "AND id IN (SELECT id FROM documents WHERE state = 'live') GROUP BY id"
            )
        else:
            seen = f"SELECT {columns} FROM documents WHERE state = 'live'"
        parts = [
            ("day >= ?", self.from_date),
            ("day <= ?", self.to_date),
            ("fold(coalesce(outlet, '')) IN (SELECT value FROM json_each(?))", _folded(self.outlets)),
            (f"EXISTS ({NAMED.format('authors')})", _folded(self.authors)),
            (f"EXISTS ({NAMED.format('tags')})", _folded(self.tags)),
        ]
        given = [*([self.as_of] if self.as_of else []), *(value for _, value in parts if value)]
        wanted = [condition for condition, value in parts if value]
        if self.documents:
            wanted.append("(id IN (SELECT value FROM json_each(?)) OR source IN (SELECT value FROM json_each(?)))")
            given += [json.dumps(self.documents)] * 2
        return f"SELECT id, version FROM ({seen}) WHERE {' AND '.join(wanted) or 'true'}", given


def _folded(names: Sequence[str]) -> str:
    return json.dumps([name.casefold() for name in names]) if names else ""


def filters_of(given: Mapping[str, object]) -> Filters:
    """Return the filters that `given` sets, its keys those of FILTER_KEYS, None and empty ones passed over.

    A date may be a year or a month: `from` counts from its first day, `as_of` and `to` to its last. Raises QuestionError.
    """
    return Filters(
        as_of=_day(given, "as_of", last=True),
        from_date=_day(given, "from", last=False),
        to_date=_day(given, "to", last=True),
        outlets=_texts(given, "outlets"),
        authors=_texts(given, "authors"),
        tags=_texts(given, "tags"),
        documents=_texts(given, "documents"),
        speakers=_texts(given, "speakers"),
    )


def _day(given: Mapping[str, object], key: str, last: bool) -> str | None:
    value = given.get(key)
    if value is None or value == "":
        return None
    try:
        return (last_day if last else first_day)(str(value)).isoformat()
    except (ValueError, TypeError) as error:
        raise QuestionError(f"{key}: {value!r} is not a date. Write it as 2022-08-25, 2022-08 or 2022.") from error


def _texts(given: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = given.get(key) or ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(item, str) for item in values):
        raise QuestionError(f"{key}: {value!r} is not a list of texts.")
    return tuple(values)
