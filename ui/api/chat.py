"""The OpenAI-compatible door: any chat client can have OnRecord for its model.

The last message is the question; the ones before it are what a follow-up leans on. Nothing is kept: the client sends the
conversation each time. An answer's JSON (docs/json.md) stands in the message as `onrecord`, in a stream in the last delta.
Errors have OpenAI's `error` object beside the members of a problem (see `problems`). Settings of sampling, system messages and
tools are passed over: the sources say what they say.
"""

import asyncio
import copy
import json
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError
from starlette.responses import JSONResponse, Response, StreamingResponse

from assistant.answer import Answer, Looking, Statement, Writing, as_json
from assistant.assistant import Assistant, checked_question
from assistant.conversation import Turn, standalone
from assistant.settings import QUOTE
from corpus.segment import count_tokens
from ui.api.answering import unless_gone
from ui.api.answers import AS_IT_COMES, EVENTS
from ui.api.bodies import JsonRoute
from ui.api.desk import Desk
from ui.api.models import Limits
from ui.api.problems import RESPONSES, Problem, declared, openai_error, problem_of
from ui.api.wording import answer_words, closing, paragraph, said_in

__all__ = ["chat"]

MODELS = ("onrecord", "onrecord-quote")  # the server's engine; quotations, whatever its engine is
MOST_TURNS = 20  # earlier questions that a follow-up may lean on
KEEP_ALIVE_S = 5.0  # of silence after which a comment is sent
Event = Looking | Writing | Statement | Answer
T = TypeVar("T")
COMPLETED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A completion as OpenAI's API has it, with the answer as `onrecord` in its message; with `stream`, its chunks.",
        "content": {"application/json": {"schema": {"type": "object"}}, EVENTS: {"schema": {"type": "string"}}},
    }
}


class Part(BaseModel):
    """A piece of a message. Only text is read."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """What was said by whom."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @field_validator("content", mode="before")
    @classmethod
    def _is_text(cls, content: object) -> object:
        for part in content if isinstance(content, list) else ():
            if not (isinstance(part, dict) and part.get("type") == "text"):
                raise PydanticCustomError("part", "only text is read here: a piece of another type is in it")
        return content

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


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
    """Return the doors /v1/chat/completions and /v1/models."""
    router = APIRouter(prefix="/v1", tags=["chat"], dependencies=[Depends(desk.reader())], route_class=JsonRoute)

    @router.get("/models", operation_id="listModels", summary="List the models", responses=RESPONSES)
    def models() -> Models:
        return Models(data=[Model(id=name) for name in MODELS])

    @router.get("/models/{name}", operation_id="getModel", summary="Get a model", responses=declared(404))
    def model(name: str) -> Model:
        return Model(id=_known(name))

    @router.post(
        "/chat/completions",
        operation_id="chatCompletions",
        summary="Answer the last message",
        responses=declared(400, 404, 409, 415) | COMPLETED,
    )
    async def completions(asked: Chat, request: Request) -> Response:
        begin = partial(_events, _engine(desk.assistant, asked.model), _question(asked), asked)
        events = desk.answering.stream(begin)
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": asked.model}
        if not asked.stream:
            return JSONResponse(_completion(head, asked, await unless_gone(request, _last(events))))
        ticking = _ticking(events, KEEP_ALIVE_S)
        first = await unless_gone(request, anext(ticking))  # what fails before anything is said has a status of its own
        return StreamingResponse(_stream(head, asked, first, ticking), media_type=EVENTS, headers=AS_IT_COMES)

    return router


def _known(name: str) -> str:
    if name not in MODELS:
        raise Problem(404, f"There is no model {name!r}. There are: {', '.join(MODELS)}.")
    return name


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


def _events(assistant: Assistant, question: str, asked: Chat) -> Generator[Event, None, None]:
    filters = asked.onrecord.filters() if asked.onrecord else None
    yield from assistant.stream(question, _turns(asked.messages[:-1]), filters)


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


async def _ticking(events: AsyncGenerator[T, None], every_s: float) -> AsyncGenerator[T | None, None]:
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


async def _last(events: AsyncGenerator[Event, None]) -> Answer:
    """Return the answer, which comes last."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Answer):
                return event
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
    content: list[str] = []
    yield _chunk(head, {"role": "assistant", "content": ""})
    try:
        async for event in _with_first(first, events):
            if event is None:
                yield ": working\n\n"
            elif isinstance(event, Statement | Answer):
                content.append(_rest(told, event) if isinstance(event, Answer) else _next(told, event))
                yield _chunk(head, {"content": content[-1]})
            if isinstance(event, Answer):
                yield _chunk(head, {"onrecord": as_json(event)}, "stop")
                if wants_usage:
                    yield _event({**head, "choices": [], "usage": _usage(asked, "".join(content))})
                yield "data: [DONE]\n\n"
    except Exception as error:  # noqa: BLE001  whatever it is, it is logged, and told without its words
        yield _event(openai_error(problem_of(error, "a streamed answer").problem))


async def _with_first(first: T, events: AsyncIterator[T]) -> AsyncIterator[T]:
    yield first
    async for event in events:
        yield event


def _next(told: list[Statement], statement: Statement) -> str:
    """Return a statement's paragraph, and count it to those that were told."""
    told.append(statement)
    return ("\n\n" if told[1:] else "") + paragraph(statement)


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
