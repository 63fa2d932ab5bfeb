from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpus.errors import SettingsError
from ui.cli import app
from ui.tokens import Tokens, new_token, read_tokens, write_tokens


def made(file: Path, *options: str) -> str:
    done = CliRunner().invoke(app, ["token", "mara", "--file", str(file), *options])
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


def test_a_token_is_printed_once_and_kept_as_a_digest(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    token = made(file, "--scope", "read", "--scope", "write")
    assert token not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    caller = Tokens(file).caller(token)
    assert caller is not None
    assert (caller.name, caller.scopes) == ("mara", {"read", "write"})


def test_without_a_scope_it_may_read(tmp_path: Path) -> None:
    token = made(tmp_path / "tokens")
    caller = Tokens(tmp_path / "tokens").caller(token)
    assert caller is not None
    assert caller.scopes == {"read"}


def test_removing_takes_out_every_token_of_a_user(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    first, second = made(file), made(file)
    _, digest, caller = new_token("ned", ["read"])
    write_tokens(file, {**read_tokens(file), digest: caller})
    made(file, "--remove")
    assert read_tokens(file) == {digest: caller}
    assert Tokens(file).caller(first) is Tokens(file).caller(second) is None


@pytest.mark.parametrize(
    "line", ["mara", "mara:read:abc", "mara:own:" + "0" * 64, "local:read:" + "0" * 64, ":read:" + "0" * 64]
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "tokens"
    write_tokens(file, {})
    file.write_text(line)
    with pytest.raises(SettingsError, match="line 1: this is no token"):
        read_tokens(file)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "tokens")
    (tmp_path / "tokens").chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        Tokens(tmp_path / "tokens")


@pytest.mark.parametrize(
    ("name", "scopes"), [("a b", ["read"]), ("local", ["read"]), ("mara", ["admin"]), ("mara", [])]
)
def test_what_is_no_name_or_scope_is_refused(name: str, scopes: list[str]) -> None:
    with pytest.raises(SettingsError, match=r"no good|no scope"):
        new_token(name, scopes)
