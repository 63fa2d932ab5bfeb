"""One request to one address: looked up once, judged, sent to what was judged, its answer unpacked and bounded.

The only file that imports httpcore. What a page is asked for and when, is decided in `web`; here is no second request.
"""

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

import httpcore

from corpus.addresses import IP, Address
from corpus.errors import FetchError
from corpus.readers import MAX_BYTES

__all__ = ["AGENT", "Answer", "Caller", "Endpoint", "Limits", "UnreachableError", "looked_up"]

AGENT = "OnRecord"
ACCEPT = "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8"
BLOCK = 2**16
ADDRESSES_TRIED = 3
WBITS = 47  # zlib's for gzip or zlib, told by the first bytes
Endpoint = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost, and how often a host is asked. Seconds and bytes."""

    bytes: int = MAX_BYTES
    total_s: float = 60.0  # a fetch with its redirects, waiting for the host's turn aside
    silence_s: float = 20.0
    redirects: int = 5
    interval_s: float = 1.0  # between two pages of a host, where its robots.txt does not ask for more
    waits_s: float = 60.0  # the longest wait for a host's turn


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answers. The body is read as it is asked for, while the request is open."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: Iterator[bytes]


class UnreachableError(FetchError):
    """A site could not be asked at all, or broke off."""


def looked_up(host: str, port: int) -> Sequence[Endpoint]:
    """Return the addresses that a name has, in the order in which the system would try them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(address[0]), port) for *_, address in found))


