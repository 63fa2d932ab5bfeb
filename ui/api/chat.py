"""The OpenAI-compatible door: any chat client can have OnRecord for its model.

The last message is the question; the ones before it are what a follow-up leans on. Nothing is kept: the client sends the
conversation each time. An answer's JSON (docs/json.md) stands in the message as `onrecord`, in a stream in the last delta.
Errors have OpenAI's `error` object beside the members of a problem (see `problems`). Settings of sampling, system messages and
tools are passed over: the sources say what they say.
"""

import asyncio
import copy
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response, StreamingResponse

from assistant.answer import Answer, Looking, Statement, Writing, as_json
from assistant.assistant import Assistant, checked_question
from assistant.conversation import Turn, standalone
from assistant.settings import QUOTE
from corpus.filters import Filters, filters_of
from corpus.segment import count_tokens
from ui.api.desk import Desk
from ui.api.problems import Problem, openai_error, told_of
from ui.api.wording import answer_words, closing, paragraph, said_in

__all__ = ["Limits", "chat", "limited"]

MODELS = ("onrecord", "onrecord-quote")  # the server's engine; quotations, whatever its engine is
MOST_TURNS = 20  # earlier questions that a follow-up may lean on
KEEP_ALIVE_S = 5.0  # of silence after which a comment is sent
Event = Looking | Writing | Statement | Answer
T = TypeVar("T")
log = logging.getLogger(__name__)


class Part(BaseModel):
    """A piece of a message. Only text is read."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """What was said by whom."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class Limits(BaseModel):
    """What the question is limited to, by the names of a questions file (docs/json.md)."""

    model_config = ConfigDict(extra="forbid")

    as_of: str | None = None
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    outlets: str | list[str] = []
    authors: str | list[str] = []
    speakers: str | list[str] = []
    tags: str | list[str] = []
    documents: str | list[str] = []


class StreamOptions(BaseModel):
    """How it is streamed."""

    include_usage: bool | None = False


class Chat(BaseModel):
    """A request for a completion. What else OpenAI's API knows is accepted and has no effect."""

    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = 1
    onrecord: Limits | None = None


def chat(desk: Desk) -> APIRouter:
    """Return the doors /v1/chat/completions and /v1/models."""
    router = APIRouter(prefix="/v1", tags=["chat"], dependencies=[Depends(desk.reader())])

    @router.get("/models", summary="List the models")
    def models() -> dict[str, Any]:
        return {"object": "list", "data": [_model(name) for name in MODELS]}

    @router.get("/models/{name}", summary="Get a model")
    def model(name: str) -> dict[str, Any]:
        return _model(_known(name))

    @router.post("/chat/completions", summary="Answer the last message", response_model=None)
    async def completions(asked: Chat, request: Request) -> Response:
        begin = partial(_events, _engine(desk.assistant, asked.model), _question(asked), asked)
        events = _ticking(desk.answering.stream(begin), KEEP_ALIVE_S)
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": asked.model}
        if not asked.stream:
            return JSONResponse(_completion(head, asked, await _last(events, request)))
        first = await anext(events)  # what fails before anything is said has a status of its own
        return StreamingResponse(_stream(head, asked, first, events), media_type="text/event-stream")

    return router


def _known(name: str) -> str:
    if name not in MODELS:
        raise Problem(404, f"There is no model {name!r}. There are: {', '.join(MODELS)}.")
    return name


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "onrecord"}


def _engine(assistant: Assistant, model: str) -> Assistant:
    """Return what answers as that model. Raises Problem 404."""
    if _known(model) == MODELS[0]:
        return assistant
    quoting = copy.copy(assistant)
    quoting.settings = assistant.settings.model_copy(update={"engine": QUOTE})
    return quoting


def _question(asked: Chat) -> str:
    """Return the last message. Raises QuestionError, and Problem 422 if it is not the user's."""
    if asked.messages[-1].role != "user":
        raise Problem(422, "The last message is the question, so its role has to be user.")
    return checked_question(asked.messages[-1].text)


