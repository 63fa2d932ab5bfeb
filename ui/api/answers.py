"""REST: searching, and asking, with the answer whole or as events while it is made."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from assistant.assistant import Assistant
from ui.api import examples
from ui.api.answering import unless_gone
from ui.api.asking import Event, answered
from ui.api.bodies import JsonRoute
from ui.api.description import replied, shown
from ui.api.desk import Desk
from ui.api.events import AS_IT_COMES, EVENTS, as_event
from ui.api.models import AskBody, SearchBody, SearchQuery
from ui.api.problems import declared, problem_of
from ui.api.replies import AskReply, SearchReply
from ui.output import passages_json
from ui.tokens import Caller

__all__ = ["answers"]

EVENT_SCHEMA = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["looking", "statement", "writing", "answer", "error"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["event", "data"],
}
FOUND = replied(SearchReply, examples.FOUND)
ASKED = replied(AskReply, examples.ANSWER | {"conversation": None})
ASKED[200]["description"] = "The answer; with `stream`, events, the last of which is the answer or an error."
ASKED[200]["content"][EVENTS] = {"schema": EVENT_SCHEMA, "example": examples.STREAMED}


def answers(desk: Desk) -> APIRouter:
    """Return the doors /search and /ask."""
    router = APIRouter(prefix="/api/v1", tags=["answers"], route_class=JsonRoute)
    reader = desk.reader()

    @router.post("/search", operation_id="search", summary="Search", responses=declared(409, 415) | FOUND)
    async def search(
        request: Request,
        body: Annotated[SearchBody, Body(openapi_examples=shown(examples.SEARCHED))],
        caller: Annotated[Caller, Depends(reader)],
    ) -> Response:
        """Find the passages nearest to a query, as `onrecord search --json` does."""
        return await searched(request, body)

    @router.get(
        "/search", operation_id="searchByAddress", summary="Search by an address", responses=declared(409) | FOUND
    )
    async def search_by_address(
        request: Request, body: Annotated[SearchQuery, Query()], caller: Annotated[Caller, Depends(reader)]
    ) -> Response:
        """Find the passages nearest to a query: the same, limited in time alone."""
        return await searched(request, body)

    async def searched(request: Request, body: SearchBody | SearchQuery) -> Response:
        return JSONResponse(await unless_gone(request, desk.answering.run(lambda: _found(desk.assistant, body))))

    @router.post("/ask", operation_id="ask", summary="Ask", responses=declared(404, 409, 415, 507) | ASKED)
    async def ask(
        request: Request,
        body: Annotated[AskBody, Body(openapi_examples=shown(examples.ASKED))],
        caller: Annotated[Caller, Depends(reader)],
    ) -> Response:
        """Answer a question in the sources' words, or in a language model's with what bears it out.

        That the sources are silent is an answer too: its `status` is `abstained`.
        """
        events = desk.answering.stream(lambda: answered(desk.assistant, body, caller.name))
        streams = EVENTS in request.headers.get("accept", "") if body.stream is None else body.stream
        if not streams:
            return JSONResponse(await unless_gone(request, _answer(events)))
        first = await unless_gone(request, anext(events))  # what is refused is refused with a status
        return StreamingResponse(_sent(first, events), media_type=EVENTS, headers=AS_IT_COMES)

    return router


def _found(assistant: Assistant, body: SearchBody | SearchQuery) -> dict[str, Any]:
    found = assistant.retriever.search(body.query, body.k, body.filters())
    rows = passages_json(found, assistant.library)
    counts = {"count": len(rows), "searched": found.searched, "undated_left_out": found.undated}
    return {"query": body.query, **counts, "passages": rows}


async def _answer(events: AsyncGenerator[Event, None]) -> dict[str, Any]:
    """Return the JSON of the answer, which comes last."""
    async with aclosing(events):
        return [data async for _, data in events][-1]


async def _sent(first: Event, events: AsyncGenerator[Event, None]) -> AsyncIterator[bytes]:
    """Yield events as they are sent. An error that comes in between is one of them: the status has been sent."""
    async with aclosing(events):
        yield as_event(*first)
        try:
            async for event in events:
                yield as_event(*event)
        except Exception as error:  # noqa: BLE001  whatever it is, it is logged, and told without its words
            yield b"event: error\ndata: " + bytes(problem_of(error, "a streamed answer").body) + b"\n\n"
