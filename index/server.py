"""A Chroma server (`chroma run`, or a cluster) over its HTTP interface, and one collection on it, to be used as a VectorIndex.

It is spoken to with httpx: chromadb's own client has no timeout, tells a server that is away in five ways, and takes a
second to import. Once a server did not answer it is not asked again for some seconds, so that nobody waits for it twice.
"""

import base64
import json
import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import numpy as np

from corpus.errors import LibraryDamagedError, SettingsError, VectorServerError
from index.encoder import Vectors
from index.vectors import HNSW, hits_of

if TYPE_CHECKING:
    import httpx

__all__ = ["CollectionError", "ServerIndex", "VectorServer"]

COLLECTIONS = "tenants/default_tenant/databases/default_database/collections"
RETRY_S = 5.0  # after it could not be reached
SLOW_S = 30.0  # after somebody has waited for it in vain
CONNECT_S = 2.0
SEARCH_S = 10.0  # 100 of 200,000 take 0.03
CHANGE_S = 60.0  # AT_ONCE vectors take 1
AT_ONCE = 1_000  # vectors in a request: searches wait for it, and no longer where the server freezes
REFUSED = (401, 403, 407)
log = logging.getLogger(__name__)


class CollectionError(LibraryDamagedError):
    """A collection is gone from the server, or the server cannot read it."""


