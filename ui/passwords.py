"""The password file of `onrecord serve --auth`: who may sign in, one user a line, each password hashed.

    mara:$scrypt$ln=15,r=8,p=3$SALT$HASH        salt and hash in base64; ln is the binary logarithm of scrypt's N

Left out on purpose: roles. Who signs in may do what the page can do.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from corpus.conversations import LOCAL
from corpus.errors import SettingsError
from ui.keyfile import read_lines, write_lines

__all__ = ["NAME", "Secret", "check_password", "hashed", "matches", "read_passwords", "write_passwords"]

LN, R, P = 15, 8, 3  # OWASP Password Storage Cheat Sheet: as good as N=2^17, p=1, with 32 MiB a try instead of 128
SHORTEST = 15  # characters, where nothing beside the password is asked for (NIST SP 800-63B-4, 3.1.1.2)
LONGEST = 1024
SALT_BYTES = 16
HASH_BYTES = 32
MOST_MEMORY = 256 * 2**20  # bytes a try may take, whatever the file says
NAME = re.compile(rf"(?!{LOCAL}$)[\w.@+-]{{1,64}}")  # not the owner of what is kept without signing in
LINE = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]+=*)\$([\w+/]+=*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secret:
    """A hashed password, with what it takes to hash another the same way."""

    ln: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    def __str__(self) -> str:
        salt, digest = (base64.b64encode(part).decode() for part in (self.salt, self.digest))
        return f"$scrypt$ln={self.ln},r={self.r},p={self.p}${salt}${digest}"


def check_password(password: str) -> None:
    """Raise SettingsError if a password is no good for a new user."""
    if len(password) < SHORTEST:
        raise SettingsError(
            f"the password has {len(password)} characters, and needs {SHORTEST}: a few words in a row will do."
        )
    if len(password) > LONGEST:
        raise SettingsError(f"the password has {len(password)} characters, and may have {LONGEST}.")


def hashed(password: str, ln: int = LN) -> Secret:
    """Return a password's hash with a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    return Secret(ln, R, P, salt, _scrypt(password, salt, ln, R, P))


def matches(password: str, secret: Secret) -> bool:
    """Tell whether a password is the one that was hashed. It takes as long where it is not."""
    return hmac.compare_digest(_scrypt(password, secret.salt, secret.ln, secret.r, secret.p), secret.digest)


def _scrypt(password: str, salt: bytes, ln: int, r: int, p: int) -> bytes:
    # The same characters can be typed as different bytes: é as one code point or as two.
    typed = unicodedata.normalize("NFKC", password[:LONGEST]).encode(errors="surrogatepass")
    return hashlib.scrypt(typed, salt=salt, n=2**ln, r=r, p=p, maxmem=2 * MOST_MEMORY, dklen=HASH_BYTES)


def read_passwords(path: Path) -> dict[str, Secret]:
    """Return each user's secret by name. Raises SettingsError if the file is not there, broken, or readable by others."""
    return dict(_user(line, where) for where, line in read_lines(path, f"onrecord password NAME --file {path}"))


def _user(line: str, where: str) -> tuple[str, Secret]:
    name, _, rest = line.partition(":")
    found = LINE.fullmatch(rest)
    try:
        if not NAME.fullmatch(name) or not found:
            raise ValueError
        ln, r, p = map(int, found.group(1, 2, 3))
        salt, digest = (base64.b64decode(part, validate=True) for part in found.group(4, 5))
        if not (ln and r and p and 128 * r * 2**ln <= MOST_MEMORY and p <= 16 and len(digest) == HASH_BYTES):
            raise ValueError
    except (ValueError, binascii.Error) as error:
        raise SettingsError(f"{where}: this is no user. Delete the line, and run: onrecord password NAME") from error
    return name, Secret(ln, r, p, salt, digest)


def write_passwords(path: Path, users: dict[str, Secret]) -> None:
    """Write the file anew (see `write_lines`)."""
    write_lines(path, (f"{user}:{secret}" for user, secret in users.items()))
