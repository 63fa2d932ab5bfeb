"""What the live documents can be told apart by: outlets, authors, tags, each with the number of its documents."""

from dataclasses import dataclass

from corpus.schema import Connection

__all__ = ["Counted", "Facets", "facets"]

Counted = tuple[str, int]
LISTED = (
    "SELECT each.value, count(*) FROM documents, json_each(documents.{column}) AS each WHERE state = 'live' "
    "GROUP BY each.value ORDER BY 2 DESC, 1"
)
OUTLETS = (
    "SELECT outlet, count(*) FROM documents WHERE state = 'live' AND outlet IS NOT NULL GROUP BY outlet "
    "ORDER BY 2 DESC, 1"
)


@dataclass(frozen=True, slots=True)
class Facets:
    """The names and their numbers of documents, the most frequent first."""

    outlets: tuple[Counted, ...]
    authors: tuple[Counted, ...]
    tags: tuple[Counted, ...]


def facets(db: Connection) -> Facets:
    """Return the facets of the live documents; of their index alone, documents_state, nothing else is read."""
    outlets, authors, tags = (
        tuple(db.execute(sql)) for sql in (OUTLETS, LISTED.format(column="authors"), LISTED.format(column="tags"))
    )
    return Facets(outlets, authors, tags)
