"""A library's vectors on a real Chroma server (`chroma run`): the same results, and nothing lost when it is killed."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from chaosserver import live, rounds, stored
from chromaserver import ChromaServer, chroma_running, free_port
from drawn import HashingEncoder
from wordy import WordyEncoder

import index.ingest
import index.server
from assistant.answer import BY_WORDS, as_json
from assistant.assistant import Assistant
from assistant.kept import answer_of_json
from assistant.settings import Settings
from corpus.errors import VectorServerError
from corpus.filters import Filters
from index.backup import back_up, restore
from index.doctor import examine, repair
from index.encoder import Encoder
from index.library import Library
from index.reindex import reindex
from index.retriever import Retriever
from index.served import Kept
from index.server import CollectionError, ServerIndex, VectorServer
from ui.output import answer_text
from ui.web.render import Turn, conversation

QUERIES = ("harbour bridge repairs", "a new school", "storm floods the old town", "who told Radio Nord of the sea wall")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_running(tmp_path_factory.mktemp("chroma")) as server:
        yield server


@pytest.fixture
def server(running: ChromaServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChromaServer]:
    """Lend the server, running again after the test; what is away is asked again at once."""
    monkeypatch.setattr(index.server, "RETRY_S", 0.0)
    yield running
    if not running.is_running:
        running.start()


@pytest.fixture
def opened(server: ChromaServer, tmp_path: Path) -> Iterator[Callable[[], Library]]:
    """Return what opens the library of one home with its vectors on the server."""
    libraries: list[Library] = []

    def library() -> Library:
        libraries.append(Library(tmp_path / "home", encoder=WordyEncoder(), server=VectorServer(server.url)))
        return libraries[-1]

    yield library
    for each in libraries:
        each.close()


def top(library: Library, query: str, filters: Filters | None = None) -> list[tuple[str, float]]:
    found = Retriever(library).search(query, 10, filters)
    assert not found.by_words_only
    return [(hit.passage.text, round(hit.score, 4)) for hit in found.hits]


def collection(library: Library) -> ServerIndex:
    server = library.shelf.server
    assert server is not None
    return ServerIndex(server, Kept.read(library.catalog).name or "")


def problems(library: Library) -> dict[str, str]:
    return {check.check: check.found for check in examine(library) if check.state == "problem"}


def test_results_are_those_of_files(opened: Callable[[], Library], tmp_path: Path, articles: Path) -> None:
    served = opened()
    with closing(Library(tmp_path / "local", encoder=WordyEncoder())) as local:
        for library in (served, local):
            assert all(outcome.ok for outcome in library.add([articles]))
        for query in QUERIES:
            assert top(served, query) == top(local, query)
    assert stored(served) == live(served)
    assert not (served.home / "indexes" / "1" / "vectors").exists()


def test_what_was_just_added_changed_and_removed_is_found_so_at_once(
    opened: Callable[[], Library], articles: Path
) -> None:
    library, reader = opened(), opened()
    library.add([articles])
    for number in range(3):
        (articles / "bridge.txt").write_text(f"Bridge\n\nThe pontoon{number} was towed across the harbour at dawn.\n")
        library.add([articles])
        for each in (library, reader):
            assert f"pontoon{number}" in top(each, f"pontoon{number} harbour dawn")[0][0]
            assert stored(each) == live(each)
    library.remove([next(entry.id for entry in library.list() if entry.source.endswith("bridge.txt"))])
    for each in (library, reader):
        assert not any("pontoon" in text for text, _ in top(each, "pontoon2 harbour dawn"))
        assert stored(each) == live(each)


def test_while_the_server_is_away_words_are_found_and_after_its_restart_all_is_as_before(
    opened: Callable[[], Library], server: ChromaServer, articles: Path
) -> None:
    library = opened()
    library.add([articles])
    before = [top(library, query) for query in QUERIES]
    server.kill()
    found = Retriever(library).search("harbour bridge repairs", 10)
    assert found.by_words_only
    assert "harbour bridge" in found.hits[0].passage.text
    assert {hit.views["cosine"] for hit in found.hits} == {None}
    limited = Retriever(library).search("harbour bridge repairs", 10, Filters(to_date="2021-12"))
    assert not limited.by_words_only  # those are scored from the record
    assert Retriever(opened()).search("harbour", 10).by_words_only  # one that is opened meanwhile too
    server.start()
    assert [top(library, query) for query in QUERIES] == before


def test_a_server_that_did_not_answer_is_not_asked_again_at_once(
    opened: Callable[[], Library], server: ChromaServer, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = opened()
    library.add([articles])
    monkeypatch.setattr(index.server, "RETRY_S", 60.0)
    server.kill()
    assert Retriever(library).search("harbour", 10).by_words_only
    server.start()
    assert Retriever(library).search("harbour", 10).by_words_only
    assert not [
        outcome for outcome in library.add([articles]) if not outcome.ok
    ]  # who adds is not turned away for that
    assert top(library, "harbour")


def test_adding_while_the_server_is_away_is_refused_and_changes_nothing(
    opened: Callable[[], Library], server: ChromaServer, articles: Path
) -> None:
    library = opened()
    library.add([articles])
    (articles / "late.txt").write_text("Late\n\nThe pontoon came late at night.\n")
    generation = library.catalog.generation()
    server.kill()
    with pytest.raises(
        VectorServerError, match=rf"127.0.0.1:{server.port}: the Chroma server .* cannot be used: .*Start it"
    ):
        library.add([articles])
    assert library.catalog.generation() == generation
    with pytest.raises(VectorServerError):
        library.remove([library.list()[0].id])
    assert len(library.list()) == 3
    server.start()
    assert "added" in {outcome.status for outcome in library.add([articles])}
    assert stored(library) == live(library)


def test_a_server_killed_five_times_while_documents_are_added_loses_and_doubles_none(
    server: ChromaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.ingest, "BATCH_PASSAGES", 8)  # which the rounds set
    tally = rounds(server, tmp_path, 5, random.Random(4))
    assert tally.problems == []
    assert tally.kills["killed"] == 5


def test_a_collection_that_is_gone_or_lacks_vectors_is_written_anew(
    opened: Callable[[], Library], articles: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library = opened()
    library.add([articles])
    before = [top(library, query) for query in QUERIES]
    collection(library).drop()
    assert [top(library, query) for query in QUERIES] == before
    assert "written anew from the record" in caplog.text
    collection(library).remove(live(library)[:2])
    assert [top(opened(), query) for query in QUERIES] == before
    assert stored(library) == live(library)


def test_the_doctor_finds_what_the_server_lacks_and_puts_it_right(
    opened: Callable[[], Library], server: ChromaServer, articles: Path
) -> None:
    library = opened()
    library.add([articles])
    assert not problems(library)
    passages = live(library)
    collection(library).remove(passages[:1])
    collection(library).add(["stranger"], library.encoder().encode(["a stranger"]))
    assert problems(library) == {"vector index": f"1 of {len(passages)} passages are missing; 1 passages too many"}
    repair(library)
    assert not problems(library)
    server.kill()
    assert "cannot be used: Connection refused" in problems(library)["vector index"]
    with pytest.raises(VectorServerError, match="Start it"):
        repair(library)
    server.start()
    assert not problems(library)


def test_vectors_follow_the_setting_to_the_server_and_back(
    opened: Callable[[], Library], tmp_path: Path, articles: Path
) -> None:
    def in_files() -> Library:
        return Library(tmp_path / "home", encoder=WordyEncoder())

    with closing(in_files()) as library:
        library.add([articles])
        before = [top(library, query) for query in QUERIES]
    served = opened()
    assert [top(served, query) for query in QUERIES] == before
    (articles / "bridge.txt").write_text("Bridge\n\nThe pontoon was towed across the harbour at dawn.\n")
    served.add([articles])
    first = collection(served)
    with closing(in_files()) as library:
        assert "pontoon" in top(library, "pontoon harbour dawn")[0][0]
        library.remove([next(entry.id for entry in library.list() if entry.source.endswith("bridge.txt"))])
        after = [[text for text, _ in top(library, query)] for query in QUERIES]  # BM25 is another once built anew
    served = opened()
    assert [[text for text, _ in top(served, query)] for query in QUERIES] == after
    assert stored(served) == live(served)
    with pytest.raises(CollectionError, match="does not exist"):
        first.count()


def test_reindexing_fills_another_collection_and_deletes_the_first(
    opened: Callable[[], Library], articles: Path
) -> None:
    library = opened()
    library.add([articles])
    first = collection(library)
    assert reindex(library, HashingEncoder("another", 48)) == len(live(library))
    assert not problems(library)
    assert {vectors.shape[1] for _, vectors in collection(library).kept()} == {48}
    with pytest.raises(CollectionError, match="does not exist"):
        first.count()


def test_a_restored_library_has_a_collection_of_its_own(
    opened: Callable[[], Library], server: ChromaServer, tmp_path: Path, articles: Path
) -> None:
    library = opened()
    library.add([articles])
    back_up(library, tmp_path / "kept.tar")
    restore(tmp_path / "other", tmp_path / "kept.tar")
    with closing(Library(tmp_path / "other", encoder=WordyEncoder(), server=VectorServer(server.url))) as other:
        other.remove([other.list()[0].id])
        assert stored(other) == live(other)
    assert stored(library) == live(library)
    assert not problems(library)


def test_removing_bringing_back_and_a_new_title_reach_the_server(opened: Callable[[], Library], articles: Path) -> None:
    library = opened()
    library.add([articles])
    id = next(entry.id for entry in library.list() if entry.source.endswith("storm.html"))
    library.put_aside([id])
    assert not any("storm" in text for text, _ in top(library, "storm floods"))
    assert stored(library) == live(library)
    library.bring_back([id])
    assert "storm" in top(library, "storm floods")[0][0]
    library.edit(id, {"title": "The pontoon"})
    assert not problems(library)
    assert stored(library) == live(library)


def test_more_vectors_than_the_server_takes_at_once_are_written_in_parts(opened: Callable[[], Library]) -> None:
    index = ServerIndex(opened().shelf.server or pytest.fail("no server"), "parts")
    size = VectorServer(opened().shelf.server.address).batch()[0]  # type: ignore[union-attr]
    vectors = np.eye(8, dtype=np.float32)[np.arange(size + 3) % 8]
    index.create()
    index.add([str(number) for number in range(size + 3)], vectors)
    assert index.count() == size + 3
    assert sum(len(ids) for ids, _ in index.kept()) == size + 3
    index.remove([str(number) for number in range(size + 3)])
    assert index.count() == 0
    assert index.search(vectors[0], 10) == []
    index.drop()


def test_a_question_is_answered_while_the_server_is_away_and_the_answer_says_so(
    home: Path, encoder: Encoder, articles: Path
) -> None:
    settings = Settings(home=home, chroma_url=f"http://127.0.0.1:{free_port()}")
    with closing(Assistant(settings.model_copy(update={"chroma_url": ""}), encoder)) as assistant:
        assistant.library.add([articles])
        before = assistant.ask("How many cars does the ferry carry?")
    assert not as_json(before)["by_words_only"]
    with closing(Assistant(settings, encoder)) as assistant:
        answer = assistant.ask("How many cars does the ferry carry?")
        silent = assistant.ask("Who won the chess championship?")
        kept = answer_of_json(as_json(answer), assistant.library.catalog)
    assert (answer.status, answer.short, silent.status) == ("answered", "900", "abstained")
    assert as_json(answer)["by_words_only"]
    for each in (answer, silent, kept):
        assert BY_WORDS in each.text
        assert answer_text(each).count(BY_WORDS) == 1
        assert conversation([Turn("How?", each)]).count(BY_WORDS) >= 1
