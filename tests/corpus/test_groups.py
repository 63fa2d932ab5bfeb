"""Groups of documents that tell the same story, kept right while documents come, change and go."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.catalog import Catalog
from corpus.duplicates import bands, is_same_story, shingles
from corpus.types import Document

PARTS = [" ".join(f"w{part}x{n}" for n in range(60)) for part in range(6)]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite3")
    yield opened
    opened.close()


def text(*parts: int) -> str:
    return " ".join(PARTS[part] for part in parts)


def put(catalog: Catalog, id: str, words: str) -> None:
    """Add a document, or its next version."""
    latest = catalog.latest(id)
    version = latest.version + 1 if latest else 1
    document = Document(id, version, f"/{id}", id, words, None, None, (), id, (), None, "", words, (), (), "")
    with catalog.transaction():
        catalog.stage(document, "", 0, [])
        catalog.go_live([document])


def remove(catalog: Catalog, *ids: str) -> None:
    with catalog.transaction():
        catalog.remove(ids)


def group(catalog: Catalog, id: str) -> str | None:
    return catalog.document(id).duplicate_group


def groups(catalog: Catalog) -> dict[str, str | None]:
    return {entry.id: entry.duplicate_group for entry in catalog.entries()}


def test_copies_have_the_id_of_the_first_as_their_group(catalog: Catalog) -> None:
    for id in ("wire", "post", "news"):
        put(catalog, id, f"{text(0, 1)} {id}")
    put(catalog, "other", text(2, 3))
    assert groups(catalog) == {"wire": "wire", "post": "wire", "news": "wire", "other": None}
    assert {entry.id for entry in catalog.entries("wire")} == {"wire", "post", "news"}


def test_copies_that_are_added_together_are_found(catalog: Catalog) -> None:
    documents = [
        Document(id, 1, id, id, f"{text(0, 1)} {id}", None, None, (), id, (), None, "", id, (), (), "")
        for id in ("a", "b")
    ]
    with catalog.transaction():
        for document in documents:
            catalog.stage(document, "", 0, [])
        catalog.go_live(documents)
    assert groups(catalog) == {"a": "a", "b": "a"}


def test_a_chain_of_edits_does_not_join_what_has_nothing_in_common(catalog: Catalog) -> None:
    chain = [text(0, 1, 2), text(1, 2, 3), text(2, 3, 4), text(3, 4, 5)]
    for id, words in enumerate(chain):
        put(catalog, str(id), words)
    assert groups(catalog) == {"0": "0", "1": "0", "2": "2", "3": "2"}
    assert is_same_story(shingles(chain[1]), shingles(chain[2]))


def test_a_group_of_which_one_is_left_is_none(catalog: Catalog) -> None:
    for id in ("wire", "post"):
        put(catalog, id, f"{text(0, 1)} {id}")
    remove(catalog, "wire")
    assert groups(catalog) == {"post": None}
    put(catalog, "late", f"{text(0, 1)} late")
    assert groups(catalog) == {"post": "post", "late": "post"}


def test_a_group_goes_on_without_its_first_document(catalog: Catalog) -> None:
    for id in ("wire", "post", "news"):
        put(catalog, id, f"{text(0, 1)} {id}")
    remove(catalog, "wire")
    assert groups(catalog) == {"post": "post", "news": "post"}


def test_a_changed_document_is_compared_anew(catalog: Catalog) -> None:
    for id in ("wire", "post", "news"):
        put(catalog, id, f"{text(0, 1)} {id}")
    put(catalog, "post", text(3, 4))
    assert groups(catalog) == {"wire": "wire", "post": None, "news": "wire"}
    put(catalog, "post", f"{text(0, 1)} again")
    assert groups(catalog) == {"wire": "wire", "post": "wire", "news": "wire"}


def test_a_corrected_first_document_keeps_its_group(catalog: Catalog) -> None:
    for id in ("wire", "post"):
        put(catalog, id, f"{text(0, 1)} {id}")
    put(catalog, "wire", f"{text(0, 1)} corrected")
    assert groups(catalog) == {"wire": "wire", "post": "wire"}
    put(catalog, "wire", text(4, 5))
    assert groups(catalog) == {"wire": None, "post": None}


def test_a_retired_version_keeps_the_group_that_it_was_in(catalog: Catalog) -> None:
    for id in ("wire", "post"):
        put(catalog, id, f"{text(0, 1)} {id}")
    put(catalog, "post", text(3, 4))
    assert catalog.document("post", 1).duplicate_group == "wire"


def test_documents_of_an_earlier_onrecord_are_grouped_a_few_at_a_time(catalog: Catalog) -> None:
    for id in ("wire", "post", "news"):
        put(catalog, id, f"{text(0, 1)} {id}")
    with catalog.transaction():
        catalog._db.execute("UPDATE documents SET signature = NULL, duplicate_group = NULL")
        catalog._db.execute("DELETE FROM bands")
    with catalog.transaction():
        assert [catalog.group_some(2), catalog.group_some(2), catalog.group_some(2)] == [2, 1, 0]
    assert groups(catalog) == {"wire": "wire", "post": "wire", "news": "wire"}


PUT, REMOVE, TOGGLE = "put", "remove", "put aside or bring back"
OPERATION = st.tuples(
    st.sampled_from("abcdef"),
    st.sampled_from([PUT, PUT, REMOVE, TOGGLE]),
    st.lists(st.integers(0, 5), min_size=1, max_size=3),
)


def toggle(catalog: Catalog, id: str) -> None:
    """Put a live document aside, or bring back one that was."""
    with catalog.transaction():
        if id in groups(catalog):
            catalog.put_aside([id])
        else:
            catalog.bring_back(catalog.await_back([id]))


@settings(max_examples=60, deadline=None)
@given(st.lists(OPERATION, max_size=25))
def test_whatever_comes_and_goes_groups_are_whole(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, str, list[int]]]
) -> None:
    catalog = Catalog(tmp_path_factory.mktemp("record") / "catalog.sqlite3")
    for id, what, parts in operations:
        if what == PUT:
            put(catalog, id, text(*parts))
        elif catalog.latest(id):
            (toggle if what == TOGGLE else remove)(catalog, id)
    live = {entry.id: catalog.document(entry.id) for entry in catalog.entries()}
    for document in live.values():
        first = document.duplicate_group
        assert first is None or len(catalog.entries(first)) > 1
        if first is not None:
            assert live[first].duplicate_group == first
            assert is_same_story(shingles(document.text), shingles(live[first].text))
    kept = dict(catalog._db.execute("SELECT id, signature FROM documents WHERE state = 'live'"))
    expected = {(key, id) for id, d in live.items() if d.duplicate_group in (None, id) for key in bands(kept[id])}
    assert set(catalog._db.execute("SELECT key, document_id FROM bands")) == expected
    first_of = [d.text for d in live.values() if d.duplicate_group in (None, d.id)]
    assert len(first_of) == len(set(first_of))  # the same text is found for certain
    catalog.close()
