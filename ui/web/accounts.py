"""Who may sign in, who has, and how often it failed: what `ui.web.auth` asks before it lets a request pass.

Sessions are in memory alone, so a restart signs everybody out.
"""

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import SettingsError
from ui.keyfile import KeyFile
from ui.passwords import Secret, matches, read_passwords
from ui.web.lockout import Attempts, keys_of

__all__ = ["Accounts"]

IDLE_S = 12 * 3600  # a working day with the page in the background
LONGEST_S = 7 * 24 * 3600
MOST_SESSIONS = 50  # a user
AT_ONCE = 2  # hashes at a time: 32 MiB each
WAITING = 10  # attempts that may wait for one
WRONG = "That name and password do not belong together."
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Session:
    user: str
    secret: Secret  # as it was: a new password ends the sessions of the old one
    began: float
    seen: float

    def is_over(self, now: float) -> bool:
        return now - self.seen > IDLE_S or now - self.began > LONGEST_S


class Accounts:
    """Who may sign in, who has, and who failed to. `clock` is in seconds.

    The file is read again when it has changed. While it cannot be read nobody is let in. Raises SettingsError if it
    cannot be read at first, or holds no user.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.attempts = Attempts(clock)
        self._clock = clock
        self._file = KeyFile(file, read_passwords, clock)
        if not self.users:
            raise SettingsError(f"{file}: no user yet. Add one with: onrecord password NAME --file {file}")
        # Hashed in vain for a name that nobody has, so that it takes as long.
        first = next(iter(self.users.values()))
        self._nobody = Secret(first.ln, first.r, first.p, first.salt, bytes(len(first.digest)))
        self._sessions: dict[str, _Session] = {}
        self._hashing = asyncio.Semaphore(AT_ONCE)
        self._trying = 0

    @property
    def users(self) -> dict[str, Secret]:
        """Who may sign in by now."""
        return self._file.entries

    def user(self, token: str | None) -> str | None:
        """Return who a session belongs to, None if it is over or never was."""
        key, now = _digest(token or ""), self._clock()
        session = self._sessions.get(key)
        if session is None:
            return None
        if not self.users:  # a file that cannot be read for a moment signs nobody out for good
            return None
        if self.users.get(session.user) != session.secret or session.is_over(now):
            del self._sessions[key]
            return None
        session.seen = now
        return session.user

    def begin(self, user: str) -> str:
        """Return the token of a new session; of none for a user who was taken out this moment."""
        now, token = self._clock(), secrets.token_urlsafe(32)
        for key, old in list(self._sessions.items()):
            if old.is_over(now):
                del self._sessions[key]
        theirs = [key for key, session in self._sessions.items() if session.user == user]
        if len(theirs) >= MOST_SESSIONS:
            del self._sessions[min(theirs, key=lambda key: self._sessions[key].seen)]
        secret = self.users.get(user)
        if secret is not None:
            self._sessions[_digest(token)] = _Session(user, secret, now, now)
        return token

    def end(self, token: str | None) -> None:
        """Sign out."""
        self._sessions.pop(_digest(token or ""), None)

    async def refusal(self, name: str, password: str, address: str) -> tuple[int, str] | None:
        """Try a name and a password; return None if they belong together, else an HTTP status and what to tell."""
        user, network = keys_of(name, address)
        if wait := self.attempts.wait(user, network):
            return 429, f"Signing in failed too often. Try again in {_in_words(wait)}."
        if self._trying >= AT_ONCE + WAITING:
            return 503, "Many are signing in right now. Try again in a few seconds."
        self.attempts.fail(user, network)
        secret = self.users.get(name)
        self._trying += 1
        try:
            async with self._hashing:
                right = await asyncio.to_thread(matches, password, secret or self._nobody)
        finally:
            self._trying -= 1
        if not right or secret is None or self.users.get(name) != secret:
            # A name that nobody has may be a password, typed in the wrong field.
            log.warning("signing in as %s from %s failed", name if secret else "nobody", address)
            return 403, WRONG
        self.attempts.forgive(user, network)
        return None


def _digest(token: str) -> str:
    """Return what a session is kept under, which is no good as a cookie."""
    return hashlib.sha256(token.encode()).hexdigest()


def _in_words(wait_s: float) -> str:
    minutes = -(-wait_s // 60)
    return "a minute" if minutes <= 1 else f"{minutes:.0f} minutes"
