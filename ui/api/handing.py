"""The server's end of `ui.handing`: what the command line adds is added here, and told of as it comes.

Nobody else comes in: the secret stands in a file that only the server's user may read, and what comes from another machine
is not even told that there is a door. It is not in the description of the API.
"""

import hmac
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from corpus.types import Input, file_name
from index.ingest import Outcome
from index.sources import add_from_web
from ui.api.desk import Desk
from ui.api.jobs import looks
from ui.api.problems import Problem
from ui.handing import PATH, SCHEME
from ui.web.additions import Addition
from ui.web.begin import fetcher, title_of
from ui.web.jobs import Job

__all__ = ["Watched", "handing"]

ALIVE = 5  # looks, after which an empty line is sent: who has hung up is noticed by it


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be added, as `ui.handing` sends it."""

    paths: Sequence[str]
    pages: Sequence[tuple[str, str]]  # a place and the file that has its bytes
    addresses: Sequence[str]
    follow: bool
    tags: Sequence[str]
    ignored: Sequence[str]
    prune: bool


class Watched(StreamingResponse):
    """A response that goes on for as long as somebody takes it; then `gone` is called, once, whyever it ended."""

    def __init__(self, content: AsyncIterator[str], media_type: str, gone: Callable[[], None] = lambda: None) -> None:
        super().__init__(content, media_type=media_type)
        self._gone = gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._gone()


def handing(desk: Desk) -> APIRouter:
    """Return the door that the command line comes in by."""
    router = APIRouter(include_in_schema=False)

    @router.post(PATH)
    async def add(request: Request) -> Watched:
        if not _is_from_here(request) or not _knows(request, desk.secret):
            raise Problem(404, "Not Found")
        try:
            given = Given(**json.loads(await request.body()))
        except (ValueError, TypeError) as error:
            raise Problem(422, "This is not what this version of onrecord sends.") from error
        addition = Addition(title_of([*map(file_name, given.paths), *given.addresses] or ["Pasted text"], "source"))
        addition.taken = 0
        job = await run_in_threadpool(_begun, desk, given, addition)

        def gone() -> None:
            job.stop()  # which does nothing to one that is over
            addition.taken = inf

        return Watched(_lines(job, addition), "application/x-ndjson", gone)

    return router


def _is_from_here(request: Request) -> bool:
    """Tell whether a request comes from this machine: over its loopback, or from the very address that it reached."""
    client, server = request.client, request.scope.get("server")
    if client is None:
        return False
    return client.host in ("127.0.0.1", "::1") or (server is not None and client.host == server[0])


def _knows(request: Request, secret: str) -> bool:
    told = request.headers.get("authorization", "").encode("utf-8", "replace")
    return bool(secret) and hmac.compare_digest(told, f"{SCHEME} {secret}".encode())


def _begun(desk: Desk, given: Given, addition: Addition) -> Job:
    """Start the job that adds what is given. Raises BusyError."""
    paths = [Path(path) for path in given.paths]
    pages = [Input(place, Path(path)) for place, path in given.pages]

    def work(job: Job) -> None:
        with addition.going(job.heed):
            addition.expect(len(given.addresses) if not paths else 0)  # else the files tell how far it is
            add_from_web(
                desk.assistant.library,
                given.addresses,
                fetcher(job),
                addition,
                given.tags,
                follow=given.follow,
                paths=paths,
                pages=pages,
                ignored=given.ignored,
                prune=given.prune,
            )

    with desk.adding.room():
        return desk.adding.start(addition.title, work, addition)


async def _lines(job: Job, addition: Addition) -> AsyncIterator[str]:
    """Yield an event a line, each a JSON object, until the job is over; nothing that is told is left out."""
    before: dict[str, dict[str, Any]] = {}
    number = 0
    async for told, _ in looks(job):
        for _, what in told:
            yield _line("outcome" if isinstance(what, Outcome) else "note", asdict(what))
        addition.taken = told[-1][0] if told else addition.taken
        progress = _progress(addition)
        for name, event in progress.items():
            if before.get(name) != event:
                yield _line(name, event)
        before = progress
        number += 1
        if number == 2 and job.state == "waiting":  # for longer than it takes to begin
            yield _line("waiting")
        elif number % ALIVE == 0:
            yield "\n"
    end = {"state": job.state, "error": job.error, "exit_code": job.exit_code, "counts": addition.tally.counts}
    yield _line("end", end)


def _progress(addition: Addition) -> dict[str, dict[str, Any]]:
    tally = addition.tally
    expected = {"expected": {"number": tally.expected}} if tally.expected else {}
    return expected | ({"progress": asdict(tally.read)} if tally.read else {})


def _line(name: str, event: dict[str, Any] | None = None) -> str:
    return json.dumps({"event": name, **(event or {})}) + "\n"
