"""A question of a program: answered in the light of its conversation, kept there for who asked, told as it comes."""

from collections.abc import Generator
from copy import copy
from dataclasses import asdict
from typing import Any

from assistant.answer import Answer, Citation, Looking, Statement, Writing, as_json, citation_json
from assistant.assistant import Assistant
from assistant.conversation import Turn, turn_of_json
from assistant.settings import QUOTE, STRICT, changed
from corpus.conversations import Conversations
from corpus.errors import NotFoundError
from ui.api.models import AskBody

__all__ = ["Event", "answered"]

NEW = "new"
Event = tuple[str, dict[str, Any]]  # its name and its JSON


def answered(assistant: Assistant, body: AskBody, owner: str) -> Generator[Event, None, None]:
    """Yield what becomes of a question, the last being "answer", which is kept by then where that is wanted.

    Raises NotFoundError if its conversation is not the owner's, and as `Assistant.stream` does.
    """
    kept = Conversations(assistant.library.catalog, owner)
    history = _history(kept, body.conversation)
    told: set[int] = set()
    for part in _set(assistant, body).stream(body.question, history, body.filters(), body.query):
        if isinstance(part, Answer):
            yield "answer", as_json(part) | {"conversation": _keep(kept, body.conversation, part)}
        else:
            yield _event(part, told)


def _history(kept: Conversations, id: str | None) -> list[Turn]:
    return [] if id in (None, NEW) else [turn_of_json(turn.answer) for turn in kept.read(id or "").turns]


def _set(assistant: Assistant, body: AskBody) -> Assistant:
    """Return an assistant with the settings of this one question."""
    wanted: dict[str, object] = {}
    if body.k is not None:
        wanted["k"] = body.k
    if body.engine is not None:
        wanted["engine"] = QUOTE
    if body.strict:
        wanted |= {"strictness": STRICT, "drop_unsupported": True}
    own = copy(assistant)
    own.settings = changed(own.settings, "request", **wanted) if wanted else own.settings
    return own


def _keep(kept: Conversations, id: str | None, answer: Answer) -> str | None:
    """Keep an answer, in a new conversation also where its own was deleted meanwhile; return the conversation's id."""
    if id is None:
        return None
    try:
        return kept.keep(None if id == NEW else id, answer.question, as_json(answer))[0]
    except NotFoundError:
        return kept.keep(None, answer.question, as_json(answer))[0]


def _event(part: Looking | Writing | Statement, told: set[int]) -> Event:
    """Return what is told before the answer. `told` are the markers of the citations that were told of."""
    if isinstance(part, Looking):
        known = ("id", "title", "source", "outlet", "published")
        documents = [{key: getattr(one, key) for key in known} for one in part.documents]
        return "looking", {"query": part.query, "passages": part.passages, "documents": documents}
    if isinstance(part, Statement):
        return "statement", asdict(part)
    new: list[Citation] = [citation for citation in part.citations if citation.marker not in told]
    told.update(citation.marker for citation in new)
    return "writing", {"citations": [citation_json(citation) for citation in new]}
