"""The site: Gradio's pages put together, mounted beside the pages of the sources, and served.

Left out on purpose: accounts. Whoever reaches the port may ask, read and add.
"""

import os
import socket
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from assistant.assistant import Assistant
from corpus.errors import OnRecordError
from ui.web import ask, check, evaluation, library, quotes, status
from ui.web.guard import LOOPBACK
from ui.web.jobs import Jobs
from ui.web.pages import add_pages
from ui.web.parts import CHECK, EVALUATION, LIBRARY, QUOTES, STATUS, Page, Site
from ui.web.uploads import MAX_UPLOAD

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

__all__ = ["application", "build", "serve"]

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

STOP_WITHIN_S = 2  # open pages hold a connection each; do not wait for them
HEAD = '<link rel="stylesheet" href="/style.css"><script src="/page.js" defer></script>'
OTHERS: tuple[tuple[Page, Callable[[Site, "gr.Blocks"], None]], ...] = (
    (LIBRARY, library.fill),
    (CHECK, check.fill),
    (QUOTES, quotes.fill),
    (EVALUATION, evaluation.fill),
    (STATUS, status.fill),
)


def build(site: Site) -> "gr.Blocks":
    """Return the pages. What they show of the library is read anew each time one is loaded."""
    import gradio as gr  # here, since it takes seconds to import

    with gr.Blocks(title="OnRecord", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as pages:
        gr.Navbar(visible=False)  # ours is at the side
        ask.fill(site, pages)
    for page, fill in OTHERS:
        with pages.route(page.name, page.path):
            gr.Navbar(visible=False)
            fill(site, pages)
    return pages


def application(site: Site, host: str) -> "FastAPI":
    """Return the whole site: its pages, those of the sources, the guard."""
    import gradio as gr
    from fastapi import FastAPI

    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    is_local = host in LOOPBACK or host == "::1"
    add_pages(server, site.assistant.library, LOOPBACK if is_local else None)
    pages = build(site)
    # Gradio checks that an uploaded file is one of its own only once launched, which mounting does not count as:
    # without this a request could name any file of the machine as its upload.
    pages.has_launched = True
    # Fonts of the system: the theme's own would be fetched.
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "SSR mode")  # told of even where it is not asked for
        gr.mount_gradio_app(
            server,
            pages,
            path="/",
            theme=theme,
            head=HEAD,
            max_file_size=MAX_UPLOAD,
            ssr_mode=False,
            footer_links=[],
            run_history=False,
        )
    return server


def serve(assistant: Assistant, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the site until interrupted; call `ready` with its address once it listens. Port 0 is any free one.

    Raises OnRecordError if the port cannot be had.
    """
    import uvicorn

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready(url)

    listener = _listener(host, port)
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    site = Site(assistant, Jobs(), Jobs())
    app = application(site, host)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=STOP_WITHIN_S)
    try:
        with listener, suppress(KeyboardInterrupt):
            Announcing(config).run([listener])
    finally:
        site.adding.close()
        site.measuring.close()


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OnRecordError(f"{host}:{port}: cannot be listened on: {reason}. Name another with --port.") from error
