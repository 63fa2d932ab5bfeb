"""Errors as programs get them: RFC 9457's application/problem+json, with a status that says whose fault it is.

A route declares those it may be answered with: `responses=declared(404, 409)`, and those that every route may have.
At the OpenAI-compatible door, /v1, a problem also has the `error` that OpenAI's clients read, and what does not fit is 400.
"""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from corpus.errors import (
    BusyError,
    DiskError,
    DuplicateError,
    EditError,
    LibraryDamagedError,
    LibraryLockedError,
    ModelError,
    NotFoundError,
    OnRecordError,
    QuestionError,
    SourceError,
    VectorServerError,
)
from ui.logs import REQUEST_ID

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.exceptions import RequestValidationError

__all__ = [
    "CLOSE",
    "SCHEMA",
    "Problem",
    "Told",
    "declared",
    "described",
    "openai_error",
    "problem",
    "problem_of",
    "told_as_problems",
    "without_folders",
]

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20  # of one request that are told
STATUS: tuple[tuple[type[OnRecordError], int], ...] = (  # the first that fits; else 500
    (NotFoundError, 404),
    (DuplicateError, 409),
    (LibraryLockedError, 409),
    (QuestionError, 422),
    (EditError, 422),
    (SourceError, 422),
    (ModelError, 502),
    (BusyError, 503),
    (VectorServerError, 503),
    (LibraryDamagedError, 503),
    (DiskError, 507),
)
CLOSE = {"Connection": "close"}  # of an answer that does not wait for the rest of the body
RETRY = {409: {"Retry-After": "5"}, 429: {"Retry-After": "5"}, 503: {"Retry-After": "5"}}
SAYS = {  # what each status means here, and an example of its detail
    400: ("What was sent is no JSON.", "The body is no JSON: Expecting value at line 1, column 1."),
    401: ("A token is needed.", "A token is needed: Authorization: Bearer TOKEN."),
    403: ("The token may not do this.", "This token may not write. It may read."),
    404: ("It is not there, or not the caller's.", "d88f8ea9c8fd: no such conversation."),
    406: ("It is not to be had in that form.", "It can be had as text/markdown and application/json."),
    408: ("The request took too long to arrive.", "The request took too long to arrive."),
    409: ("Something else is in the way.", "The library is being written to by another process."),
    413: ("The body is too large.", "At most 1,000,000 bytes can be sent here."),
    415: ("The body is of a kind that is not read here.", "Send JSON, with Content-Type: application/json."),
    422: ("Something in the request does not fit.", "The request does not fit: #/question: it is missing."),
    429: ("Too many requests came.", "Too many requests came from this token. Try again later."),
    500: ("Something went wrong here.", "Something went wrong here. What it was stands in the log of the server."),
    502: ("Another server failed.", "The language model cannot be reached."),
    503: ("Not now; try again later.", "100 questions are under way already. Ask it again later."),
    507: ("The disk is full, or cannot be written.", "The library cannot be written (no space left on device)."),
}
SCHEMA = {
    "title": "Problem",
    "description": "What went wrong, after RFC 9457.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong and what to do, in a sentence or two."},
        "request_id": {"type": "string", "description": "The X-Request-ID, by which the server's log knows it."},
        "errors": {
            "description": "What is wrong with each field, where there are such.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "Where it stands in the body: a JSON pointer after #.",
                    },
                    "parameter": {"type": "string", "description": "Or the name of the parameter."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
WORDS = {  # of pydantic's messages, those that can be said more plainly
    "missing": "it is missing",
    "extra_forbidden": "nothing of this name is known here",
    "model_attributes_type": "it must be a JSON object",
    "string_type": "it must be a text",
    "int_type": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "bool_type": "it must be true or false",
    "list_type": "it must be a list",
    "string_unicode": "half a surrogate pair stands in it, which is no text",
}
OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
FOLDERS = re.compile(r"(?<![\w:/.])/(?:[^/\0\n:,;\"“”]+/)+(?=[^\s/])")  # names with spaces too; not what follows a host
log = logging.getLogger(__name__)


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how a route's description names the problems with these statuses, and those that every route may have."""
    return {**RESPONSES, **described(*statuses)}


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how a route's description names the problems with these statuses, and no others."""
    return {status: _response(status) for status in statuses}


def _response(status: int) -> dict[str, Any]:
    meaning, detail = SAYS[status]
    example = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if status == 422:
        example["errors"] = [{"pointer": "#/question", "detail": "it is missing"}]
    schema = {"$ref": "#/components/schemas/Problem"}
    response: dict[str, Any] = {"description": meaning, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}
    if status in RETRY:
        described = {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": described}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return response


RESPONSES = described(400, 401, 403, 408, 413, 422, 429, 500, 503)


class Problem(Exception):
    """What is wrong with a request, where no OnRecordError says it: its status, and what to do, in a sentence."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, errors: list[dict[str, str]] | None = None
) -> "Told":
    """Return a problem as a response. `errors` are what is wrong with each field: a JSON pointer and a message."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail
    if id := REQUEST_ID.get():
        body["request_id"] = id
    if errors:
        body["errors"] = errors
    return Told(body, {**RETRY.get(status, {}), **(headers or {})})


class Told(JSONResponse):
    """A problem as a response; where it is sent from OpenAI's door, in OpenAI's terms too."""

    media_type = MEDIA_TYPE

    def __init__(self, problem: dict[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(problem, problem["status"], headers)
        self.problem = problem
        self._given = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/v1/"):
            return await super().__call__(scope, receive, send)
        told = self.problem
        if told["status"] == 422:
            told = {**told, "status": 400, "title": HTTPStatus(400).phrase}
        both = JSONResponse({**told, **openai_error(told)}, told["status"], self._given, MEDIA_TYPE)
        await both(scope, receive, send)


def openai_error(problem: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """Return a problem's member `error`, as OpenAI's clients read it."""
    kind = OPENAI_TYPES.get(problem["status"], "server_error" if problem["status"] >= 500 else "invalid_request_error")
    first: Mapping[str, str] = next(iter(problem.get("errors", ())), {})
    param = first.get("pointer", first.get("parameter"))
    return {"error": {"message": problem["detail"], "type": kind, "param": param, "code": None}}


def told_as_problems(api: "FastAPI") -> None:
    """Let every error of an application be answered as a problem."""
    from fastapi.exceptions import RequestValidationError

    for kind in (Problem, OnRecordError, Exception):
        api.add_exception_handler(kind, _failed)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)


def without_folders(text: str) -> str:
    """Return a text with paths of this machine cut down to their last part: who calls may be anywhere."""
    return FOLDERS.sub("", text)


def problem_of(error: Exception, doing: str) -> Told:
    """Return an error as a problem; what is the server's fault is logged, as that of `doing`.

    The words of what is no error for users are not told.
    """
    if isinstance(error, Problem):
        return problem(error.status, error.detail, error.headers)
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status == 500:
        log.error("%s failed", doing, exc_info=error)
    return problem(status, without_folders(str(error)) if isinstance(error, OnRecordError) else SAYS[500][1])


async def _failed(request: Request, error: Exception) -> JSONResponse:
    return problem_of(error, f"{request.method} {getattr(request.scope.get('route'), 'path', '-')}")


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Tell what is wrong with which field. What was sent is not sent back."""
    found: RequestValidationError = error  # type: ignore[assignment]
    told = [_told(each) for each in found.errors()[:MOST_ERRORS]]
    first = ": ".join(told[0].values()) if told else "it cannot be read"
    return problem(422, f"The request does not fit: {first.rstrip('.')}.", errors=told)


def _told(error: Mapping[str, Any]) -> dict[str, str]:
    """Return where a field stands, and what is wrong with it."""
    (place, *names), message = error["loc"], str(error["msg"])
    detail = WORDS.get(error["type"], f"{message[:1].lower()}{message[1:]}")
    if place == "body":
        parts = (str(name).replace("~", "~0").replace("/", "~1") for name in names)
        return {"pointer": "#" + "".join(f"/{part}" for part in parts), "detail": detail}
    return {"parameter": ".".join(map(str, names)), "detail": detail}


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 405 and (methods := ", ".join(_methods(request))):
        return problem(405, f"{request.method} cannot be done here. It takes {methods}.", {"Allow": methods})
    return problem(error.status_code, error.detail, error.headers)


def _methods(request: Request) -> list[str]:
    """Return the methods that the description names for a path: the framework names those of its first route alone."""
    paths = request.app.openapi()["paths"]
    fitting = (known for path, known in paths.items() if compile_path(path)[0].match(request.url.path))
    return sorted({method.upper() for known in fitting for method in known})
