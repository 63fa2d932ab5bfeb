"""The site served from within a test, and what a browser test asks of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

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
    config = uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    started = threading.Event()
    startup = server.startup

    async def announced(sockets: object = None) -> None:
        await startup()
        started.set()

    server.startup = announced  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert started.wait(60)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        site.adding.close()
        site.measuring.close()
