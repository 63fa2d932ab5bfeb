"""A kept conversation as Markdown: each answer with every quotation and what is known of where it stands.

All that comes from a document or a question is escaped, so that no viewer makes a link, an image, HTML or a heading of it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.evidence import resolved
from corpus.catalog import Catalog
from corpus.conversations import Conversation, Exchange

__all__ = ["GONE", "conversation_markdown", "escaped", "plain"]

GONE = "no longer in this library; the words are those that were kept"
CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)  # also what turns the direction of writing
SPECIAL = re.compile(
    r"([\\`*_{}\[\]<>#|~&$!^=@])|(?<=\d)([.)])(?=\s|$)|^(\s*)([-+])|(?<=[a-z])(:)(?=//)|(?<=www)(\.)", re.IGNORECASE
)


def plain(text: str) -> str:
    """Return a text in one line, without the characters that a terminal obeys."""
    return " ".join(CONTROL.sub(" ", text).split())


def escaped(text: str) -> str:
    """Return a text in one line that Markdown shows as it is."""
    return SPECIAL.sub(lambda match: f"{match[3] or ''}\\{match.group()[len(match[3] or '') :]}", plain(text))


def conversation_markdown(conversation: Conversation, catalog: Catalog) -> str:
    """Return the conversation as Markdown, each citation with whether the library still has what it quotes."""
    turns = [line for number, turn in enumerate(conversation.turns, 1) for line in _turn(number, turn, catalog)]
    about = (
        f"Conversation {conversation.id}, begun {escaped(conversation.created_at)}. Kept by OnRecord: each answer as it was "
        "given, with the words of its sources."
    )
    return "\n".join([f"# {escaped(conversation.title)}", "", about, *turns, ""])


def _turn(number: int, turn: Exchange, catalog: Catalog) -> Iterator[str]:
    answer = turn.answer
    yield from ("", f"## {number}\\. {escaped(turn.question)}", "")
    asked = f"Asked {escaped(turn.asked_at)}"
    as_of = f", as of {escaped(answer['as_of'])}" if answer["as_of"] else ""
    query = f", as: {escaped(answer['query'])}" if answer["query"] != turn.question else ""
    yield f"{asked}{as_of}{query} ({escaped(answer['status'])}; engine {escaped(answer['engine'])})"
    for line in answer["text"].splitlines():
        yield from ("", escaped(line))
    if answer.get("reason") and answer["statements"]:
        yield from ("", escaped(answer["reason"]["message"]))
    for statement in answer["statements"]:
        if statement["reason"]:
            yield from ("", f"{escaped(statement['support'])}: {escaped(statement['reason'])}")
    for citation in answer["citations"]:
        yield from _citation(citation, catalog)


def _citation(citation: Mapping[str, Any], catalog: Catalog) -> Iterator[str]:
    document = citation["document"]
    speaker = f"{escaped(citation['speaker'])}, " if citation["speaker"] else ""
    outlet = escaped(document["outlet"] or "outlet unknown")
    published = escaped(document["published"] or "date unknown")
    yield from (
        "",
        f"**\\[{citation['marker']}\\]** {speaker}{outlet}, {published}: {escaped(document['title'] or document['source'])}",
        "",
    )
    for line in citation["quote"].splitlines():
        yield f"> {escaped(line)}".rstrip()
    yield ""
    for name, value in _facts(citation, document):
        yield f"- {name}: {value}"
    state = "in this library" if resolved(citation, catalog) else GONE
    yield f"- state: {state}"


def _facts(citation: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the escaped value of what is known of a citation."""
    said = citation["said_on"]
    given = {
        "speech": citation["speech"],
        "cue": citation["cue"],
        "told to": ", ".join(citation["via"]),
        "said on": f"{said['text']} ({said['from'] or 'unknown'} to {said['to'] or 'unknown'})" if said else None,
        "authors": ", ".join(document["authors"]),
        "updated": document["updated"],
        "page": citation["page"],
        "characters": f"{citation['start']} to {citation['end']}",
        "source": document["source"],
        "document": f"{document['id']}, version {document['version']}",
        "content hash": document["content_hash"],
    }
    yield from ((name, escaped(str(value))) for name, value in given.items() if value)
