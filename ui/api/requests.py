"""Every request to the server, of pages and of programs: given an id, and told in the log once it is answered.

The id is the request's own X-Request-ID where that is a sane one, and goes back in the response and in a problem.
"""

import logging
import re
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.app import is_door
from ui.api.limits import CALLER, FREE
from ui.logs import REQUEST_ID, tell
from ui.web.auth import SIGNED_IN

__all__ = ["Requests"]

HEADER = "X-Request-ID"
SANE = re.compile(r"[\w.:-]{1,64}", re.ASCII)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
WITHOUT_ROUTE = frozenset({"/login", "/logout"})  # the gate's
UNTOLD = ("/assets/", "/static/", "/gradio_api/heartbeat/")  # a page loads a hundred of them
GONE = 499  # whoever asked had gone before anything was answered (nginx's number for it)


class Requests:
    """Middleware around the whole server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        id = given if SANE.fullmatch(given) else secrets.token_hex(8)
        token = REQUEST_ID.set(id)
        answer, started = _Answer(send, id), time.perf_counter()
        try:
            await self.app(scope, receive, answer)
        except BaseException:
            answer.status = answer.status or 500
            raise
        finally:
            _tell(scope, answer, time.perf_counter() - started)
            REQUEST_ID.reset(token)


class _Answer:
    """The sending half of a request: the id is put into its headers, and what goes out is counted."""

    def __init__(self, send: Send, id: str) -> None:
        self.send = send
        self.id = id
        self.status = 0
        self.bytes = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self.id
        else:
            self.bytes += len(message.get("body", b""))
        await self.send(message)


def _tell(scope: Scope, answer: _Answer, seconds: float) -> None:
    if scope["path"].startswith(UNTOLD):
        return
    is_loud = is_door(scope["path"]) and scope["path"] not in FREE
    tell(
        "request",
        logging.ERROR if answer.status == 500 else logging.INFO if is_loud else logging.DEBUG,
        method=method_of(scope),
        route=route_of(scope),
        status=answer.status or GONE,
        ms=round(seconds * 1e3, 1),
        bytes=answer.bytes,
        user=scope.get(CALLER) or scope.get(SIGNED_IN),
    )


def method_of(scope: Scope) -> str:
    """Return the method of a request, one of METHODS or "other"."""
    return scope["method"] if scope["method"] in METHODS else "other"


def route_of(scope: Scope) -> str:
    """Return the path that a request went to, as the program wrote it: one of a few dozen, "-" where there was none."""
    route = scope.get("route")
    return scope["path"] if scope["path"] in WITHOUT_ROUTE else str(getattr(route, "path", "-"))
