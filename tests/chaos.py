"""Kill a process that writes to a library, at random moments and at every change of state, and see what is left.

    python tests/chaos.py --kills 500 --seed 1

A world is a folder of files, each of a name and a version that its words tell. A round changes some files, and a process
of its own adds, updates or removes them and is killed (SIGKILL) in the middle. Then the library is opened anew: every file
must be there once and whole, as it was before or as it became, as it became where the writer had said so, and nothing
else may be found. Then the same is done again without a kill, and the library must be just what the folder is.
"""

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from wordy import WordyEncoder

import index.ingest
from corpus.catalog import Catalog
from corpus.prepared import prepared
from corpus.types import Input
from index.lexical import LexicalIndex
from index.library import Library
from index.vectors import VectorIndex

STATES: dict[str, tuple[type, str]] = {  # every step that changes a store, by name
    "stage": (Catalog, "stage"),
    "attribute": (Catalog, "attribute"),
    "embed": (Catalog, "embed"),
    "go live": (Catalog, "go_live"),
    "remove": (Catalog, "remove"),
    "clear forgotten": (Catalog, "clear_forgotten"),
    "vectors added": (VectorIndex, "add"),
    "vectors removed": (VectorIndex, "remove"),
    "lexical written": (LexicalIndex, "write"),
}
PARAGRAPHS = 3
MOST_FILES = 24
World = dict[str, int]  # name -> version


@dataclass(frozen=True, slots=True)
class Kill:
    """When a writer dies: before or after the nth time that a state changes, or `seconds` after it began."""

    state: str | None = None
    after: bool = False
    nth: int = 1
    seconds: float = 0.0

    def __str__(self) -> str:
        if self.state is None:
            return f"after {self.seconds:.3f} s"
        return f"{'after' if self.after else 'before'} {self.state} {self.nth}"


@dataclass(slots=True)
class Tally:
    """What was found wrong, by kind; and how many writers were killed, by when."""

    problems: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)


def token(name: str, version: int, paragraph: int) -> str:
    return f"{name}v{version}p{paragraph}x"


def write(folder: Path, name: str, version: int) -> None:
    """Write a file of PARAGRAPHS passages, each with a word that stands nowhere else; the last does not change."""
    paragraphs = []
    for number in range(PARAGRAPHS):
        word = token(name, version if number < PARAGRAPHS - 1 else 0, number)
        filler = " ".join(f"{word[::-1]}{i}" for i in range(60))
        paragraphs.append(f"The harbour told {word} of the storm. It went on {filler} to the end.")
    (folder / f"{name}.txt").write_text(f"Report {name}\n\n" + "\n\n".join(paragraphs) + "\n")


def change(world: World, folder: Path, draw: random.Random, fresh: Iterator[str]) -> tuple[World, list[str]]:
    """Change the files of a world; return what it is then, and the names that are to be removed."""
    after = dict(world)
    removed = draw.sample(sorted(world), k=min(len(world), draw.choice([0, 0, 1, 3]))) if world else []
    if len(world) > MOST_FILES:
        removed = sorted(world)[: len(world) // 2]
    for name in removed:
        del after[name]
        (folder / f"{name}.txt").unlink()
    for name in draw.sample(sorted(after), k=min(len(after), draw.choice([0, 1, 4]))):
        after[name] += 1
        write(folder, name, after[name])
    for _ in range(draw.choice([1, 2, 6])):
        name = next(fresh)
        after[name] = 1
        write(folder, name, 1)
    return after, removed


def in_turn(inputs: Iterable[Input]) -> Iterator[tuple[Input, Iterator[Any]]]:
    """Read in this process: a child for each of hundreds of writers would take most of the time."""
    return ((input, prepared(input)) for input in inputs)


def carry_out(library: Library, folder: Path, removed: list[str], report: Callable[[str], None]) -> None:
    """Remove the documents of `removed` and add the folder, telling of each as it is done."""
    gone = [entry.id for entry in library.list() if Path(entry.source).stem in removed]
    if gone:
        library.remove(gone)
    for name in removed:
        report(name)
    library.add([folder], report=lambda outcome: report(Path(outcome.source).stem), work=in_turn)


def writer(home: Path, folder: Path, removed: list[str], kill: Kill | None, told: Connection) -> None:
    """What the killed process does."""
    index.ingest.BATCH_PASSAGES = 8  # several batches
    if kill is not None and kill.state is not None:
        _die_at(kill)
    library = Library(home, encoder=WordyEncoder())
    told.send("")
    carry_out(library, folder, removed, told.send)
    library.close()


def _die_at(kill: Kill) -> None:
    owner, name = STATES[kill.state or ""]
    method = getattr(owner, name)
    times = 0

    @wraps(method)
    def dying(*given: Any, **named: Any) -> Any:
        nonlocal times
        times += 1
        if times == kill.nth and not kill.after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(*given, **named)
        if times == kill.nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


def run_and_kill(home: Path, folder: Path, removed: list[str], kill: Kill) -> tuple[set[str], bool]:
    """Run a writer and kill it; return the names of which it said that they are done, and whether it died of the kill."""
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=writer, args=(home, folder, removed, kill, theirs))
    process.start()
    theirs.close()
    told = set()
    try:
        told.add(ours.recv())  # the library is open
        if kill.state is None:
            process.join(kill.seconds)
            process.kill()
        while True:
            told.add(ours.recv())
    except EOFError:
        process.join()
    return told - {""}, process.exitcode == -signal.SIGKILL


