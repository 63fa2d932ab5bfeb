"""Raw bytes to a server as it is run, on a port of this machine."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ui.web import wire
from ui.web.wire import MOST_HEADERS, Wire

sent: list[int] = []  # of the endless answer, in bytes


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def unread(request: Request) -> Response:
    return PlainTextResponse("no", 413)


async def endless(request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            sent.append(2**16)
            yield b"x" * 2**16
            await asyncio.sleep(0)  # else nothing else happens once the connection is gone

    return StreamingResponse(parts())


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    app = Starlette(
        routes=[
            Route("/unread", unread, methods=["POST"]),
            Route("/endless", endless),
            Route("/", echo, methods=["GET", "POST"]),
        ]
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=Wire, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname()
        server.force_exit = server.should_exit = True
        thread.join()


def answered(address: tuple[str, int], *parts: bytes) -> bytes:
    """Send the parts, and return all that comes until the connection ends."""
    with socket.create_connection(address, timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(2**16), b""))


@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    ],
)
def test_what_is_no_request_gets_a_problem(address: tuple[str, int], request_: bytes) -> None:
    answer = answered(address, request_)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n") and b"application/problem+json" in answer


@pytest.mark.parametrize("header", [b"X: " + b"x" * (2 * MOST_HEADERS), b"X: x\r\n" * MOST_HEADERS])
def test_headers_without_an_end_are_refused(address: tuple[str, int], header: bytes) -> None:
    try:
        answer = answered(
            address, b"GET / HTTP/1.1\r\nHost: x\r\n", *(header[i : i + 2**14] for i in range(0, len(header), 2**14))
        )
    except ConnectionError:  # it was cut before all was sent
        return
    assert answer.startswith(b"HTTP/1.1 431 ")


def test_headers_that_do_not_come_are_not_waited_for(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEADERS_WITHIN_S", 0.1)
    assert answered(address, b"GET / HTTP/1.1\r\nHost:").startswith(b"HTTP/1.1 408 ")
    assert answered(address) == b""  # nothing at all


def test_an_answer_to_a_body_that_was_not_read_arrives(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "REST_WITHIN_S", 0.2)
    url = f"http://127.0.0.1:{address[1]}"
    assert httpx.post(f"{url}/unread", content=b"x" * 10**7).status_code == 413
    assert answered(address, b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx").endswith(b"no")


def test_a_body_that_goes_on_is_no_header(address: tuple[str, int]) -> None:
    url = f"http://127.0.0.1:{address[1]}"
    with httpx.Client(base_url=url) as client:
        assert [client.post("/", content=b"x" * size).text for size in (10**6, 10, 10**5)] == [
            "1000000",
            "10",
            "100000",
        ]


def test_a_reader_who_does_not_read_is_cut_off(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LOOKED_AT_S", 0.1)
    sent.clear()
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        held = len(sent)
        time.sleep(0.2)
        assert len(sent) == held  # it is not made on the store
        got = b"".join(iter(lambda: connection.recv(2**20), b""))  # which ends, and not as an answer does
        assert not got.endswith(b"0\r\n\r\n") and len(sent) == held


def test_more_connections_than_there_is_room_for_are_told_so(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MOST_CONNECTIONS", 0)
    answer = answered(address, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 503 ") and b"retry-after" in answer.lower()
