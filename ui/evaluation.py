"""`onrecord eval`: run suites, score a run again, compare two, hold one to floors, write the report."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evals.compare import Difference
    from evals.records import Section
    from evals.suite import Figure

__all__ = ["app"]

CHANGES = 10  # questions listed of each kind, for each figure that changed

app = typer.Typer(no_args_is_help=True, help="Measure the assistant.", rich_markup_mode=None)

Gate = Annotated[
    Path | None, typer.Option("--gate", metavar="FILE", help="Floors (TOML); exit 1 if a figure misses one.")
]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="A file that onrecord eval run wrote.")]


@app.command("run")
def run(
    suites: Annotated[
        list[str],
        typer.Argument(
            metavar="SUITE",
            help="samples, drafts, time, squad2, clapnq, mtrag, ramdocs, averitec, wice, or all; polnear, htmldate, scale, beir; "
            "load, many users against a running server; "
            "ratings, the answers you rated; or a file of your own questions (.jsonl), asked of your own library.",
        ),
    ],
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder that holds the evaluation sets.")] = None,
    output: Annotated[Path | None, typer.Option("-o", metavar="RUN", help="Where the run is written (.jsonl).")] = None,
    baseline: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="bm25 or llamaindex, beside; may be repeated.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Questions of each kind, or sizes, at most, for a quick look."),
    ] = None,
    gate: Gate = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="load: the running server that is asked.")] = None,
    users: Annotated[int, typer.Option(min=1, max=1_000, help="load: how many ask at once.")] = 50,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="load: for how long.")] = 60,
    token: Annotated[
        str, typer.Option(envvar="ONRECORD_TOKEN", show_envvar=False, help="load: lets in (or ONRECORD_TOKEN).")
    ] = "",
    questions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="load: what is asked (.jsonl); else the samples' questions.")
    ] = None,
) -> None:
    """Run evaluation suites, print their figures, and write the run."""
    from evals.compare import read_gate
    from evals.run import run_suites
    from evals.suites.load import Load
    from ui.terminal import settings

    floors = read_gate(gate) if gate else {}
    names = "-".join(Path(name).stem for name in suites)
    path = output or Path("runs") / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{names}.jsonl"
    sections = []
    load = Load(url, users, seconds, token, questions) if url else None
    done = run_suites(suites, data, path, settings(), baseline or [], limit, _watch, load)
    try:
        for suite, group in groupby(done, key=lambda section: section.suite):
            sections += (found := list(group))
            _clear()
            _print_figures(suite, found)
    except KeyboardInterrupt:
        print(f"\nonrecord: interrupted. What was answered is in {path}; a new run starts over.", file=sys.stderr)
        raise typer.Exit(130) from None
    print(f"The run is in {path}.", file=sys.stderr)
    _hold(floors, sections)


@app.command("score")
def score(run: Run, gate: Gate = None) -> None:
    """Print the figures of a run again, from what it recorded: nothing is answered anew."""
    from evals.compare import read_gate
    from evals.records import read_run

    floors = read_gate(gate) if gate else {}
    sections = read_run(run)
    for suite, group in groupby(sections, key=lambda section: section.suite):
        _print_figures(suite, list(group))
    _hold(floors, sections)


@app.command("compare")
def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="A file that onrecord eval run wrote.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="A later one.")],
    gate: Gate = None,
) -> None:
    """Compare two runs, question by question; exit 1 if the second is significantly worse in any figure, or fails where the first answered."""
    from evals.compare import compare as differences
    from evals.compare import lost, read_gate
    from evals.records import read_run

    floors = read_gate(gate) if gate else {}
    earlier, later = read_run(before), read_run(after)
    notes = lost(earlier, later)
    found = differences(earlier, later)
    for (suite, system), group in groupby(found, key=lambda d: (d.suite, d.system)):
        print(f"{suite}, {system}")
        for difference in group:
            _print_difference(difference)
    worse = [d for d in found if d.verdict == "worse"]
    print(f"{len(found)} figures: {len(worse)} worse, {sum(d.verdict == 'better' for d in found)} better.")
    for note in notes:
        told = f"{note.broken} questions that the first run answered fail in the second, {note.missing} are not in it"
        print(f"onrecord: {note.suite}, {note.system}: {told}.", file=sys.stderr)
    _hold(floors, later)
    if worse or any(note.broken for note in notes):
        raise typer.Exit(1)


@app.command("report")
def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Files that onrecord eval run wrote.")],
    output: Annotated[Path, typer.Option("-o", metavar="PAGE", help="Where the page is written.")] = Path(
        "report.html"
    ),
) -> None:
    """Write one HTML page that shows runs side by side: figures, plots, failures first.

    With -o NAME.svg, write only the plots of what one run measured by size, as a file that stands by itself.
    """
    if output.suffix == ".svg":
        from evals.sheet import write_sheet

        if len(runs) > 1:
            raise typer.BadParameter("a plot shows one run.", param_hint="RUN")
        write_sheet(runs[0], output)
    else:
        from evals.report import write_report

        write_report(runs, output)
    print(f"The report is in {output}.", file=sys.stderr)


def _print_figures(suite: str, sections: "Sequence[Section]") -> None:
    from evals.compare import scored

    columns = {section.system: {figure.name: figure for figure in scored(section)} for section in sections}
    names = dict.fromkeys(name for figures in columns.values() for name in figures)
    seconds = ", ".join(_took(section) for section in sections)
    print(f"{suite}  ({seconds})")
    for section in sections:
        failed = [record for record in section.records if record.error is not None]
        if failed:
            print(
                f"  {len(failed)} of {len(section.records)} could not be answered, {failed[0].id} first: {failed[0].error}"
            )
    if len(columns) > 1:
        print(f"  {'':46}" + "".join(f"{system:34}" for system in columns))
    for name in names:
        print(f"  {name:46}" + "".join(f"{_shown(figures.get(name)):34}" for figures in columns.values()).rstrip())


def _took(section: "Section") -> str:
    return f"{section.system} " + ("interrupted" if section.seconds is None else f"{section.seconds:.0f} s")


def _shown(figure: "Figure | None") -> str:
    if figure is None:
        return "-"
    unscored = f", {figure.unscored} unscored" if figure.unscored else ""
    return f"{_number(figure.value)} [{_number(figure.low)}, {_number(figure.high)}] n {figure.n}{unscored}"


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}"


def _print_difference(d: "Difference") -> None:
    moved = f"{_number(d.before)} -> {_number(d.after)}"
    print(f"  {d.name:46}{moved:20}[{d.low:+.3f}, {d.high:+.3f}]  n {d.n}  {d.verdict}")
    if d.verdict not in ("better", "worse"):
        return
    for word, changes in (("lost", d.losses), ("won", d.wins)):
        for change in changes[:CHANGES]:
            print(f"      {word:5}{change.id}: {change.before:.3g} -> {change.after:.3g}  {change.question}")
        if len(changes) > CHANGES:
            print(f"      and {len(changes) - CHANGES} more {word}")


def _hold(floors: dict[str, dict[str, float]], sections: "Iterable[Section]") -> None:
    """Name the floors that are missed, and exit 1 if there are any."""
    from evals.compare import missed

    found = missed(floors, list(sections))
    for floor in found:
        was = "was not run" if floor.found is None else f"is {_shown(floor.found)}"
        bound = "at most" if floor.found and floor.found.better < 0 else "at least"
        print(f"onrecord: {floor.suite}: {floor.name} {was}; the gate wants {bound} {floor.value}.", file=sys.stderr)
    if found:
        raise typer.Exit(1)


def _watch(suite: str, system: str, count: int) -> None:
    """Show on a terminal how many questions are done."""
    if sys.stderr.isatty():
        print(f"\r{suite}: {system}: {count} ", file=sys.stderr, end="", flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", file=sys.stderr, end="")
