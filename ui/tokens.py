"""The token file of `onrecord serve --tokens`: which programs may come in, for whom, and what they may do.

    mara:read,write:SHA256        one token a line; a user may have several

A token is 256 random bits, so its plain SHA-256 gives nothing away and nobody guesses it.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.conversations import LOCAL
from corpus.errors import SettingsError
from ui.keyfile import KeyFile, read_lines, write_lines
from ui.passwords import NAME

__all__ = ["HERE", "READ", "SCOPES", "WRITE", "Caller", "Tokens", "new_token", "read_tokens", "write_tokens"]

READ, WRITE = "read", "write"
SCOPES = (READ, WRITE)  # to ask and read; to add, edit and remove documents
PREFIX = "onrecord_"  # so that scanners of secrets know one
BYTES = 32
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request is of, and what it may do. `name` owns the conversations it keeps."""

    name: str
    scopes: frozenset[str]


HERE = Caller(LOCAL, frozenset(SCOPES))  # whoever reaches a server that asks nobody who they are


class Tokens:
    """The tokens of a file by now; it is read again when it has changed. Raises SettingsError if it cannot be read at first."""

    def __init__(self, file: Path) -> None:
        self._file = KeyFile(file, read_tokens)

    def caller(self, token: str) -> Caller | None:
        """Return whose token it is; None if nobody's."""
        return self._file.entries.get(_digest(token))


def new_token(name: str, scopes: Sequence[str]) -> tuple[str, str, Caller]:
    """Return a new token, what is kept of it, and its caller. Raises SettingsError."""
    if not NAME.fullmatch(name):
        raise SettingsError(f"{name}: no good as a name. Use up to 64 letters, digits and . @ + - _ .")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise SettingsError(f"{', '.join(unknown) or 'nothing'}: no scope. There is {' and '.join(SCOPES)}.")
    token = PREFIX + secrets.token_urlsafe(BYTES)
    return token, _digest(token), Caller(name, frozenset(scopes))


def read_tokens(path: Path) -> dict[str, Caller]:
    """Return each token's caller by the token's digest. Raises SettingsError as `read_lines`, and for a broken line."""
    return dict(_caller(line, where) for where, line in read_lines(path, f"onrecord token NAME --file {path}"))


def write_tokens(path: Path, tokens: dict[str, Caller]) -> None:
    """Write the file anew (see `write_lines`)."""
    write_lines(
        path, (f"{caller.name}:{','.join(sorted(caller.scopes))}:{digest}" for digest, caller in tokens.items())
    )


def _caller(line: str, where: str) -> tuple[str, Caller]:
    name, _, rest = line.partition(":")
    told, _, digest = rest.partition(":")
    scopes = frozenset(told.split(","))
    if not (NAME.fullmatch(name) and scopes <= {*SCOPES} and DIGEST.fullmatch(digest)):
        raise SettingsError(f"{where}: this is no token. Delete the line, and run: onrecord token NAME")
    return digest, Caller(name, scopes)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
