"""Print docs/cli.md: every command of `onrecord` with its arguments and options, and the exit codes, from the code itself.

python -m docs.cli > docs/cli.md
"""

from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

import corpus.errors
from ui.cli import app
from ui.terminal import INTERRUPTED, PARTIAL

HEAD = """# The command line

Every command with its arguments and options, as `onrecord COMMAND --help` tells them. `make docs` writes this page, and
a test holds it to the code. The [README](../README.md) shows how they are used, [json.md](json.md) what they print.
"""
CODES = {
    0: "done, also where the sources are silent",
    1: "failed; also where a language model failed and the answer is the quoted one",
    2: "used wrongly: a command, an option, a question, a filter or a setting",
    PARTIAL: "took some of its inputs, not all",
    4: "another process is writing to the library",
    5: "a store of the library cannot be read, or `doctor` found damage",
    INTERRUPTED: "interrupted with Ctrl-C",
}


def page() -> str:
    """Return the whole page. Raises KeyError if an error has an exit code that is not described here."""
    errors = (getattr(corpus.errors, name) for name in corpus.errors.__all__)
    codes = sorted({error.exit_code for error in errors} | {0, PARTIAL, INTERRUPTED})
    command = get_command(app)
    sections = _sections(command, typer.Context(command, info_name="onrecord"))
    table = ["## Exit codes\n", "| code | meaning |\n|---|---|", *(f"| {code} | {CODES[code]} |" for code in codes)]
    return "\n".join([HEAD, *sections, *table]) + "\n"


def _sections(command: Any, context: typer.Context) -> Iterator[str]:
    """Yield the section of a command, then those of the commands in it. `Any`: typer's commands have no public type."""
    inside = getattr(command, "commands", {})
    if not inside or context.parent is None:
        usage = " ".join(command.get_usage(context).removeprefix("Usage: ").split())
        yield f"## {context.command_path}\n\n    {usage.translate(str.maketrans('', '', '{}'))}\n\n{command.help}\n"
        yield from _rows(command, context)
    for name, part in inside.items():
        yield from _sections(part, typer.Context(part, info_name=name, parent=context))


def _rows(command: Any, context: typer.Context) -> Iterator[str]:
    """Yield the table of a command's arguments and options, if it has any but --help."""
    parts = [part for part in command.get_params(context) if part.name != "help"]
    if not parts:
        return
    yield "| | |\n|---|---|"
    for part in parts:
        name, told = (text.replace("|", "\\|").replace("  [", " [") for text in part.get_help_record(context))
        is_argument = part.param_type_name == "argument"  # beside its name stands a type of Python's
        yield f"| `{name.partition(' <')[0] if is_argument else name}` | {told} |"
    yield ""


if __name__ == "__main__":
    print(page(), end="")
