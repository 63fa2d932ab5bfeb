"""An edit shows at once in everything that reads the library, survives a crash, and holds for later versions."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wordy import WordyEncoder

from corpus.catalog import Catalog
from corpus.edits import stated_fields
from corpus.errors import NotFoundError
from corpus.filters import Filters
from index.encoder import Encoder
from index.lexical import LexicalIndex
from index.library import Library
from index.retriever import Retriever
from index.vectors import VectorIndex

QUERY = "zebra crossing"  # no document has the words


def edit(library: Library, id: str, **given: Any) -> None:
    library.edit(id, stated_fields(given))


def added(library: Library, path: Path, text: str) -> str:
    path.write_text(text)
    (outcome,) = library.add([path])
    assert outcome.status in ("added", "updated")
    return str(outcome.document_id)


def found(library: Library, query: str, filters: Filters | None = None) -> list[str]:
    return [hit.passage.text for hit in Retriever(library).search(query, 5, filters).hits]


def views(library: Library, id: str) -> dict[str, float | None]:
    """Return the scores of the query's words in the first passage of a document."""
    hits = Retriever(library).search(QUERY, 10).hits
    return dict(next(hit for hit in hits if hit.passage.document_id == id).views)


@pytest.fixture
def bridge(library: Library, articles: Path) -> str:
    outcomes = library.add([articles])
    return next(str(o.document_id) for o in outcomes if o.source.endswith("bridge.txt"))


def test_an_edit_is_shown_listed_and_filtered_by_at_once(library: Library, bridge: str) -> None:
    generation = library.catalog.generation()
    shown = library.edit(
        bridge[:6], stated_fields({"published": "2021-03-02", "outlet": "Ferry News", "authors": ["A B"]})
    )
    assert (shown.published, shown.outlet, shown.authors, shown.version) == ("2021-03-02", "Ferry News", ("A B",), 1)
    assert library.catalog.generation() > generation
    assert next(entry.published for entry in library.list() if entry.id == bridge) == "2021-03-02"
    for filters in (Filters(outlets=("Ferry News",)), Filters(as_of="2021-03-31"), Filters(authors=("a b",))):
        assert all("bridge" in text or "ferry" in text for text in found(library, "bridge", filters))
        assert found(library, "bridge", filters)
    edit(library, bridge, published="")
    assert library.show(bridge).published is None
    assert found(library, "bridge", Filters(as_of="2021-03-31")) == []


def test_an_open_reader_sees_an_edit_of_another_process(
    library: Library, bridge: str, home: Path, encoder: Encoder
) -> None:
    reader = Library(home, encoder=encoder)
    assert "zebra" not in str(views(reader, bridge))
    before = views(reader, bridge)
    edit(library, bridge, title="A zebra crossing")
    after = views(reader, bridge)
    assert (after["cosine"] or 0) > (before["cosine"] or 0) + 0.2
    assert after["bm25_passage"] and after["bm25_document"] and not before["bm25_passage"]
    reader.close()


def test_an_open_retriever_matches_the_words_of_an_edited_title(library: Library, bridge: str) -> None:
    retriever = Retriever(library)
    retriever.search(QUERY, 10)  # it remembers the word pieces of what it found
    edit(library, bridge, title="A zebra crossing")
    warm, cold = (each.search(QUERY, 10).hits for each in (retriever, Retriever(library)))
    assert warm[0].passage.document_id == cold[0].passage.document_id == bridge
    assert warm[0].views == pytest.approx(cold[0].views, abs=1e-3)


def test_an_edited_title_is_as_if_it_had_been_there_from_the_start(
    library: Library, bridge: str, articles: Path, tmp_path: Path, home: Path, encoder: Encoder
) -> None:
    edit(library, bridge, title="A zebra crossing")
    other = tmp_path / "other"
    other.mkdir()
    fresh = Library(other, encoder=encoder)
    sidecar = articles / "bridge.txt.meta.toml"
    sidecar.write_text('title = "A zebra crossing"\n')
    fresh.add([articles])
    assert views(library, bridge)["cosine"] == pytest.approx(views(fresh, bridge)["cosine"], abs=1e-3)
    with library.indexes() as ours, fresh.indexes() as theirs:
        assert [index.count() for index in (ours.vectors, ours.passages, ours.documents)] == [
            index.count() for index in (theirs.vectors, theirs.passages, theirs.documents)
        ]
    fresh.close()


