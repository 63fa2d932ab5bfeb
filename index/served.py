"""The vectors of a library on a Chroma server: which collection the record names, how it is filled, checked and let go of.

A collection has a name that no other can have, and the record notes it before it is begun, so that what a broken-off
attempt leaves is known and deleted. A seal of files cannot cover a server: the record notes instead whether a writer left
it in order. Where one did not, every id and every vector is compared with the record before it is trusted; after any new
connection a sample of them is, and their number. What differs is filled anew, from the record.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from uuid import uuid4

import numpy as np

from corpus.catalog import Catalog
from corpus.errors import VectorServerError
from index.comparing import differences, differences_at_a_glance
from index.encoder import Vectors
from index.server import CollectionError, ServerIndex, VectorServer

__all__ = ["COLLECTION", "Kept", "ServedVectors", "live_vectors"]

COLLECTION = "collection"  # the record's word
AT_ONCE = 5_000  # vectors read from the record in one go, 8 MB
FAILED_S = 60.0  # after filling failed: a server that is full is full for longer than one that starts
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the record says of the server: the collection that serves, whether a writer left it in order, and what is left over."""

    name: str | None = None
    in_order: bool = False
    left: tuple[str, ...] = ()

    @classmethod
    def read(cls, catalog: Catalog) -> "Kept":
        stated = json.loads(catalog.meta(COLLECTION) or "{}")
        return cls(stated.get("name"), stated.get("in_order", False), tuple(stated.get("left", ())))

    def written(self) -> str:
        return json.dumps(asdict(self))

    def serving(self, name: str | None) -> "Kept":
        """Return the same with another collection that serves, or none; the one that did is left over."""
        left = (*self.left, *([self.name] if self.name else []))
        return Kept(name, name is not None, tuple(dict.fromkeys(each for each in left if each != name)))


def live_vectors(catalog: Catalog, live: set[str]) -> Iterator[tuple[list[str], Vectors]]:
    """Yield the ids and the vectors [n, dim] of the passages of these versions, some at a time."""
    found = catalog.vectors()
    while some := list(islice(found, AT_ONCE)):
        rows = [(id, blob) for id, key, blob in some if key in live and blob is not None]
        if rows:
            vectors = np.frombuffer(b"".join(blob for _, blob in rows), np.float32).reshape(len(rows), -1)
            yield [id for id, _ in rows], vectors


class ServedVectors:
    """The collection of one library. Only who holds the writer's lock may fill it, and say that it is in order."""

    def __init__(self, server: VectorServer, catalog: Catalog) -> None:
        self.server = server
        self._catalog = catalog
        # The server's number of connections when the collection was last found sound, and when a writer last made sure of it.
        self._trusted_at: int | None = None
        self._sound_at: int | None = None

    def index(self) -> ServerIndex:
        """Return the collection that serves. It is on the server by no means."""
        return ServerIndex(self.server, Kept.read(self._catalog).name or "none")

    def must_be_checked(self) -> bool:
        """Tell whether the server may have changed since it was checked, and may answer now."""
        return self._trusted_at != self.server.connections and self.server.may_answer()

    def trust(self) -> None:
        """Take the collection for sound until there is another connection."""
        self._trusted_at = self.server.connections

    def doubt(self) -> None:
        """Have the collection checked before it is used again."""
        self._trusted_at = None

    def problem(self, is_writer: bool) -> str | None:
        """Return what speaks against the collection at a glance, or None, and then trust it. Raises VectorServerError."""
        kept = Kept.read(self._catalog)
        if kept.name is None:
            return "the vectors are not on the server yet"
        if not (kept.in_order or is_writer):
            return "a change of the vectors on the server was broken off"
        problem = self._difference(at_a_glance=True)
        if problem is None:
            self.trust()
        return problem

    def make_sound(self, live: set[str]) -> None:
        """Compare the collection with the record as far as need be, and fill another if it differs. Raises VectorServerError.

        From then on it counts as being changed, until `leave`.
        """
        self.server.look_again()
        kept = Kept.read(self._catalog)
        problem = self._difference(kept.in_order) if kept.name else None
        if problem is not None:
            log.warning("the vectors on the server are written anew from the record: %s.", problem)
        if problem is not None or kept.name is None:
            self.fill(live)
        self.sweep()
        self._note(replace(Kept.read(self._catalog), in_order=False))
        self.trust()
        self._sound_at = self._trusted_at

    def leave(self) -> None:
        """Note that the collection is in order, unless the connection was lost since it was found so."""
        kept = Kept.read(self._catalog)
        if kept.name is not None and not kept.in_order and self._sound_at == self.server.connections:
            self._note(replace(kept, in_order=True))

    def fill(self, live: set[str]) -> None:
        """Put the record's live vectors into a new collection, and let it serve. Raises VectorServerError."""
        name = self.filled(self._catalog, live)
        with self._catalog.transaction():
            self._catalog.set_meta(COLLECTION, Kept.read(self._catalog).serving(name).written())
            self._catalog.renew()
        self.trust()

    def filled(self, source: Catalog, live: set[str]) -> str:
        """Return the name of a new collection with the live vectors of `source`; it does not serve yet. Raises VectorServerError."""
        name = f"onrecord-{uuid4().hex}"
        kept = Kept.read(self._catalog)
        self._note(replace(kept, left=(*kept.left, name)))
        index = ServerIndex(self.server, name)
        try:
            index.create()
            written = 0
            for ids, vectors in live_vectors(source, live):
                index.add(ids, vectors)
                written += len(ids)
            counted = index.count()
        except CollectionError as error:
            raise self.server.give_up(str(error), FAILED_S) from error
        if counted != written:
            raise self.server.give_up(f"it was given {written:,} vectors and counts {counted:,}", FAILED_S)
        return name

    def sweep(self) -> None:
        """Delete the collections that are left over; those of a server that is away are left to the next writer."""
        kept = Kept.read(self._catalog)
        gone = []
        try:
            for name in kept.left:
                ServerIndex(self.server, name).drop()
                gone.append(name)
        except VectorServerError:
            pass
        if gone:
            self._note(replace(kept, left=tuple(name for name in kept.left if name not in gone)))

    def _note(self, kept: Kept) -> None:
        with self._catalog.transaction():
            self._catalog.set_meta(COLLECTION, kept.written())

    def _difference(self, at_a_glance: bool) -> str | None:
        """Return what of the collection is not as in the record. Raises VectorServerError."""
        try:
            compare = differences_at_a_glance if at_a_glance else differences
            return "; ".join(compare(self._catalog, self.index())) or None
        except CollectionError as error:
            return str(error)
