"""REST: the conversations that a caller keeps. Another's is not there for them."""

from dataclasses import asdict, fields
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query
from fastapi.responses import JSONResponse, Response

from assistant.evidence import pack
from corpus.conversations import Conversation, Conversations, Summary
from ui.api import examples
from ui.api.bodies import JsonRoute
from ui.api.description import replied, shown
from ui.api.desk import Desk
from ui.api.models import ConversationId, Listing, Title
from ui.api.problems import declared
from ui.api.replies import ConversationReply, ListReply, SummaryReply
from ui.tokens import Caller

__all__ = ["Id", "conversations"]

Id = Annotated[ConversationId, Path(description="The conversation's id.")]


def conversations(desk: Desk) -> APIRouter:
    """Return the doors below /conversations."""
    router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"], route_class=JsonRoute)
    User = Annotated[Caller, Depends(desk.reader())]
    catalog = desk.assistant.library.catalog

    @router.get(
        "",
        operation_id="listConversations",
        summary="List conversations",
        responses=declared() | replied(ListReply, examples.LISTED),
    )
    def list_(about: Annotated[Listing, Query()], caller: User) -> Response:
        """List the caller's conversations, the newest first; with `search`, those that have words beginning with its words."""
        found = Conversations(catalog, caller.name).list(about.search, about.limit)
        return JSONResponse({"count": len(found), "conversations": [asdict(one) for one in found]})

    @router.get(
        "/{id}",
        operation_id="getConversation",
        summary="Get a conversation",
        responses=declared(404) | replied(ConversationReply, examples.CONVERSATION),
    )
    def get(id: Id, caller: User) -> Response:
        """Get a conversation with its turns, each with its whole answer."""
        held = pack(Conversations(catalog, caller.name).read(id))
        return JSONResponse({key: value for key, value in held.items() if key not in ("onrecord", "schema")})

    @router.patch(
        "/{id}",
        operation_id="renameConversation",
        summary="Rename a conversation",
        responses=declared(404, 415, 507) | replied(SummaryReply, examples.SUMMARY),
    )
    def rename(
        id: Id, body: Annotated[Title, Body(openapi_examples=shown(examples.RENAMED))], caller: User
    ) -> Response:
        """Give a conversation another title; at first it is its first question."""
        kept = Conversations(catalog, caller.name)
        kept.rename(id, body.title)
        return JSONResponse(_summary(kept.read(id)))

    @router.delete(
        "/{id}",
        operation_id="deleteConversation",
        summary="Delete a conversation",
        status_code=204,
        responses=declared(404, 507),
    )
    def delete(id: Id, caller: User) -> Response:
        """Take a conversation out of sight. For a day it can be restored; then it is gone for good."""
        Conversations(catalog, caller.name).discard(id)
        return Response(status_code=204)

    @router.post(
        "/{id}",
        operation_id="restoreConversation",
        summary="Restore a conversation",
        responses=declared(404, 507) | replied(SummaryReply, examples.SUMMARY),
    )
    def restore(id: Id, caller: User) -> Response:
        """Bring back a conversation that was deleted less than a day ago."""
        kept = Conversations(catalog, caller.name)
        kept.restore(id)
        return JSONResponse(_summary(kept.read(id)))

    return router


def _summary(conversation: Conversation) -> dict[str, Any]:
    summed = {field.name: getattr(conversation, field.name) for field in fields(Summary)}
    return summed | {"turns": len(conversation.turns)}
