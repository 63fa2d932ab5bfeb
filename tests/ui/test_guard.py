"""The guard over raw HTTP: who is refused, what of Gradio is left, which headers are sent, how much is taken in."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message
from starlette.websockets import WebSocketDisconnect

from assistant.assistant import Assistant
from assistant.settings import Settings
from index.encoder import Encoder
from ui.passwords import hashed, write_passwords
from ui.web import guard
from ui.web.accounts import Accounts
from ui.web.app import application
from ui.web.guard import MOST_HELD, MOST_POSTED, Guard
from ui.web.jobs import Jobs
from ui.web.parts import PAGES, Site

URL = "http://127.0.0.1:7860"
NEEDED = {  # what a page asks for, of all the routes that Gradio has
    "GET": {"/assets/{path}", "/favicon.ico", "/static/{path}", "/theme.css", *(page.path for page in PAGES)}
    | {"/gradio_api/heartbeat/{session_hash}", "/gradio_api/queue/data", "/gradio_api/upload_progress"}
    | {"/gradio_api/file={path_or_url}"},
    "POST": {"/gradio_api/cancel", "/gradio_api/queue/join", "/gradio_api/upload"},
}
FORBIDDEN = [
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/app_id",
    "/gradio_api/startup-events",
    "/gradio_api/file=http://192.0.2.1/x",
    "/gradio_api/file=https://192.0.2.1/x",
    "/gradio_api/proxy=http://192.0.2.1/x",
    "/gradio_api/custom_component/1/client/component/x.js",
    "/gradio_api/runs",
    "/gradio_api/deep_link",
    "/gradio_api/call/x/1",
    "/gradio_api/token",
    "/config",
    "/monitoring",
    "/docs",
    "/openapi.json",
    "/manifest.json",
    "/svelte/x",
]
ESCAPES = [
    "/assets/../../../../pyproject.toml",
    "/assets/..%2f..%2f..%2f..%2fpyproject.toml",
    "/static/%2e%2e/%2e%2e/%2e%2e/routes.py",
    "/assets//etc/passwd",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=../../pyproject.toml",
    "/gradio_api/file=%2fetc%2fpasswd",
    "/gradio_api/file=/proc/self/environ",
    "/source/..%2f..%2fetc%2fpasswd/1",
    "/source/x/99999999999999999999",
]


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def page(request: Request) -> Response:
    return HTMLResponse("<script>one()</script><p>x</p><script src='/page.js'></script><script type=a>two()</script>")


async def endless(request: Request) -> Response:
    async def parts() -> AsyncIterator[str]:
        yield "<script>one()</script>"
        for _ in range(6):
            yield "x" * 2**20

    return StreamingResponse(parts(), media_type="text/html")


def flat(routes: Iterable[Any]) -> Iterator[Any]:
    """Yield the routes, those of routers among them too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from flat(inner.routes) if inner else [route]


def guarded(app: ASGIApp | None = None) -> TestClient:
    routes = [Route("/page", page), Route("/endless", endless), Route("/{path:path}", echo, methods=["GET", "POST"])]
    return TestClient(Guard(app or Starlette(routes=routes)), base_url=URL, follow_redirects=False)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[ASGIApp]:
    """Return the whole site with one user, over an empty library."""
    folder = tmp_path_factory.mktemp("site")
    write_passwords(folder / "users", {"mara": hashed("nine grey gulls sleep", 4)})
    with closing(Assistant(Settings(home=folder / "home"), encoder)) as assistant:
        site = Site(assistant, Jobs(), Jobs())
        yield application(site, "127.0.0.1", Accounts(folder / "users"))
        site.adding.close()
        site.measuring.close()


@pytest.fixture(scope="module")
def signed_in(app: ASGIApp) -> Iterator[TestClient]:
    with TestClient(app, base_url=URL, follow_redirects=False) as client:
        form = {"name": "mara", "password": "nine grey gulls sleep"}
        assert client.post("/login", data=form, headers={"Origin": URL}).status_code == 303
        yield client


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:7860"}, 200),
        ({"Host": "[::1]:7860"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:7860"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "localhost@evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": URL}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:7861"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image"}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}, 200),  # a link in a mail
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "script"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}, 403),
    ],
)
def test_only_this_site_and_links_to_it_are_answered(headers: dict[str, str], status: int) -> None:
    with guarded() as client:
        assert client.get("/style.css", headers=headers).status_code == status