def limited(limits: Limits | None) -> Filters:
    """Return the limits as filters. Raises QuestionError for what is no date."""
    return filters_of(limits.model_dump(by_alias=True) if limits else {})


def _events(assistant: Assistant, question: str, asked: Chat) -> Generator[Event, None, None]:
    yield from assistant.stream(question, _turns(asked.messages[:-1]), limited(asked.onrecord))


def _turns(messages: Sequence[Message]) -> list[Turn]:
    """Return what a follow-up may lean on: how each earlier question was searched, and what its answer told."""
    said = [message for message in messages if message.role in ("user", "assistant")][-2 * MOST_TURNS :]
    turns: list[Turn] = []
    for number, message in enumerate(said):
        if message.role != "user":
            continue
        answers = said[number + 1 : number + 2]
        told = said_in(answers[0].text) if answers and answers[0].role == "assistant" else ()
        turns.append(Turn(standalone(message.text, turns), told))
    return turns


async def _ticking(events: AsyncIterator[T], every_s: float) -> AsyncIterator[T | None]:
    """Yield the events as they come, and None each time none has come for so long."""
    coming: asyncio.Future[T] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(anext(events))
            while not (await asyncio.wait({coming}, timeout=every_s))[0]:
                yield None
            try:
                event = coming.result()
            except StopAsyncIteration:
                return
            yield event
    finally:
        if coming is not None:
            coming.cancel()  # which closes what it waits for


async def _last(events: AsyncIterator[Event | None], request: Request) -> Answer:
    """Return the answer; whoever has hung up is worked for no longer."""
    async with aclosing(events):  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, Answer):
                return event
            if await request.is_disconnected():
                raise Problem(408, "Whoever asked has gone.")
    raise AssertionError("a stream ends with its answer")


def _completion(head: dict[str, Any], asked: Chat, answer: Answer) -> dict[str, Any]:
    content = answer_words(answer)
    message = {"role": "assistant", "content": content, "refusal": None, "onrecord": as_json(answer)}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": _usage(asked, content)}


def _usage(asked: Chat, content: str) -> dict[str, int]:
    """Return how long the messages and the answer are; what a language model behind it took is in its own `usage`."""
    given, told = sum(count_tokens(message.text) for message in asked.messages), count_tokens(content)
    return {"prompt_tokens": given, "completion_tokens": told, "total_tokens": given + told}


async def _stream(
    head: dict[str, Any], asked: Chat, first: Event | None, events: AsyncIterator[Event | None]
) -> AsyncIterator[str]:
    """Yield the chunks as server-sent events: who speaks, each statement, the rest, the answer's JSON, the end."""
    wants_usage = bool(asked.stream_options and asked.stream_options.include_usage)
    head = {**head, "object": "chat.completion.chunk", **({"usage": None} if wants_usage else {})}
    told: list[Statement] = []
    yield _chunk(head, {"role": "assistant", "content": ""})
    try:
        async for event in _with_first(first, events):
            if event is None:
                yield ": working\n\n"
            elif isinstance(event, Statement):
                yield _chunk(head, {"content": ("\n\n" if told else "") + paragraph(event)})
                told.append(event)
            elif isinstance(event, Answer):
                yield _chunk(head, {"content": _rest(told, event)})
                yield _chunk(head, {"onrecord": as_json(event)}, "stop")
                if wants_usage:
                    yield _event({**head, "choices": [], "usage": _usage(asked, answer_words(event))})
                yield "data: [DONE]\n\n"
    except Exception as error:
        log.exception("an answer broke off")
        yield _event(openai_error(*told_of(error)))


async def _with_first(first: T, events: AsyncIterator[T]) -> AsyncIterator[T]:
    yield first
    async for event in events:
        yield event


def _rest(told: Sequence[Statement], answer: Answer) -> str:
    """Return what an answer has beyond the statements that were told: all of it where they did not hold."""
    if told and tuple(told) == answer.statements and answer.status != "failed":
        return "".join(f"\n\n{part}" for part in closing(answer))
    return ("\n\n" if told else "") + answer_words(answer)


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return _event({**head, "choices": [choice]})


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"  # ASCII: some clients end a line at U+2028