class VectorServer:
    """A server's address, and whether it answers. `connections` counts those made: the server may be another after each."""

    def __init__(self, url: str, token: str = "") -> None:
        """Take the address, which may hold a user and a password, or else a bearer token. No connection is made yet."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self.address = parts._replace(netloc=host).geturl().rstrip("/")
        self.connections = 0
        # A proxy that the environment names is for the world outside, not for a server on this machine.
        self._takes_proxy = parts.hostname not in ("127.0.0.1", "::1", "localhost")
        self._authorization = f"Bearer {token}" if token else ""
        if parts.username is not None or parts.password is not None:
            if token:
                raise SettingsError(
                    f"{self.address}: there is a chroma_token, and a user in chroma_url. Give one of them."
                )
            pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
            self._authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self._client: httpx.Client | None = None
        self._away: tuple[float, str] | None = None  # until when it is not asked again, and why
        self._ends: set[object] = set()  # our ends of the connections seen
        self._limits: tuple[int, bool] | None = None

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def may_answer(self) -> bool:
        """Tell whether it answered when it was last asked, or that was so long ago that it may be asked again."""
        return self._away is None or time.monotonic() >= self._away[0]

    def told(self) -> str:
        """Return the address, and that it does not answer, if that is so as far as is known."""
        return self.address + (f", which cannot be used: {self._away[1]}" if self._away else "")

    def look_again(self) -> None:
        """Let the server be asked again now: somebody waits for more than a search."""
        self._away = self._away and (0.0, self._away[1])

    def give_up(self, why: str, seconds: float | None = None) -> VectorServerError:
        """Return the error that the server cannot be used, and do not ask it again for so long."""
        if self._away is None:
            log.warning("%s: the Chroma server cannot be used: %s.", self.address, why)
        self._away = (time.monotonic() + (RETRY_S if seconds is None else seconds), why)
        self.connections += 1
        return self._error(why)

    def _error(self, why: str) -> VectorServerError:
        return VectorServerError(
            f"{self.address}: the Chroma server that keeps the vectors cannot be used: {why}. "
            "Start it, or put ONRECORD_CHROMA_URL right; until then searches go by words alone."
        )

    def batch(self) -> tuple[int, bool]:
        """Return how many vectors it is given at once, and whether it reads them in base64."""
        if self._limits is None:
            told = self.ask("GET", "pre-flight-checks")
            self._limits = (min(AT_ONCE, int(told["max_batch_size"])), bool(told.get("supports_base64_encoding")))
        return self._limits

    def ask(self, method: str, path: str, body: object = None, timeout_s: float = SEARCH_S) -> Any:
        """Return what it answers. Raises VectorServerError if it does not, CollectionError of a collection that fails."""
        if self._away is not None and not self.may_answer():
            raise self._error(self._away[1])
        response = self._sent(method, path, body, timeout_s)
        if not response.is_success:
            raise self._refusal(response)
        try:
            answered = response.json()
        except ValueError:
            raise self.give_up("what answers there is no Chroma server") from None
        if self._away is not None:
            log.warning("%s: the Chroma server answers again.", self.address)
            self._away = None
        return answered

    def _sent(self, method: str, path: str, body: object, timeout_s: float) -> "httpx.Response":
        import httpx  # here, since few libraries need it to be asked

        if self._client is None:
            headers = {"Authorization": self._authorization} if self._authorization else {}
            limits = httpx.Limits(keepalive_expiry=3600)
            self._client = httpx.Client(
                base_url=f"{self.address}/api/v2", headers=headers, limits=limits, trust_env=self._takes_proxy
            )
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_S)
        content = None if body is None else json.dumps(body)
        for is_last in (False, True):
            try:
                response = self._client.request(
                    method, path, content=content, timeout=timeout, headers={"Content-Type": "application/json"}
                )
            except httpx.TimeoutException as error:
                raise self.give_up("it does not answer in time", SLOW_S) from error
            except httpx.TransportError as error:
                if is_last or isinstance(error, httpx.ConnectError):
                    raise self.give_up(_told(error)) from error
            else:
                break  # else once more: a connection that was left open may be that to a server that has ended since
        self._notice(response)
        return response

    def _notice(self, response: "httpx.Response") -> None:
        """Count the connection that an answer came by, if it is new; one that is closed after every answer tells nothing."""
        with suppress(OSError):
            end = response.extensions["network_stream"].get_extra_info("client_addr")
            if end not in self._ends:
                self._ends.add(end)
                self.connections += 1

    def _refusal(self, response: "httpx.Response") -> VectorServerError | CollectionError:
        """Return the error that an answer tells of."""
        try:
            told = response.json()
            kind, message = str(told["error"]), " ".join(str(told.get("message", "")).split())[:200]
        except (ValueError, KeyError, TypeError):
            kind, message = "", f"it answers {response.status_code} {response.reason_phrase}"
        if response.status_code in REFUSED:
            return self.give_up(f"{message}; see ONRECORD_CHROMA_TOKEN")
        if kind and response.status_code in (404, 500):
            return CollectionError(f"{self.address}: the vectors cannot be read there ({message}).")
        return self.give_up(message)


def _told(error: Exception) -> str:
    told = " ".join(str(error).split()) or type(error).__name__
    return re.sub(r"^\[Errno -?\d+\] ", "", told)


class ServerIndex:
    """A collection: cosine space, our own vectors always. Nothing is asked before it is used."""

    def __init__(self, server: VectorServer, name: str) -> None:
        self._server = server
        self._name = name
        self._id: str | None = None

    def close(self) -> None:
        """Do nothing: the connections are the server's."""

    def create(self) -> None:
        """Begin the collection on the server."""
        self._id = self._server.ask(
            "POST", COLLECTIONS, {"name": self._name, "configuration": {"hnsw": HNSW}, "get_or_create": True}
        )["id"]

    def drop(self) -> None:
        """Delete the collection; one that is not there is passed over."""
        try:
            self._server.ask("DELETE", f"{COLLECTIONS}/{self._name}", timeout_s=CHANGE_S)
        except CollectionError as error:
            log.debug("%s", error)

    def _path(self, verb: str) -> str:
        if self._id is None:
            self._id = self._server.ask("GET", f"{COLLECTIONS}/{self._name}")["id"]
        return f"{COLLECTIONS}/{self._id}/{verb}"

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Add passages; an id that is there already is written anew. They are found at once."""
        size, packed = self._server.batch()
        for start in range(0, len(ids), size):
            some = np.ascontiguousarray(vectors[start : start + size], np.float32)
            written = [base64.b64encode(row.tobytes()).decode() for row in some] if packed else some.tolist()
            body = {"ids": list(ids[start : start + size]), "embeddings": written}
            self._server.ask("POST", self._path("upsert"), body, CHANGE_S)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove passages; ids that are not there are passed over."""
        size, _ = self._server.batch()
        for start in range(0, len(ids), size):
            self._server.ask("POST", self._path("delete"), {"ids": list(ids[start : start + size])}, CHANGE_S)

    def count(self) -> int:
        """Return how many passages the server counts, which is not how many it finds."""
        return int(self._server.ask("GET", self._path("count")))

    def search(self, vector: Vectors, k: int) -> list[tuple[str, float]]:
        """Return the k passages nearest to a unit vector [dim], (id, cosine), best first."""
        return self.nearest([vector], k)[0]

    def nearest(self, vectors: Sequence[Vectors], k: int) -> list[list[tuple[str, float]]]:
        """Return for each unit vector [dim] the k passages nearest to it, (id, cosine), best first."""
        asked = {"query_embeddings": [vector.tolist() for vector in vectors], "n_results": k, "include": ["distances"]}
        return hits_of(self._server.ask("POST", self._path("query"), asked))

    def kept(self) -> Iterator[tuple[list[str], Vectors]]:
        """Yield the ids and the vectors [n, dim] of all passages, some at a time."""
        size, _ = self._server.batch()
        for start in range(0, self.count(), size):
            yield self._got({"limit": size, "offset": start})

    def of(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        """Return those of the ids that are there, in no order, and their vectors [n, dim]."""
        return self._got({"ids": list(ids)})

    def _got(self, which: dict[str, object]) -> tuple[list[str], Vectors]:
        found = self._server.ask("POST", self._path("get"), {**which, "include": ["embeddings"]}, CHANGE_S)
        return found["ids"], np.asarray(found["embeddings"], np.float32)
