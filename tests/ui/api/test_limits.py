"""The limits, with a clock of their own where time passes."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from ui.api import limits
from ui.api.desk import Desk
from ui.api.limits import EACH, LARGER_AT_ONCE, MOST_BODY, MOST_OF_STRANGERS, Limits, Rate
from ui.api.problems import told_as_problems
from ui.tokens import Tokens

URL = "http://127.0.0.1:7860"
PROBLEM = "application/problem+json"
UPLOAD = "/api/v1/documents"
FORM = {"Content-Type": "multipart/form-data; boundary=x"}


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def limited(desk: Desk) -> Iterator[TestClient]:
    app = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])
    with TestClient(Limits(app, desk), base_url=URL) as client:
        yield client


def told(desk: Desk, *messages: Message, headers: dict[str, str] | None = None, path: str = "/api/v1/ask") -> Message:
    """Return the start of the answer to a request that comes in pieces, the last of them for ever; empty if there is none."""
    sent: list[Message] = []
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.sleep(60)
        return left.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    given = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": given,
        "query_string": b"",
        "client": ("::1", 1),
    }
    app = FastAPI()
    app.add_route("/{path:path}", echo, methods=["POST"])
    told_as_problems(app)
    asyncio.run(Limits(app, desk)(scope, receive, send))
    return sent[0] if sent else {}


def test_a_body_is_bounded_whether_it_says_how_long_it_is_or_not(limited: TestClient) -> None:
    assert limited.post("/x", content=b"x" * MOST_BODY).text == str(MOST_BODY)
    for body in (b"x" * (MOST_BODY + 1), iter([b"x" * MOST_BODY, b"x"])):
        answer = limited.post("/x", content=body)
        assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
        assert "1,000,000 bytes" in answer.json()["detail"]


def test_of_a_stranger_a_body_is_not_taken_to_its_end(desk: Desk, tokens: tuple[Path, dict[str, str]]) -> None:
    behind = replace(desk, tokens=Tokens(tokens[0]), is_open=False)
    endless: Message = {"type": "http.request", "body": b"x" * (MOST_OF_STRANGERS + 1), "more_body": True}
    pieces = {"Transfer-Encoding": "chunked"}
    known = {**pieces, "Authorization": f"Bearer {tokens[1]['mara']}"}
    assert told(behind, endless, headers=pieces)["status"] == 401
    assert told(behind, endless, {**endless, "more_body": False}, headers=known)["status"] == 200


def test_a_body_that_is_told_to_be_too_long_is_not_read(desk: Desk) -> None:
    assert told(desk, headers={"Content-Length": "9" * 30})["status"] == 413


def test_an_upload_is_left_to_the_door_that_takes_it(limited: TestClient) -> None:
    most = b"x" * (MOST_BODY + 1)
    assert limited.post(UPLOAD, content=most, headers=FORM).text == str(len(most))
    assert limited.post(UPLOAD, content=most).status_code == 413  # no form, so no upload


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Length", "2"), ("Content-Length", "2")],
        [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
        [("Content-Type", "text/plain"), ("Content-Type", "application/json")],
        [("Content-Length", "-1")],
        [("Content-Length", "0x2")],
    ],
)
def test_headers_that_two_would_read_differently_are_refused(
    limited: TestClient, headers: list[tuple[str, str]]
) -> None:
    answer = limited.post("/x", content=iter([b"{}"]), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)


def test_a_body_that_never_ends_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WITHIN_S", 0.05)
    part = {"type": "http.request", "body": b"{", "more_body": True}
    assert told(desk, part, headers={"Content-Length": "10"})["status"] == 408


def test_an_upload_has_to_go_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WITHIN_S", 0.05)
    part = {"type": "http.request", "body": b"--x", "more_body": True}
    assert told(desk, part, headers=FORM, path=UPLOAD)["status"] == 408


def test_whoever_hangs_up_in_the_middle_of_a_body_gets_nothing_done(desk: Desk) -> None:
    parts = {"type": "http.request", "body": b'{"question":', "more_body": True}, {"type": "http.disconnect"}
    assert told(desk, *parts, headers={"Content-Length": "90"}) == {}


def test_a_caller_who_comes_too_often_is_told_when_to_come_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("ui.api.limits.time.monotonic", lambda: now)
    app = Starlette(routes=[Route("/{path:path}", echo)])
    with TestClient(Limits(app, desk, Rate(a_second=0.5, burst=2)), base_url=URL) as client:
        assert [client.get("/x").status_code for _ in range(3)] == [200, 200, 429]
        answer = client.get("/x")
        assert (answer.headers["retry-after"], answer.headers["content-type"]) == ("2", PROBLEM)
        assert client.get("/health").status_code == client.get("/metrics").status_code == 200
        now += 2
        assert [client.get("/x").status_code for _ in range(2)] == [200, 429]


def test_each_user_has_a_rate_of_their_own(
    desk: Desk, tokens: tuple[Path, dict[str, str]], bearer: dict[str, dict[str, str]]
) -> None:
    behind = replace(desk, tokens=Tokens(tokens[0]), is_open=False)
    app = Starlette(routes=[Route("/{path:path}", echo)])
    with TestClient(Limits(app, behind, Rate(a_second=0.001, burst=1)), base_url=URL) as client:
        asked = [bearer["mara"], bearer["ned"], bearer["mara"], {}, {"Authorization": "Bearer of nobody"}]
        assert [client.get("/x", headers=each).status_code for each in asked] == [200, 200, 429, 200, 429]


def test_addresses_of_one_network_are_one_caller() -> None:
    def named(host: str) -> str:
        return limits._network({"client": (host, 1)})

    assert named("2001:db8::1") == named("2001:db8::ffff:2") != named("2001:db8:0:1::1")
    assert named("192.0.2.1") != named("192.0.2.2")


async def at_once(desk: Desk, count: int, path: str = "/x") -> list[int]:
    """Return what each of as many requests of one caller is answered, all of them under way at the same time."""
    gate = asyncio.Event()
    answered: list[int] = []

    async def slow(scope: Scope, receive: object, send: object) -> None:
        await gate.wait()
        answered.append(200)

    limiting = Limits(slow, desk)

    async def one() -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.append(message["status"])

        scope: Scope = {"type": "http", "method": "GET", "path": path, "headers": [], "client": ("127.0.0.1", 1)}
        await limiting(scope, receive, send)

    tasks = [asyncio.create_task(one()) for _ in range(count)]
    await asyncio.sleep(0.01)
    gate.set()
    await asyncio.gather(*tasks)
    assert not limiting._under_way and not limiting._larger
    return answered


def test_of_two_hundred_at_once_each_is_answered_or_told_to_wait(desk: Desk) -> None:
    answered = asyncio.run(at_once(desk, 200))
    assert sorted(answered) == [200] * EACH + [429] * (200 - EACH)


def test_a_few_evidence_packs_are_taken_in_at_once(desk: Desk) -> None:
    answered = asyncio.run(at_once(desk, 10, "/api/v1/packs"))
    assert sorted(answered) == [200] * LARGER_AT_ONCE + [503] * (10 - LARGER_AT_ONCE)
