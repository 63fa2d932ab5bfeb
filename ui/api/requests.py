"""Every request to the server, of pages and of programs: given an id, counted, and told in the log once it is answered;
and so is every question.

The id is the request's own X-Request-ID where that is a sane one, and goes back in the response and in a problem.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.answer import Answer
from ui.api.app import is_door
from ui.api.limits import CALLER, FREE
from ui.api.metrics import Metrics
from ui.logs import REQUEST_ID, hidden, tell
from ui.web.auth import SIGNED_IN

__all__ = ["Requests", "heard"]

HEADER = "X-Request-ID"
SANE = re.compile(r"[\w.:-]{1,64}", re.ASCII)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
WITHOUT_ROUTE = frozenset({"/login", "/logout"})  # the gate's
UNTOLD = ("/assets/", "/static/", "/gradio_api/heartbeat/")  # a page loads a hundred of them
GONE = 499  # whoever asked had gone before anything was answered (nginx's number for it)


def heard(metrics: Metrics, log_questions: bool) -> Callable[[Answer], None]:
    """Return what counts and tells of a question that was answered."""
    written = hidden(plainly=log_questions)

    def told(answer: Answer) -> None:
        ms = sum(answer.timings.values())
        metrics.question(answer.status, ms / 1e3)
        question = written(answer.question)
        tell("question", question=question, status=answer.status, ms=round(ms, 1), engine=answer.engine)

    return told


class Requests:
    """Middleware around the whole server."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

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
            _tell(scope, answer, time.perf_counter() - started, self.metrics)
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


def _tell(scope: Scope, answer: _Answer, seconds: float, metrics: Metrics) -> None:
    status, method, route = answer.status or GONE, _method(scope), _route(scope)
    metrics.request(_door(scope), method, route, status, seconds)
    if scope["path"].startswith(UNTOLD):
        return
    is_loud = is_door(scope["path"]) and scope["path"] not in FREE
    tell(
        "request",
        logging.ERROR if answer.status == 500 else logging.INFO if is_loud else logging.DEBUG,
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1e3, 1),
        bytes=answer.bytes,
        user=scope.get(CALLER) or scope.get(SIGNED_IN),
    )


def _door(scope: Scope) -> str:
    """Return where a request went: the first part of its path where that is a door for programs, else "page"."""
    return scope["path"].split("/")[1] if is_door(scope["path"]) else "page"


def _method(scope: Scope) -> str:
    """Return the method of a request, one of METHODS or "other"."""
    return scope["method"] if scope["method"] in METHODS else "other"


def _route(scope: Scope) -> str:
    """Return the path that a request went to, as the program wrote it: one of a few dozen, "-" where there was none."""
    route = scope.get("route")
    return scope["path"] if scope["path"] in WITHOUT_ROUTE else str(getattr(route, "path", "-"))
