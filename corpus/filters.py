"""What a search or a question is limited to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corpus.errors import QuestionError
from corpus.types import Document, first_day, last_day

__all__ = ["FILTER_KEYS", "Filters", "filters_of"]

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

    def admits(self, document: Document) -> bool:
        """Tell whether a document passes everything but `as_of`, which chooses among versions, and `speakers`."""
        if self.from_date or self.to_date:
            if document.published is None:
                return False
            day = last_day(document.published).isoformat()
            if (self.from_date and day < self.from_date) or (self.to_date and day > self.to_date):
                return False
        return (
            _names(self.outlets, [document.outlet or ""])
            and _names(self.authors, document.authors)
            and _names(self.tags, document.tags)
            and (not self.documents or document.id in self.documents or document.source in self.documents)
        )


def _names(wanted: Sequence[str], given: Iterable[str]) -> bool:
    return not wanted or bool({name.casefold() for name in wanted} & {name.casefold() for name in given})


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
