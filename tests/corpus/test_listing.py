"""The list of the documents: each view is what a plain loop over the same documents would give."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.catalog import Catalog
from corpus.errors import QuestionError
from corpus.listing import Listing
from corpus.types import Document, Passage
from corpus.views import COLUMNS, View

OUTLETS = (None, "Harbour Post", "harbour wire", "Élan")
DATES = (None, "2021", "2021-03", "2021-03-14", "2022-01-02", "2020-12-31")
TYPES = ("text/html", "application/pdf", "text/plain", "application/x-unheard-of")


def document(number: int) -> Document:
    return Document(
        f"d{number:02}", 1, f"/files/a{number % 5}/{number:02}.txt", "" if number % 7 == 3 else f"Title {number * 37 % 23}",
        "x", DATES[number % 6], None, (f"Ada Ö{number % 4}",), OUTLETS[number % 4], ("ships",) if number % 2 else ("ö_b", "ships"),
        "en", TYPES[number % 4], f"{number}", (), (), f"2026-01-{1 + number % 9:02}",
    )  # fmt: skip


DOCUMENTS = [document(number) for number in range(30)]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    with closing(Catalog(tmp_path_factory.mktemp("record") / "catalog.sqlite3")) as opened:
        with opened.transaction():
            for number, each in enumerate(DOCUMENTS):
                passages = [Passage(f"{each.id}p{n}", each.id, 1, n, 0, 1, "x", ((0, 1),)) for n in range(number % 3)]
                opened.stage(each, "", 0, passages)
        with opened.beside(writes=True) as db:
            db.execute("UPDATE documents SET state = 'live'")
            db.execute("UPDATE documents SET duplicate_group = 'd04' WHERE id IN ('d04', 'd09')")
            db.execute(
                "INSERT INTO inputs (place, kind, problem) VALUES (?, 'file', 'it is gone')", (DOCUMENTS[6].source,)
            )
        yield opened


@pytest.fixture(scope="module")
def listing(catalog: Catalog) -> Listing:
    return Listing(catalog)


def ids(listing: Listing, **view: object) -> set[str]:
    shown = listing.page(View(**view), 200)  # type: ignore[arg-type]
    assert shown.total == len(shown.rows)
    return {row.id for row in shown.rows}


def those(wanted: Callable[[Document], object]) -> set[str]:
    return {each.id for each in DOCUMENTS if wanted(each)}


@given(
    sort=st.sampled_from(COLUMNS),
    descending=st.booleans(),
    size=st.integers(1, 12),
    outlet=st.sampled_from(["", "Élan"]),
)
@settings(max_examples=80, deadline=None)
def test_the_pages_one_after_the_other_are_the_whole_list(
    listing: Listing, sort: str, descending: bool, size: int, outlet: str
) -> None:
    view = View(sort=sort, descending=descending, outlet=outlet)
    whole = listing.page(view, 200)
    pages = -(-whole.total // size)
    found = [row for page in range(1, pages + 1) for row in listing.page(replace(view, page=page), size).rows]
    assert found == list(whole.rows)
    assert listing.page(replace(view, page=10**9), size).page == pages
    first = [row.id for row in listing.page(view, size).rows]
    back = [row.id for row in listing.page(replace(view, descending=not descending), 200).rows]
    assert len(first) == min(size, whole.total) and set(back) == {row.id for row in whole.rows}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("sort", "key", "unknown"),
    [
        ("title", lambda row: row.title.lower(), ""),
        ("outlet", lambda row: row.outlet and row.outlet.lower(), None),
        ("published", lambda row: row.published, None),
        ("kind", lambda row: row.kind, ...),
        ("passages", lambda row: row.passages, ...),
        ("added", lambda row: row.added_at, ...),
    ],
)
def test_a_column_is_sorted_both_ways_and_what_is_unknown_comes_last(
    listing: Listing, sort: str, descending: bool, key: Callable[..., object], unknown: object
) -> None:
    found = [key(row) for row in listing.page(View(sort=sort, descending=descending), 200).rows]
    known = [each for each in found if each != unknown]
    assert known == sorted(known, reverse=descending) and found[len(known) :] == [unknown] * (len(found) - len(known))  # type: ignore[type-var]


def test_what_has_a_problem_comes_first_by_state(listing: Listing) -> None:
    first, *duplicates = listing.page(View(sort="state", descending=False), 3).rows
    assert (first.id, first.problem) == ("d06", "it is gone")
    assert [row.id for row in duplicates] == ["d04", "d09"]


def test_words_are_searched_in_every_field_and_in_any_case(listing: Listing) -> None:
    assert ids(listing, words="TITLE wire") == those(lambda d: d.title and d.outlet == "harbour wire")
    assert ids(listing, words="élan") == ids(listing, words="ÉLAN") == those(lambda d: d.outlet == "Élan")
    assert ids(listing, words="ada ö2") == those(lambda d: d.authors == ("Ada Ö2",))
    assert ids(listing, words="Ö_B") == those(lambda d: "ö_b" in d.tags)
    assert ids(listing, words="/a3/") == those(lambda d: "/a3/" in d.source)
    assert ids(listing, words="u00d6") == ids(listing, words="%") == ids(listing, words="' OR 1 --") == set()


def test_filters_leave_what_fits(listing: Listing) -> None:
    assert ids(listing, outlet="Harbour Post") == those(lambda d: d.outlet == "Harbour Post")
    assert ids(listing, kind="PDF") == those(lambda d: d.media_type == "application/pdf")
    assert ids(listing, kind="Other") == those(lambda d: "unheard" in d.media_type)
    assert ids(listing, tag="ö_b") == those(lambda d: "ö_b" in d.tags)
    assert ids(listing, only="undated") == those(lambda d: d.published is None)
    assert ids(listing, only="duplicates") == ids(listing, story="d04") == {"d04", "d09"}
    assert ids(listing, only="problems") == {"d06"}
    assert ids(listing, first="2021-03", last="2021-03") == those(lambda d: (d.published or "").startswith("2021-03"))
    assert ids(listing, first="2021-03-02", last="2022") == those(lambda d: d.published in ("2021-03-14", "2022-01-02"))


def test_a_date_that_is_none_is_told(listing: Listing) -> None:
    with pytest.raises(QuestionError, match="from: 'soon' is not a date"):
        listing.page(View(first="soon"), 10)


def test_what_there_is_to_choose_from(listing: Listing) -> None:
    choices = listing.choices()
    assert set(choices.outlets) == {"Harbour Post", "harbour wire", "Élan"}
    assert choices.kinds == ("PDF", "Web page", "Text", "Other")
    assert choices.tags == ("ships", "ö_b")
    assert (choices.documents, choices.removed) == (30, 0)


def test_months_count_every_document_once(listing: Listing) -> None:
    counts = listing.by_month(View())
    expected = Counter(((each.published or "")[:7], each.outlet) for each in DOCUMENTS)
    assert counts == expected
    assert sum(listing.by_month(View(outlet="Élan")).values()) == len(ids(listing, outlet="Élan"))


def test_removed_documents_are_a_view_of_their_own(tmp_path: Path) -> None:
    with closing(Catalog(tmp_path / "catalog.sqlite3")) as catalog:
        with catalog.transaction():
            for each in DOCUMENTS[:3]:
                catalog.stage(each, "", 0, [])
            catalog.go_live(DOCUMENTS[:3])
            catalog.put_aside(["d01"])
        listing = Listing(catalog)
        assert ids(listing) == {"d00", "d02"}
        assert ids(listing, only="removed") == {"d01"}
        assert listing.choices().removed == 1
