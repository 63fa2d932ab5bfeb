"""The password file: what a line holds, who may read the file, and the command that writes it."""

import hashlib
import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpus.errors import SettingsError
from ui.cli import app
from ui.passwords import LN, P, R, check_password, hashed, matches, read_passwords, write_passwords

PASSWORD = "nine grey gulls sleep"
QUICK = 4  # log2 of scrypt's N, so that a test takes no time


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    write_passwords(path, {"mara": hashed(PASSWORD, QUICK), "ned": hashed("another long password", QUICK)})
    return path


def test_a_password_matches_its_own_hash_alone(file: Path) -> None:
    users = read_passwords(file)
    assert list(users) == ["mara", "ned"]
    assert matches(PASSWORD, users["mara"])
    assert not any(matches(wrong, users["mara"]) for wrong in ("", PASSWORD + " ", PASSWORD.upper()))
    assert not matches(PASSWORD, users["ned"])


def test_the_hash_is_scrypt_as_the_standard_library_has_it(file: Path) -> None:
    secret = read_passwords(file)["mara"]
    again = hashlib.scrypt(PASSWORD.encode(), salt=secret.salt, n=2**QUICK, r=R, p=P, dklen=32)
    assert secret.digest == again


def test_the_same_password_hashes_differently_each_time() -> None:
    assert hashed(PASSWORD, QUICK).digest != hashed(PASSWORD, QUICK).digest


def test_an_accent_may_be_typed_as_one_character_or_two() -> None:
    assert matches("cafe\u0301 au lait, encore", hashed("caf\u00e9 au lait, encore", QUICK))


def test_a_new_hash_takes_what_owasp_asks_for() -> None:
    secret = hashed(PASSWORD)
    assert (secret.ln, secret.r, secret.p) == (LN, R, P) == (15, 8, 3)
    assert matches(PASSWORD, secret)


@pytest.mark.parametrize(
    ("password", "told"), [("short", "has 5 characters, and needs 15"), ("x" * 1025, "may have 1024")]
)
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        check_password(password)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_can_read_or_write_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(SettingsError, match=f"mode {mode:o}.*chmod 600"):
        read_passwords(file)


@pytest.mark.parametrize(
    "line",
    [
        "mara",
        "mara:plain",
        "ma:ra:$scrypt$ln=4,r=8,p=3$AAAA$AAAA",
        "two words:{secret}",
        "mara:$scrypt$ln=30,r=8,p=3${salt}${digest}",  # 1 TiB
        "mara:$scrypt$ln=4,r=8,p=99${salt}${digest}",
        "mara:$scrypt$ln=4,r=8,p=3${salt}$AAAA",
        "mara:$scrypt$ln=4,r=8,p=3$A${digest}",
        "mara:{secret}trailing$",
    ],
)
def test_a_line_that_is_no_user_is_named(file: Path, line: str) -> None:
    secret = hashed(PASSWORD, QUICK)
    salt, digest = str(secret).split("$")[-2:]
    file.write_text(f"\n{line.format(secret=secret, salt=salt, digest=digest)}\n")
    with pytest.raises(SettingsError, match="users, line 2: this is no user"):
        read_passwords(file)


def test_a_file_that_is_not_there_is_told_how_to_make(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"No such file.*onrecord password NAME --file"):
        read_passwords(tmp_path / "users")


def test_writing_leaves_a_file_for_its_owner_alone_and_a_link_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    before = file.stat().st_ino
    write_passwords(link, {"ada": hashed(PASSWORD, QUICK)})
    assert link.is_symlink() and file.stat().st_ino != before  # replaced whole
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(read_passwords(file)) == ["ada"]
    assert sorted(os.listdir(tmp_path)) == ["link", "users"]


def test_the_command_adds_changes_and_removes_a_user(tmp_path: Path) -> None:
    file = str(tmp_path / "users")
    run = CliRunner()
    for name, password in [("mara", PASSWORD), ("ned", PASSWORD), ("mara", "quite another password")]:
        assert run.invoke(app, ["password", name, "--file", file], input=f"{password}\n").exit_code == 0
    users = read_passwords(Path(file))
    assert list(users) == ["mara", "ned"] and matches("quite another password", users["mara"])
    assert PASSWORD not in Path(file).read_text()
    assert run.invoke(app, ["password", "ned", "--remove", "--file", file]).exit_code == 0
    assert list(read_passwords(Path(file))) == ["mara"]


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (["ned"], "short\n", "needs 15"),
        (["two words"], PASSWORD, "no good as a name"),
        (["ned", "--remove"], "", "no such user.*There is mara"),
    ],
)
def test_what_the_command_refuses_changes_nothing(file: Path, words: list[str], typed: str, told: str) -> None:
    write_passwords(file, {"mara": hashed(PASSWORD, QUICK)})
    before = file.read_bytes()
    result = CliRunner().invoke(app, ["password", *words, "--file", str(file)], input=typed)
    with pytest.raises(SettingsError if "--remove" not in words else Exception, match=told):
        raise result.exception or AssertionError("it went through")
    assert file.read_bytes() == before
