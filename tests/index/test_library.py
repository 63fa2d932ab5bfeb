"""The library over real SQLite, Chroma, Tantivy and encoder: what is added is found, what is removed is gone."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from corpus.catalog import Catalog
from corpus.errors import EncoderError, LibraryDamagedError, LibraryLockedError, NotFoundError
from corpus.filters import Filters
from index.doctor import examine
from index.encoder import DEFAULT_MODEL, Encoder
from index.library import Library
from index.retriever import Retriever


def sources(library: Library, query: str, filters: Filters | None = None) -> list[str]:
    hits = Retriever(library).search(query, 10, filters).hits
    names = {entry.id: Path(entry.source).name for entry in library.list()}
    return [names.get(hit.passage.document_id, "not live") for hit in hits]


def test_added_documents_are_listed_shown_and_found(library: Library, articles: Path) -> None:
    outcomes = library.add([articles])
    assert [o.status for o in outcomes] == ["added"] * 3
    assert {e.title for e in library.list()} == {
        "Bridge closed for repairs",
        "A new school",
        "Storm floods the old town",
    }
    assert sources(library, "What do the repairs of the bridge cost?")[0] == "bridge.txt"
    id = outcomes[0].document_id or ""
    assert library.show(id[:6]).text.startswith("Bridge closed")


def test_every_hit_stands_at_its_offsets_and_has_all_views(library: Library, articles: Path) -> None:
    library.add([articles])
    for hit in Retriever(library).search("school taxes", 10).hits:
        document = library.catalog.document(hit.passage.document_id)
        assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert set(hit.views) == {"cosine", "bm25_passage", "bm25_document", "late_interaction"}


def test_nobody_is_said_to_speak_in_a_language_that_is_not_read(library: Library, tmp_path: Path) -> None:
    said = '"We will not raise taxes for it," said Councillor Abara. The school will have 600 pupils.'
    (tmp_path / "en.txt").write_text(said)
    (tmp_path / "fr.txt").write_text(f"---\nlanguage: French\n---\n{said}")
    library.add([tmp_path])
    assert [Path(library.show(q.document_id).source).name for q in library.catalog.quotations_by(["Abara"])] == [
        "en.txt"
    ]


def test_adding_again_changes_nothing(library: Library, articles: Path) -> None:
    library.add([articles])
    generation = library.catalog.generation()
    assert [o.status for o in library.add([articles])] == ["unchanged"] * 3
    assert library.catalog.generation() == generation


def test_a_changed_file_is_a_new_version_and_the_old_one_stays_citable(library: Library, articles: Path) -> None:
    library.add([articles])
    path = articles / "bridge.txt"
    path.write_text(path.read_text().replace("900 cars", "650 cars"))
    (outcome,) = [o for o in library.add([articles]) if o.status != "unchanged"]
    assert (outcome.status, len(library.list())) == ("updated", 3)
    texts = [hit.passage.text for hit in Retriever(library).search("How many cars does the ferry carry?", 10).hits]
    assert any("650 cars" in text for text in texts)
    assert not any("900 cars" in text for text in texts)
    assert "900 cars" in library.catalog.document(outcome.document_id or "", 1).text


def test_as_of_a_day_the_version_published_by_then_is_searched(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "toll.md"
    path.write_text("---\npublished: 2021-01-10\n---\nThe toll for the tunnel is five crowns.")
    library.add([path])
    path.write_text("---\npublished: 2021-06-01\n---\nThe toll for the tunnel is eight crowns.")
    library.add([path])

    def found(as_of: str) -> list[str]:
        return [hit.passage.text for hit in Retriever(library).search("tunnel toll", 5, Filters(as_of=as_of)).hits]

    assert found("2021-03-01") == ["The toll for the tunnel is five crowns."]
    assert found("2021-07-01") == ["The toll for the tunnel is eight crowns."]
    assert found("2020-12-31") == []


def test_a_removed_document_is_gone_with_all_its_versions(library: Library, articles: Path) -> None:
    outcomes = library.add([articles])
    id = outcomes[0].document_id or ""
    library.remove([id])
    assert "bridge.txt" not in sources(library, "bridge repairs ferry")
    with pytest.raises(NotFoundError, match=id):
        library.show(id)
    with library.indexes() as indexes:
        assert "bridge" not in " ".join(t for t, _ in indexes.documents.search("ferry", 10, lambda key: True))
    assert sorted(o.status for o in library.add([articles])) == ["added", "unchanged", "unchanged"]


def test_a_copy_under_another_name_is_a_duplicate(library: Library, articles: Path, tmp_path: Path) -> None:
    library.add([articles])
    copy = tmp_path / "copy.txt"
    copy.write_text((articles / "bridge.txt").read_text())
    (outcome,) = library.add([copy])
    assert (outcome.status, outcome.ok) == ("duplicate", False)
    assert "bridge.txt" in (outcome.message or "")
    assert len(library.list()) == 3


def test_a_story_in_three_papers_is_kept_three_times_and_grouped(library: Library, tmp_path: Path) -> None:
    story = " ".join(f"Line {n} of the story tells of the flood in the lower town." for n in range(12))
    for outlet, headline in (("wire", "Flood"), ("post", "Town under water"), ("news", "The night of the flood")):
        (tmp_path / f"{outlet}.md").write_text(f"---\noutlet: {outlet}\n---\n# {headline}\n\n{story}")
        library.add([tmp_path / f"{outlet}.md"])
    first = next(entry.id for entry in library.list() if entry.outlet == "wire")
    assert [entry.duplicate_group for entry in library.list()] == [first] * 3
    assert library.add([tmp_path / "post.md"])[0].status == "unchanged"


def test_bad_files_cost_only_themselves(library: Library, articles: Path) -> None:
    (articles / "empty.txt").write_bytes(b"")
    (articles / "noise.txt").write_bytes(bytes(range(256)))
    outcomes = library.add([articles, articles / "missing.txt"])
    assert sorted(o.status for o in outcomes) == ["added"] * 3 + ["failed"] * 3
    assert len(library.list()) == 3
    kept = [path for path in (library.home / "originals").rglob("*") if path.is_file()]
    assert len(kept) == 3


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(outlets=("harbour post",)), {"school.md", "storm.html"}),
        (Filters(from_date="2021-06-01"), {"storm.html"}),
        (Filters(to_date="2021-05-31"), {"school.md"}),
        (Filters(as_of="2021-05-04"), {"school.md"}),
        (Filters(tags=("none",)), set()),
    ],
)
def test_a_filter_limits_every_view(library: Library, articles: Path, filters: Filters, expected: set[str]) -> None:
    library.add([articles])
    assert set(sources(library, "the town school storm bridge", filters)) == expected


def test_documents_without_a_date_are_counted_as_of_a_day(library: Library, articles: Path) -> None:
    library.add([articles])
    assert Retriever(library).search("bridge", 5, Filters(as_of="2022-01-01")).undated == 1


def test_an_open_library_finds_what_another_process_added(library: Library, articles: Path) -> None:
    library.add([articles / "school.md"])
    assert sources(library, "ferry cars") == ["school.md"] * len(sources(library, "ferry cars"))
    add = [sys.executable, "-m", "ui.cli", "--home", str(library.home), "add", str(articles / "bridge.txt")]
    subprocess.run(add, check=True, capture_output=True)
    assert sources(library, "How many cars does the ferry carry?")[0] == "bridge.txt"


def test_a_second_writer_is_told_who_holds_the_library(library: Library, articles: Path) -> None:
    note = {"pid": os.getpid(), "command": "onrecord add", "host": socket.gethostname(), "since": "noon"}
    (library.home / "writer.json").write_text(json.dumps(note))
    told = rf"onrecord add \(process {os.getpid()} on {re.escape(socket.gethostname())}, since noon\)"
    with FileLock(library.home / "writer.lock"), pytest.raises(LibraryLockedError, match=told):
        library.add([articles])
    assert not library.list()


def test_the_note_of_a_writer_that_died_is_not_believed(library: Library, articles: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    note = {"pid": int(dead.stdout), "command": "onrecord add", "host": socket.gethostname(), "since": "noon"}
    (library.home / "writer.json").write_text(json.dumps(note))
    with FileLock(library.home / "writer.lock"), pytest.raises(LibraryLockedError, match="written by another process"):
        library.add([articles])
    assert len(library.add([articles])) == 3


@pytest.mark.parametrize("state", ["staged", "embedded"])
def test_what_an_interrupted_writer_left_is_taken_out_and_can_be_added_again(
    library: Library, articles: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    where = {"staged": "embed", "embedded": "go_live"}[state]

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(library.catalog, where, killed)
        with pytest.raises(KeyboardInterrupt):
            library.add([articles])
    assert not library.list()
    assert sources(library, "bridge") == []
    assert [o.status for o in library.add([articles])] == ["added"] * 3
    assert sources(library, "ferry cars")[0] == "bridge.txt"
    with library.indexes() as indexes:
        stored = indexes.vectors.search(library.encoder().encode(["ferry"])[0], 100)
    assert len(stored) == library.catalog.count()[1]


def test_vectors_of_another_encoder_are_refused(library: Library, articles: Path, encoder: Encoder) -> None:
    library.add([articles])
    with library.catalog.transaction():
        library.catalog.set_meta("encoder", json.dumps({"model": "other", "dimension": 3, "weights_sha256": "0"}))
    with pytest.raises(EncoderError, match="ONRECORD_ENCODER=other"):
        Library(library.home, DEFAULT_MODEL).encoder()
    with pytest.raises(EncoderError, match="other: no such encoder here"):  # it is asked for by the record
        Library(library.home).encoder()


def test_a_record_that_is_none_is_reported_as_damaged(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_bytes(b"not a database, but longer than its header" * 100)
    with pytest.raises(LibraryDamagedError, match="cannot be read"):
        Library(tmp_path)


def test_the_vector_file_and_chroma_agree(library: Library, articles: Path) -> None:
    library.add([articles])
    vector = library.encoder().encode(["How high is the sea wall?"])[0]
    with library.indexes() as indexes:
        chroma = indexes.vectors.search(vector, 5)
        exact = library.rows(indexes).search(vector, 5, indexes.live)
    assert [id for id, _ in chroma] == [id for id, _ in exact]
    assert [score for _, score in chroma] == pytest.approx([score for _, score in exact], abs=1e-4)


@pytest.mark.parametrize("lost", ["", "vectors", "passages", "documents"])
def test_a_lost_index_is_built_anew_from_the_record(
    library: Library, articles: Path, encoder: Encoder, lost: str
) -> None:
    library.add([articles])
    before = [(h.passage.id, round(h.score, 3)) for h in Retriever(library).search("ferry cars", 5).hits]
    library.close()
    (serving,) = (library.home / "indexes").iterdir()
    shutil.rmtree(serving / lost)
    reopened = Library(library.home, encoder=encoder)
    assert [(h.passage.id, round(h.score, 3)) for h in Retriever(reopened).search("ferry cars", 5).hits] == before
    reopened.close()


def test_reading_leaves_the_indexes_as_they_are(library: Library, articles: Path, encoder: Encoder) -> None:
    library.add([articles])
    library.close()
    for _ in range(2):
        reopened = Library(library.home, encoder=encoder)
        assert sources(reopened, "ferry cars")
        assert reopened.shelf.damage() is None
        reopened.close()
    assert [path.name for path in (library.home / "indexes").iterdir()] == ["1"]


def test_a_home_with_indexes_where_they_used_to_lie_is_brought_along(
    library: Library, articles: Path, encoder: Encoder
) -> None:
    library.add([articles])
    before = sources(library, "ferry cars")
    library.close()
    indexes = library.home / "indexes"
    (indexes / "1" / "vectors").rename(library.home / "vectors")
    (indexes / "1").rename(library.home / "lexical")
    with closing(Catalog(library.home / "catalog.sqlite3")) as catalog, catalog.transaction():
        catalog.forget_meta("indexes")
    reopened = Library(library.home, encoder=encoder)
    assert sources(reopened, "ferry cars") == before
    reopened.close()
    assert not (library.home / "vectors").exists() and not (library.home / "lexical").exists()


def test_reading_waits_for_no_writer_and_sees_no_half_of_its_change(
    library: Library, articles: Path, encoder: Encoder
) -> None:
    """The writer is in another thread, which has the lock and an open transaction for as long as this one reads."""
    library.add([articles])
    reader = Library(library.home, encoder=encoder)
    before = sources(reader, "ferry cars")
    with library.writing("onrecord add"), library.catalog.transaction():
        library.catalog.remove([entry.id for entry in library.list()])
        with ThreadPoolExecutor(1) as threads:
            found = threads.submit(lambda: (sources(reader, "ferry cars"), len(reader.list()), examine(reader))).result(
                20
            )
    reader.close()
    assert found[:2] == (before, 3)
    lock = next(check for check in found[2] if check.check == "lock")
    assert (lock.state, "onrecord add (process" in lock.found) == ("note", True)


def test_a_change_that_breaks_off_within_an_index_is_made_good(
    library: Library, articles: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([articles / "school.md"])

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("index.lexical.LexicalIndex.write", killed)
        with pytest.raises(KeyboardInterrupt):
            library.add([articles])
    library.close()
    reopened = Library(library.home, encoder=encoder)
    assert set(sources(reopened, "ferry cars")) == {"school.md"}
    assert sorted(o.status for o in reopened.add([articles])) == ["added", "added", "unchanged"]
    assert not [check for check in examine(reopened) if check.state == "problem"]
    reopened.close()


def test_an_empty_library_is_searched_beside_its_first_writer_and_nothing_is_begun(
    home: Path, encoder: Encoder, articles: Path
) -> None:
    with closing(Library(home, encoder=encoder)) as reader, closing(Library(home, encoder=encoder)) as writer:
        assert sources(reader, "ferry cars") == []
        assert not (home / "indexes").exists()
        with ThreadPoolExecutor(1) as threads, writer.held("onrecord add"):
            assert threads.submit(sources, reader, "ferry cars").result() == []
        writer.add([articles])
        assert sources(reader, "How many cars does the ferry carry?")[0] == "bridge.txt"
