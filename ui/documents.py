"""The commands that fill and tend the library: add, list, show, remove."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ui.terminal import PARTIAL, Json, add_reporting, opened, origin_line, problem

__all__ = ["app"]

app = typer.Typer(rich_markup_mode=None)


@app.command()
def add(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files and folders.")],
    tag: Annotated[list[str] | None, typer.Option(help="A tag for what is added; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Add documents to the library."""
    addresses = [str(source) for source in sources if str(source).startswith(("http:/", "https:/"))]
    if addresses:
        raise typer.BadParameter(f"{addresses[0]}: addresses are not read yet. Save the page and add the file.")
    with opened() as assistant:
        outcomes = add_reporting(assistant, sources, tag or [], as_json)
    failed = [outcome for outcome in outcomes if not outcome.ok]
    if not outcomes:
        problem("nothing to add: the folder has no files.")
        raise typer.Exit(1)
    if failed:
        raise typer.Exit(PARTIAL if len(failed) < len(outcomes) else 1)


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
        print(
            f"{entry.id}  {entry.published or 'no date':10}  {entry.outlet or '-':14}  {entry.passages:5} passages  {entry.name}"
        )
    if not entries:
        problem("the library is empty. Add documents with: onrecord add FOLDER")


@app.command()
def show(id: str, as_json: Json = False) -> None:
    """Show a document: what is known of it, and its text."""
    from dataclasses import asdict

    with opened() as assistant:
        document = assistant.library.show(id)
    if as_json:
        print(json.dumps(asdict(document), ensure_ascii=False))
        return
    print(
        f"{document.name}\n{origin_line(document.outlet, document.published)}; version {document.version}; {document.source}\n"
    )
    print(document.text)


@app.command()
def remove(ids: Annotated[list[str], typer.Argument(metavar="ID...")]) -> None:
    """Remove documents, every version of them."""
    with opened() as assistant:
        assistant.library.remove(ids)
    problem(f"removed {len(ids)}.")
