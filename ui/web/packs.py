"""The evidence pack of a conversation, taken away from the page: as Markdown to read, as JSON to take in elsewhere."""

import json
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from assistant.evidence import pack
from corpus.catalog import Catalog
from corpus.conversations import LOCAL, Conversations
from corpus.errors import NotFoundError
from ui.markdown import conversation_markdown
from ui.web.auth import SIGNED_IN
from ui.web.keeping import place
from ui.web.naming import count
from ui.web.render import Turn

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["add_packs", "taking"]


def taking(turns: Sequence[Turn]) -> str:
    """Return what the pack of the open conversation holds, with the links to take it; "" where nothing is kept yet."""
    id = place(turns)
    if id is None:
        return ""
    answers = [turn.answer for turn in turns if turn.answer and turn.kept and turn.kept.conversation == id]
    citations = [citation for answer in answers for citation in answer.citations]
    documents = {citation.document.id for citation in citations}
    asked = sum(turn.kept is not None and turn.kept.conversation == id for turn in turns)
    quoted = f"{count(len(citations), 'quotation')} from {count(len(documents), 'document')}" if citations else ""
    holds = f"{count(asked, 'question')} with {'its answer' if asked == 1 else 'their answers'} as given" + (
        f", and {quoted}: the exact words, who said them and when, outlet, date, page, their place in the text, and the "
        "SHA-256 of each document"
        if quoted
        else ""
    )
    links = "".join(
        f'<a href="/pack/{escape(id)}.{kind}" download>{name}</a><span class="quiet">{what}</span>'
        for kind, name, what in (("md", "Markdown", "to read and to send"), ("json", "JSON", "to import elsewhere"))
    )
    return f'<details><summary>Evidence pack</summary><p class="quiet">{escape(holds)}.</p><p>{links}</p></details>'


def add_packs(server: "FastAPI", catalog: Catalog) -> None:
    """Add the routes by which a visitor takes the packs of their own conversations."""
    from fastapi import Request
    from fastapi.responses import PlainTextResponse, Response

    def taken(request: Request, id: str, kind: str) -> Response:
        try:
            conversation = Conversations(catalog, request.scope.get(SIGNED_IN) or LOCAL).read(id)
        except NotFoundError:
            return PlainTextResponse("There is no such conversation.\n", 404)
        if kind == "md":
            text, media_type = conversation_markdown(conversation, catalog), "text/markdown"
        else:
            text, media_type = json.dumps(pack(conversation), ensure_ascii=False, indent=1), "application/json"
        named = {"Content-Disposition": f'attachment; filename="onrecord-{conversation.id}.{kind}"'}
        return Response(text.rstrip("\n") + "\n", media_type=media_type, headers=named)

    @server.get("/pack/{id}.md")
    def markdown(request: Request, id: str) -> Response:
        return taken(request, id, "md")

    @server.get("/pack/{id}.json")
    def as_json(request: Request, id: str) -> Response:
        return taken(request, id, "json")
