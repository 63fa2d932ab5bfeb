"""Errors as programs get them: RFC 9457's application/problem+json, with a status that says whose fault it is."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from corpus.errors import (
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
)

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.exceptions import RequestValidationError

__all__ = ["Problem", "problem", "told_as_problems"]

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20  # of one request that are told
STATUS: tuple[tuple[type[OnRecordError], int], ...] = (  # the first that fits
    (NotFoundError, 404),
    (DuplicateError, 409),
    (LibraryLockedError, 409),
    (QuestionError, 422),
    (EditError, 422),
    (SourceError, 422),
    (ModelError, 502),
    (LibraryDamagedError, 503),
    (DiskError, 507),
    (OnRecordError, 500),
)
RETRY = {409: {"Retry-After": "5"}, 429: {"Retry-After": "5"}, 503: {"Retry-After": "5"}}
log = logging.getLogger(__name__)


class Problem(Exception):
    """What is wrong with a request, where no OnRecordError says it: its status, and what to do, in a sentence."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, errors: list[dict[str, str]] | None = None
) -> JSONResponse:
    """Return a problem as a response. `errors` are what is wrong with each field: a JSON pointer and a message."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail
    if errors:
        body["errors"] = errors
    return JSONResponse(body, status, {**RETRY.get(status, {}), **(headers or {})}, MEDIA_TYPE)


def told_as_problems(api: "FastAPI") -> None:
    """Let every error of an application be answered as a problem."""
    from fastapi.exceptions import RequestValidationError

    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(OnRecordError, _ours)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _crashed)


async def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem(error.status, error.detail, error.headers)


async def _ours(_: Request, error: Exception) -> JSONResponse:
    return problem(next(status for kind, status in STATUS if isinstance(error, kind)), str(error))


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Tell what is wrong with which field. What was sent is not sent back."""
    found: RequestValidationError = error  # type: ignore[assignment]
    told = [{"pointer": _pointer(each["loc"]), "detail": str(each["msg"])} for each in found.errors()[:MOST_ERRORS]]
    first = f"{told[0]['pointer']}: {told[0]['detail']}" if told else "it cannot be read"
    return problem(422, f"The request does not fit: {first}.", errors=told)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail, error.headers)


async def _crashed(request: Request, error: Exception) -> JSONResponse:
    log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(500, "Something went wrong here. What it was stands in the log of the server.")


def _pointer(place: tuple[str | int, ...]) -> str:
    """Return where a field stands: "body" is the request's own, as are "query" and "path"."""
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in place)
