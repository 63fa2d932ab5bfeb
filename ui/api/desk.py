"""What every door for programs is built from, and who may come in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from assistant.assistant import Assistant
from ui.api.answering import Answering
from ui.api.metrics import Metrics
from ui.api.problems import Problem
from ui.tokens import HERE, READ, WRITE, Caller, Tokens
from ui.web.jobs import Jobs
from ui.web.quota import Room

__all__ = ["Desk"]

BEARER = HTTPBearer(
    auto_error=False, description="A token made by `onrecord token`. Without `--tokens` and `--auth` none is needed."
)
NO_TOKENS = "This server takes no tokens. Whoever runs it can name some with --tokens FILE."
NEEDED = "A token is needed: Authorization: Bearer TOKEN. Make one with: onrecord token NAME --file FILE"
UNKNOWN = "This token is not one of the server's, or no longer. Make one with: onrecord token NAME --file FILE"


@dataclass(frozen=True, slots=True)
class Desk:
    """The assistant, the work that goes on behind (the same jobs as the page's), and the tokens that let in.

    `is_open` where nobody is asked who they are: the server is then reached from this machine alone. `secret` lets the
    command line of this machine hand over what it adds (see ui.handing); empty, nobody. `room` is what uploads may take,
    the page's too; None where there are no pages.
    """

    assistant: Assistant
    adding: Jobs
    tokens: Tokens | None = None
    is_open: bool = True
    secret: str = ""
    room: Room | None = None
    answering: Answering = field(default_factory=Answering)
    metrics: Metrics = field(default_factory=Metrics)

    def caller(self, authorization: str | None) -> Caller:
        """Return who a request is of, by its Authorization header. Raises Problem 401."""
        scheme, _, token = (authorization or "").partition(" ")
        if self.tokens is None and self.is_open:
            return HERE
        if self.tokens is None:
            raise Problem(401, NO_TOKENS, {"WWW-Authenticate": "Bearer"})
        if not authorization:
            raise Problem(401, NEEDED, {"WWW-Authenticate": "Bearer"})
        caller = self.tokens.caller(token.strip()) if scheme.casefold() == "bearer" else None
        if caller is None:
            raise Problem(401, UNKNOWN, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return caller

    def reader(self) -> Callable[..., Caller]:
        """Return a dependency: the caller, who may read and ask. Raises Problem 401 or 403."""
        return self._with(READ)

    def writer(self) -> Callable[..., Caller]:
        """Return a dependency: the caller, who may add, edit and remove. Raises Problem 401 or 403."""
        return self._with(WRITE)

    def anybody(self) -> Callable[..., Caller]:
        """Return a dependency: the caller, who may do something. Raises Problem 401."""
        return self._with(None)

    def _with(self, scope: str | None) -> Callable[..., Caller]:
        if self.tokens is None and self.is_open:
            return lambda: HERE  # so that the description of the API asks for no token either

        def found(given: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]) -> Caller:
            caller = self.caller(f"{given.scheme} {given.credentials}" if given else None)
            if scope is not None and scope not in caller.scopes:
                headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
                raise Problem(
                    403, f"This token may not {scope}. It may {' and '.join(sorted(caller.scopes))}.", headers
                )
            return caller

        return found
