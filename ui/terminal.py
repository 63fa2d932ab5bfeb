"""What the commands share: the library that they open, the options that several take, how a problem is told."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.settings import Settings
    from corpus.types import Document, Input
    from index.adding import Workers
    from index.ingest import Outcome
    from index.reading import Progress

__all__ = [
    "INTERRUPTED",
    "PARTIAL",
    "Adding",
    "Home",
    "Json",
    "add_given",
    "add_reporting",
    "check_there",
    "known_of",
    "opened",
    "origin_line",
    "problem",
    "settings",
    "visible",
]

PARTIAL = 3  # exit code: some inputs failed
INTERRUPTED = 130

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Home:
    """The folder that --home names, for all commands of one call."""

    path: Path | None = None


def settings(**flags: object) -> "Settings":
    """Return the settings, `flags` that are not None and --home coming first."""
    from assistant.settings import load_settings

    return load_settings(home=Home.path, **flags)


@contextmanager
def opened(begins: bool = False, **flags: object) -> "Iterator[Assistant]":
    """Lend the assistant of the library, with the settings that `flags` change.

    Where there is no library yet one is begun only if the command is one that `begins`: a mistyped --home is told.
    """
    from assistant.assistant import Assistant

    chosen = settings(**flags)
    if not begins:
        check_there(chosen.home)
    assistant = Assistant(chosen)
    try:
        yield assistant
    finally:
        assistant.close()


def check_there(home: Path) -> None:
    """Raise NotFoundError if there is no library in the home. That it can have none, being in a file, others tell."""
    from corpus.errors import NotFoundError

    there = next(path for path in (home, *home.absolute().parents) if os.path.lexists(path))
    if there.is_dir() and not os.path.lexists(home / "catalog.sqlite3"):
        raise NotFoundError(f"there is no library in {home} yet. Add documents with: onrecord --home {home} add FOLDER")


@dataclass(frozen=True, slots=True)
class Adding:
    """What is to be added: files and folders, what is an input already; with which tags, how folders are taken, by whom."""

    paths: Sequence[Path]
    pages: "Iterable[Input]" = ()
    tags: Sequence[str] = ()
    ignored: Sequence[str] = ()
    prune: bool = False
    workers: "Workers | None" = None


def add_reporting(assistant: "Assistant", given: Adding, as_json: bool) -> "list[Outcome]":
    """Add documents, saying what comes of each: a bar on a terminal, or an event a line."""
    from ui.output import AddReport

    with AddReport(as_json) as report:
        return add_given(assistant, given, report.outcome, report.progress)


def add_given(
    assistant: "Assistant",
    given: Adding,
    report: "Callable[[Outcome], None]",
    progress: "Callable[[Progress], None]",
) -> "list[Outcome]":
    """Add documents, telling of each and of how far it is."""
    return [
        *assistant.library.add(
            given.paths,
            given.tags,
            report,
            ignored=given.ignored,
            prune=given.prune,
            pages=given.pages,
            progress=progress,
            workers=given.workers,
        )
    ]


def origin_line(outlet: object, published: object) -> str:
    return f"{outlet or 'outlet unknown'}, {published or 'date unknown'}"


def known_of(document: "Document") -> str:
    """Return what is known of a document and what is not, a line each, below what it is called."""
    from corpus.languages import name_of

    rows = {
        "outlet": document.outlet or "unknown",
        "published": document.published or "date unknown",
        "updated": document.updated or "unknown",
        "authors": ", ".join(document.authors) or "unknown",
        "language": name_of(document.language) if document.language else "unknown",
        "url": document.url or "unknown",
        "tags": ", ".join(document.tags) or "none",
        "source": document.source,
        "id": f"{document.id}, version {document.version}, added {document.added_at}",
    }
    return "\n".join([document.name, *(f"  {name:10} {value}" for name, value in rows.items())])


def problem(message: str) -> None:
    """Tell the user on stderr, where results do not go."""
    print(f"onrecord: {visible(message)}", file=sys.stderr)


def visible(text: str) -> str:
    """Return a text that may hold a file's name as one line, what would steer a terminal written out."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
