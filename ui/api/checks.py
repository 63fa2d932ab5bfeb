"""REST: a draft held against the library, and who said what."""

from collections import Counter
from collections.abc import Generator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from assistant.answer import Answer, citation_json
from assistant.assistant import Assistant
from ui.api import examples
from ui.api.answering import unless_gone
from ui.api.bodies import JsonRoute
from ui.api.description import replied, shown
from ui.api.desk import Desk
from ui.api.models import CheckBody, QuotesQuery
from ui.api.problems import declared
from ui.api.replies import CheckReply, QuotesReply
from ui.draft import DraftSentence, check_draft, draft_json, draft_of, support_in
from ui.tokens import Caller

__all__ = ["checks"]

Checked = tuple[DraftSentence, Answer]


def checks(desk: Desk) -> APIRouter:
    """Return the doors /check and /quotes."""
    router = APIRouter(prefix="/api/v1", tags=["answers"], route_class=JsonRoute)
    User = Annotated[Caller, Depends(desk.reader())]

    @router.post(
        "/check",
        operation_id="check",
        summary="Check a draft",
        responses=declared(409, 415) | replied(CheckReply, examples.CHECKED),
    )
    async def check(
        request: Request, body: Annotated[CheckBody, Body(openapi_examples=shown(examples.CHECKING))], caller: User
    ) -> Response:
        """Tell of each sentence of a draft how well the library supports it, with the words that do."""

        def checked() -> Generator[Checked, None, None]:
            yield from check_draft(desk.assistant, draft_of(body.text).sentences, body.filters())

        async def whole() -> list[Checked]:
            async with aclosing(desk.answering.stream(checked)) as sentences:
                return [sentence async for sentence in sentences]

        found = await unless_gone(request, whole())
        verdicts = Counter(support_in(answer) for _, answer in found)
        told = [draft_json(sentence, answer) for sentence, answer in found]
        return JSONResponse({"count": len(told), "verdicts": verdicts, "sentences": told})

    @router.get(
        "/quotes",
        operation_id="listQuotes",
        summary="List who said what",
        responses=declared(409) | replied(QuotesReply, examples.QUOTED),
    )
    async def quotes(request: Request, about: Annotated[QuotesQuery, Query()], caller: User) -> Response:
        """List what a speaker said, the oldest first, as `onrecord quotes --json` does."""
        return JSONResponse(await unless_gone(request, desk.answering.run(lambda: _quoted(desk.assistant, about))))

    return router


def _quoted(assistant: Assistant, asked: QuotesQuery) -> dict[str, Any]:
    found = assistant.quotes(asked.filters(), asked.about)
    similar = [] if found else assistant.library.catalog.speaking.similar([asked.speaker])
    return {"count": len(found), "quotes": [*map(citation_json, found[: asked.limit])], "similar": similar}
