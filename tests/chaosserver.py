"""Kill the Chroma server that keeps a library's vectors (SIGKILL) while it is written to, and see what is left.

    python tests/chaosserver.py --kills 50 --seed 1

The world is that of tests/chaos.py: a folder of files that changes from round to round. In each round the server dies before
or while vectors are written to it or removed, and is started again. Then every file must be there once and whole, as it
was before or as it became; the same is done again, and the server must have just the vectors of the record, each once.
"""

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from chaos import Tally, carry_out, change, problems_in
from chromaserver import ChromaServer, chroma_running
from wordy import WordyEncoder

import index.ingest
import index.server
from corpus.errors import VectorServerError
from index.library import Library
from index.served import Kept
from index.server import ServerIndex, VectorServer

__all__ = ["live", "rounds", "stored"]

PASSAGES = 8  # in a batch, so that there are several
WRITES = ("add", "remove")


def stored(library: Library) -> list[str]:
    """Return the ids of the passages on the server, each as often as it is there."""
    assert library.shelf.server is not None
    index = ServerIndex(library.shelf.server, Kept.read(library.catalog).name or "")
    return sorted(id for ids, _ in index.kept() for id in ids)


def live(library: Library) -> list[str]:
    """Return the ids of the passages that should be there."""
    entries = library.list()
    return sorted(p.id for entry in entries for p in library.catalog.passages_of(f"{entry.id}@{entry.version}"))


@contextmanager
def killed_at(server: ChromaServer, nth: int, delay_s: float) -> Iterator[None]:
    """Kill the server so long after the nth writing of vectors has begun; with no delay before it begins."""
    calls, kills = itertools.count(1), list[Future[None]]()

    def dying(write: Callable[..., None], *given: Any) -> None:
        if next(calls) == nth:
            kills.append(pool.submit(_kill, server, delay_s))
            if not delay_s:
                kills[0].result()
        write(*given)

    writes = {name: getattr(ServerIndex, name) for name in WRITES}
    with ThreadPoolExecutor(1) as pool:
        try:
            for name, write in writes.items():
                setattr(ServerIndex, name, lambda *given, write=write: dying(write, *given))
            yield
        finally:
            for name, write in writes.items():
                setattr(ServerIndex, name, write)
    for kill in kills:
        kill.result()


def _kill(server: ChromaServer, delay_s: float) -> None:
    time.sleep(delay_s)
    server.kill()


def rounds(server: ChromaServer, place: Path, kills: int, draw: random.Random) -> Tally:
    """Kill the server so many times; return what was found wrong."""
    index.ingest.BATCH_PASSAGES, index.server.RETRY_S = PASSAGES, 0.0
    folder, world, tally = place / "files", {}, Tally()
    folder.mkdir()
    fresh = (f"paper{number}" for number in range(10**9))
    with closing(Library(place / "home", encoder=WordyEncoder(), server=VectorServer(server.url))) as library:
        for number in range(kills):
            after, removed = change(world, folder, draw, fresh)
            nth, delay_s = draw.choice([1, 1, 2, 3]), draw.choice([0.0, draw.uniform(0, 0.01)])
            told: set[str] = set()
            with killed_at(server, nth, delay_s), suppress(VectorServerError):
                carry_out(library, folder, removed, told.add)
            died = not server.is_running
            tally.kills["killed" if died else "done before"] += 1
            if died:
                server.start()
            allowed = {n: {after.get(n)} if n in told else {world.get(n), after.get(n)} for n in world | after}
            problems = problems_in(library, allowed)
            carry_out(library, folder, removed, lambda name: None)
            problems += [f"done again: {p}" for p in problems_in(library, {n: {v} for n, v in after.items()})]
            have, wanted = stored(library), live(library)
            if have != wanted:
                problems.append(
                    f"{len(have)} vectors on the server, {len(set(have) & set(wanted))} of {len(wanted)} wanted"
                )
            tally.problems += [f"{number}, write {nth} and {delay_s * 1e3:.1f} ms: {problem}" for problem in problems]
            world = after
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, chroma_running(Path(place)) as server:
        tally = rounds(server, Path(place), given.kills, random.Random(given.seed))
    for moment, count in sorted(tally.kills.items()):
        print(f"{count:5}  {moment}")
    for problem in tally.problems:
        print(problem)
    print(f"{given.kills} rounds, {len(tally.problems)} problems")
    sys.exit(1 if tally.problems else 0)


if __name__ == "__main__":
    main()
