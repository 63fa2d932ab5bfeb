"""The commands that keep up with the web: sync asks for all that is followed, unfollow lets something be."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ui.terminal import PARTIAL, Adding, Json, opened, problem

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from corpus.visits import Followed
    from index.ingest import Outcome

__all__ = ["add_addresses", "app"]

app = typer.Typer(rich_markup_mode=None)


@app.command()
def sync(
    list_: Annotated[bool, typer.Option("--list", help="List what is followed, and ask for nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Ask for all feeds and pages that are followed, and add what is new or has changed."""
    from corpus.visits import Visits

    with opened() as assistant:
        followed = Visits(assistant.library.catalog).followed()
        if list_ and as_json:
            print(json.dumps([asdict(each) for each in followed], ensure_ascii=False))
        elif list_:
            _print_followed(followed)
        if not followed:
            problem("nothing is followed. Follow a feed or a page with: onrecord add --follow ADDRESS")
        if list_ or not followed:
            return
        outcomes = _sync_all(assistant, as_json)
    failed = [outcome for outcome in outcomes if not outcome.ok]
    if failed:
        raise typer.Exit(PARTIAL if len(failed) < len(outcomes) else 1)


@app.command()
def unfollow(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS", help="As onrecord sync --list has it.")],
) -> None:
    """Follow addresses no longer; what came of them stays in the library."""
    from corpus.addresses import canonical
    from corpus.visits import Visits

    with opened() as assistant:
        for address in addresses:
            Visits(assistant.library.catalog).unfollow(canonical(address))


def add_addresses(
    assistant: "Assistant", given: Adding, addresses: Sequence[str], follow: bool, as_json: bool
) -> "list[Outcome]":
    """Add what is given and what the addresses lead to, saying what comes of each; return that."""
    from corpus.web import Fetcher
    from index.sources import add_from_web
    from ui.output import AddReport

    with AddReport(as_json) as report:
        report.expect(len(addresses) if not given.paths else 0)  # else the files tell how far it is
        return add_from_web(
            assistant.library,
            addresses,
            Fetcher(),
            report,
            given.tags,
            follow=follow,
            paths=given.paths,
            pages=given.pages,
            ignored=given.ignored,
            prune=given.prune,
            workers=given.workers,
        )


def _sync_all(assistant: "Assistant", as_json: bool) -> "list[Outcome]":
    """Ask for each feed and page in turn, saying what comes of it; return that."""
    from corpus.web import Fetcher
    from index.sources import sync
    from ui.output import AddReport

    every: list[Outcome] = []
    with AddReport(as_json) as report:
        for each, outcomes in sync(assistant.library, Fetcher(), report):
            every += outcomes
            counts = Counter(outcome.status for outcome in outcomes)
            if as_json:
                event = {"event": "source", "source": each.source, "kind": each.kind, "counts": counts}
                print(json.dumps(event, ensure_ascii=False), flush=True)
            else:
                said = ", ".join(
                    f"{number} {status}" for status, number in sorted(counts.items()) if status != "unchanged"
                )
                print(f"{each.source}: {said or 'nothing new'}", flush=True)
    return every


def _print_followed(followed: "Sequence[Followed]") -> None:
    for each in followed:
        tags = f"  tags: {', '.join(each.tags)}" if each.tags else ""
        print(f"{each.kind}  {each.source}  last read {each.checked_at or 'never'}{tags}")
        if each.problem:
            problem(each.problem)
