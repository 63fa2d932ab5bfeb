"""The commands that fill and tend the library: add, list, show, edit, remove."""

import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.following import add_addresses
from ui.terminal import (
    PARTIAL,
    Adding,
    Json,
    add_given,
    add_reporting,
    known_of,
    opened,
    origin_line,
    problem,
    settings,
)

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from corpus.types import Document, Input
    from index.adding import Workers
    from index.ingest import Outcome

__all__ = ["app"]

app = typer.Typer(rich_markup_mode=None)

Id = Annotated[str, typer.Argument(metavar="ID", help="The document's; its first digits are enough.")]


@app.command()
def add(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE", help="Files, folders, addresses of pages and feeds; - is text from standard input."
        ),
    ],
    tag: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A tag for what is added; may be repeated.")
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="TITLE", help="The title of text from standard input.")] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Leave out of folders, as in .gitignore; may be repeated."),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Let searches no longer find documents that are gone from a folder.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on and follow the folders as they change.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Let onrecord sync ask for the addresses again from now on.")
    ] = False,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="auto|HOST:PORT",
            help="Read and encode on Ray: on this machine's cluster, begun for this if there is none, or on the one at an address.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Add documents to the library."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was begun is taken back as with Ctrl-C
    addresses, named = _told_apart(sources, watch, follow)
    if watch and ray is not None:
        raise typer.BadParameter("--watch reads what changes on this machine, and --ray elsewhere. Leave one out.")
    with _with_pasted(named, title) as (paths, pages):
        given = Adding(paths, pages, tuple(tag or ()), tuple(ignore or ()), prune or watch)
        if watch:
            with opened(begins=True) as assistant:
                _watch(assistant, given, as_json)
            return
        outcomes = _added(given, addresses, follow, as_json, ray)
    failed = [outcome for outcome in outcomes if not outcome.ok]
    if not outcomes:
        problem("nothing to add: the folder has no files.")
        raise typer.Exit(1)
    if failed:
        raise typer.Exit(PARTIAL if len(failed) < len(outcomes) else 1)


def _added(given: Adding, addresses: Sequence[str], follow: bool, as_json: bool, ray: str | None) -> "list[Outcome]":
    """Add what is given; return what came of each.

    A server that serves the library does it, if there is one; but with Ray this process, which has the cluster.
    """
    from ui.handing import handed, server_of

    chosen = settings()
    server = server_of(chosen.home, chosen.encoder) if ray is None else None
    outcomes = handed(server, given, addresses, follow, as_json) if server else None
    if outcomes is not None:
        return outcomes
    with opened(begins=True) as assistant, _workers(assistant, ray) as workers:
        given = replace(given, workers=workers)
        if addresses:
            return add_addresses(assistant, given, addresses, follow, as_json)
        return add_reporting(assistant, given, as_json)


def _told_apart(sources: list[str], watch: bool, follow: bool) -> tuple[list[str], list[Path]]:
    """Return the addresses among the sources, and the rest. Raises BadParameter where an option is for others alone."""
    from corpus.addresses import is_address

    if "" in sources:  # Path("") is the folder one is in
        raise typer.BadParameter("an empty name is no file or folder. Write . for this folder.")
    addresses = [source for source in sources if is_address(source)]
    named = [Path(source) for source in sources if not is_address(source)]
    if follow and named:
        raise typer.BadParameter(f"{named[0]}: --follow is for addresses.")
    if watch and addresses:
        raise typer.BadParameter(
            f"{addresses[0]}: --watch is for folders. For addresses: --follow, then onrecord sync."
        )
    unwatched = [path for path in named if not path.is_dir()]
    if watch and unwatched:
        raise typer.BadParameter(f"{unwatched[0]}: --watch follows folders, and this is none.")
    return addresses, named


@contextmanager
def _with_pasted(sources: list[Path], title: str | None) -> "Iterator[tuple[list[Path], list[Input]]]":
    """Lend the files and folders, and the text that comes on standard input where "-" is one: the same is the same document."""
    from index.pasted import pasted

    if Path("-") not in sources:
        if title is not None:
            raise typer.BadParameter("--title is for text from standard input: onrecord add - --title TITLE.")
        yield [*sources], []
        return
    with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
        text = pasted(sys.stdin.buffer.read(), title, Path(folder))
        yield [source for source in sources if source != Path("-")], [text]


