"""Nothing is lost, doubled, stale or half searchable when a writer is killed; `make chaos` tries it many times more."""

import random
import re
from pathlib import Path

import pytest
from chaos import carry_out, change, drawn_kills, leftovers_in, preloaded, problems_in, rounds
from wordy import WordyEncoder

from index.lexical import Text
from index.library import Library

KILLS = 25


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def test_a_killed_writer_loses_nothing_and_leaves_nothing_half_done(tmp_path: Path, folder: Path) -> None:
    preloaded()
    draw = random.Random(7)
    tally = rounds(tmp_path / "home", folder, drawn_kills(KILLS, draw), draw)
    assert tally.problems == []
    assert sum(count for moment, count in tally.kills.items() if moment.startswith("killed")) >= KILLS // 2


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("vector", "half: .* is not among the vectors"),
        ("text", "half: .* in passages"),
        ("twice", "doubled: .* in documents"),
        ("document", "lost: "),
        ("removed", "stale: .* was removed"),
        ("old", "stale: .* is none of"),
    ],
)
def test_what_a_kill_could_leave_would_be_seen(tmp_path: Path, folder: Path, damage: str, told: str) -> None:
    library = Library(tmp_path / "home", encoder=WordyEncoder())
    fresh = (f"paper{number}" for number in range(100))
    world, _ = change({}, folder, random.Random(3), fresh)
    carry_out(library, folder, [], lambda name: None)
    allowed: dict[str, set[int | None]] = {name: {version} for name, version in world.items()}
    assert problems_in(library, allowed) + leftovers_in(library) == []
    name, version = next(iter(world.items()))
    entry = next(entry for entry in library.list() if Path(entry.source).stem == name)
    passages = library.catalog.passages_of(f"{entry.id}@1")
    with library.indexes() as indexes:
        if damage == "vector":
            indexes.vectors.remove([passages[0].id])
        elif damage == "text":
            indexes.passages.write(removed=[f"{entry.id}@1"])
        elif damage == "twice":
            indexes.documents.write([Text(f"{entry.id}@1", f"{entry.id}@1", library.show(entry.id).text)])
        elif damage == "document":
            library.remove([entry.id])
        elif damage == "removed":
            del allowed[name]
        else:
            allowed[name] = {version + 1}
    assert any(re.match(told, problem) for problem in problems_in(library, allowed))
    library.close()
