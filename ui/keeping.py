"""The commands that keep the library safe: doctor, backup, restore, reindex; and password, for who may sign in."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.errors import LibraryDamagedError, NotFoundError, SettingsError
from ui.terminal import Json, opened, problem, settings

if TYPE_CHECKING:
    from index.backup import Contents
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


config = typer.Typer(no_args_is_help=True, help="The settings.", rich_markup_mode=None)
app.add_typer(config, name="config")


@config.callback()
def _config() -> None:
    """What is set, and where."""


@config.command("show")
def show(as_json: Json = False) -> None:
    """Print each setting with its value and where that comes from; of a key only whether there is one."""
    from dataclasses import asdict

    from assistant.settings import settings_shown

    rows = settings_shown(settings())
    if as_json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False))
        return
    for row in rows:
        print(f"{row.name:18} {row.value or '(empty)':40} {row.origin}")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .tar file; .tar.gz is smaller and takes longer.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Write the library to one file: the record with its conversations, and the originals."""
    from index.backup import back_up

    with opened() as assistant:
        contents = back_up(assistant.library, file, force)
    size = file.stat().st_size / 1e6
    problem(f"{file}: {_counted(contents)}; {len(contents.files) - 1} originals; {size:,.1f} MB.")
    if contents.missing:
        some = ", ".join(name[:12] for name in contents.missing[:3])
        problem(
            f"{len(contents.missing)} originals were lost or changed, and are not in it ({some}). See onrecord doctor."
        )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What onrecord backup wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Move a library that is there aside.")] = False,
) -> None:
    """Make the library of a backup the one of this home."""
    from index.backup import restore as restored

    home = settings().home
    contents, aside = restored(home, file, force)
    if aside is not None:
        problem(f"what was there is in {aside} now. Delete it when you like.")
    with opened() as assistant, assistant.library.indexes():
        problem(f"{home}: {_counted(contents)}, as of {contents.made_at}.")


def _counted(contents: "Contents") -> str:
    counts = {"document": contents.documents, "passage": contents.passages, "conversation": contents.conversations}
    return ", ".join(f"{count} {word}{'s'[: count != 1]}" for word, count in counts.items())


@app.command()
def reindex(
    encoder: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another encoder: a sentence-transformers name or folder.")
    ] = None,
) -> None:
    """Cut and encode every document anew; the library answers as before until that is done."""
    from index.encoder import load_encoder
    from index.reindex import reindex as made_anew

    with opened() as assistant:
        library = assistant.library
        chosen = load_encoder(encoder or library.model(), library.home / "encoder")
        count = made_anew(library, chosen, _progress)
    problem(f"{count} passages encoded with {chosen.info.model}.")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {total} versions", end="\n" if done == total else "", file=sys.stderr, flush=True)


@app.command()
def password(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and . @ + - _")],
    file: Annotated[Path, typer.Option(metavar="FILE", help="The file that serve --auth is given; made if need be.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take the user out; their sessions end.")] = False,
) -> None:
    """Let somebody sign in to the page, or give them a new password. It is asked for, or read from standard input."""
    from ui.passwords import NAME, check_password, hashed, read_passwords, write_passwords

    users = read_passwords(file) if file.exists() else {}
    if remove:
        if users.pop(name, None) is None:
            raise NotFoundError(f"{name}: no such user in {file}. There is {', '.join(users) or 'nobody'}.")
    elif NAME.fullmatch(name):
        given = _password()
        check_password(given)
        users[name] = hashed(given)
    else:
        raise SettingsError(f"{name}: no good as a name. Use up to 64 letters, digits and . @ + - _ .")
    write_passwords(file, users)
    problem(f"{name} may {'no longer ' if remove else ''}sign in. A server that runs with this file knows it already.")


def _password() -> str:
    """Return the password that is typed, twice and unseen, or the first line of standard input."""
    from getpass import getpass

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    given = getpass("Password: ")
    if getpass("Again: ") != given:
        raise SettingsError("the two passwords differ. Nothing was changed; run it again.")
    return given


@app.command()
def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user whose conversations it reaches.")],
    file: Annotated[Path, typer.Option(metavar="FILE", help="The file that serve --tokens is given; made if need be.")],
    scope: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="read or write; may be repeated. Without it: read.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take out every token of this user.")] = False,
) -> None:
    """Make a token for a program, and print it: it is shown this once and kept nowhere."""
    from ui.tokens import READ, new_token, read_tokens, write_tokens

    tokens = read_tokens(file) if file.exists() else {}
    if remove:
        kept = {digest: caller for digest, caller in tokens.items() if caller.name != name}
        if len(kept) == len(tokens):
            raise NotFoundError(f"{name}: no token of that user in {file}.")
        write_tokens(file, kept)
        problem(f"{name} has no token any more. A server that runs with this file knows it already.")
        return
    made, digest, caller = new_token(name, scope or [READ])
    write_tokens(file, {**tokens, digest: caller})
    problem(f"{name} may {' and '.join(sorted(caller.scopes))} with this token. It is not shown again.")
    print(made)