class Caller:
    """Makes requests. `resolve` gives a name's endpoints, `refuses` says why one may not be asked."""

    def __init__(
        self,
        resolve: Callable[[str, int], Sequence[Endpoint]],
        refuses: Callable[[IP, int], str | None],
        limits: Limits,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._resolve = resolve
        self._refuses = refuses
        self._limits = limits
        self._tls = tls
        self._agent = f"{AGENT}/{version('onrecord')}"

    @contextmanager
    def asked(self, address: Address, headers: dict[str, str], total_s: float) -> Iterator[Answer]:
        """Lend the answer to one request of at most `total_s` seconds; its body can be read while it is lent.

        Raises FetchError; nothing is sent, not even a connection opened, where a check fails.
        """
        deadline = time.monotonic() + total_s
        try:
            backend = _Pinned(self._endpoints(address, deadline), deadline, self._limits.silence_s)
            origin = httpcore.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)
            tls = self._verified() if address.scheme == "https" else None
            with httpcore.HTTPConnection(origin.origin, ssl_context=tls, network_backend=backend) as connection:
                answer = connection.handle_request(
                    httpcore.Request("GET", origin, headers=self._headers(address, headers))
                )
                yield self._answer(address, answer)
        except httpcore.TimeoutException as error:
            late = time.monotonic() >= deadline
            limit = f"took longer than {self._limits.total_s:.0f} s" if late else "does not answer"
            raise UnreachableError(str(address), f"the site {limit}. Try again later.", lasting=False) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            why = f"the connection failed ({error or type(error).__name__}). Is there a network? Try again later."
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                why = f"its certificate cannot be trusted ({error.__cause__.verify_message}). Save the page as a file."
            raise UnreachableError(str(address), why, lasting=False) from error

    def _headers(self, address: Address, more: dict[str, str]) -> list[tuple[str, str]]:
        host = address.origin.partition("://")[2]
        own = {"Host": host, "User-Agent": self._agent, "Accept": ACCEPT, "Accept-Encoding": "gzip"}
        return [*own.items(), *more.items(), ("Connection", "close")]

    def _verified(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpcore.default_ssl_context()
        return self._tls

    def _endpoints(self, address: Address, deadline: float) -> Sequence[Endpoint]:
        """Return where to connect to, each endpoint public. Raises FetchError before anything is sent otherwise."""
        found = [(address.host, address.port)] if address.ip else self._looked_up(address, deadline)
        for text, port in found:
            reason = self._refuses(ipaddress.ip_address(text), port)
            if reason is not None:
                where = text if address.ip else f"{address.host} ({text})"
                why = f"{where} is no public address ({reason}). Only public ones are asked; save the page as a file."
                raise UnreachableError(str(address), why, lasting=address.ip is not None)
        return found[:ADDRESSES_TRIED]

    def _looked_up(self, address: Address, deadline: float) -> Sequence[Endpoint]:
        found: list[Sequence[Endpoint] | OSError] = []

        def look_up() -> None:
            try:
                found.append(self._resolve(address.host, address.port))
            except (OSError, UnicodeError) as error:
                found.append(OSError(str(error)))

        thread = threading.Thread(target=look_up, daemon=True)  # the system's own limit may be minutes
        thread.start()
        thread.join(max(0.0, min(self._limits.silence_s, deadline - time.monotonic())))
        if not found or isinstance(found[0], OSError) or not found[0]:
            why = f"the name {address.host} leads nowhere. Check the address, and whether there is a network."
            raise UnreachableError(str(address), why, lasting=False)
        return found[0]

    def _answer(self, address: Address, answer: httpcore.Response) -> Answer:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in answer.headers}
        return Answer(answer.status, headers, self._unpacked(address, headers, answer.iter_stream()))

    def _unpacked(self, address: Address, headers: dict[str, str], body: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the bytes of a body as they were before they were packed, never more than the limit."""
        encoding = headers.get("content-encoding", "").lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise FetchError(
                str(address), f"its encoding, {encoding[:40]!r}, was not asked for. Save the page as a file."
            )
        most = self._limits.bytes
        blocks = _within(address, body, most)
        if encoding in ("", "identity"):
            yield from blocks
        else:
            yield from _within(address, _inflated(address, blocks), most)


class _Pinned(httpcore.NetworkBackend):
    """Connects to the endpoints that were judged, whatever name it is given, and lets nothing go on after the deadline."""

    def __init__(self, endpoints: Sequence[Endpoint], deadline: float, silence_s: float) -> None:
        self._endpoints = endpoints
        self._deadline = deadline
        self._silence_s = silence_s

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore.NetworkStream:
        for number, (ip, port_there) in enumerate(self._endpoints, 1):
            limit_s = _left(self._deadline, self._silence_s)
            try:
                stream = httpcore.SyncBackend().connect_tcp(ip, port_there, timeout=limit_s)
                return _Timed(stream, self._deadline, self._silence_s)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(self._endpoints):
                    raise
        raise AssertionError("there is an endpoint")


class _Timed(httpcore.NetworkStream):
    """A stream of which every step has the time that is left."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float, silence_s: float) -> None:
        self._stream = stream
        self._deadline = deadline
        self._silence_s = silence_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, self._silence_s))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, self._silence_s))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit_s = _left(self._deadline, self._silence_s)
        stream = self._stream.start_tls(ssl_context, server_hostname, limit_s)
        return _Timed(stream, self._deadline, self._silence_s)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(deadline: float, most: float) -> float:
    """Return the seconds that a step may take. Raises httpcore's ReadTimeout if none are left."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return min(left, most)


def _within(address: Address, blocks: Iterator[bytes], most: int) -> Iterator[bytes]:
    total = 0
    for block in blocks:
        total += len(block)
        if total > most:
            raise FetchError(
                str(address), f"it is larger than the limit of {most / 2**20:.0f} MB. Save it and split it."
            )
        yield block


def _inflated(address: Address, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the unpacked bytes of a gzip or zlib stream in blocks of at most BLOCK bytes, so that no bomb goes off."""
    inflate = zlib.decompressobj(WBITS)
    try:
        for block in blocks:
            while block and not inflate.eof:
                yield inflate.decompress(block, BLOCK)
                block = inflate.unconsumed_tail
        yield inflate.flush()
    except zlib.error as error:
        raise FetchError(str(address), f"its packed bytes are damaged ({error}). Try again.", lasting=False) from error
    if not inflate.eof:
        raise FetchError(str(address), "its packed bytes break off. Try again.", lasting=False)
