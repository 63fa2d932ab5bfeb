"""`onrecord conversations`: the conversations that were kept: listed, shown, renamed, exported, imported, deleted."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from corpus.catalog import Catalog
    from corpus.conversations import Conversations, Exchange

__all__ = ["app"]

TITLE_WIDTH = 80  # characters of a title in the list

app = typer.Typer(no_args_is_help=True, help="Conversations that were kept.", rich_markup_mode=None)

Id = Annotated[str, typer.Argument(metavar="ID", help="Its first digits are enough.")]


@app.command("list")
def list_(
    search: Annotated[
        str, typer.Option(metavar="WORDS", help="Only those with these words, or beginnings of them.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the conversations, the newest first."""
    from dataclasses import asdict

    from ui.markdown import plain

    with _opened() as (_, conversations):
        found = conversations.list(search)
    if as_json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        turns = f"{one.turns} turn" + ("s" if one.turns != 1 else "")
        print(f"{one.id}  {plain(one.updated_at)[:10]}  {turns:9}  {plain(one.title)[:TITLE_WIDTH]}")
    if not found:
        _note("none found." if search else "none kept yet. Begin one with: onrecord chat")


@app.command()
def show(id: Id) -> None:
    """Show a conversation, with the words of each citation."""
    with _opened() as (catalog, conversations):
        conversation = conversations.read(conversations.resolve(id))
        for turn in conversation.turns:
            print("\n".join(_lines(turn, catalog)) + "\n")


@app.command()
def rename(id: Id, title: Annotated[str, typer.Argument(metavar="TITLE", help="The new one.")]) -> None:
    """Give a conversation another title; at first it is the first question."""
    with _opened() as (_, conversations):
        conversations.rename(conversations.resolve(id), title)


@app.command()
def delete(id: Id) -> None:
    """Delete a conversation, with its answers."""
    with _opened() as (_, conversations):
        full = conversations.resolve(id)
        conversations.delete(full)
    _note(f"deleted {full}.")


@app.command()
def export(
    id: Id,
    format: Annotated[
        Literal["markdown", "json"], typer.Option("--format", help="JSON can be imported again.")
    ] = "markdown",
    output: Annotated[
        Path | None, typer.Option("-o", metavar="FILE", help="Where it is written, else printed.")
    ] = None,
) -> None:
    """Write the evidence pack: every answer with each quotation, its document, speaker, date and place."""
    from assistant.evidence import pack
    from corpus.errors import SourceError
    from ui.markdown import conversation_markdown

    with _opened() as (catalog, conversations):
        conversation = conversations.read(conversations.resolve(id))
        as_json = format == "json"
        text = (
            json.dumps(pack(conversation), ensure_ascii=False, indent=1)
            if as_json
            else conversation_markdown(conversation, catalog)
        )
    if output is None:
        print(text)
        return
    try:
        output.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{output}: cannot be written ({error}). Name another file with -o.") from error


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(metavar="FILE", help="An evidence pack in JSON.")]) -> None:
    """Import an evidence pack, and say which of its quotations stand in this library."""
    from assistant.evidence import citations, read_pack, resolved
    from ui.markdown import plain

    conversation = read_pack(file)
    with _opened(begins=True) as (catalog, conversations):
        id, is_new = conversations.take(conversation)
        missing = [found for found in citations(conversation) if resolved(found, catalog) is None]
    _note(f"imported as {id}." if is_new else f"here already, as {id}.")
    total = len(citations(conversation))
    _note(f"{total - len(missing)} of {total} quotations stand in this library.")
    for document in {found["document"]["content_hash"]: found["document"] for found in missing}.values():
        _note(plain(f"not in this library: {document['title'] or document['source']} (version {document['version']})"))


def _lines(turn: "Exchange", catalog: "Catalog") -> Iterator[str]:
    """Yield a turn as the terminal shows it."""
    from assistant.evidence import resolved
    from ui.markdown import GONE, plain

    yield f"> {plain(turn.question)}"
    if turn.answer["query"] != turn.question:
        yield f"(asked as: {plain(turn.answer['query'])})"
    yield from (plain(line) for line in turn.answer["text"].splitlines())
    for citation in turn.answer["citations"]:
        document = citation["document"]
        speaker = f"{citation['speaker']} ({citation['cue']}) - " if citation["speaker"] else ""
        origin = f"{document['outlet'] or 'outlet unknown'}, {document['published'] or 'date unknown'}"
        page = f", page {citation['page']}" if citation["page"] else ""
        found = resolved(citation, catalog)
        where = f"{found.id}, version {found.version}" if found else GONE
        name = document["title"] or document["source"]
        yield f"[{citation['marker']}] {plain(f'{speaker}{origin}: {name}{page}')}  ({where})"
        yield f"    {plain(citation['quote'])}"


@contextmanager
def _opened(begins: bool = False) -> "Iterator[tuple[Catalog, Conversations]]":
    """Lend the record and its conversations; a library that is not there yet is begun only by what `begins` one."""
    from contextlib import closing

    from corpus.catalog import Catalog
    from corpus.conversations import Conversations
    from ui.terminal import check_there, settings

    home = settings().home
    if not begins:
        check_there(home)
    with closing(Catalog(home / "catalog.sqlite3")) as catalog:
        yield catalog, Conversations(catalog)


def _note(message: str) -> None:
    print(f"onrecord: {message}", file=sys.stderr)