def test_what_is_stated_wins_over_the_file_when_it_is_added_again(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "toll.md"
    id = added(library, path, "---\npublished: 2021-01-10\ntags: [a]\n---\nThe toll is five crowns.")
    edit(library, id, published="2020-12-01", title="Tolls", tags=["b"])
    assert [o.status for o in library.add([path])] == ["unchanged"]
    assert added(library, path, "---\npublished: 2021-06-01\ntags: [a, c]\n---\nThe toll is eight crowns.") == id
    newer = library.show(id)
    assert (newer.version, newer.published, newer.title, newer.tags) == (2, "2020-12-01", "Tolls", ("b",))
    assert [o.status for o in library.add([path], tags=["d"])] == ["updated"]
    assert library.show(id).tags == ("b", "d")
    assert [o.status for o in library.add([path])] == ["unchanged"]


def test_old_versions_with_the_same_mistake_are_corrected_and_others_kept(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "toll.md"
    id = added(library, path, "---\npublished: 2019-05-05\noutlet: A\n---\nThe toll is four crowns.")
    added(library, path, "---\npublished: 2021-01-10\noutlet: A\n---\nThe toll is five crowns.")
    added(library, path, "---\npublished: 2021-01-10\noutlet: B\n---\nThe toll is eight crowns.")
    edit(library, id, published="2022-01-10", outlet="C")
    versions = [library.catalog.document(id, version) for version in (1, 2, 3)]
    assert [d.published for d in versions] == ["2019-05-05", "2022-01-10", "2022-01-10"]
    assert [d.outlet for d in versions] == ["A", "A", "C"]
    assert found(library, "toll", Filters(as_of="2021-12-31")) == ["The toll is four crowns."]
    assert found(library, "toll", Filters(as_of="2022-12-31")) == ["The toll is eight crowns."]


def test_a_retired_version_is_found_by_its_edited_title(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "toll.md"
    id = added(library, path, "---\ntitle: T\npublished: 2021-01-10\n---\nThe toll is five crowns.")
    added(library, path, "---\ntitle: T\npublished: 2021-06-01\n---\nThe toll is eight crowns.")
    edit(library, id, title="A zebra crossing")
    hits = Retriever(library).search(QUERY, 5, Filters(as_of="2021-02-01")).hits
    assert [(hit.passage.version, bool(hit.views["bm25_passage"])) for hit in hits] == [(1, True)]
    with library.indexes() as indexes:
        assert indexes.vectors.count() == 1  # live passages alone


def test_who_says_what_is_read_as_in_the_language_that_is_stated(library: Library, tmp_path: Path) -> None:
    text = "Mayor Ines Falk said the bridge would open in May. The works were long. She was asked twice about them."
    path = tmp_path / "falk.txt"
    id = added(library, path, text)
    assert library.catalog.speakers()
    edit(library, id, language="de")
    assert not library.catalog.speakers()
    assert added(library, path, text.replace("May.", "June.")) == id
    assert library.show(id).language == "de" and not library.catalog.speakers()
    edit(library, id, language="en")
    assert library.catalog.speakers()
    assert added(library, path, text.replace("May.", "July.")) == id
    assert library.catalog.speakers()


def test_the_content_hash_stays_that_of_what_was_read(library: Library, bridge: str) -> None:
    before = library.show(bridge)
    edit(library, bridge, published="2021-03-02", outlet="Ferry News")
    assert library.show(bridge).content_hash == before.content_hash
    resolved = library.catalog.version_of_content(before.content_hash, bridge, 1)
    assert resolved is not None and resolved.outlet == "Ferry News"


def broken(*_: object) -> None:
    raise RuntimeError("the power went")


@pytest.mark.parametrize("writer", ["edit", "add", "remove"])
def test_an_edit_that_was_broken_off_is_made_good_by_the_next_writer(
    library: Library,
    bridge: str,
    articles: Path,
    home: Path,
    encoder: Encoder,
    monkeypatch: pytest.MonkeyPatch,
    writer: str,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("index.upkeep.retitle", broken)
        with pytest.raises(RuntimeError, match="the power went"):
            edit(library, bridge, title="A zebra crossing")
    assert library.show(bridge).title == "A zebra crossing"
    assert library.catalog.retitled() == [f"{bridge}@1"]
    before = views(library, bridge)["cosine"] or 0
    library.close()
    after = Library(home, encoder=encoder)
    others = [entry.id for entry in after.list() if entry.id != bridge]
    work: dict[str, Callable[[], object]] = {
        "edit": lambda: edit(after, others[0], outlet="X"),
        "add": lambda: after.add([articles]),
        "remove": lambda: after.remove(others[:1]),
    }
    work[writer]()
    assert (views(after, bridge)["cosine"] or 0) > before + 0.2
    assert views(after, bridge)["bm25_passage"]
    assert after.catalog.retitled() == []
    after.close()


STEPS: dict[str, tuple[type, str]] = {
    "record": (Catalog, "edit"),
    "vectors in the record": (Catalog, "reembed"),
    "vectors": (VectorIndex, "add"),
    "lexical": (LexicalIndex, "write"),
    "note": (Catalog, "clear_retitled"),
}


def killed_edit(home: Path, id: str, step: str) -> None:
    """Edit a title in a process that is killed right after a step."""
    owner, name = STEPS[step]
    method = getattr(owner, name)

    def dying(*given: Any, **named: Any) -> Any:
        method(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)
    Library(home, encoder=WordyEncoder()).edit(id, {"title": "A zebra crossing"})


@pytest.mark.parametrize("step", STEPS)
def test_a_writer_killed_after_any_step_of_an_edit_leaves_it_to_the_next(tmp_path: Path, step: str) -> None:
    home, path = tmp_path / "home", tmp_path / "toll.txt"
    library = Library(home, encoder=WordyEncoder())
    id = added(library, path, "Tolls\n\nThe toll for the tunnel is five crowns. It was four crowns before the storm.")
    library.close()
    process = multiprocessing.get_context("forkserver").Process(target=killed_edit, args=(home, id, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    library = Library(home, encoder=WordyEncoder())
    assert found(library, "toll tunnel")
    library.add([path])  # any writer makes good what was left
    title = library.show(id).title
    assert title == (
        "Tolls" if step == "record" else "A zebra crossing"
    )  # that step is within the record's transaction
    (passage,) = library.catalog.passages_of(f"{id}@1")
    vector = library.encoder().encode([f"{title}\n{passage.text}"])[0]
    ((_, _, kept),) = library.catalog.vectors()
    assert np.frombuffer(kept, np.float32) == pytest.approx(vector)
    with library.indexes() as indexes:
        assert indexes.vectors.search(vector, 3) == [(passage.id, pytest.approx(1.0, abs=1e-5))]
        for word, there in (("zebra", title != "Tolls"), ("tolls", title == "Tolls")):
            for index, key in ((indexes.passages, passage.id), (indexes.documents, f"{id}@1")):
                hits = [hit for hit, _ in index.search(word, 5, lambda _: True)]
                assert hits == ([key] if there or word == "tolls" else [])  # the text has the word "Tolls" too
    library.close()


def test_removing_a_document_whose_edit_was_broken_off_leaves_nothing(
    library: Library, bridge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("index.upkeep.retitle", broken)
        with pytest.raises(RuntimeError, match="the power went"):
            edit(library, bridge, title="A zebra crossing")
    library.remove([bridge])
    edit(library, library.list()[0].id, outlet="X")
    assert library.catalog.retitled() == []
    assert found(library, QUERY, Filters(documents=(bridge,))) == []


def test_an_edit_of_no_document_changes_nothing(library: Library, bridge: str) -> None:
    generation = library.catalog.generation()
    with pytest.raises(NotFoundError, match="no such document"):
        edit(library, "0" * 12, title="x")
    assert library.catalog.generation() == generation
