"""The site served from within a test, and what a browser test asks of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from listening import listening

from assistant.assistant import Assistant
from ui.tokens import Tokens
from ui.web.accounts import Accounts
from ui.web.app import application
from ui.web.jobs import Jobs
from ui.web.parts import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["SWITCHES", "NewAssistant", "OpenPage", "serving"]

SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
NewAssistant = Callable[..., Assistant]
OpenPage = Callable[..., "Page"]


@contextmanager
def serving(
    assistant: Assistant, port: int = 0, accounts: Accounts | None = None, tokens: Tokens | None = None
) -> Iterator[str]:
    """Give the address of a server of the site, in a thread of this process."""
    site = Site(assistant, Jobs(), Jobs())
    app = application(site, "127.0.0.1", accounts, tokens)
    try:
        with listening(app, port) as url:
            yield url
    finally:
        site.adding.close()
        site.measuring.close()
