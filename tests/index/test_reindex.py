"""Reindexing: the old index serves until the new one is whole, and whatever was cited stays what it was."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from drawn import HashingEncoder

from corpus import renewal
from corpus.errors import EncoderError
from corpus.filters import Filters
from index.doctor import examine
from index.encoder import EncoderInfo, Vectors
from index.library import Library
from index.reindex import reindex
from index.retriever import Retriever

QUERY = "How many cars does the ferry carry?"
OTHER = "another"


@pytest.fixture
def library(tmp_path: Path, articles: Path) -> Iterator[Library]:
    """Return a library with a document in two versions."""
    with closing(Library(tmp_path / "home", encoder=HashingEncoder())) as library:
        for number in range(40):
            (articles / f"note{number}.txt").write_text(f"Note {number}\n\nThe {number}th ferry left. Nobody saw it.")
        (articles / "bridge.txt").write_text((articles / "bridge.txt").read_text() + "Dated 2021-03-04.")
        library.add([articles])
        (articles / "bridge.txt").write_text((articles / "bridge.txt").read_text().replace("900", "650"))
        library.add([articles])
        yield library


def hits(library: Library, filters: Filters | None = None) -> list[tuple[str, float]]:
    return [(hit.passage.text, round(hit.score, 4)) for hit in Retriever(library).search(QUERY, 10, filters).hits]


def sound(library: Library) -> bool:
    return not [check for check in examine(library) if check.state == "problem"]


def cut_smaller(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("corpus.segment.PASSAGE_WORDS", 20)


def test_another_encoder_takes_the_place_of_the_first(library: Library, tmp_path: Path) -> None:
    texts = {text for text, _ in hits(library)}
    passages = library.catalog.count()[1]
    assert (
        reindex(library, HashingEncoder(OTHER, 48)) == passages + 1
    )  # the retired version's, for questions as of a day
    assert sound(library)
    assert len(library.encoder().encode(["x"])[0]) == 48
    assert texts & {text for text, _ in hits(library)}
    assert [path.name for path in (library.home / "indexes").iterdir()] == ["2"]


@pytest.mark.parametrize("dimension", [32, 48])
def test_a_query_is_never_held_against_the_vectors_of_another_encoder(
    library: Library, monkeypatch: pytest.MonkeyPatch, dimension: int
) -> None:
    monkeypatch.setattr(
        "index.library.load_encoder", lambda model, folder: HashingEncoder(model, dimension if model == OTHER else 32)
    )
    with closing(Library(library.home)) as reader:
        retriever, lent = Retriever(reader), reader.indexes
        retriever.search(QUERY, 5)

        def late() -> object:
            """Lend the indexes when the library has been encoded anew, after the query was."""
            monkeypatch.setattr(reader, "indexes", lent)
            reindex(library, HashingEncoder(OTHER, dimension))
            return lent()

        monkeypatch.setattr(reader, "indexes", late)
        hits = [(hit.passage.id, hit.score) for hit in retriever.search(QUERY, 5).hits]
        assert hits == [(hit.passage.id, hit.score) for hit in Retriever(library).search(QUERY, 5).hits]
        assert [path.name for path in (library.home / "indexes").iterdir()] == ["2"]


def test_a_reader_that_is_open_follows_the_library_to_its_new_encoder(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "index.library.load_encoder", lambda model, folder: HashingEncoder(model, 48 if model == OTHER else 32)
    )
    with closing(Library(library.home)) as reader, closing(Library(library.home, "hashing")) as insisting:
        before, retriever = hits(reader), Retriever(reader)
        assert retriever.search(QUERY, 5).hits
        reindex(library, HashingEncoder(OTHER, 48))
        assert reader.encoder().info.model == OTHER
        assert retriever.search(QUERY, 5).hits and hits(reader) != before
        told = f"encoded with {OTHER}, not hashing. Set ONRECORD_ENCODER={OTHER}, or run onrecord reindex --encoder hashing"
        with pytest.raises(EncoderError, match=told):
            insisting.encoder()


def test_other_passages_keep_citations_versions_and_quotations(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    cited = [(hit.passage.document_id, hit.passage.version, hit.passage.start, hit.passage.end, hit.passage.text)
             for hit in Retriever(library).search(QUERY, 10).hits]  # fmt: skip
    quoted = library.catalog.speakers()
    old = next(entry.id for entry in library.list() if entry.version == 2)
    before = library.catalog.count()[1]
    with monkeypatch.context() as patch:
        cut_smaller(patch)
        reindex(library, HashingEncoder())
        assert library.catalog.count()[1] > before
        assert sound(library)
        assert library.catalog.speakers() == quoted and not library.catalog.unattributed()
    for id, version, start, end, text in cited:
        assert library.catalog.document(id, version).text[start:end] == text
    assert [p.version for p in library.catalog.passages_of(f"{old}@1")] == [1] * len(
        library.catalog.passages_of(f"{old}@1")
    )
    assert library.add([library.home.parent / "articles"])[0].status == "unchanged"


class Breaking(HashingEncoder):
    """Breaks off when it is asked to encode for the second time."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        if self.encoded:
            raise KeyboardInterrupt
        return super().encode(texts)


def test_what_is_broken_off_serves_as_before_and_goes_on_where_it_stopped(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.reindex.BATCH_PASSAGES", 10)
    before = hits(library)
    with pytest.raises(KeyboardInterrupt):
        reindex(library, Breaking(OTHER, 48))
    assert hits(library) == before and sound(library)
    library.remove([next(entry.id for entry in library.list() if entry.title == "Note 3")])
    encoder = HashingEncoder(OTHER, 48)
    encoded = reindex(library, encoder)
    assert encoded < sum(len(library.catalog.passages_of(key)) for key in library.catalog.findable()) - 5
    assert sound(library)


@pytest.mark.parametrize("step", ["index.shelf.build", "corpus.renewal.swap", "index.library.Library.adopt"])
def test_a_break_before_or_after_the_swap_leaves_one_whole_library(
    library: Library, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = hits(library)

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(step, killed)
        with pytest.raises(KeyboardInterrupt):
            reindex(library, HashingEncoder(OTHER, 48))
    library.close()
    swapped = step.endswith("adopt")
    with closing(Library(library.home, encoder=HashingEncoder(OTHER, 48) if swapped else HashingEncoder())) as opened:
        assert sound(opened)
        assert (hits(opened) == before) is not swapped
        reindex(opened, HashingEncoder(OTHER, 48))
        assert sound(opened)
        assert len(list((opened.home / "indexes").iterdir())) == 1


def test_what_was_prepared_for_another_encoder_is_not_used(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.reindex.BATCH_PASSAGES", 10)
    with pytest.raises(KeyboardInterrupt):
        reindex(library, Breaking(OTHER, 48))
    renewal.begin(library.catalog, "a third one")
    assert all(not renewal.prepared(library.catalog, key) for key in library.catalog.findable())


def test_the_encoder_is_described_in_the_record(library: Library) -> None:
    other = HashingEncoder(OTHER, 48)
    reindex(library, other)
    assert library.model() == OTHER
    assert other.info == EncoderInfo(OTHER, 48, other.info.weights_sha256)
