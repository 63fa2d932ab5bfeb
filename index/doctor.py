"""The doctor: checks the record, the originals and the indexes against each other, and rebuilds what can be rebuilt.

A check says what it looked at and what it found. A note is worth knowing and no damage; a problem is damage, and says what
to do. The indexes are compared with the record in full: what Chroma counts says nothing of what it finds.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np

from corpus.catalog import Catalog
from corpus.errors import DiskError, LibraryDamagedError, LibraryLockedError, OnRecordError, VectorServerError
from corpus.inputs import digest_of
from corpus.soundness import Unsound, examined
from index.comparing import differences
from index.indexes import Indexes, Serving, leftovers
from index.library import Library
from index.reindex import encode_again, texts
from index.server import CollectionError

__all__ = ["Check", "examine", "repair", "unreadable"]

SAMPLES = 20  # passages that each index is searched for
ENCODED_OFF = 0.02  # of a text encoded again: bfloat16 and float32 differ in the third decimal
LITTLE_DISK = 1e9  # bytes
REPAIR = "Run onrecord doctor --repair."
AWAY = "Nothing is lost: the record has every vector. Then run onrecord doctor again."
RESTORE = "Restore a backup with onrecord restore FILE --force: what is here now is moved aside, not deleted."


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is sound, what was found, and what to do about it."""

    check: str
    state: Literal["ok", "note", "problem"]
    found: str
    remedy: str | None = None


def examine(library: Library) -> list[Check]:
    """Return what was looked at and found. Nothing is changed; nobody can write while the indexes are looked at."""
    try:
        unsound = examined(library.catalog, _dimension(library.catalog))
    except LibraryDamagedError as error:
        return [unreadable(error)]
    checks = [*_of_record(unsound, library.catalog), _originals(library)]
    try:
        with library.held("onrecord doctor"):
            checks.append(Check("lock", "ok", "nobody is writing"))
            checks += _of_indexes(library)
    except LibraryLockedError as error:
        checks.append(Check("lock", "note", f"{error} The indexes were not looked at."))
    except DiskError as error:  # so nobody can write, and they may be looked at without the lock
        checks += [Check("lock", "note", str(error)), *_of_indexes(library)]
    return [*checks, _encoder(library, unsound), *_of_home(library, unsound)]


def unreadable(error: LibraryDamagedError) -> Check:
    """Return what there is to say of a record that cannot be read, or is a later OnRecord's."""
    return Check("record", "problem", str(error), f"If the file is damaged: {RESTORE[0].lower()}{RESTORE[1:]}")


def repair(library: Library) -> None:
    """Make good what the record can make good: vectors, indexes, unfinished versions, attributions, leftovers.

    Raises LibraryLockedError if another process is writing, VectorServerError if the vectors are on a server that is away.
    """
    command = "onrecord doctor --repair"
    with library.held(command):
        unsound = examined(library.catalog, _dimension(library.catalog))
        if unsound.record:
            library.catalog.sort_again()
        if unsound.vectors:
            encode_again(library, unsound.vectors)
        if any(check.state == "problem" for check in _of_indexes(library)):
            library.shelf.rebuild()
        with library.writing(command):  # which does the rest before it begins
            pass


def _dimension(catalog: Catalog) -> int | None:
    kept = catalog.meta("encoder")
    return None if kept is None else int(json.loads(kept)["dimension"])


def _of_record(unsound: Unsound, catalog: Catalog) -> Iterator[Check]:
    documents, passages = catalog.count()
    yield _check("record", unsound.record, "the file is sound, and every row belongs to another that is there", RESTORE)
    if unsound.unfinished:
        found = f"{unsound.unfinished} versions that a writer left unfinished, and that no search finds"
        yield Check("documents", "note", found, "The next writer takes them out; so does onrecord doctor --repair.")
    if unsound.removed:
        found = f"{unsound.removed} removed, that no search finds; the page can bring them back for a day"
        yield Check("documents", "note", found, "After that the next writer takes them out for good.")
    yield _check("documents", unsound.documents, f"{documents} live, each in one version that has passages", RESTORE)
    yield _check(
        "passages", unsound.passages, f"{passages} live, each with its document's words", "Run onrecord reindex."
    )
    lost = [f"{len(unsound.vectors)} passages have no vector that can be used"] if unsound.vectors else []
    yield _check("vectors", lost, "every passage has one, of the right size and of length 1", REPAIR)


def _check(name: str, problems: Sequence[str], sound: str, remedy: str) -> Check:
    return Check(name, "problem", "; ".join(problems), remedy) if problems else Check(name, "ok", sound)


def _originals(library: Library) -> Check:
    """Check that the bytes of every added file are there and are the ones that were added."""
    names = library.catalog.originals()
    gone, changed = [], []
    for name in names:
        path = library.original(name)
        if not path.is_file():
            gone.append(name[:12])
        elif digest_of(path) != name:
            changed.append(name[:12])
    told = [
        f"{len(some)} {what} ({', '.join(some[:3])})" for some, what in ((gone, "gone"), (changed, "changed")) if some
    ]
    remedy = "Take them from a backup, or add their sources again. The text is in the record: answers are the same."
    return _check("originals", told, f"{len(names)}, each with the bytes that were added", remedy)