@pytest.mark.parametrize(
    "headers", [{"Origin": "null"}, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}]
)
def test_a_form_of_another_site_is_refused(headers: dict[str, str]) -> None:
    with guarded() as client:
        assert client.post("/logout", headers=headers).status_code == 403
        assert client.post("/logout", headers={"Sec-Fetch-Site": "same-origin", "Origin": URL}).status_code == 200


def test_every_answer_carries_the_headers_refusals_too() -> None:
    with guarded() as client:
        for answer in (client.get("/x"), client.get("/page"), client.get("/", headers={"Host": "evil.example"})):
            assert {name: answer.headers[name] for name in guard.HEADERS} == guard.HEADERS
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
        assert "immutable" in client.get("/assets/index-abc.js").headers["cache-control"]


def test_scripts_that_stand_in_a_page_are_allowed_by_their_hash_alone() -> None:
    with guarded() as client:
        policy = client.get("/page").headers["content-security-policy"]
    assert len(re.findall(r"'sha256-[\w+/]{43}='", policy)) == 2
    assert "'unsafe-inline'" not in policy.partition("style-src")[0] and "http:" not in policy


def test_a_page_too_long_to_hold_is_passed_on_and_none_of_its_scripts_run() -> None:
    with guarded() as client:
        answer = client.get("/endless")
    assert len(answer.content) > MOST_HELD and "sha256" not in answer.headers["content-security-policy"]


def test_what_is_posted_is_bounded_but_for_uploads() -> None:
    most = b"x" * MOST_POSTED
    with guarded() as client:
        assert client.post("/gradio_api/queue/join", content=most).text == str(MOST_POSTED)
        assert client.post("/gradio_api/queue/join", content=most + b"x").status_code == 413
        assert client.post("/gradio_api/queue/join", content=iter([most, b"x"])).status_code == 413  # no length told
        assert client.post("/gradio_api/upload", content=most + b"x").text == str(MOST_POSTED + 1)


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "POSTED_WITHIN_S", 0.05)
    sent: list[Message] = []

    async def trickle() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:7860")]
    scope = {"type": "http", "method": "POST", "path": "/x", "headers": headers, "query_string": b""}
    asyncio.run(Guard(Starlette())(scope, trickle, send))
    assert sent[0]["status"] == 408


def test_a_websocket_is_closed() -> None:
    with guarded() as client, pytest.raises(WebSocketDisconnect), client.websocket_connect("/x"):
        pass


def test_of_gradios_routes_only_those_that_its_pages_need_are_left(app: ASGIApp) -> None:
    (narrow,) = [route.app for route in app.routes if isinstance(getattr(route, "app", None), guard.Narrow)]  # type: ignore[attr-defined]
    left: dict[str, set[str]] = {"GET": set(), "POST": set()}
    routes = [(method, route.path) for route in flat(narrow.app.routes) for method in route.methods or ()]
    assert len(routes) > 60
    for method, path in routes:
        if narrow._is_needed(method, re.sub(r"\{.*?\}", "x", path)) and method in left:
            left[method].add(path.replace(":path}", "}"))
    assert left == NEEDED


@pytest.mark.parametrize("path", FORBIDDEN)
def test_what_no_page_needs_is_not_there(signed_in: TestClient, path: str) -> None:
    assert signed_in.get(path).status_code == 404


@pytest.mark.parametrize("path", ["component_server", "run/predict", "api/predict", "call/x", "vibe-edit", "reset"])
def test_no_other_call_of_gradio_can_be_made(signed_in: TestClient, path: str) -> None:
    assert signed_in.post(f"/gradio_api/{path}", json={}).status_code == 404
    assert signed_in.put("/gradio_api/queue/join").status_code == 404


@pytest.mark.parametrize("path", ESCAPES)
def test_no_file_of_the_machine_can_be_named(signed_in: TestClient, path: str) -> None:
    answer = signed_in.get(path)
    assert answer.status_code in (400, 403, 404, 405, 422)
    assert "root:" not in answer.text and "[project]" not in answer.text


def test_gradio_knows_who_is_asking(signed_in: TestClient) -> None:
    assert '"username":"mara"' in signed_in.get("/library").text


def test_without_a_session_the_real_site_serves_nothing(app: ASGIApp) -> None:
    client = TestClient(app, base_url="http://paper.example")  # any host's name: see ui.web.auth
    routes = ["/", "/page.js", "/assets/x.js", "/gradio_api/queue/data", "/gradio_api/heartbeat/x", "/source/a/1"]
    assert {client.get(path).status_code for path in routes} == {401}
    assert client.post("/gradio_api/queue/join", json={}).status_code == 401
    assert client.post("/login", content=b"x" * 20_000).status_code == 413
    assert client.get("/style.css").status_code == 200
