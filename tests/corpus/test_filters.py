"""What a filter lets through: the record's SQL against the same in plain Python, on libraries of any kind."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.attribution import Attribution
from corpus.catalog import Catalog
from corpus.filters import Filters
from corpus.rows import Quotation
from corpus.types import Document, last_day
from corpus.words import is_called

DATES = st.none() | st.sampled_from(
    ["2020", "2021", "2020-02", "2021-02", "2020-12", "2020-02-29", "2020-03-01", "2021-01-31", "0999-05-05"]
)
DAYS = st.none() | st.sampled_from(["2020-02-29", "2020-03-01", "2020-12-31", "2021-02-27", "2021-02-28", "2021-12-31"])
NAMES = st.sampled_from(["Ines Falk", "INES FALK", "Straße", "STRASSE", "İzmir", 'a "b"', "", "ﬁn", "Erdoğan"])
LISTS = st.lists(NAMES, max_size=3).map(tuple)
VERSIONS = st.lists(
    st.tuples(st.sampled_from("abcd"), DATES, st.none() | NAMES, LISTS, LISTS, st.none() | NAMES), max_size=12
)
FILTERS = st.builds(
    Filters,
    as_of=DAYS,
    from_date=DAYS,
    to_date=DAYS,
    outlets=LISTS,
    authors=LISTS,
    tags=LISTS,
    documents=st.lists(st.sampled_from(["a", "b", "/c", "/d"]), max_size=3).map(tuple),
    speakers=st.lists(st.sampled_from(["falk", "erdogan", "strasse", "nobody"]), max_size=2).map(tuple),
)
Added = tuple[Document, str | None]


def allowed(versions: Sequence[Added], filters: Filters) -> tuple[set[str], int]:
    """Return what Catalog.allowed should, of all the versions in the order in which they were added."""
    newest: dict[str, Added] = {}
    undated = 0
    for document, speaker in versions:
        if not filters.as_of:
            newest[document.id] = (document, speaker)
        elif document.published is None:
            undated += 1
        elif last_day(document.published).isoformat() <= filters.as_of:
            newest[document.id] = (document, speaker)
    passed = {f"{d.id}@{d.version}" for d, speaker in newest.values() if admits(filters, d, speaker)}
    return passed, undated


def admits(filters: Filters, document: Document, speaker: str | None) -> bool:
    if filters.from_date or filters.to_date:
        if document.published is None:
            return False
        day = last_day(document.published).isoformat()
        if (filters.from_date and day < filters.from_date) or (filters.to_date and day > filters.to_date):
            return False
    return (
        named(filters.outlets, [document.outlet or ""])
        and named(filters.authors, document.authors)
        and named(filters.tags, document.tags)
        and (not filters.documents or document.id in filters.documents or document.source in filters.documents)
        and (not filters.speakers or any(speaker and is_called(speaker, wanted) for wanted in filters.speakers))
    )


def named(wanted: Sequence[str], has: Iterable[str]) -> bool:
    return not wanted or bool({name.casefold() for name in wanted} & {name.casefold() for name in has})


def put(catalog: Catalog, given: tuple[object, ...], version: int) -> Added:
    id, published, outlet, authors, tags, speaker = given
    document = Document(
        *(id, version, f"/{id}", "", "Words.", published, None, authors, outlet, tags),  # type: ignore[arg-type]
        *(None, "text/plain", "", (), (), ""),
    )
    with catalog.transaction():
        catalog.stage(document, "", 1, [])
        if speaker:
            said = Attribution(speaker, "said", (0, 6), "reported", ())  # type: ignore[arg-type]
            catalog.attribute(document, [Quotation(document.id, version, 0, 6, said)])
        catalog.go_live([document])
    return document, speaker  # type: ignore[return-value]


@settings(max_examples=60, deadline=None)
@given(VERSIONS, st.lists(FILTERS, min_size=1, max_size=6))
def test_the_record_lets_through_what_the_filter_says(
    tmp_path_factory: pytest.TempPathFactory, given: list[tuple[object, ...]], several: list[Filters]
) -> None:
    catalog = Catalog(tmp_path_factory.mktemp("record") / "catalog.sqlite3")
    added: list[Added] = []
    for one in given:
        added.append(put(catalog, one, 1 + sum(d.id == one[0] for d, _ in added)))
    for filters in several:
        assert catalog.allowed(filters) == allowed(added, filters), filters
    catalog.close()


def test_a_filter_reads_no_more_than_an_index(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.sqlite3")
    every = Filters("2020-01-01", "2020-01-01", "2020-01-01", ("a",), ("a",), ("a",), ("a",))
    for filters in (every, Filters(from_date="2020-01-01", outlets=("a",))):
        sql, values = filters.versions()
        plan = [row[3] for row in catalog._db.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        read = [step for step in plan if "documents" in step]
        assert read and all("COVERING INDEX documents_state" in step for step in read), plan
    catalog.close()
