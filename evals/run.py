"""Run suites: a fresh library each, the questions answered, the records written.

A run is one JSONL file (see `records`). The baselines search the same rows in the same run.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TextIO

from assistant.answer import Answer, as_json
from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.errors import OnRecordError, SettingsError, SourceError
from corpus.filters import Filters, filters_of
from evals.evidence import located
from evals.records import FORMAT, Record, Section
from evals.suite import Collection
from evals.suites import ALL, LOAD, suite_named
from evals.suites.load import Load, load_suite
from evals.systems import BASELINES, OnRecord, System
from index.encoder import load_encoder

__all__ = ["run_suites"]


def run_suites(
    names: Sequence[str],
    data: Path | None,
    path: Path,
    settings: Settings,
    baselines: Sequence[str] = (),
    limit: int | None = None,
    watch: Callable[[str, str, int], None] = lambda suite, system, count: None,
    load: Load | None = None,
) -> Iterator[Section]:
    """Run the suites named ("all" stands for ALL), write the run to `path`, and yield each section when it is done.

    At most `limit` questions of each kind are asked, or sizes measured, if given; `watch` is told of suite, system and how many are done.
    Raises SettingsError for what cannot be named or written, SourceError for data that is not there or not in its form,
    before anything is answered. `load` is what the suite of that name asks of which server.
    """
    suites = {name: suite_named(name) for given in names for name in (ALL if given == "all" else (given,))}
    if LOAD in suites:
        suites[LOAD] = load_suite(load)
    unknown = [name for name in baselines if name not in BASELINES]
    if unknown:
        raise SettingsError(f"{unknown[0]}: no such baseline. There are {', '.join(BASELINES)}.")
    collections = {
        name: _collection(name, suite.collection, data) for name, suite in suites.items() if suite.collection
    }
    if baselines and not any(collection.searches for collection in collections.values()):
        raise SettingsError(
            f"{', '.join(suites)}: nothing is searched there that a baseline could search. Leave it out."
        )
    with _opened(path) as file:
        served = {name: suite.served for name, suite in suites.items() if suite.served}
        for name, ask in served.items():
            yield _written(file, _header(name, "onrecord", settings), ask(), watch)
        if len(served) == len(suites):
            return
        encoder = load_encoder(settings.encoder, settings.home / "encoder")
        for name, suite in suites.items():
            if name in served:
                continue
            with tempfile.TemporaryDirectory() as folder:
                home = settings.home if suite.asks_own_library else _home(Path(folder), settings)
                own = {} if suite.asks_own_library else {"home": home, "chroma_url": ""}
                with closing(Assistant(settings.model_copy(update=own), encoder)) as assistant:
                    if suite.run is not None:
                        records: Iterator[Record] = islice(suite.run(assistant, data), limit)
                    else:
                        records = _answered(collections[name], assistant, Path(folder), limit)
                    yield _written(file, _header(name, "onrecord", settings), records, watch)
                if name in collections and collections[name].searches:
                    for system in (system for given in baselines for system in BASELINES[given]()):
                        records = _searched(collections[name], system, Path(folder), limit)
                        yield _written(file, _header(name, system.name, settings), records, watch)


def _collection(name: str, read: Callable[[Path | None], Collection], data: Path | None) -> Collection:
    """Return a suite's collection. Raises SourceError where its rows are not in the set's form, or hold no question."""
    try:
        collection = read(data)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise SourceError(
            f"{name}: a row of the set is not in its form ({error!r}). docs/evaluation.md names the sets."
        ) from error
    asked = (collection.searches, collection.questions, collection.claims)
    if not any(asked) or (collection.searches and not collection.rows):
        raise SourceError(
            f"{name}: no {'documents' if any(asked) else 'questions'} in the set. Name another with --data."
        )
    ids = [record.id for records in asked for record in records]
    twice = next((id for id in ids if ids.count(id) > 1), None) if len(set(ids)) < len(ids) else None
    if twice is not None:
        raise SourceError(f"{name}: two questions have the id {twice!r}. Give each its own.")
    return collection


def _opened(path: Path) -> TextIO:
    """Open a run file for writing. Raises SettingsError if it cannot be, or if there is something that is no run."""
    try:
        if path.is_file() and path.stat().st_size and not path.open(encoding="utf-8").readline().startswith('{"run"'):
            raise SettingsError(f"{path}: there is a file that is no run. Name another with -o.")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path}: the run cannot be written there ({error}). Name another place with -o."
        ) from error


def _home(folder: Path, settings: Settings) -> Path:
    """Return an empty home that has the converted encoder."""
    home = folder / "home"
    home.mkdir()
    (home / "encoder").symlink_to((settings.home / "encoder").resolve())
    return home


def _written(
    file: TextIO, header: dict[str, object], records: Iterator[Record], watch: Callable[[str, str, int], None]
) -> Section:
    """Write the records as they come, as a section of the run."""
    suite, system = str(header["suite"]), str(header["system"])
    file.write(json.dumps(header) + "\n")
    started = time.perf_counter()
    kept = []
    for record in records:
        kept.append(record)
        file.write(record.as_json() + "\n")
        file.flush()  # what is done is kept, whatever comes
        watch(suite, system, len(kept))
    seconds = round(time.perf_counter() - started, 1)
    file.write(json.dumps({"end": suite, "seconds": seconds}) + "\n")
    file.flush()
    return Section(suite, system, header, kept, seconds)


def _answered(collection: Collection, assistant: Assistant, folder: Path, limit: int | None) -> Iterator[Record]:
    """Search, ask and check what the collection holds, over a library of its rows and files."""
    system = OnRecord(assistant)
    if collection.rows or collection.files:
        system.index(collection.rows, collection.files, folder)
    for record in collection.searches[:limit]:
        yield _outcome(record, lambda record: _search(record, system))
    for record in [located(record, assistant.library) for record in collection.questions[:limit]]:
        yield _outcome(record, lambda record: _ask(record, system))
    for record in collection.claims[:limit]:
        yield _outcome(record, lambda record: _check(record, system))


def _searched(collection: Collection, system: System, folder: Path, limit: int | None) -> Iterator[Record]:
    system.index(collection.rows, collection.files, folder)
    for record in collection.searches[:limit]:
        yield _outcome(record, lambda record: _search(record, system))


def _outcome(record: Record, work: Callable[[Record], Record]) -> Record:
    """Return what came of a record; an error meant for the user is that too, and leaves it unscored."""
    try:
        return work(record)
    except OnRecordError as error:
        return replace(record, error=str(error))


def _search(record: Record, system: System) -> Record:
    started = time.perf_counter()
    ranking = system.search(record.question)
    return replace(record, found=ranking.found, hits=ranking.hits, ms=_ms(started))


def _ask(record: Record, system: OnRecord) -> Record:
    """Answer the turns one after the other; the record is that of the last."""
    filters = _filters(record, system)
    history: list[Answer] = []
    for turn in record.turns:
        started = time.perf_counter()
        history.append(system.assistant.ask(turn, history, filters))
    return replace(record, answer=as_json(history[-1]), ms=_ms(started))


def _check(record: Record, system: OnRecord) -> Record:
    started = time.perf_counter()
    answer = system.assistant.check(record.question, _filters(record, system), record.turns[:-1])
    return replace(record, answer=as_json(answer), ms=_ms(started))


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1e3, 2)


def _filters(record: Record, system: OnRecord) -> Filters:
    """Return the record's filters, documents named by the ids of the suite's rows turned into sources."""
    filters = filters_of(record.filters)
    if not system.corpus.name:
        return filters
    return replace(filters, documents=tuple(system.source(id) for id in filters.documents))


def _header(suite: str, system: str, settings: Settings) -> dict[str, object]:
    return {
        "run": FORMAT,
        "suite": suite,
        "system": system,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("onrecord"),
        "commit": _commit(),
        "settings": json.loads(settings.model_dump_json(exclude={"home", "chroma_url", "chroma_token"})),
        "settings_hash": settings.hash(),
    }


def _commit() -> str | None:
    """Return the checkout's commit, with "+" where files differ from it; None outside a checkout."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty=+"],
            cwd=Path(__file__).parent, capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