@contextmanager
def _workers(assistant: "Assistant", ray: str | None) -> "Iterator[Workers | None]":
    """Lend what reads and encodes on Ray, where that is asked for."""
    if ray is None:
        yield None
        return
    from index.ray import cluster

    library = assistant.library
    with cluster(ray, library.encoder(), library.home / "encoder") as workers:
        problem(f"reading and encoding on Ray: {workers}.")
        yield workers


def _watch(assistant: "Assistant", given: Adding, as_json: bool) -> None:
    """Add what is in the folders, then what changes in them, until it is interrupted."""
    from corpus.errors import LibraryLockedError
    from index.watching import changes
    from ui.output import AddReport

    waiting = False
    with AddReport(as_json) as report:
        for changed in changes(given.paths):
            if not (changed or waiting):
                continue
            try:
                add_given(assistant, given, report.outcome, report.progress)
                waiting = False
            except LibraryLockedError as error:  # what changed meanwhile is taken up when the other is done
                if not waiting:
                    problem(str(error))
                waiting = True
            if not report.quiet:
                problem("following the folders. End with Ctrl-C.")
            report.quiet = True


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the documents."""
    from dataclasses import asdict

    with opened() as assistant:
        entries = assistant.library.list()
    if as_json:
        print(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False))
        return
    for entry in entries:
        same = f"  (same story as {entry.duplicate_group})" if entry.duplicate_group not in (None, entry.id) else ""
        print(
            f"{entry.id}  {entry.published or 'no date':10}  {entry.language or '-':2}  {entry.outlet or '-':14}  {entry.passages:5} passages  {entry.name}{same}"
        )
    if not entries:
        problem("the library is empty. Add documents with: onrecord add FOLDER")


@app.command()
def show(
    id: Id,
    version: Annotated[int | None, typer.Option(min=1, metavar="N", help="An earlier version.")] = None,
    versions: Annotated[bool, typer.Option("--versions", help="List the versions, and what changed in each.")] = False,
    as_json: Json = False,
) -> None:
    """Show a document: what is known of it, and its text."""
    if versions:
        _show_versions(id, as_json)
        return
    with opened() as assistant:
        document = assistant.library.show(id, version)
        same = assistant.library.same_story(document)
    if as_json:
        _print_json(document)
        return
    others = [f"  same story {e.id}: {origin_line(e.outlet, e.published)}; {e.name}" for e in same]
    print("\n".join([known_of(document), *others]), document.text, sep="\n\n")


@app.command()
def edit(
    id: Id,
    title: Annotated[str | None, typer.Option(metavar="TITLE", help="What it is called.")] = None,
    published: Annotated[str | None, typer.Option(metavar="DATE", help="2022-08-25, 2022-08 or 2022.")] = None,
    updated: Annotated[str | None, typer.Option(metavar="DATE", help="When it was last changed.")] = None,
    author: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="May be repeated; names all of them.")
    ] = None,
    outlet: Annotated[str | None, typer.Option(metavar="NAME", help="Who published it.")] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="NAME", help="May be repeated; names all of them.")] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Its code: en, de.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where it was published.")] = None,
    as_json: Json = False,
) -> None:
    """State what a document's source says wrongly, or does not say; '' makes it unknown. Later versions keep it."""
    from corpus.edits import stated_fields

    texts = {
        "title": title,
        "published": published,
        "updated": updated,
        "outlet": outlet,
        "language": language,
        "url": url,
    }
    fields = stated_fields({**texts, "authors": author, "tags": tag})
    with opened() as assistant:
        document = assistant.library.edit(id, fields)
    _print_json(document) if as_json else print(known_of(document))


def _print_json(document: "Document") -> None:
    from dataclasses import asdict

    print(json.dumps(asdict(document), ensure_ascii=False))


def _show_versions(id: str, as_json: bool) -> None:
    from dataclasses import asdict

    with opened() as assistant:
        found = assistant.library.history(id)
    if as_json:
        print(json.dumps([asdict(version) for version in found], ensure_ascii=False))
        return
    for each in found:
        words = f"{each.words_new} words new, {each.words_gone} gone" if each.words_new or each.words_gone else ""
        stated = f"changed: {', '.join(each.changed)}" if each.changed else ""
        print(
            f"version {each.version}  added {each.added_at}  {each.published or 'no date':10}  {each.words:6} words"
            f"  {'; '.join(filter(None, (words, stated)))}".rstrip()
        )


@app.command()
def remove(ids: Annotated[list[str], typer.Argument(metavar="ID", help="Their first digits are enough.")]) -> None:
    """Remove documents, every version of them."""
    with opened() as assistant:
        assistant.library.remove(ids)
    problem(f"removed {len(ids)}.")