def _of_indexes(library: Library) -> Iterator[Check]:
    """Check the indexes' files, then what is in them; nothing is read of files that are not as they were left."""
    problem = library.shelf.damage(thorough=True)
    if problem is not None:
        if Serving.read(library.catalog) is None and not library.catalog.count()[0]:
            yield Check("indexes", "ok", "none yet, for an empty library")
        else:
            yield Check("indexes", "problem", problem, REPAIR)
        return
    yield Check("indexes", "ok", "every file is as the last writer left it")
    try:
        with library.shelf.as_they_are() as indexes:
            yield _of_vectors(library, indexes)
            yield _check(
                "lexical indexes", _of_words(library.catalog, indexes), "have the record's texts, and find them", REPAIR
            )
    except LibraryDamagedError as error:
        yield Check("indexes", "problem", str(error), REPAIR)


def _of_vectors(library: Library, indexes: Indexes) -> Check:
    """Check the vectors, wherever they are."""
    server = library.shelf.server
    sound = f"has the record's live vectors, and finds them{f', at {server.address}' if server else ''}"
    try:
        missing = library.shelf.vectors_missing()
        problems = [missing] if missing else differences(library.catalog, indexes.vectors)
    except VectorServerError as error:
        return Check("vector index", "problem", str(error), AWAY)
    except CollectionError as error:
        problems = [str(error)]
    return _check("vector index", problems, sound, REPAIR)


def _of_words(catalog: Catalog, indexes: Indexes) -> list[str]:
    """Compare both lexical indexes with the record: ids with their versions, and whether some texts find themselves."""
    keys = catalog.findable()
    passages = {(id, key) for id, key, _ in catalog.vectors()}
    problems = []
    for name, index, wanted in (
        ("passages", indexes.passages, passages),
        ("documents", indexes.documents, {(k, k) for k in keys}),
    ):
        kept = index.kept()
        if len(kept) != len(wanted) or set(kept) != wanted:
            missing, extra = len(wanted - set(kept)), len(set(kept) - wanted) + len(kept) - len(set(kept))
            problems.append(f"{missing} {name} are missing, {extra} too many")
    sample = [id for id, _ in sorted(passages)[:: max(1, len(passages) // SAMPLES)]]
    for id, passage in catalog.passages(sample).items():
        hits = indexes.passages.search(passage.text, 10, lambda key: True)
        if hits and id not in dict(hits) and len(hits) < 10:
            problems.append(f"passage {id} is not found by its own words")
    return problems


def _encoder(library: Library, unsound: Unsound) -> Check:
    """Check that the encoder loads, is the one of the vectors, and still gives them."""
    if library.catalog.meta("encoder") is None:
        return Check("encoder", "ok", "none chosen yet")
    try:
        encoder = library.encoder()
    except OnRecordError as error:
        return Check(
            "encoder", "problem", str(error), "Name it with ONRECORD_ENCODER, or run onrecord reindex --encoder NAME."
        )
    rows = [(id, blob) for id, _, blob in islice(library.catalog.vectors(), SAMPLES) if id not in unsound.vectors]
    wanted = texts(library.catalog, [id for id, _ in rows])
    vectors = encoder.encode(list(wanted.values()))
    kept = dict(rows)
    off = [1 - np.frombuffer(kept[id], np.float32) @ vector for id, vector in zip(wanted, vectors, strict=True)]
    told = f"{encoder.info.model}, {encoder.info.dimension} dimensions, computed by {encoder.runtime}"
    if max(off, default=0) > ENCODED_OFF:
        return Check(
            "encoder", "problem", f"{told}: it gives other vectors than the record has", "Run onrecord reindex."
        )
    if encoder.runtime.startswith("sentence-transformers"):
        return Check("encoder", "note", f"{told}: OpenVINO does not run here, so adding and asking take longer")
    return Check("encoder", "ok", told)


def _of_home(library: Library, unsound: Unsound) -> Iterator[Check]:
    free = shutil.disk_usage(library.home).free
    enough = free >= LITTLE_DISK
    yield Check("disk", "ok" if enough else "note", f"{free / 1e9:,.1f} GB are free")
    left = leftovers(library.home, Serving.read(library.catalog))
    if left:
        names = ", ".join(str(path.relative_to(library.home)) for path in left)
        yield Check("leftovers", "note", f"{names} serve no more", "The next writer deletes them.")
    copies = sorted(path.name for path in library.home.glob("catalog.schema*.sqlite3"))
    if copies:
        yield Check(
            "copies", "note", f"{', '.join(copies)}: the record before its schema changed", "Delete it when you like."
        )
    if unsound.unattributed:
        found = f"{unsound.unattributed} versions have yet to be read for who says what"
        yield Check("quotations", "note", found, "The next writer does it, or onrecord quotes.")
    for place, problem in unsound.inputs:
        yield Check("source", "note", f"{place}: {problem}")
