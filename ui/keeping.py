"""The commands that keep the library safe: doctor, backup, restore, reindex."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.errors import LibraryDamagedError
from ui.terminal import Json, opened

if TYPE_CHECKING:
    from index.doctor import Check

__all__ = ["app"]

app = typer.Typer(rich_markup_mode=None)


@app.command()
def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Rebuild what the record can make good.")] = False,
    as_json: Json = False,
) -> None:
    """Check the library: the record, the originals, the indexes, the encoder."""
    from dataclasses import asdict

    checks = _checks(repair)
    sound = all(check.state != "problem" for check in checks)
    if as_json:
        print(json.dumps({"sound": sound, "checks": [asdict(check) for check in checks]}, ensure_ascii=False))
    else:
        for check in checks:
            print(
                f"{check.state:8} {check.check:16} {check.found}"
                + (f"\n{'':25} {check.remedy}" if check.remedy else "")
            )
    if not sound:
        raise typer.Exit(LibraryDamagedError.exit_code)


def _checks(repairs: bool) -> "list[Check]":
    """Return what the doctor finds, after the repair if there is to be one."""
    from index.doctor import examine, repair, unreadable

    try:
        with opened() as assistant:
            if repairs:
                repair(assistant.library)
            return examine(assistant.library)
    except LibraryDamagedError as error:
        return [unreadable(error)]
