"""What the documents can be told apart by, counted, and the documents that are called so."""

from pathlib import Path

from index.library import Library


def test_names_are_counted_over_the_live_documents_the_most_frequent_first(library: Library, articles: Path) -> None:
    library.add([articles], ["harbour"])
    library.add([articles / "school.md"], ["school"])
    found = library.catalog.facets()
    assert found.outlets == (("Harbour Post", 2),)
    assert ("harbour", 3) in found.tags and found.tags[0] == ("harbour", 3)
    library.remove([entry.id for entry in library.list() if "Storm" in entry.title])
    assert library.catalog.facets().outlets == (("Harbour Post", 1),)


def test_documents_are_found_by_all_words_of_their_title_whatever_their_case(library: Library, articles: Path) -> None:
    library.add([articles])
    catalog = library.catalog
    assert [entry.title for entry in catalog.called("SCHOOL new", 8)] == ["A new school"]
    assert catalog.called("school bridge", 8) == []
    assert [entry.title for entry in catalog.called("", 2)] == ["Storm floods the old town", "A new school"]
    assert catalog.called("100% _", 8) == []
    ids = [entry.id for entry in catalog.called("", 2)]
    assert {entry.id for entry in catalog.entries_with([*ids, "unknown"])} == set(ids)
