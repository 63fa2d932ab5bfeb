"""The `onrecord` command. Results go to stdout, progress and problems to stderr; exit codes are those of docs/json.md.

Everything that takes time to import is imported inside the command that needs it, so that --help answers at once.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpus.errors import OnRecordError
from ui.conversations import app as conversations
from ui.documents import app as documents
from ui.evaluation import app as evaluation
from ui.following import app as following
from ui.keeping import app as keeping
from ui.samples import QUESTION, TAG, sample_folders
from ui.terminal import INTERRUPTED, PARTIAL, Adding, Home, Json, add_reporting, opened, origin_line, problem, settings

if TYPE_CHECKING:
    from assistant.answer import Answer
    from corpus.filters import Filters

__all__ = ["app", "main"]

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.add_typer(documents)
app.add_typer(following)
app.add_typer(keeping)
app.add_typer(evaluation, name="eval")
app.add_typer(conversations, name="conversations")

AsOf = Annotated[
    str | None, typer.Option(metavar="DATE", help="What was published by then: 2022-08-25, 2022-08 or 2022.")
]
From = Annotated[str | None, typer.Option(metavar="DATE", help="What was published on that day or later.")]
To = Annotated[str | None, typer.Option(metavar="DATE", help="What was published on that day or before.")]
Outlets = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only of this outlet; may be repeated.")]
Speakers = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this one's words; may be repeated.")]
Tags = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only with this tag; may be repeated.")]
Engine = Annotated[
    str | None, typer.Option(metavar="NAME", help="What answers: quote, or a language model (see: onrecord models).")
]
ModelUrl = Annotated[str | None, typer.Option(metavar="URL", help="Where the model is: an OpenAI-compatible endpoint.")]
K = Annotated[int | None, typer.Option("-k", metavar="N", min=1, max=100, help="Passages to look at.")]


def main() -> None:
    """Run the command; an error meant for the user is one line on stderr and an exit code."""
    try:
        app()
    except OnRecordError as error:
        problem(str(error))
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # typer's for Ctrl-C, without a word
            problem("interrupted. What was done until then is kept; run the same command again to go on.")
        raise


@app.callback()
def home(
    home: Annotated[Path | None, typer.Option(metavar="DIR", help="The library's folder (or ONRECORD_HOME).")] = None,
) -> None:
    """Answers about a body of news, every sentence tied to the exact words in the sources."""
    Home.path = home


@app.command()
def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words of what is looked for.")],
    k: K = None,
    as_json: Json = False,
    as_of: AsOf = None,
    from_date: From = None,
    to_date: To = None,
    outlet: Outlets = None,
    tag: Tags = None,
) -> None:
    """Find the passages nearest to a query."""
    from assistant.answer import BY_WORDS
    from corpus.types import file_name
    from ui.output import passages_json

    with opened(k=k) as assistant:
        filters = _filters(as_of, from_date, to_date, outlet, tag, None)
        found = assistant.search(query, filters)
        rows = passages_json(found, assistant.library)
    if found.by_words_only:
        problem(BY_WORDS)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(
            f"{row['score']:7.3f}  {row['title'] or file_name(str(row['source']))}  ({origin_line(row['outlet'], row['published'])})\n         {row['text']}\n"
        )


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(metavar="QUESTION", help="One question; in quotes.")] = None,
    batch: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Questions, JSON Lines; prints a line each.")
    ] = None,
    as_json: Json = False,
    as_of: AsOf = None,
    from_date: From = None,
    to_date: To = None,
    outlet: Outlets = None,
    speaker: Speakers = None,
    tag: Tags = None,
    engine: Engine = None,
    model_url: ModelUrl = None,
    strict: Annotated[bool, typer.Option("--strict", help="Abstain sooner; leave out what is not supported.")] = False,
    k: K = None,
    conversation: Annotated[
        str | None, typer.Option(metavar="ID|new", help="Ask as a follow-up in a conversation that is kept.")
    ] = None,
) -> None:
    """Ask a question, or many from a file."""
    from assistant.answer import as_json as answer_json
    from assistant.settings import STRICT
    from ui.output import answer_text, print_streamed
    from ui.talk import Talk

    if (question is None) == (batch is None):
        raise typer.BadParameter("give one question, or --from FILE.")
    if batch is not None and conversation is not None:
        raise typer.BadParameter("--conversation is for one question. In a file, write turns.")
    filters = _filters(as_of, from_date, to_date, outlet, tag, speaker)
    given: dict[str, Any] = {"k": k, "engine": engine, "model_url": model_url}
    if strict:
        given |= {"strictness": STRICT, "drop_unsupported": True}
    with opened(**given) as assistant:
        if batch is not None:
            from ui.batch import answer_all

            failed = []
            for answer in answer_all(assistant, batch, filters):
                print(json.dumps(answer_json(answer), ensure_ascii=False), flush=True)
                failed.append(answer.status == "failed")
            if any(failed):
                raise typer.Exit(1 if all(failed) else PARTIAL)
            return
        talk = Talk(assistant, conversation, keeps=conversation is not None)
        if sys.stdout.isatty() and not as_json:
            answer = print_streamed(talk.stream(question or "", filters))
        else:
            answer = talk.ask(question or "", filters)
            print(json.dumps(answer_json(answer), ensure_ascii=False) if as_json else answer_text(answer))
        if conversation is not None and not as_json and answer.query != answer.question:
            print(f"(asked as: {answer.query})")
        talk.keep(answer)
    if talk.id is not None:
        problem(f"kept in conversation {talk.id}.")
    _exit_if_failed(answer)


@app.command()
def quotes(
    speaker: Annotated[list[str], typer.Option(metavar="NAME", help="Whose words; any part of the name will do.")],
    about: Annotated[str | None, typer.Option(metavar="SUBJECT", help="Only what is said on this.")] = None,
    as_json: Json = False,
    as_of: AsOf = None,
    from_date: From = None,
    to_date: To = None,
    outlet: Outlets = None,
    tag: Tags = None,
) -> None:
    """List who said what, in date order."""
    from assistant.answer import citation_json
    from ui.output import quote_text

    filters = _filters(as_of, from_date, to_date, outlet, tag, speaker)
    with opened() as assistant:
        found = assistant.quotes(filters, about)
        similar = assistant.library.catalog.speaking.similar(speaker) if not found else []
    if as_json:
        print(json.dumps([citation_json(citation) for citation in found], ensure_ascii=False))
    for citation in [] if as_json else found:
        print(quote_text(citation) + "\n")
    if not found:
        problem(_nobody(speaker, about, similar))


def _nobody(speakers: list[str], about: str | None, similar: list[str]) -> str:
    """Say that nothing was found, and who of a similar name does speak."""
    names = " or ".join(speakers)
    if about is not None:
        return f"nothing that {names} says about {about} is in the library. Leave out --about to see all that is."
    return f"nobody called {names} says anything in the library." + (
        f" There is {', '.join(similar)}." if similar else ""
    )


@app.command()
def check(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="A file of any kind that can be added, or - .")],
    as_json: Json = False,
    as_of: AsOf = None,
    from_date: From = None,
    to_date: To = None,
    outlet: Outlets = None,
    tag: Tags = None,
) -> None:
    """Check each sentence of a draft against the library: supported (+), partly (~), contradicted (!), not found (-)."""
    from ui.draft import SIGNS, check_draft, checked_text, draft_json, sentences, support_in

    filters = _filters(as_of, from_date, to_date, outlet, tag, None)
    counts = dict.fromkeys(SIGNS, 0)
    with opened() as assistant:
        for sentence, answer in check_draft(assistant, sentences(draft), filters):
            counts[support_in(answer)] += 1
            print(
                json.dumps(draft_json(sentence, answer), ensure_ascii=False) if as_json else checked_text(answer) + "\n"
            )
    n = sum(counts.values())
    problem(f"{n} sentence{'s'[: n != 1]}: {', '.join(f'{count} {told}' for told, count in counts.items() if count)}.")
    if counts["not checked"]:
        raise typer.Exit(3)


@app.command()
def models() -> None:
    """List the language models that --engine can name: those of the endpoint that is set, or of a local Ollama."""
    from assistant.endpoint import offered

    address, names = offered(settings())
    problem(f"{address} offers {len(names)}.")
    for name in names:
        print(name)


@app.command()
def chat(
    engine: Engine = None,
    model_url: ModelUrl = None,
    conversation: Annotated[str | None, typer.Option(metavar="ID", help="Go on with a conversation.")] = None,
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Keep it; see onrecord conversations.")] = True,
) -> None:
    """Ask one question after the other; an empty line ends. A line that begins with = puts right how the last was asked."""
    from ui.output import print_streamed
    from ui.talk import Talk

    if conversation is not None and not keep:
        raise typer.BadParameter("--conversation goes on with what is kept. Leave out --no-keep.")
    with opened(engine=engine, model_url=model_url) as assistant:
        talk = Talk(assistant, conversation, keep)
        for line in _typed():
            try:
                answer = print_streamed(talk.corrected(line[1:]) if line.startswith("=") else talk.stream(line))
                if answer.query != answer.question:
                    print(f"(asked as: {answer.query})")
                print()
                talk.keep(answer)
            except OnRecordError as error:
                problem(str(error))
    if talk.id is not None:
        problem(f"kept as conversation {talk.id}. Go on with: onrecord chat --conversation {talk.id}")


def _typed() -> Iterator[str]:
    """Yield the lines that are typed, until an empty one or the end."""
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            return
        if not line:
            return
        yield line


@app.command()
def serve(
    host: Annotated[str, typer.Option(metavar="HOST", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0 is any that is free.")] = 7860,
    samples: Annotated[bool, typer.Option(help="Add the sample corpus first, if the library is empty.")] = False,
    engine: Engine = None,
    model_url: ModelUrl = None,
    auth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Who may sign in (see: onrecord password); else nobody need.")
    ] = None,
    tokens: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Which programs may come in (see: onrecord token).")
    ] = None,
) -> None:
    """Serve the chat in a web page, and the doors for programs: REST, OpenAI-compatible, MCP."""
    from ui.tokens import Tokens
    from ui.web.accounts import Accounts
    from ui.web.app import check_reach
    from ui.web.app import serve as serve_page

    accounts = Accounts(auth) if auth else None
    known = Tokens(tokens) if tokens else None
    if warning := check_reach(host, accounts is not None):
        problem(warning)
    with opened(begins=True, engine=engine, model_url=model_url) as assistant:
        if samples and not assistant.library.list():
            problem("building the library from the sample corpus...")
            add_reporting(assistant, Adding(sample_folders(), tags=[TAG]), as_json=False)

        def ready(url: str) -> None:
            print(f"OnRecord is at {url}", flush=True)
            if samples:
                print(f"Try: {QUESTION}", flush=True)

        serve_page(assistant, host, port, ready, accounts, known)


@app.command()
def mcp(engine: Engine = None, model_url: ModelUrl = None) -> None:
    """Let an agent search, ask and read over stdin and stdout (Model Context Protocol). It changes nothing."""
    with opened(engine=engine, model_url=model_url) as assistant:
        import asyncio

        from ui.api.mcp import serve_stdio  # here, since a home without a library is told at once

        asyncio.run(serve_stdio(assistant))


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    print(installed("onrecord"))


def _filters(
    as_of: str | None,
    from_date: str | None,
    to_date: str | None,
    outlets: list[str] | None,
    tags: list[str] | None,
    speakers: list[str] | None,
) -> "Filters":
    from corpus.filters import filters_of

    return filters_of(
        {"as_of": as_of, "from": from_date, "to": to_date, "outlets": outlets, "tags": tags, "speakers": speakers}
    )


def _exit_if_failed(answer: "Answer") -> None:
    if answer.status == "failed":
        raise typer.Exit(1)


if __name__ == "__main__":
    from ui.cli import main as installed  # else the sub-commands would import a second copy, that was told no --home

    installed()
