"""Which inputs have to be read, and reading them, ahead of what is done with what they hold.

An input that is as it was is passed over, its file unopened where its stamp tells so. One that is at a new place with the
bytes of a file that is gone has moved. All else is read.
"""

import atexit
import os
import shutil
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from corpus.errors import DiskError, SourceError
from corpus.inputs import Inputs, Known, Seen, Stamp, digest_of, is_gone, sidecar_digest, stamp_of
from corpus.prepared import READING, Cut, prepared
from corpus.sandbox import Limits, Sandbox
from corpus.types import Extract, Input, place_of

__all__ = [
    "Ended",
    "Failed",
    "Found",
    "Moved",
    "Part",
    "Progress",
    "Reading",
    "Started",
    "Unchanged",
    "Work",
    "alone",
    "confined",
    "followed",
    "keep",
    "readings",
    "vanished",
]

Found = Iterator[Extract | Cut | SourceError]
Work = Callable[[Iterable[Input]], Iterator[tuple[Input, Found]]]  # what reads: some inputs at once, perhaps


_READERS = max(1, (os.cpu_count() or 1) // 2)  # the other half of the processor encodes


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of looking at an input."""

    input: Input


@dataclass(frozen=True, slots=True)
class Started(Reading):
    """It is being read."""


@dataclass(frozen=True, slots=True)
class Unchanged(Reading):
    """It is as it was read before: the live documents that came from it, else the sources of their twins.

    `seen` is to be kept where the file's stamp is a new one.
    """

    documents: Sequence[Known]
    twins: Sequence[str]
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class Moved(Reading):
    """It has the bytes of what was at another place, and is no longer there. `again`: it has to be read all the same."""

    old: str
    seen: Seen
    again: bool


@dataclass(frozen=True, slots=True)
class Part(Reading):
    """A document in it, and how it is cut; `original` is the SHA-256 of the file."""

    extract: Extract
    cut: Cut
    original: str


@dataclass(frozen=True, slots=True)
class Failed(Reading):
    """What of it cannot be read: all of it, or a document in it. The message is for the user."""

    message: str


@dataclass(frozen=True, slots=True)
class Ended(Reading):
    """It was read to its end; `seen` is to be kept once its documents are live. None where some of it failed."""

    seen: Seen | None


@dataclass(frozen=True, slots=True)
class _Site:
    """What looking at an input needs to know: the record, the tags given, whether what has a problem is read again."""

    known: Inputs
    tags: frozenset[str]
    retries: bool


def readings(
    inputs: Iterable[Input],
    known: Inputs,
    tags: Iterable[str],
    retries: bool,
    work: Work,
) -> Iterator[Reading]:
    """Yield what comes of each input, nearly in order; an Ended after the parts of one that was read.

    A page is always read; its file must be there until the end. With `retries` so is a file with a problem that still
    stands.
    """
    site = _Site(known, frozenset(tags), retries)
    stamps: dict[str, Stamp | None] = {}
    passed: deque[Reading] = deque()

    def wanted() -> Iterator[Input]:
        for input in inputs:
            stamp = _stamp(input)
            found = (_unchanged(site, input, stamp) or _moved(site, input, stamp)) if stamp else None
            passed.extend([found] if found else [])
            if found is None or (isinstance(found, Moved) and found.again):
                stamps[input.place] = stamp
                yield input

    for input, found in work(wanted()):
        yield from _drained(passed)
        yield Started(input)
        yield from _read(input, stamps.pop(input.place), found)
    yield from _drained(passed)


def confined(inputs: Iterable[Input]) -> Iterator[tuple[Input, Found]]:
    """Read the inputs in child processes, a few of them ahead of what is taken."""
    return _sandbox(_READERS).run_all(inputs, ahead=2 * _READERS)


def alone(input: Input) -> Found:
    """Read an input in a child process, this one having no other."""
    return _sandbox(1).run(input)


@cache
def _sandbox(readers: int) -> Sandbox[Input, Extract | Cut | SourceError]:
    """Return the processes that read for this one; they end with it."""
    sandbox = Sandbox(prepared, Limits(output_mb=1000), readers, path=_path, name=_name)
    atexit.register(sandbox.close)
    return sandbox


def _path(input: Input) -> Path:
    return input.path


def _name(input: Input) -> str:
    return input.name or str(input.path)


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being read, what share of all there is to read lies behind, and what share of this input: 0 to 1."""

    reading: str
    share: float
    within: float = 0.0


def followed(found: Iterable[Reading], inputs: Iterable[Input], tell: Callable[[Progress], None]) -> Iterator[Reading]:
    """Pass the readings of the inputs on, telling with each how far reading is."""
    sizes = {input.place: _size(input.path) for input in inputs}
    total = max(1, sum(sizes.values()))
    behind = within = 0
    for reading in found:
        size, share = sizes.get(reading.input.place, 0), 0.0
        match reading:
            case Part():
                within += len(reading.extract.text)
                share = min(1.0, within / max(1, size))
            case Ended() | Unchanged():
                behind, within, share = behind + size, 0, 1.0
        tell(Progress(reading.input.place, min(1.0, (behind + min(size, within)) / total), share))
        yield reading


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def vanished(known: Inputs, folder: Path, listed: Container[str]) -> list[Known]:
    """Return the live documents from files that were below a folder and are gone from there.

    What was still `listed` a moment ago may just be moving: that is seen next time. Raises SourceError if the folder is empty:
    its disk may be gone, rather than the files.
    """
    places = known.below(place_of(os.path.realpath(folder)))
    gone = [place for place in places if place not in listed and is_gone(place)]
    if gone and not os.listdir(folder):
        raise SourceError(
            f"{folder}: it is empty, but {len(gone)} files of it are in the library. Is its disk there? Kept."
        )
    return [document for place in gone for document in known.documents(place)]


def _drained(passed: deque[Reading]) -> Iterator[Reading]:
    while passed:
        yield passed.popleft()


def _stamp(input: Input) -> Stamp | None:
    """Return how a file looks; None for a page, and where the reader has to say what is wrong with it."""
    try:
        return stamp_of(input.path) if input.name is None and input.path.is_file() else None
    except OSError:
        return None


def _unchanged(site: _Site, input: Input, stamp: Stamp) -> Unchanged | None:
    seen = site.known.seen(input.place)
    if seen is None or seen.readers != READING or (site.retries and seen.problem):
        return None
    documents = site.known.documents(input.place)
    twins = (
        [source for source, place in site.known.twins(seen.twin) if site.known.is_as_read(place)] if seen.twin else []
    )
    if not (documents or twins) or not all(site.tags.issubset(known.tags) for known in documents):
        return None
    if seen.stamp == stamp.text:
        return Unchanged(input, documents, twins, None)
    if not _has_bytes(input.path, stamp, seen) or _sidecar(input.path) != seen.sidecar:
        return None
    return Unchanged(input, documents, twins, replace(seen, stamp=_kept_stamp(stamp)))


def _moved(site: _Site, input: Input, stamp: Stamp) -> Moved | None:
    """Return where a file was before; of several documents all of them follow."""
    if site.known.documents(input.place):
        return None
    for seen in site.known.of_size(stamp.size):
        if is_gone(seen.place) and _has_bytes(input.path, stamp, seen):
            documents = site.known.documents(seen.place)
            same = seen.readers == READING and not seen.problem and _sidecar(input.path) == seen.sidecar
            same = same and all(site.tags.issubset(known.tags) for known in documents)
            if documents:
                return Moved(input, seen.place, replace(seen, place=input.place, stamp=_kept_stamp(stamp)), not same)
    return None


def _has_bytes(path: Path, stamp: Stamp, seen: Seen) -> bool:
    try:
        return stamp.size == seen.size and digest_of(path) == seen.original
    except OSError:
        return False


def _sidecar(path: Path) -> str | None:
    try:
        return sidecar_digest(path)
    except OSError:
        return None


def _kept_stamp(stamp: Stamp) -> str | None:
    return stamp.text if stamp.is_settled else None


def _read(input: Input, stamp: Stamp | None, found: Found) -> Iterator[Reading]:
    """Yield the documents in an input, then that it has ended."""
    original = ""
    whole = True
    sidecar = _sidecar(input.path)
    try:
        for each in found:
            if isinstance(each, SourceError):
                whole = False
                yield Failed(input, _named(input, each))
                continue
            if isinstance(each, Extract):
                extract = input.completed(each)
                continue
            original = original or _digest(input.path)
            if extract.row is None:
                _refuse_changed(input, stamp)
            yield Part(input, extract, each, original)
        _refuse_changed(input, stamp)
    except SourceError as error:
        whole = False
        yield Failed(input, _named(input, error))
    if whole and original and stamp and sidecar is not None:
        yield Ended(input, Seen(input.place, original, sidecar, stamp.size, _kept_stamp(stamp), READING))
    else:
        yield Ended(input, None)


def _refuse_changed(input: Input, stamp: Stamp | None) -> None:
    now = _stamp(input) if stamp else None
    if stamp and (now is None or now.text != stamp.text):
        raise SourceError(f"{input.path}: it changed while it was read. Add it again when it is complete.")


def _named(input: Input, error: SourceError) -> str:
    """Return an error's message; that of a page names its address, not the file that it was fetched into."""
    return str(error).replace(str(input.path), input.name) if input.name else str(error)


def keep(path: Path, name: str, originals: Path) -> None:
    """Copy a file's bytes, of which `name` is the SHA-256, to originals/. Raises SourceError if they are others by now, or gone."""
    place = originals / name[:2] / name
    if place.exists():
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_suffix(".part")
        shutil.copyfile(path, draft)
        if digest_of(draft) != name:
            draft.unlink()
            raise SourceError(f"{path}: it changed while it was read. Add it again when it is complete.")
        draft.replace(place)
    except OSError as error:
        if error.filename == str(path):
            raise _unread(path, error) from error
        raise DiskError(originals, error.strerror) from error


def _unread(path: Path, error: OSError) -> SourceError:
    return SourceError(f"{path}: cannot be read any more: {error.strerror}. Is its disk still there?")


def _digest(path: Path) -> str:
    try:
        return digest_of(path)
    except OSError as error:
        raise _unread(path, error) from error
