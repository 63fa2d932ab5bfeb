"""A connection that can be hung up while another thread waits on it, and a stream that never falls silent for its reader.

A model may think for minutes before its first word. Whoever reads its stream is given a beat meanwhile, at which he can
close it; then the socket is shut down, on which the waiting thread wakes and the provider stops.
"""

import socket
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import httpx

__all__ = ["BEAT_S", "Line", "beating"]

BEAT_S = 0.25  # how long a reader waits at most before he can stop
Piece = TypeVar("Piece")


class Line:
    """The connection of one request: it holds its socket, once there is one, to hang up from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_down = False

    def hang_up(self) -> None:
        """End the connection, and let no other be made."""
        with self._lock:
            self._is_down = True
            if self._socket is not None:
                with suppress(OSError):  # it has ended by itself
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # TLS would first say goodbye

    def hold(self, request: httpx.Request) -> None:
        """Let a request of httpx's be made on this line. Raises httpx.RequestError once it was hung up."""
        with self._lock:
            if self._is_down:
                raise httpx.RequestError("hung up", request=request)
        request.extensions["trace"] = self._trace

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
            if self._is_down:
                self.hang_up()


def beating(
    pieces: Generator[Piece, None, None], line: Line, beat_s: float = BEAT_S
) -> Generator[Piece | None, None, None]:
    """Yield the pieces, which come over a line, and None whenever `beat_s` seconds have passed since the last one was.

    They are read in a thread. Closing the generator hangs up, and does not wait until the thread has noticed. Raises what
    the pieces do.
    """
    arrived: SimpleQueue[Piece | None] = SimpleQueue()

    def read() -> None:
        try:
            for piece in pieces:
                arrived.put(piece)
        finally:
            arrived.put(None)

    pool = ThreadPoolExecutor(1, thread_name_prefix="model")
    reading = pool.submit(read)
    try:
        yield from _beats(arrived, beat_s)
        reading.result()
    finally:
        line.hang_up()
        pool.shutdown(wait=False)


def _beats(arrived: "SimpleQueue[Piece | None]", beat_s: float) -> Iterator[Piece | None]:
    """Yield what arrives until a None does, and a None at each beat."""
    last = time.monotonic()
    while True:
        try:
            piece = arrived.get(timeout=max(0.0, last + beat_s - time.monotonic()))
            if piece is None:
                return
            yield piece
        except Empty:
            pass
        if time.monotonic() - last >= beat_s:
            last = time.monotonic()
            yield None
