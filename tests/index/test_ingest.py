"""Adding again: what is unchanged is not read, what has moved is followed, what is gone is told of."""

import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

import index.reading
import index.shelf
from corpus.prepared import prepared
from corpus.types import Input
from index.encoder import Encoder, TokenVectors, Vectors
from index.ingest import Outcome
from index.library import Library
from index.reading import Found
from index.retriever import Retriever


class Counting:
    """An encoder that counts the texts it encodes."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.info, self.runtime = encoder.info, encoder.runtime
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += len(texts)
        return self._encoder.encode(texts)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self._encoder.encode_tokens(texts)


class Adding:
    """A library that counts the files it reads."""

    def __init__(self, home: Path, encoder: Encoder) -> None:
        self.encoder = Counting(encoder)
        self.library = Library(home, encoder=self.encoder)
        self.read: list[str] = []

    def work(self, inputs: Iterable[Input]) -> Iterator[tuple[Input, Found]]:
        for input in inputs:
            self.read.append(input.path.name)
            yield input, prepared(input)

    def add(self, *paths: Path, tags: Sequence[str] = (), prune: bool = False) -> list[Outcome]:
        self.read.clear()
        self.encoder.encoded = 0
        return [*self.library.add(paths, tags, prune=prune, work=self.work)]

    def statuses(self, *paths: Path, prune: bool = False) -> dict[str, str]:
        return {Path(outcome.source).name: outcome.status for outcome in self.add(*paths, prune=prune)}

    def problem(self, path: Path) -> str | None:
        seen = self.library.catalog.inputs.seen(str(path))
        return seen.problem if seen else None

    def found(self, query: str) -> list[str]:
        return [hit.passage.text for hit in Retriever(self.library).search(query, 10).hits]


@pytest.fixture
def adding(home: Path, encoder: Encoder) -> Iterator[Adding]:
    opened = Adding(home, encoder)
    yield opened
    opened.library.close()


def settle(folder: Path) -> None:
    """Let the files have been written a while ago."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, ns=(0, time.time_ns() - 60 * 10**9))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "news"
    place.mkdir()
    for number, matter in enumerate(("ferry", "tunnel", "airport")):
        (place / f"{matter}.txt").write_text(f"The {matter} will be closed. It is number {number} of the works.")
    rows = [{"id": name, "text": f"{name} told the council of the budget."} for name in ("Abara", "Brenner", "Costa")]
    (place / "wire.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    settle(place)
    return place


def test_an_unchanged_folder_is_neither_read_nor_encoded_again(adding: Adding, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(1000):
        (many / f"{number}.txt").write_text(f"Ship {number} came in.")
    settle(many)
    assert {outcome.status for outcome in adding.add(many)} == {"added"}
    assert (len(adding.read), adding.encoder.encoded) == (1000, 1000)
    again = adding.add(many)
    assert ([outcome.status for outcome in again], adding.read) == (["unchanged"] * 1000, [])
    assert adding.encoder.encoded == 0


def test_a_file_of_an_unchanged_folder_is_not_opened(
    adding: Adding, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adding.add(folder)

    def opened(path: Path) -> str:
        raise AssertionError(f"{path} was opened")

    monkeypatch.setattr(index.reading, "digest_of", opened)
    assert set(adding.statuses(folder).values()) == {"unchanged"}


def test_other_times_with_the_same_bytes_are_no_reason_to_read(adding: Adding, folder: Path) -> None:
    adding.add(folder)
    for path in folder.iterdir():
        os.utime(path, ns=(0, time.time_ns() - 30 * 10**9))
    assert set(adding.statuses(folder).values()) == {"unchanged"}
    assert adding.read == []


def test_a_file_written_again_within_the_tick_of_the_clock_is_noticed(adding: Adding, tmp_path: Path) -> None:
    path = tmp_path / "toll.txt"
    path.write_text("The toll is 5 crowns.")
    now = time.time_ns()
    os.utime(path, ns=(now, now))
    adding.add(path)
    path.write_text("The toll is 8 crowns.")
    os.utime(path, ns=(now, now))
    assert adding.statuses(path) == {"toll.txt": "updated"}


def test_a_changed_file_has_only_its_new_passages_encoded(adding: Adding, tmp_path: Path) -> None:
    path = tmp_path / "long.md"
    sections = [f"## Part {number}\n\nPart {number} is on the harbour." for number in range(6)]
    path.write_text("\n\n".join(["# Harbour", *sections]))
    (first,) = adding.add(path)
    assert adding.encoder.encoded == first.passages > 3
    path.write_text("\n\n".join(["# Harbour", *sections[:5], "## Part 5\n\nThe mayor, Ines Falk, opened the sluice."]))
    (second,) = adding.add(path)
    assert (second.status, adding.encoder.encoded) == ("updated", 1)
    assert any("sluice" in text for text in adding.found("Who opened the sluice?"))


def test_what_ten_papers_carry_is_encoded_once(adding: Adding, tmp_path: Path) -> None:
    rows = [{"id": f"paper {number}", "title": "Storm", "text": "A storm hit the coast."} for number in range(10)]
    (tmp_path / "wire.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert len(adding.add(tmp_path / "wire.jsonl")) == 10
    assert adding.encoder.encoded == 1
    (tmp_path / "other.jsonl").write_text(json.dumps(rows[0] | {"id": "late"}) + "\n")
    adding.add(tmp_path / "other.jsonl")
    assert adding.encoder.encoded == 0
    assert len(adding.found("storm on the coast")) == 10


def test_a_record_without_hashes_of_its_texts_is_given_them(adding: Adding, folder: Path) -> None:
    adding.add(folder)
    with adding.library.catalog.transaction():
        adding.library.catalog._db.execute("UPDATE passages SET text_hash = NULL")
    shutil.copy(folder / "wire.jsonl", folder / "again.jsonl")
    adding.add(folder / "again.jsonl")
    assert adding.encoder.encoded == 0


@pytest.mark.parametrize("name", ["ferry.txt", "wire.jsonl"])
def test_a_document_follows_its_file(adding: Adding, folder: Path, name: str) -> None:
    before = {o.document_id for o in adding.add(folder, tags=["works"]) if Path(o.source).name.startswith(name)}
    (folder / "sub").mkdir()
    (folder / name).rename(folder / "sub" / f"new-{name}")
    moved = [outcome for outcome in adding.add(folder) if outcome.status == "moved"]
    assert {outcome.document_id for outcome in moved} == before
    assert (adding.read, adding.encoder.encoded) == ([], 0)
    for outcome in moved:
        document = adding.library.show(outcome.document_id or "")
        assert document.source == outcome.source
        assert (document.tags, document.version) == (("works",), 1)
        assert f"new-{name}" in document.source
    assert set(adding.statuses(folder).values()) == {"unchanged"}
    (folder / "sub" / f"new-{name}").write_text((folder / "sub" / f"new-{name}").read_text().replace("closed", "shut"))
    assert not [o for o in adding.add(folder) if o.status not in ("unchanged", "updated")]


def test_a_new_file_at_a_place_that_was_left_is_another_document(adding: Adding, folder: Path) -> None:
    old = next(o.document_id for o in adding.add(folder) if o.source.endswith("ferry.txt"))
    (folder / "ferry.txt").rename(folder / "boat.txt")
    adding.add(folder)
    (folder / "ferry.txt").write_text("A new ferry was ordered.")
    (new,) = [outcome for outcome in adding.add(folder) if outcome.status != "unchanged"]
    assert (new.status, new.document_id != old) == ("added", True)
    assert adding.library.show(old or "").source == str(folder / "boat.txt")


def test_of_two_copies_of_a_file_that_is_gone_one_is_it(adding: Adding, folder: Path) -> None:
    adding.add(folder)
    shutil.copy(folder / "ferry.txt", folder / "one.txt")
    (folder / "ferry.txt").rename(folder / "two.txt")
    statuses = adding.statuses(folder)
    assert (statuses["one.txt"], statuses["two.txt"]) == ("moved", "duplicate")
    for read in (["two.txt"], []):
        assert (adding.statuses(folder)["two.txt"], adding.read) == ("duplicate", read)


def test_the_copy_takes_over_when_the_first_is_deleted(adding: Adding, folder: Path) -> None:
    shutil.copy(folder / "ferry.txt", folder / "zcopy.txt")
    assert adding.statuses(folder)["zcopy.txt"] == "duplicate"
    (folder / "other.md").write_text((folder / "ferry.txt").read_text() + "\n")  # the same text in other bytes
    assert adding.statuses(folder)["other.md"] == "duplicate"
    originals = [path for path in (adding.library.home / "originals").rglob("*") if path.is_file()]
    assert len(originals) == 4
    (folder / "other.md").unlink()
    (folder / "ferry.txt").unlink()
    assert adding.statuses(folder)["zcopy.txt"] == "moved"
    assert str(folder / "zcopy.txt") in {entry.source for entry in adding.library.list()}


def test_files_that_change_places_lose_nothing(adding: Adding, folder: Path) -> None:
    adding.add(folder)
    (folder / "ferry.txt").rename(folder / "swap")
    (folder / "tunnel.txt").rename(folder / "ferry.txt")
    (folder / "swap").rename(folder / "tunnel.txt")
    adding.add(folder)
    texts = {entry.source: adding.library.show(entry.id).text for entry in adding.library.list()}
    assert "tunnel" in texts[str(folder / "ferry.txt")]
    assert "ferry" in texts[str(folder / "tunnel.txt")]


def test_what_is_gone_is_told_of_and_kept_and_pruned_it_stays_citable(adding: Adding, folder: Path) -> None:
    id = next(o.document_id or "" for o in adding.add(folder) if o.source.endswith("ferry.txt"))
    (folder / "ferry.txt").unlink()
    for _ in range(2):
        assert adding.statuses(folder)["ferry.txt"] == "missing"
    assert any("ferry" in text for text in adding.found("When is the ferry closed?"))
    assert adding.statuses(folder, prune=True)["ferry.txt"] == "retired"
    assert not any("ferry" in text for text in adding.found("When is the ferry closed?"))
    assert "ferry" in adding.library.catalog.document(id, 1).text
    assert "ferry.txt" not in adding.statuses(folder, prune=True)
    (folder / "ferry.txt").write_text("The ferry will be closed. It is number 0 of the works.")
    assert adding.statuses(folder)["ferry.txt"] == "updated"
    assert any("ferry" in text for text in adding.found("When is the ferry closed?"))


def test_a_row_that_is_gone_from_its_file_is_told_of_and_can_be_pruned(adding: Adding, folder: Path) -> None:
    adding.add(folder)
    wire = folder / "wire.jsonl"
    wire.write_text("".join(line for line in wire.read_text().splitlines(keepends=True) if "Brenner" not in line))
    assert adding.statuses(folder)["wire.jsonl#Brenner"] == "missing"
    assert adding.statuses(folder)["wire.jsonl#Abara"] == "unchanged"
    assert "no longer in it" in (adding.problem(wire) or "")
    assert adding.statuses(folder, prune=True)["wire.jsonl#Brenner"] == "retired"
    assert adding.problem(wire) is None
    assert not any("Brenner" in text for text in adding.found("What did Brenner tell the council?"))


def test_the_record_asks_for_the_bytes_that_are_kept_and_no_others(adding: Adding, folder: Path) -> None:
    adding.add(folder)
    wire = folder / "wire.jsonl"
    wire.write_text(wire.read_text() + "\n")
    assert adding.statuses(folder)["wire.jsonl#Abara"] == "unchanged"
    kept = [path.name for path in (adding.library.home / "originals").rglob("*") if path.is_file()]
    assert sorted(kept) == adding.library.catalog.originals()


def test_an_empty_folder_is_taken_for_a_disk_that_is_not_there(adding: Adding, folder: Path) -> None:
    adding.add(folder)
    for path in folder.iterdir():
        path.unlink()
    (outcome,) = adding.add(folder, prune=True)
    assert (outcome.status, "Is its disk there?" in (outcome.message or "")) == ("failed", True)
    assert len(adding.library.list()) == 6


def test_a_new_tag_reaches_unchanged_files(adding: Adding, folder: Path) -> None:
    adding.add(folder)
    assert {outcome.status for outcome in adding.add(folder, tags=["works"])} == {"updated"}
    assert {entry.tags for entry in adding.library.list()} == {("works",)}
    assert {outcome.status for outcome in adding.add(folder, tags=["works"])} == {"unchanged"}


def test_a_changed_sidecar_is_read(adding: Adding, folder: Path) -> None:
    adding.add(folder)
    (folder / "ferry.txt.meta.toml").write_text('outlet = "Harbour Post"')
    assert adding.statuses(folder)["ferry.txt"] == "updated"
    assert adding.read == ["ferry.txt"]


def test_other_readers_read_everything_again(adding: Adding, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adding.add(folder)
    monkeypatch.setattr(index.reading, "READING", index.reading.READING + 1)
    assert set(adding.statuses(folder).values()) == {"unchanged"}
    assert (len(adding.read), adding.encoder.encoded) == (4, 0)


def test_what_was_removed_by_hand_can_be_added_again(adding: Adding, folder: Path) -> None:
    id = next(o.document_id or "" for o in adding.add(folder) if o.source.endswith("ferry.txt"))
    adding.library.remove([id])
    assert adding.statuses(folder)["ferry.txt"] == "added"


def test_a_file_that_changes_while_it_is_read_is_not_taken(adding: Adding, tmp_path: Path) -> None:
    path = tmp_path / "growing.txt"
    path.write_text("The first half.")

    def writing(inputs: Iterable[Input]) -> Iterator[tuple[Input, Found]]:
        for input in inputs:
            found = [*prepared(input)]
            path.write_text("The first half. The second half.")
            yield input, iter(found)

    (outcome,) = adding.library.add([path], work=writing)
    assert (outcome.status, "changed while it was read" in (outcome.message or "")) == ("failed", True)
    assert adding.statuses(path) == {"growing.txt": "added"}
    (kept,) = [file for file in (adding.library.home / "originals").rglob("*") if file.is_file()]
    assert kept.read_text() == path.read_text()


def test_a_file_that_goes_before_its_bytes_are_kept_costs_only_itself(
    adding: Adding, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def going(path: Path, name: str, originals: Path) -> None:
        if path.name == "ferry.txt":
            path.unlink()
        index.reading.keep(path, name, originals)

    monkeypatch.setattr("index.ingest.keep", going)
    failed = [outcome for outcome in adding.add(folder) if not outcome.ok]
    assert {Path(outcome.source).name for outcome in failed} == {"ferry.txt"}
    assert "cannot be read any more" in (failed[0].message or "")
    assert len(adding.library.list()) == 5


def test_a_pipe_in_a_folder_is_told_of_and_waited_for_never(adding: Adding, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with (folder / "huge.txt").open("wb") as huge:
        huge.write(b"Words of a long report. " * 100_000)
        huge.truncate(2 * 2**30)  # 2 GB that stand on no disk
    outcomes = {Path(outcome.source).name: outcome for outcome in adding.add(folder)}
    assert "not a file" in (outcomes["pipe"].message or "")
    assert "over the limit" in (outcomes["huge.txt"].message or "")
    assert sum(outcome.ok for outcome in outcomes.values()) == 6


def test_the_writer_keeps_its_indexes_open(adding: Adding, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    opens = index.shelf.open_indexes

    def counted(folder: Path, generation: int, live: set[str], served: None = None) -> object:
        opened.append(generation)
        return opens(folder, generation, live, served)

    monkeypatch.setattr(index.shelf, "open_indexes", counted)
    monkeypatch.setattr("index.ingest.BATCH_PASSAGES", 1)
    adding.add(folder)
    assert len(set(opened)) == 1
    assert len(adding.found("council budget")) >= 3
    assert len(set(opened)) == 1


def test_how_far_reading_is_is_told_up_to_the_end(adding: Adding, folder: Path) -> None:
    told: list[index.reading.Progress] = []
    adding.library.add([folder], work=adding.work, progress=told.append)
    shares = [progress.share for progress in told]
    assert shares == sorted(shares)
    assert (0.0 <= shares[0] < 1.0, shares[-1]) == (True, 1.0)
    assert {Path(progress.reading).name for progress in told} == {path.name for path in folder.iterdir()}
