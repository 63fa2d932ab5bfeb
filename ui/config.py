"""`onrecord config`: what is set, and where."""

import json
from typing import TYPE_CHECKING

import typer

from ui.terminal import Home, Json, settings

if TYPE_CHECKING:
    from assistant.settings import Setting

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="What is set, and where.", rich_markup_mode=None)


@app.callback()
def config() -> None:
    """What is set, and where."""


@app.command()
def show(as_json: Json = False) -> None:
    """Print each setting, its value, and where that comes from; of a secret only whether it is set."""
    from dataclasses import asdict

    from assistant.settings import stated

    found = stated(settings(), {"home": Home.path})
    if as_json:
        print(json.dumps([asdict(setting) for setting in found], ensure_ascii=False))
        return
    for setting in found:
        print(_line(setting))


def _line(setting: "Setting") -> str:
    return f"{setting.name:18} {setting.value or 'empty':40} {setting.origin:12} {setting.description}"