def problems_in(library: Library, allowed: dict[str, set[int | None]]) -> list[str]:
    """Return what is wrong with a library of which each name may have one of these versions, None for absent."""
    found: list[str] = []
    entries: dict[str, list[str]] = {}
    for entry in library.list():
        entries.setdefault(Path(entry.source).stem, []).append(entry.id)
    for name, ids in entries.items():
        if len(ids) > 1:
            found.append(f"doubled: {name}")
        if name not in allowed:
            found.append(f"stale: {name} was removed")
    for name, versions in allowed.items():
        if name not in entries:
            if None not in versions:
                found.append(f"lost: {name}")
            continue
        document = library.show(entries[name][0])
        shown = [v for v in versions if v is not None and token(name, v, 0) in document.text]
        if not shown:
            found.append(f"stale: {name} is none of {versions}")
            continue
        found += _searched(library, name, shown[0], f"{document.id}@{document.version}")
    return found


def _searched(library: Library, name: str, version: int, key: str) -> list[str]:
    """Return what of a document cannot be found in each of the three indexes, or is found twice."""
    passages = library.catalog.passages_of(key)
    found = [] if len(passages) == PARAGRAPHS else [f"half: {name} has {len(passages)} passages"]
    with library.indexes() as indexes:
        for number, passage in enumerate(passages):
            word = token(name, version if number < PARAGRAPHS - 1 else 0, number)
            vector = library.encoder().encode([f"Report {name}\n{passage.text}"])[0]
            near = dict(indexes.vectors.search(vector, 3))
            if near.get(passage.id, 0.0) < 0.99:
                found.append(f"half: {name} passage {number} is not among the vectors")
            for what, lexical, wanted in (
                ("passages", indexes.passages, passage.id),
                ("documents", indexes.documents, key),
            ):
                hits = [id for id, _ in lexical.search(word, 5, lambda at: at in indexes.live)]
                if hits != [wanted]:
                    found.append(f"{'doubled' if len(hits) > 1 else 'half'}: {name} {word} in {what}: {hits}")
    return found


def leftovers_in(library: Library) -> list[str]:
    """Return what an undisturbed writer should have cleared: vectors of no live passage, and notes of what to forget."""
    with library.indexes() as indexes:
        wanted = {p.id for key in indexes.live for p in library.catalog.passages_of(key)}
        count = indexes.vectors.count()
        stored = {id for id, _ in indexes.vectors.search(library.encoder().encode(["harbour"])[0], 2 * count + 1)}
    found = [f"doubled: {len(stored - wanted)} vectors of no live passage"] if stored - wanted else []
    return found + (["stale: notes of what to forget"] if library.catalog.forgotten()[0] else [])


def rounds(home: Path, folder: Path, kills: Iterator[Kill], draw: random.Random) -> Tally:
    """Kill a writer once for each of `kills`; return what was found wrong."""
    tally = Tally()
    world: World = {}
    fresh = (f"paper{number}" for number in range(10**9))
    for kill in kills:
        after, removed = change(world, folder, draw, fresh)
        told, died = run_and_kill(home, folder, removed, kill)
        tally.kills[("killed " if died else "done before ") + (kill.state or "at a random moment")] += 1
        library = Library(home, encoder=WordyEncoder())
        allowed = {name: _allowed(name, world, after, told) for name in world | after}
        problems = problems_in(library, allowed)
        carry_out(library, folder, removed, lambda name: None)
        problems += [f"done again: {p}" for p in problems_in(library, {n: {v} for n, v in after.items()})]
        problems += [f"done again: {p}" for p in leftovers_in(library)]
        library.close()
        tally.problems += [f"{kill}: {problem}" for problem in problems]
        world = after
    return tally


def _allowed(name: str, before: World, after: World, told: set[str]) -> set[int | None]:
    return {after.get(name)} if name in told else {before.get(name), after.get(name)}


def drawn_kills(count: int, draw: random.Random, longest_s: float = 0.6) -> Iterator[Kill]:
    """Yield kills: before and after every named change of state, in turn, and as many at a random moment."""
    named = [Kill(state, after) for state in STATES for after in (False, True)]
    for number in range(count):
        if number % 2:
            kill = named[number // 2 % len(named)]
            yield Kill(kill.state, kill.after, nth=draw.choice([1, 1, 2, 3]))
        else:
            yield Kill(seconds=draw.uniform(0, longest_s))


def preloaded() -> None:
    """Have the server of forks import what a writer needs, once."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["chaos", "warmed"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    preloaded()
    draw = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "files"
        folder.mkdir()
        tally = rounds(Path(place) / "home", folder, drawn_kills(given.kills, draw), draw)
    for moment, count in sorted(tally.kills.items()):
        print(f"{count:5}  {moment}")
    for problem in tally.problems:
        print(problem)
    print(f"{given.kills} writers, {len(tally.problems)} problems")
    sys.exit(1 if tally.problems else 0)


if __name__ == "__main__":
    from chaos import main as imported  # else a writer's functions would be those of another module

    imported()
