"""The commands that keep up with the web: sync asks for all that is followed, unfollow lets something be."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from ui.terminal import PARTIAL, Adding, Json, add_given, opened, problem

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from corpus.visits import Followed
    from corpus.web import Fetcher
    from index.ingest import Outcome
    from ui.output import AddReport

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
        outcomes = _sync_all(assistant, followed, as_json)
    failed = [outcome for outcome in outcomes if not outcome.ok]
    if failed:
        raise typer.Exit(PARTIAL if len(failed) < len(outcomes) else 1)


@app.command()
def unfollow(addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...")]) -> None:
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
    from ui.output import AddReport

    with AddReport(as_json) as report:
        return _added(assistant, given, addresses, Fetcher(), report, follow=follow)


def _added(
    assistant: "Assistant",
    given: Adding,
    addresses: Sequence[str],
    fetcher: "Fetcher",
    report: "AddReport",
    polling: bool = False,
    follow: bool = False,
) -> "list[Outcome]":
    from corpus.visits import Visits
    from index.sources import Sources

    outcomes: list[Outcome] = []

    def done(outcome: "Outcome") -> None:
        outcomes.append(outcome)
        report.outcome(outcome)

    visits = Visits(assistant.library.catalog)
    with Sources(visits, fetcher, done, problem, given.tags, polling, follow) as sources:
        pages = chain(given.pages, sources.pages(addresses))
        add_given(assistant, replace(given, pages=pages), sources.settled, report.progress)
    return outcomes


def _sync_all(assistant: "Assistant", followed: "Sequence[Followed]", as_json: bool) -> "list[Outcome]":
    """Ask for each feed and page in turn, saying what comes of it; return that."""
    from corpus.web import Fetcher
    from ui.output import AddReport

    fetcher = Fetcher()
    every = []
    with AddReport(as_json) as report:
        for each in followed:
            outcomes = _added(assistant, Adding([], tags=each.tags), [each.source], fetcher, report, polling=True)
            counts = Counter(outcome.status for outcome in outcomes)
            if as_json:
                event = {"event": "source", "source": each.source, "kind": each.kind, "counts": counts}
                print(json.dumps(event, ensure_ascii=False), flush=True)
            else:
                said = ", ".join(
                    f"{number} {status}" for status, number in sorted(counts.items()) if status != "unchanged"
                )
                print(f"{each.source}: {said or 'nothing new'}", flush=True)
            every += outcomes
    return every


def _print_followed(followed: "Sequence[Followed]") -> None:
    for each in followed:
        tags = f"  tags: {', '.join(each.tags)}" if each.tags else ""
        print(f"{each.kind}  {each.source}  last read {each.checked_at or 'never'}{tags}")
        if each.problem:
            problem(each.problem)
