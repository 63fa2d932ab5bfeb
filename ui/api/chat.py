"""The OpenAI-compatible door: any chat client can have OnRecord for its model.

The last message is the question; the ones before it are what a follow-up leans on. Nothing is kept. An answer's JSON
(docs/json.md) stands in the message as `onrecord`, in a stream in the last delta. Errors have OpenAI's `error` beside the
members of a problem (see `problems`). Settings of sampling, system messages and tools are passed over: the sources say what
they say.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response, StreamingResponse

from ui.api.answering import unless_gone
from ui.api.bodies import JsonRoute
from ui.api.completing import MODELS, Chat, Completed, Piece, completed, known
from ui.api.desk import Desk
from ui.api.events import AS_IT_COMES, EVENTS
from ui.api.problems import openai_error, problem_of

__all__ = ["chat"]

KEEP_ALIVE_S = 5.0  # of silence after which a comment is sent
T = TypeVar("T")


class Model(BaseModel):
    """A model as it is listed."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "onrecord"


class Models(BaseModel):
    """The models."""

    object: Literal["list"] = "list"
    data: list[Model]


def chat(desk: Desk) -> APIRouter:
    """Return the doors /v1/chat/completions and /v1/models, which OpenAI's own documentation describes."""
    needed = [Depends(desk.reader())]
    router = APIRouter(prefix="/v1", dependencies=needed, route_class=JsonRoute, include_in_schema=False)

    @router.get("/models")
    def models() -> Models:
        return Models(data=[Model(id=name) for name in MODELS])

    @router.get("/models/{name}")
    def model(name: str) -> Model:
        return Model(id=known(name))

    @router.post("/chat/completions", response_model=None)
    async def completions(asked: Chat, request: Request) -> Response:
        pieces = desk.answering.stream(lambda: completed(desk.assistant, asked))
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": asked.model}
        if not asked.stream:
            return JSONResponse(_completion(head, await unless_gone(request, _last(pieces))))
        ticking = _ticking(pieces, KEEP_ALIVE_S)
        first = await unless_gone(request, anext(ticking))  # what fails before anything is said has a status of its own
        return StreamingResponse(_chunks(head, asked, first, ticking), media_type=EVENTS, headers=AS_IT_COMES)

    return router


async def _last(pieces: AsyncGenerator[Piece | Completed, None]) -> Completed:
    """Return the whole, which comes last."""
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, Completed):
                return piece
    raise AssertionError("a stream ends with the whole")


def _completion(head: dict[str, Any], done: Completed) -> dict[str, Any]:
    message = {"role": "assistant", "content": done.content, "refusal": None, "onrecord": done.answer}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": done.usage}


async def _ticking(pieces: AsyncGenerator[T, None], every_s: float) -> AsyncGenerator[T | None, None]:
    """Yield the pieces as they come, and None each time none has come for so long."""
    coming: asyncio.Future[T] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(anext(pieces))
            while not (await asyncio.wait({coming}, timeout=every_s))[0]:
                yield None
            try:
                piece = coming.result()
            except StopAsyncIteration:
                return
            yield piece
    finally:
        if coming is not None:
            coming.cancel()  # which closes what it waits for


async def _chunks(
    head: dict[str, Any],
    asked: Chat,
    first: Piece | Completed | None,
    pieces: AsyncGenerator[Piece | Completed | None, None],
) -> AsyncIterator[str]:
    """Yield the chunks as they are sent: who speaks, each piece, the answer's JSON, the end.

    An error that comes in between is one of them: the status has been sent.
    """
    wants_usage = bool(asked.stream_options and asked.stream_options.include_usage)
    head = {**head, "object": "chat.completion.chunk", **({"usage": None} if wants_usage else {})}
    yield _chunk(head, {"role": "assistant", "content": ""})
    async with aclosing(pieces):
        try:
            async for piece in _with_first(first, pieces):
                if isinstance(piece, Completed):
                    yield _chunk(head, {"onrecord": piece.answer}, "stop")
                    if wants_usage:
                        yield _event({**head, "choices": [], "usage": piece.usage})
                    yield "data: [DONE]\n\n"
                elif piece is None or not piece.content:
                    yield ": still at work\n\n"
                else:
                    yield _chunk(head, {"content": piece.content})
        except Exception as error:  # noqa: BLE001  whatever it is, it is logged, and told without its words
            yield _event(openai_error(problem_of(error, "a streamed answer").problem))


async def _with_first(first: T, pieces: AsyncIterator[T]) -> AsyncIterator[T]:
    yield first
    async for piece in pieces:
        yield piece


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return _event({**head, "choices": [choice]})


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"  # ASCII: some clients end a line at U+2028
