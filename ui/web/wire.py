"""A connection as uvicorn has it, held to what uvicorn does not hold it to: headers that never end, requests that never
come, a reader who does not read, and more connections than there is room for. What is refused is told as a problem.

What an application can bound is bounded there: see `ui.web.guard` and `ui.api.limits`.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ui.api.problems import CLOSE, problem

__all__ = ["MOST_CONNECTIONS", "Wire"]

MOST_CONNECTIONS = 500  # a page that is open holds two; the rest is told to come again
MOST_HEADERS = 64 * 2**10  # bytes, and what had come with the last of them
HEADERS_WITHIN_S = 20.0
REST_WITHIN_S = 10.0  # of a body, once it was answered without it
LOOKED_AT_S = 15.0  # how often it is looked at whether what waits to be sent is taken
SLOWEST = 1_000  # bytes a second that a reader has to take


class Wire(HttpToolsProtocol):
    """One connection. Where it breaks a limit it gets a problem, if it was not answered yet, and is cut."""

    _headers_end = True  # False while they are arriving
    _headers_bytes = 0
    _coming: asyncio.TimerHandle | None = None
    _taken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.limit_concurrency = None  # the refusal that comes with it is no problem; see on_headers_complete
        transport.set_write_buffer_limits(high=0)  # pause_writing is told as soon as anything waits
        self._expect(HEADERS_WITHIN_S, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        self._look(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._headers_end and not self.transport.is_closing():
            self._headers_bytes += len(data)
            if self._headers_bytes > MOST_HEADERS:
                self._refuse(431, f"The headers are too long. At most {MOST_HEADERS:,} bytes are taken.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._headers_end, self._headers_bytes = False, 0
        self._expect(HEADERS_WITHIN_S, self._late)

    def on_headers_complete(self) -> None:
        self._headers_end = True
        self._expect(None)  # whoever reads the body bounds its time
        self.app = _full if len(self.connections) > MOST_CONNECTIONS else self.config.loaded_app
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._expect(None)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.more_body:  # answered unread; were it cut now, the answer might not be seen
            self._expect(REST_WITHIN_S, self.transport.close)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._look(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._look(None)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "This is no HTTP request that can be read: its lines, lengths or pieces do not fit.")

    def _late(self) -> None:
        if self._headers_end:
            self.transport.close()  # nothing has come at all
        else:
            self._refuse(408, f"The headers took longer than {HEADERS_WITHIN_S:.0f} s.")

    def _refuse(self, status: int, detail: str) -> None:
        answer = problem(status, detail, CLOSE)
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        self.transport.close()

    def _expect(self, within_s: float | None, late: Callable[[], None] = lambda: None) -> None:
        """Let `late` be called unless something else is expected by then."""
        if self._coming is not None:
            self._coming.cancel()
        self._coming = None if within_s is None else self.loop.call_later(within_s, late)

    def _look(self, waiting: int | None) -> None:
        """Cut the connection unless fewer of the bytes wait by and by."""
        if self._taken is not None:
            self._taken.cancel()
        self._taken = None if waiting is None else self.loop.call_later(LOOKED_AT_S, self._looked, waiting)

    def _looked(self, waiting: int) -> None:
        waits = self.transport.get_write_buffer_size()
        if waiting - waits < min(waiting, SLOWEST * LOOKED_AT_S):
            self.transport.abort()
        else:
            self._look(waits)


async def _full(scope: Scope, receive: Receive, send: Send) -> None:
    await problem(503, "More connections are open than there is room for. Try again later.", CLOSE)(
        scope, receive, send
    )
