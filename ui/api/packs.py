"""REST: evidence packs, taken away as Markdown or JSON, and taken in, each as the command does it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Header, Query
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import WithJsonSchema

from assistant.evidence import LARGEST_NUMBER, PACK, PACK_SCHEMA, citations, pack, pack_of, resolved
from corpus.catalog import Catalog
from corpus.conversations import Conversation, Conversations
from ui.api import examples
from ui.api.bodies import JsonRoute
from ui.api.conversations import Id
from ui.api.description import replied, shown
from ui.api.desk import Desk
from ui.api.models import ID, VISIBLE, YEAR
from ui.api.problems import Problem, declared
from ui.api.replies import PackReply, TakenReply
from ui.markdown import conversation_markdown
from ui.tokens import Caller

__all__ = ["packs"]

JSON, MARKDOWN = "application/json", "text/markdown"
# A day that there is, in the form that times are kept in.
LEAP = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
DAYS = "(0[1-9]|1[0-9]|2[0-8])"
DAY = f"({YEAR}-((0[13-9]|1[0-2])-({DAYS}|29|30)|(0[13578]|1[02])-31|02-{DAYS})|{LEAP}-02-29)"
TIME = {"type": "string", "pattern": f"^{DAY}T([01][0-9]|2[0-3])(:[0-5][0-9]){{2}}[+]00:00$"}


def _schema(form: Any) -> dict[str, Any]:
    """Return the JSON schema of a form of `assistant.evidence`."""
    if isinstance(form, tuple):
        return {"anyOf": [_schema(one) for one in form]}
    if isinstance(form, dict):
        return {"type": "object", "required": [*form], "properties": {key: _schema(part) for key, part in form.items()}}
    if isinstance(form, list):
        return {"type": "array", "items": _schema(form[0])}
    if form is int:
        return {"type": "integer", "minimum": 0, "exclusiveMaximum": LARGEST_NUMBER}
    return {"type": {str: "string", type(None): "null"}[form]}


def _whole(value: Any, form: Any) -> Any:
    """Return the value with 7 for 7.0, which in JSON is a whole number too, where the form has such."""
    if isinstance(form, tuple):
        return next((_whole(value, one) for one in form if not isinstance(one, type) or one is int), value)
    if isinstance(form, dict) and isinstance(value, dict):
        return {key: _whole(part, form[key]) if key in form else part for key, part in value.items()}
    if isinstance(form, list) and isinstance(value, list):
        return [_whole(part, form[0]) for part in value]
    return int(value) if form is int and isinstance(value, float) and value.is_integer() else value


def _pack_schema() -> dict[str, Any]:
    """Return the JSON schema of an evidence pack."""
    schema = _schema(PACK | {"onrecord": str, "schema": int})
    known = schema["properties"]
    known |= {"onrecord": {"const": "conversation"}, "schema": {"const": PACK_SCHEMA}}
    known |= {"id": {"type": "string", "pattern": f"^{ID}$"}, "title": {"type": "string", "pattern": VISIBLE}}
    known |= {"created_at": TIME, "updated_at": TIME}
    known["turns"]["minItems"] = 1
    known["turns"]["items"]["properties"]["asked_at"] = TIME
    return schema | {"title": "EvidencePack", "description": "A conversation with every answer as it was given."}


Pack = Annotated[dict[str, Any], WithJsonSchema(_pack_schema()), Body(openapi_examples=shown(examples.PACKED))]
Format = Annotated[
    Literal["markdown", "json"] | None, Query(description="Else as the Accept header has it, else Markdown.")
]


def packs(desk: Desk) -> APIRouter:
    """Return the doors /conversations/{id}/pack and /packs."""
    router = APIRouter(prefix="/api/v1", tags=["evidence packs"], route_class=JsonRoute)
    User = Annotated[Caller, Depends(desk.reader())]
    catalog = desk.assistant.library.catalog
    taken_away = replied(PackReply, examples.PACK)
    taken_away[200]["content"][MARKDOWN] = {"schema": {"type": "string"}, "example": "# Who is heard?\n"}

    @router.get(
        "/conversations/{id}/pack",
        operation_id="exportPack",
        summary="Take an evidence pack away",
        responses=declared(404, 406) | taken_away,
    )
    def export(
        id: Id, caller: User, format: Format = None, accept: Annotated[str, Header(include_in_schema=False)] = ""
    ) -> Response:
        """Get a conversation as a file: every quotation, who said it and when, its place, and its document's SHA-256."""
        conversation = Conversations(catalog, caller.name).read(id)
        kind = format or _accepted(accept)
        extension = "json" if kind == "json" else "md"
        named = {"Content-Disposition": f'attachment; filename="onrecord-{id}.{extension}"'}
        if kind == "json":
            return JSONResponse(pack(conversation), headers=named)
        text = conversation_markdown(conversation, catalog).rstrip("\n") + "\n"
        return PlainTextResponse(text, headers=named, media_type=MARKDOWN)

    @router.post(
        "/packs",
        operation_id="importPack",
        summary="Take an evidence pack in",
        status_code=201,
        responses=declared(413, 415, 507)
        | replied(TakenReply, examples.TAKEN, 201)
        | {200: {"model": TakenReply, "description": "It is here already; nothing was changed."}},
    )
    def take(body: Pack, caller: User) -> Response:
        """Keep the conversation of a pack for the caller, and tell which of its quotations stand in this library."""
        conversation = pack_of(_whole(body, PACK), "The body")
        id, is_new = Conversations(catalog, caller.name).take(conversation)
        return JSONResponse({"id": id, "new": is_new, **_standing(conversation, catalog)}, 201 if is_new else 200)

    return router


def _accepted(accept: str) -> str:
    """Return the first of our formats that an Accept header names. Raises Problem 406 if it takes neither."""
    for part in accept.split(","):
        kind, _, rest = part.strip().partition(";")
        if rest.replace(" ", "") in ("q=0", "q=0.0"):
            continue
        if kind in (JSON, "application/*"):
            return "json"
        if kind in (MARKDOWN, "text/*", "*/*", ""):
            return "markdown"
    raise Problem(406, f"It can be had as {MARKDOWN} and {JSON}.")


def _standing(conversation: Conversation, catalog: Catalog) -> dict[str, Any]:
    """Return how many quotations there are, how many stand in the library, and the documents of those that do not."""
    quoted = citations(conversation)
    lost = [found for found in quoted if resolved(found, catalog) is None]
    documents = {found["document"]["content_hash"]: found["document"] for found in lost}
    return {
        "quotations": len(quoted),
        "standing": len(quoted) - len(lost),
        "missing": [_named(document) for document in documents.values()],
    }


def _named(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: document[key] for key in ("id", "version", "title", "source", "content_hash")}
